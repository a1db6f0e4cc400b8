/**
 * A real kubelet that somebody else has set up, as kubeadm does it, joined to a real API server: adopted, changed, a
 * bad change undone, kubeadm's files written anew in between, and left as it was. What it has in force is read
 * from its own /configz.
 */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../src/api/types.ts';
import { kubeletConfig } from '../builders.ts';
import { run } from '../cli/in-process.ts';
import type { Guest } from '../guest.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { userOf } from './fleet.ts';
import { kubeconfigText } from './kubeconfig-file.ts';
import { assetsInGuest, missing, putIn, startKubeletMachine } from './kubelet-machine.ts';

const patience = { timeout: 90_000, interval: 300 };
const program = join(assetsInGuest, 'kubelet');
const flagsFile = '/var/lib/kubelet/kubeadm-flags.env';
const config = '/var/lib/kubelet/config.yaml';

/** What kubeadm's packages and `kubeadm join` leave on a node, as far as this machine can run it. */
const nodeFiles: Readonly<Record<string, string>> = {
  '/usr/lib/systemd/system/kubelet.service': `[Unit]
Description=kubelet: The Kubernetes Node Agent
[Service]
ExecStart=${program}
Restart=always
StartLimitInterval=0
RestartSec=1
[Install]
WantedBy=multi-user.target
`,
  '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf': `[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=${config}"
EnvironmentFile=-${flagsFile}
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=${program} $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`,
  [flagsFile]: 'KUBELET_KUBEADM_ARGS="--hostname-override=machine --node-labels=of=kubeadm"\n',
  '/etc/default/kubelet': 'KUBELET_EXTRA_ARGS=\n',
  [config]: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
authentication: {anonymous: {enabled: false}, webhook: {enabled: false}, x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}}
authorization: {mode: AlwaysAllow}
cgroupDriver: cgroupfs
cgroupsPerQOS: false
clusterDNS: [10.96.0.10]
clusterDomain: cluster.local
containerRuntimeEndpoint: unix:///run/containerd-state/containerd.sock
enforceNodeAllocatable: []
failCgroupV1: false
failSwapOn: false
makeIPTablesUtilChains: false
staticPodPath: /etc/kubernetes/manifests
`,
};

const certificates = `
mkdir -p /etc/kubernetes/pki && cd /etc/kubernetes/pki
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.crt 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj /CN=reader -keyout reader.key -out reader.csr 2>/dev/null
openssl x509 -req -in reader.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out reader.crt 2>/dev/null
systemctl daemon-reload; systemctl enable --now kubelet 2>/dev/null`;

const wanted = (spec: NonNullable<KubeletConfigSpec['kubelet']>) =>
  JSON.stringify(
    kubeletConfig('adopted', { kubelet: spec, launcher: { existing: {} }, health: { minReadySeconds: 3, timeoutSeconds: 60 } }),
  );

describe.skipIf(missing.length > 0)('a real kubelet of kubeadm', () => {
  let plane: ControlPlane;
  let guest: Guest;

  beforeAll(async () => {
    [plane, guest] = await Promise.all([startControlPlane(), startKubeletMachine()]);
    for (const [path, content] of Object.entries(nodeFiles)) putIn(guest, path, content);
    putIn(guest, '/etc/kubernetes/kubelet.conf', kubeconfigText(userOf(plane, plane.kubeletToken)));
    await shell(certificates);
  });
  afterAll(async () => {
    await guest?.stop();
    await plane?.stop();
  });

  async function shell(script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await guest.run(['bash', '-ec', script]);
    if (exitCode !== 0) throw new Error(`${script}\nended with ${exitCode}: ${stderr}`);
    return stdout.trim();
  }
  const apply = (objects: string, ...words: string[]) =>
    run(['apply', `--root=${guest.root}`, '-f', '-', ...words], { stdin: objects });
  /** What the running kubelet says that it has in force. */
  const inForce = async () => {
    const pki = '/etc/kubernetes/pki';
    const read = `curl -sk --cert ${pki}/reader.crt --key ${pki}/reader.key https://127.0.0.1:10250/configz || true`;
    const text = await shell(read);
    return text.startsWith('{') ? (JSON.parse(text) as { kubeletconfig: Record<string, unknown> }).kubeletconfig : undefined;
  };
  const anonymous = () => shell("curl -sk -o /dev/null -w '%{http_code}' https://127.0.0.1:10250/pods");
  /** Everything that the node had before us, by content, mode, owner and link. */
  const files = () =>
    shell(
      "cd /; find etc/kubernetes etc/systemd etc/default var/lib/kubelet/*.yaml var/lib/kubelet/*.env usr/lib/systemd/system/kubelet* \\( -type f -printf '%p %m %U:%G ' -exec sha256sum {} \\; \\) -o -printf '%p %m %l\\n' | sort",
    );
  const node = async () =>
    ((await plane.request('GET', '/api/v1/nodes/machine')).body as { status?: { capacity?: { pods?: string } } }).status?.capacity
      ?.pods;
  const differing = (one: Record<string, unknown>, other: Record<string, unknown>) =>
    [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(
      (name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]),
    );

  test('is adopted, changed, kept, upgraded and left as it was', async () => {
    await expect.poll(inForce, patience).toBeDefined();
    await expect.poll(node, patience).toBe('110');
    const before = (await inForce()) ?? {};
    const filesBefore = await files();
    expect(await anonymous()).toBe('401');

    const adopted = await apply(wanted({ configuration: { maxPods: 64 } }));
    expect(adopted).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('setting  maxPods 110 → 64') });
    const after = (await inForce()) ?? {};
    expect(differing(before, after)).toEqual(['maxPods']);
    expect(await anonymous()).toBe('401');
    await expect.poll(node, patience).toBe('64');

    const bad = await apply(wanted({ configuration: { maxPods: 64 }, flags: { 'max-pods': -1 } }));
    expect(bad).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('must not be a negative number') });
    await expect.poll(inForce, patience).toEqual(after);
    expect(await anonymous()).toBe('401');

    // `kubeadm upgrade node` writes its files anew and restarts the kubelet by itself.
    await shell(
      `sed -i 's/cluster.local/upgraded.local/' ${config}; sed -i 's/of=kubeadm/of=upgrade/' ${flagsFile}; systemctl restart kubelet`,
    );
    await expect.poll(async () => (await inForce())?.['clusterDomain'], patience).toBe('upgraded.local');
    expect((await inForce())?.['maxPods']).toBe(64);
    expect(await apply(wanted({ configuration: { maxPods: 64 } }))).toMatchObject({ exitCode: 0 });
    await shell(`sed -i 's/upgraded.local/cluster.local/' ${config}; sed -i 's/of=upgrade/of=kubeadm/' ${flagsFile}`);

    expect(await run(['apply', '--withdraw', `--root=${guest.root}`])).toMatchObject({ exitCode: 0 });
    expect(await files()).toBe(filesBefore);
    await expect.poll(inForce, patience).toEqual(before);
    expect(await anonymous()).toBe('401');
  }, 300_000);

  test('is not taken over by the launcher host without a word, and every setting that would go is named', async () => {
    const object = kubeletConfig('taken', {
      kubelet: { flags: { v: 2 } },
      launcher: { host: { binary: program } },
      unit: { mode: 'DropIn' },
    });
    const ran = await apply(JSON.stringify(object));
    expect(ran).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('TakeoverLosesSettings') });
    for (const name of ['authentication.x509.clientCAFile', 'clusterDNS', 'and']) expect(ran.stderr).toContain(name);
    expect(await anonymous()).toBe('401');
  });
});
