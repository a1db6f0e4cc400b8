/**
 * A real kubelet of kubeadm's, which asks the real API server who may do what: at each step of adopting, changing and
 * leaving it, `kubectl logs`, a request of nobody, and what it says that it has in force are as before.
 */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../src/api/types.ts';
import { kubeletConfig } from '../builders.ts';
import { run } from '../cli/in-process.ts';
import type { Guest } from '../guest.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { userOf } from './fleet.ts';
import { kubeconfigText } from './kubeconfig-file.ts';
import { succeed } from './kubelet-configs.ts';
import { assetsInGuest, fieldsOfMachine, missing, putIn, shellIn, startKubeletMachine } from './kubelet-machine.ts';
import { scratchDirectory } from './program.ts';

const patience = { timeout: 120_000, interval: 300 };
const program = join(assetsInGuest, 'kubelet');
/** An address for a name: the API server reaches this kubelet on the loopback interface. */
const nodeName = '127.0.0.1';

const nodeFiles: Readonly<Record<string, string>> = {
  '/usr/lib/systemd/system/kubelet.service': `[Service]\nExecStart=${program}\nRestart=always\nRestartSec=1\n[Install]\nWantedBy=multi-user.target\n`,
  '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf': `[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=${program} $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`,
  '/var/lib/kubelet/kubeadm-flags.env': `KUBELET_KUBEADM_ARGS="--hostname-override=${nodeName}"\n`,
  '/etc/default/kubelet': 'KUBELET_EXTRA_ARGS=\n',
  '/var/lib/kubelet/config.yaml': `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}}
authorization: {mode: Webhook}
cgroupDriver: cgroupfs
cgroupsPerQOS: false
clusterDNS: [10.96.0.10]
containerRuntimeEndpoint: unix:///run/containerd-state/containerd.sock
enforceNodeAllocatable: []
failCgroupV1: false
failSwapOn: false
makeIPTablesUtilChains: false
staticPodPath: /etc/kubernetes/manifests
`,
};

/** Without a network of pods the kubelet never starts it, and says so when it is asked for its log. */
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'waits' },
  spec: { nodeName, containers: [{ name: 'app', image: 'example.invalid/app' }], automountServiceAccountToken: false },
};

const certificates = `
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.crt
openssl req -newkey rsa:2048 -nodes -subj /O=system:masters/CN=apiserver -keyout client.key -out client.csr
openssl x509 -req -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out client.crt`;

const wanted = (kubelet: NonNullable<KubeletConfigSpec['kubelet']>, more: Partial<KubeletConfigSpec> = {}) =>
  JSON.stringify(
    kubeletConfig('adopted', {
      kubelet,
      launcher: { existing: {} },
      health: { minReadySeconds: 3, timeoutSeconds: 90 },
      ...more,
    }),
  );

describe.skipIf(missing.length > 0)('a real kubelet that asks the API server who may do what', () => {
  let plane: ControlPlane;
  let guest: Guest;
  let token: string;

  beforeAll(async () => {
    const directory = await scratchDirectory('kubelet-client');
    await promisify(execFile)('bash', ['-ec', certificates], { cwd: directory });
    const kubeletClient = { certificate: join(directory, 'client.crt'), key: join(directory, 'client.key') };
    [plane, guest] = await Promise.all([startControlPlane({ nodes: [nodeName], kubeletClient }), startKubeletMachine()]);
    for (const [path, content] of Object.entries(nodeFiles)) putIn(guest, path, content);
    putIn(guest, '/etc/kubernetes/pki/ca.crt', readFileSync(join(directory, 'ca.crt'), 'utf8'));
    putIn(guest, '/etc/kubernetes/kubelet.conf', kubeconfigText(userOf(plane, plane.kubeletToken(nodeName))));
    await succeed(plane, ['create', 'serviceaccount', 'reader']);
    await succeed(plane, ['create', 'clusterrole', 'reader', '--verb=get', '--resource=nodes/configz']);
    await succeed(plane, ['create', 'clusterrolebinding', 'reader', '--clusterrole=reader', '--serviceaccount=default:reader']);
    token = (await succeed(plane, ['create', 'token', 'reader'])).trim();
    await shell('systemctl daemon-reload; systemctl enable --now kubelet 2>/dev/null');
    await succeed(plane, ['create', '-f', '-'], JSON.stringify(pod));
  });
  afterAll(async () => {
    await guest?.stop();
    await plane?.stop();
  });

  const shell = (script: string) => shellIn(guest, script);
  const apply = (object: string) => run(['apply', `--root=${guest.root}`, '-f', '-'], { stdin: object });
  const withdraw = () => run(['apply', '--withdraw', `--root=${guest.root}`]);
  const get = (path: string, ...words: string[]) =>
    guest.run(['curl', '-sk', '-w', '\n%{http_code}', ...words, `https://127.0.0.1:10250${path}`]);
  const logs = async () => (await plane.kubectl(['logs', 'waits'])).stderr;
  const anonymous = async () => (await get('/pods')).stdout.split('\n').at(-1);
  const inForce = async () => {
    const { stdout } = await get('/configz', '-H', `Authorization: Bearer ${token}`);
    return stdout.startsWith('{')
      ? (JSON.parse(stdout.slice(0, stdout.lastIndexOf('\n'))) as { kubeletconfig: Record<string, unknown> }).kubeletconfig
      : undefined;
  };
  /** What a stranger, an administrator and the kubelet itself say. */
  const seen = async () => {
    await expect.poll(logs, patience).toContain('ContainerCreating');
    await expect.poll(inForce, patience).toBeDefined();
    return { logs: await logs(), anonymous: await anonymous(), inForce: await inForce() };
  };

  test('answers as before at each step, and has in force what was asked for and nothing else', async () => {
    const before = await seen();
    expect(before).toMatchObject({ anonymous: '401', inForce: { maxPods: 110, clusterDNS: ['10.96.0.10'] } });

    expect(await apply(wanted({ configuration: { maxPods: 64 } }))).toMatchObject({ exitCode: 0 });
    expect(await seen()).toEqual({ ...before, inForce: { ...before.inForce, maxPods: 64 } });

    expect(await apply(wanted({ configuration: { maxPods: 32 } }))).toMatchObject({ exitCode: 0 });
    const changed = await seen();
    expect(changed).toEqual({ ...before, inForce: { ...before.inForce, maxPods: 32 } });

    const bad = { maxPods: 32, containerRuntimeEndpoint: 'unix:///run/containerd.socket' };
    expect(await apply(wanted({ configuration: bad }))).toMatchObject({ exitCode: 4 });
    expect(await seen()).toEqual(changed);

    expect(await withdraw()).toMatchObject({ exitCode: 0 });
    expect(await seen()).toEqual(before);
  }, 600_000);

  test('taken over by word, the kubelet knows nobody of the cluster any more, and the same questions show it', async () => {
    const before = await seen();
    const taken = wanted(
      { flags: { kubeconfig: '/etc/kubernetes/kubelet.conf', 'hostname-override': nodeName }, configuration: fieldsOfMachine },
      { launcher: { host: { binary: program } }, unit: { mode: 'DropIn' }, takeover: 'Replace' },
    );
    const ran = await apply(taken);
    expect(ran.stderr).toContain('authentication.x509.clientCAFile');
    expect(ran.exitCode, ran.stderr).toBe(0);
    await expect.poll(logs, patience).toContain('asked for the client to provide credentials');
    expect(await withdraw()).toMatchObject({ exitCode: 0 });
    expect(await seen()).toEqual(before);
  }, 600_000);
});
