/** Files that set a machine up: cloud-config, Ignition 1 to 3, and what people write for them. */

import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type GivenFile, originalPlace, placeFiles } from '../../src/importing/given-files.ts';
import { fromFiles } from './tree.ts';

const unit = `[Service]
EnvironmentFile=/etc/kubernetes/kubelet.env
ExecStart=/usr/lib/coreos/kubelet-wrapper --config=/etc/kubernetes/manifests --hostname-override=%H
Restart=always
`;
const dropIn = '[Service]\nSlice=runtime.slice\n';
const environment = 'KUBELET_IMAGE_TAG=v1.7.5_coreos.0\nKUBELET_IMAGE_URL=quay.io/coreos/hyperkube\n';
const packed = gzipSync(environment).toString('base64');
const plain = Buffer.from(environment).toString('base64');

const block = (text: string, indent: number) => text.replaceAll(/^(?=.)/gm, ' '.repeat(indent));
const cloudConfig = (file: string, more = '') => `#cloud-config
coreos:
  units:
    - name: other.service
      command: start
    - name: kubelet.service
      command: start
${more}      content: |
${block(unit, 8)}      drop-ins:
        - name: 10-slice.conf
          content: |
${block(dropIn, 12)}write_files:
  - path: /etc/kubernetes/kubelet.env
    owner: root
    permissions: 0644
${file}`;
const ignition = (version: object, storage: object) =>
  JSON.stringify({
    storage,
    systemd: {
      units: [{ name: 'kubelet.service', enable: true, contents: unit, dropins: [{ name: '10-slice.conf', contents: dropIn }] }],
    },
    ...version,
  });
const env = '/etc/kubernetes/kubelet.env';
const third = (contents: object) =>
  ignition({ ignition: { version: '3.3.0' } }, { files: [{ path: env, mode: 420, ...contents }] });
const written = (contents: string) => `variant: fcos
version: 1.5.0
systemd:
  units:
    - name: kubelet.service
      enabled: true
      dropins: [{name: 10-slice.conf, contents: "[Service]\\nSlice=runtime.slice\\n"}]
      contents: |
${block(unit, 8)}storage:
  files:
    - path: ${env}
      contents:
${contents}`;

const forms: Readonly<Record<string, string>> = {
  'cloud-config, plain': cloudConfig(`    content: |\n${block(environment, 6)}`),
  'cloud-config, runtime': cloudConfig(`    content: |\n${block(environment, 6)}`, '      runtime: true\n'),
  'cloud-config, b64': cloudConfig(`    encoding: b64\n    content: ${plain}\n`),
  'cloud-config, gzip+base64': cloudConfig(`    encoding: gzip+base64\n    content: |\n      ${packed}\n`),
  'cloud-config, gz+b64': cloudConfig(`    encoding: gz+b64\n    content: ${packed}\n`),
  'cloud-config, appended': cloudConfig(
    `    content: "KUBELET_IMAGE_TAG=v1.7.5_coreos.0\\n"\n  - path: ${env}\n    append: true\n    content: "KUBELET_IMAGE_URL=quay.io/coreos/hyperkube\\n"\n`,
  ),
  'Ignition 1': ignition(
    { ignitionVersion: 1 },
    { filesystems: [{ device: '/dev/sda', files: [{ path: env, contents: environment }] }] },
  ),
  'Ignition 2, percent signs': ignition(
    { ignition: { version: '2.2.0' } },
    { files: [{ filesystem: 'root', path: env, contents: { source: `data:,${encodeURIComponent(environment)}` } }] },
  ),
  'Ignition 3, base64': third({ contents: { source: `data:text/plain;charset=utf-8;base64,${plain}` } }),
  'Ignition 3, gzip': third({ contents: { compression: 'gzip', source: `data:;base64,${packed}` } }),
  'Ignition 3, appended': third({
    contents: { source: 'data:,KUBELET_IMAGE_TAG=v1.7.5_coreos.0%0A' },
    append: [{ source: 'data:,KUBELET_IMAGE_URL=quay.io/coreos/hyperkube%0A' }],
  }),
  'Butane, inline': written(`        inline: |\n${block(environment, 10)}`),
};

const given = (text: string): GivenFile => ({ name: 'user-data', text });

describe.each(Object.entries(forms))('%s', (_name, text) => {
  test('gives unit, drop-in and environment file', async () => {
    const { object, problems } = await fromFiles([given(text)], 'rkt');
    expect(object?.spec.kubelet).toEqual({
      version: 'v1.7.5_coreos.0',
      image: 'quay.io/coreos/hyperkube',
      flags: { config: '/etc/kubernetes/manifests' },
    });
    const warnings = problems.filter(({ severity }) => severity !== 'notice');
    expect(warnings.map(({ reason }) => reason)).toEqual([expect.stringContaining('--hostname-override=%H')]);
  });
});

