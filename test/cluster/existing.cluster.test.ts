/**
 * A real kubelet that somebody else has set up, as kubeadm does it, joined to a real API server: adopted, changed, a
 * bad change undone, kubeadm's files written anew in between, and left as it was. What it has in force is read
 * from its own /configz.
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { KubeletConfigSpec } from '../../src/api/types.ts';
import { kubeletConfig } from '../builders.ts';
import { buildProgram } from '../built-program.ts';
import { type Ran, run } from '../cli/in-process.ts';
import { runInShell, type Step, save, stepsIn, wordsOf } from '../docs/page.ts';
import type { Guest } from '../guest.ts';
import { textOf } from '../manifests/documents.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { manifests, userOf } from './fleet.ts';
import { config, flagsFile, kubeadmUnits } from './kubeadm-node.ts';
import { kubeconfigText } from './kubeconfig-file.ts';
import { succeed } from './kubelet-configs.ts';
import { assetsInGuest, missing, putIn, shellIn, startKubeletMachine } from './kubelet-machine.ts';
import { scratchDirectory } from './program.ts';

const patience = { timeout: 90_000, interval: 300 };
const program = join(assetsInGuest, 'kubelet');

/** What kubeadm's packages and `kubeadm join` leave on a node, as far as this machine can run it. */
const nodeFiles: Readonly<Record<string, string>> = {
  ...kubeadmUnits(program),
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
    putIn(guest, '/etc/kubernetes/kubelet.conf', kubeconfigText(userOf(plane, plane.kubeletToken('machine'))));
    await shell(certificates);
  });
  afterAll(async () => {
    await guest?.stop();
    await plane?.stop();
  });

  const shell = (script: string) => shellIn(guest, script);
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

    const foreseen = await apply(
      wanted({ configuration: { maxPods: 64, authentication: { x509: { clientCAFile: '/etc/kubernetes/pki/ca.cert' } } } }),
    );
    expect(foreseen).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('ca.cert: no such file or directory') });
    const bad = await apply(
      wanted({ configuration: { maxPods: 64, containerRuntimeEndpoint: 'unix:///run/containerd.socket' } }),
    );
    expect(bad).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('containerd.socket: connect: no such file or directory'),
    });
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

  test('docs/kubeadm.md, followed to its end: by hand, and then in the cluster', async () => {
    const directory = await scratchDirectory('kubeadm-page');
    const [byHand = '', inCluster = ''] = textOf('docs/kubeadm.md')
      .split(/^## (?=On one node|In the cluster)/m)
      .slice(1);
    await expect.poll(node, patience).toBe('110');
    const filesBefore = await files();
    await follow(stepsIn(byHand));
    expect(await files()).toBe(filesBefore);

    await installOperator(directory);
    await follow(stepsIn(inCluster));
    await expect.poll(files, patience).toBe(filesBefore);
    await expect.poll(node, patience).toBe('110');

    // docs/upgrading.md: the agent has reported the node's own kubelet, and then with a gate of ours that 1.37 has no longer.
    const checked = () => run(['upgrade-check', '--to=v1.37', '--cluster', `--kubeconfig=${plane.kubeconfig}`]);
    await expect.poll(checked, patience).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('1 kubelet checked') });
    const gate = kubeletConfig('gate', {
      kubelet: { configuration: { featureGates: { SidecarContainers: true } } },
      launcher: { existing: {} },
      health: { minReadySeconds: 0 },
    });
    save('gate.yaml', JSON.stringify(gate), directory, guest.root);
    await succeed(plane, ['apply', '-f', join(directory, 'gate.yaml')]);
    await expect.poll(checked, patience).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('machine: featureGates.SidecarContainers'),
    });

    async function follow(steps: readonly Step[]): Promise<void> {
      let last: Ran = { exitCode: 0, stdout: '', stderr: '' };
      for (const step of steps) {
        if (step.kind === 'File') save(step.path, step.content, directory, guest.root);
        else if (step.kind === 'Command') last = await perform(step.line);
        else for (const line of step.lines) expect(`${last.stdout}${last.stderr}`).toContain(line);
      }
    }

    async function perform(line: string): Promise<Ran> {
      const inDirectory = (words: readonly string[]) =>
        words.map((word) => (/^\w+\.yaml$/.test(word) ? join(directory, word) : word.replace('worker-7', 'machine')));
      const { words } = wordsOf(line.replace(/^npx /, ''));
      const [program, ...others] = inDirectory(words);
      if (program === 'kubectl') {
        const ran = await plane.kubectl(others);
        expect(ran.exitCode, `${line}\n${ran.stderr}`).toBe(0);
        return ran;
      }
      if (program !== 'kubelet-config') return runInShell(line, directory, guest.root);
      const ran = await run([...others, `--root=${guest.root}`]);
      const expected = line.includes('bad.yaml') ? 4 : / (diff|status)\b/.test(line) ? 1 : 0;
      expect(ran.exitCode, `${line}\n${ran.stdout}${ran.stderr}`).toBe(expected);
      return ran;
    }
  }, 600_000);

  /** As docs/install.md does it, with the agent and the controller as programs of this machine. */
  async function installOperator(directory: string): Promise<void> {
    await succeed(plane, ['apply', '-k', manifests]);
    await succeed(plane, ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
    const program = buildProgram();
    onTestFinished(() => program.remove());
    const start = async (name: string, words: readonly string[], bound: readonly string[] = []) => {
      const token = await succeed(plane, ['create', 'token', name, '--namespace=kubelet-config', ...bound]);
      const path = join(directory, `${name}.kubeconfig`);
      await writeFile(path, kubeconfigText(userOf(plane, token.trim())), { mode: 0o600 });
      program.start([name, `--kubeconfig=${path}`, ...words]);
    };
    await start('controller', ['--namespace=kubelet-config']);
    const bound = ['--bound-object-kind=Node', '--bound-object-name=machine'];
    await start('agent', ['--source=cluster', `--root=${guest.root}`], bound);
  }
});
