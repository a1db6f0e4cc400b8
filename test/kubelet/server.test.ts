import { expect, test } from 'vitest';
import type { InstalledKubelet } from '../../src/kubelet/installed/installed.ts';
import { kubeletServer } from '../../src/kubelet/server.ts';
import { settingsOf } from '../../src/kubelet/settings/settings.ts';

const header = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
const config = '/var/lib/kubelet/config.yaml';
const dropIn = '/etc/kubernetes/kubelet.conf.d/10.conf';
const pki = '/var/lib/kubelet/pki';
const made = [`${pki}/kubelet-server-current.pem`, `${pki}/kubelet.crt`];

/** The server of a kubelet with this file, these further words, drop-in and settings of its unit. */
function serverOf(file: string, words = '', { fields = '', unit = '' } = {}) {
  const files = { [config]: file, ...(fields && { [dropIn]: fields }) };
  const flags = `--config=${config} ${fields && `--config-dir=/etc/kubernetes/kubelet.conf.d`} ${words}`;
  const installed: InstalledKubelet = {
    unit: 'kubelet.service',
    texts: [{ path: '/unit', content: `[Service]\n${unit}ExecStart=/usr/bin/kubelet ${flags}\n` }],
    environmentFiles: new Map(),
    configurationFiles: new Map(Object.entries(files).map(([path, content]) => [path, header + content])),
    configurationDropIns: fields ? [dropIn] : [],
    version: 'v1.36.2',
  };
  return kubeletServer(settingsOf(installed));
}

test('by default it is asked at the loopback address, and the kubelet makes its certificate', () => {
  expect(serverOf('maxPods: 64')).toEqual({ address: '127.0.0.1', port: 10250, certificates: made });
});

test.each([
  ['address: 0.0.0.0', '', '127.0.0.1'],
  ['address: "::"', '', '::1'],
  ['address: 10.0.0.3', '', '10.0.0.3'],
  ['address: 10.0.0.3', '--address=10.0.0.4', '10.0.0.4'],
  ['maxPods: 64', '--address ::', '::1'],
])('the address of %s and %s', (file, words, address) => {
  expect(serverOf(file, words)).toMatchObject({ address });
});

test.each([
  ['port: 10251', '', '', 10251],
  ['port: 10251', 'port: 10252', '', 10252],
  ['port: 10251', 'port: 10252', '--port=10253', 10253],
  ['port: none', '', '', 10250],
  ['enableServer: false', '', '', 0],
  ['maxPods: 64', '', '--enable-server=false', 0],
])('the port of %s, the drop-in %s and %s', (file, fields, words, port) => {
  expect(serverOf(file, words, { fields })).toMatchObject({ port });
});

test.each([
  ['maxPods: 64', '--cert-dir=/srv/pki', ['/srv/pki/kubelet-server-current.pem', '/srv/pki/kubelet.crt']],
  ['maxPods: 64', '--root-dir=/srv/kubelet', made],
  ['tlsCertFile: tls/node.crt', '', ['/var/lib/kubelet/tls/node.crt']],
  ['tlsCertFile: /etc/ssl/node.crt', '', ['/etc/ssl/node.crt']],
  ['tlsCertFile: /etc/ssl/node.crt', '--tls-cert-file=own.crt', ['/srv/own.crt']],
  ['tlsCertFile: /etc/ssl/node.crt\nserverTLSBootstrap: true', '', [made[0], '/etc/ssl/node.crt']],
  ['serverTLSBootstrap: true', '', made],
])('the certificate of %s and %s', (file, words, certificates) => {
  expect(serverOf(file, words, { unit: 'WorkingDirectory=/srv\n' })).toMatchObject({ certificates });
});

test('a relative path counts from the working directory of the unit', () => {
  expect(serverOf('maxPods: 64', '--cert-dir=pki', { unit: 'WorkingDirectory=/srv\n' }).certificates[1]).toBe(
    '/srv/pki/kubelet.crt',
  );
  expect(serverOf('maxPods: 64', '--cert-dir=pki').certificates[1]).toBe('/pki/kubelet.crt');
});