test('the place is that in the file which was given', async () => {
  const text = forms['cloud-config, plain'] ?? '';
  const { origins } = placeFiles([given(text)], 'kubelet.service');
  const { problems } = await fromFiles([given(text)], 'rkt');
  const line = text.split('\n').findIndex((one) => one.includes('%H')) + 1;
  const places = problems.map((problem) => originalPlace(problem, origins).position);
  expect(places).toContainEqual({
    file: 'user-data',
    line,
    column: 86,
    excerpt: expect.stringContaining('        ExecStart='),
  });
  const packedText = forms['Ignition 3, gzip'] ?? '';
  const inside = placeFiles([given(packedText)], 'kubelet.service').origins;
  const [problem] = (await fromFiles([given(packedText)], 'rkt')).problems;
  expect(problem && originalPlace(problem, inside).position?.file).toBe('user-data (/etc/systemd/system/kubelet.service)');
});

describe('what is not there is said, once it matters', () => {
  test.each([
    [
      'a URL',
      third({ contents: { source: 'https://user:pass1word@example.org/kubelet.env?X-Signature=abc' } }),
      'fetched from https://example.org/kubelet.env',
    ],
    ['a local file', written('        local: kubelet.env\n'), 'in the file kubelet.env'],
    ['a broken archive', third({ contents: { compression: 'gzip', source: 'data:;base64,AAAA' } }), 'it is not gzip'],
    ['an unknown encoding', cloudConfig('    encoding: rot13\n    content: abc\n'), 'nobody knows the encoding "rot13"'],
  ])('%s', async (_name, text, reason) => {
    const { problems } = await fromFiles([given(text)], 'rkt');
    expect(problems).toContainEqual(expect.objectContaining({ reason: expect.stringContaining(reason), severity: 'warning' }));
    expect(JSON.stringify(problems)).not.toMatch(/pass1word|X-Signature/);
  });

  test('not of a file that the kubelet does not read', async () => {
    const files = [
      { path: env, contents: { source: `data:;base64,${plain}` } },
      { path: '/etc/ssl/ca.pem', contents: { source: 'https://example.org/ca.pem' } },
    ];
    const { problems } = await fromFiles([given(ignition({ ignition: { version: '2.2.0' } }, { files }))], 'rkt');
    expect(JSON.stringify(problems)).not.toContain('ca.pem');
  });

  test('a masked unit, a template, and files that are nothing of a kubelet', async () => {
    const masked = cloudConfig(`    content: |\n${block(environment, 6)}`, '      mask: true\n');
    expect((await fromFiles([given(masked)], 'rkt')).problems).toContainEqual(
      expect.objectContaining({ reason: 'user-data masks kubelet.service, so the kubelet would not start' }),
    );
    const template = await fromFiles([given('#cloud-config\n{{ if x }}\ncoreos: {}\n')], 'rkt');
    expect(template.problems).toContainEqual(
      expect.objectContaining({ reason: expect.stringMatching(/^user-data cannot be read: /), position: expect.anything() }),
    );
    const others = [
      { name: 'install.sh', text: '#!/bin/bash\ncat > /etc/systemd/system/kubelet.service <<EOF\n[Service]\nEOF\n' },
      { name: 'user-data', text: 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="x"\n' },
      { name: 'kubelet.path', text: '[Path]\nPathExists=/a\n[Install]\nWantedBy=a.target\n' },
      { name: 'kubelet.container', text: '[Container]\nImage=example.org/kubelet:v1.30.2\nNetwork=host\n' },
      { name: 'docker.service', text: '[Service]\nExecStart=/usr/bin/dockerd\n' },
      { name: 'kubelet.service', text: '[Service]\nExecStart=/usr/bin/kubelet\n' },
    ];
    const { object, problems } = await fromFiles(others, 'host');
    expect(object?.spec.launcher).toEqual({ host: {} });
    expect(problems.map(({ reason }) => reason)).toEqual([
      'docker.service is not used: the unit is kubelet.service',
      'install.sh is not used: it is a script, which import does not run',
      'user-data is not used: it is a message of several parts',
      'kubelet.path is not used: it is a unit of another type',
      'kubelet.container is not used: it is a Quadlet, of which podman makes the unit',
    ]);
  });
});
