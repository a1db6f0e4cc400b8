/** A change is proved by what a real kubelet says that it has in force, and what was edited before is told. */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubeletConfig } from '../builders.ts';
import { run } from '../cli/in-process.ts';
import type { Guest } from '../guest.ts';
import { assetsInGuest, missing, putIn, shellIn, startKubeletMachine } from './kubelet-machine.ts';

const patience = { timeout: 120_000, interval: 500 };
const program = join(assetsInGuest, 'kubelet');
const config = '/var/lib/kubelet/config.yaml';
const pki = '/etc/kubernetes/pki';

/** What kubeadm leaves on a node; its kubelet may ask itself, and reaches no API server. */
const nodeFiles: Readonly<Record<string, string>> = {
  '/usr/lib/systemd/system/kubelet.service': `[Service]
EnvironmentFile=-/etc/default/kubelet
ExecStartPre=/bin/sh -c 'test ! -e /run/sneak || { rm /run/sneak; echo "eventBurst: 7" >>${config}; }'
ExecStart=${program} --kubeconfig=/etc/kubernetes/kubelet.conf --config=${config} --hostname-override=machine $KUBELET_EXTRA_ARGS
Restart=always
RestartSec=1
[Install]
WantedBy=multi-user.target
`,
  '/etc/default/kubelet': 'KUBELET_EXTRA_ARGS=\n',
  [config]: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
authentication: {anonymous: {enabled: false}, webhook: {enabled: false}, x509: {clientCAFile: ${pki}/ca.crt}}
authorization: {mode: AlwaysAllow}
cgroupsPerQOS: false
containerRuntimeEndpoint: unix:///run/containerd-state/containerd.sock
enforceNodeAllocatable: []
failCgroupV1: false
failSwapOn: false
makeIPTablesUtilChains: false
syncFrequency: 0s
nodeStatusUpdateFrequency: 0s
evictionHard: {memory.available: 1%, nodefs.available: 1%, imagefs.available: 1%}
staticPodPath: /etc/kubernetes/manifests
`,
  '/etc/kubernetes/kubelet.conf': `apiVersion: v1
kind: Config
clusters: [{name: a, cluster: {server: "https://127.0.0.1:1", insecure-skip-tls-verify: true}}]
users: [{name: a, user: {client-certificate: ${pki}/reader.crt, client-key: ${pki}/reader.key}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
current-context: a
`,
};

const certificates = `
mkdir -p ${pki} && cd ${pki}
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.crt 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj /CN=reader -keyout reader.key -out reader.csr 2>/dev/null
openssl x509 -req -in reader.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out reader.crt 2>/dev/null
systemctl daemon-reload; systemctl enable --now kubelet 2>/dev/null`;

const wanted = (maxPods: number) =>
  JSON.stringify(
    kubeletConfig('adopted', {
      kubelet: { configuration: { maxPods } },
      launcher: { existing: {} },
      health: { minReadySeconds: 3, timeoutSeconds: 120 },
    }),
  );

describe.skipIf(missing.length > 0)('a real kubelet that may be asked', () => {
  let guest: Guest;

  beforeAll(async () => {
    guest = await startKubeletMachine();
    for (const [path, content] of Object.entries(nodeFiles)) putIn(guest, path, content);
    await shell(certificates);
  });
  afterAll(async () => {
    await guest?.stop();
  });

  const shell = (script: string) => shellIn(guest, script);
  const on = (command: 'apply' | 'diff', maxPods: number) =>
    run([command, `--root=${guest.root}`, '-f', '-'], { stdin: wanted(maxPods) });
  const asksItself = async () =>
    (await shell(`curl -sk --cert ${pki}/reader.crt --key ${pki}/reader.key https://127.0.0.1:10250/configz || true`)).slice(
      0,
      1,
    );
  const inForce = 'the kubelet itself says that it has these settings in force';

  test('is proved by what it says, tells what was edited, and undoes what nobody predicted', async () => {
    await expect.poll(asksItself, patience).toBe('{');
    const before = await on('diff', 64);
    expect(before.stdout + before.stderr).not.toContain('ChangedSinceStart');

    expect(await on('apply', 64)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(inForce) });

    await shell(`echo 'registryBurst: 3' >>${config}; echo 'KUBELET_EXTRA_ARGS=' >/etc/default/kubelet`);
    const edited = `registryBurst 10 → 3 (${config})`;
    expect((await on('diff', 65)).stderr).toContain(edited);
    const status = (await run(['status', `--root=${guest.root}`])).stdout;
    expect(status).toContain('settings in force: as the kubelet itself says');
    expect(status).toContain(edited);
    const applied = await on('apply', 65);
    expect(applied).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(inForce) });
    expect(applied.stderr).toContain(edited);
    expect((await on('diff', 65)).stderr).not.toContain('ChangedSinceStart');

    await shell('touch /run/sneak');
    const undone = await on('apply', 66);
    expect(undone).toMatchObject({ exitCode: 4 });
    expect(undone.stderr + undone.stdout).toContain(`eventBurst is 7 instead of 100; meanwhile ${config} changed`);
  }, 600_000);
});
