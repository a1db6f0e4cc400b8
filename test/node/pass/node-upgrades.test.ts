/** A node's own files are written anew while its kubelet has words and fields of ours: by its package, by kubeadm, by a bootstrapper at each boot. */

import { expect, test } from 'vitest';
import type { KubeletConfig } from '../../../src/api/types.ts';
import type { ReconcileRequest } from '../../../src/node/model/preview.ts';
import { readInstalledKubelet } from '../../../src/node/ports/installed-kubelet.ts';
import { overlaid } from '../../../src/node/ports/overlay.ts';
import { kubeletConfig } from '../../builders.ts';
import { contentsOfNode } from '../../importing/tree.ts';
import { type MemoryMachine, memoryMachine, unit } from '../machine.ts';

const object = (maxPods: number, v = 3) =>
  kubeletConfig('workers', { kubelet: { flags: { v }, configuration: { maxPods } }, launcher: { existing: {} } });
const dropIn = `/etc/systemd/system/${unit}.d/zz-kubelet-config.conf`;
const environment = '/etc/kubernetes/kubelet-config.env';

async function node(shape: string, options: Parameters<typeof memoryMachine>[2] = {}) {
  const own = Object.fromEntries(
    Object.entries(contentsOfNode(shape)).map(([path, text]) => [path.replace('/usr/lib/systemd', '/etc/systemd'), text]),
  );
  const machine = await memoryMachine(own, undefined, options);
  let version = 'v1.30.2';
  const apply = (objects: KubeletConfig[], request: Partial<ReconcileRequest> = {}) => {
    const facts: ReconcileRequest['facts'] = async (_programs, asked) => ({
      osRelease: {},
      kubeletVersion: version,
      ...(asked && { installed: await readInstalledKubelet(overlaid(machine.files, asked.without), asked.unit, version) }),
    });
    return machine.apply(objects, { facts, ...request });
  };
  const upgrade = (to: string) => {
    version = to;
  };
  return { machine, apply, own, upgrade };
}

async function put(machine: MemoryMachine, path: string, content: string): Promise<void> {
  await machine.files.write(path, { mode: 0o644, uid: 0, gid: 0, content: Buffer.from(content) });
}
const restarts = (machine: MemoryMachine) => machine.systemd.changes().filter((call) => call === `restart ${unit}`).length;

const config = '/var/lib/kubelet/config.yaml';
const flagsFile = '/var/lib/kubelet/kubeadm-flags.env';
const kubeadmDropIn = `/etc/systemd/system/${unit}.d/10-kubeadm.conf`;
const committed = { kind: 'Changed', result: { kind: 'Committed' } };

/** What `kubeadm upgrade node` leaves. */
async function kubeadmUpgrade(machine: MemoryMachine): Promise<void> {
  await put(machine, config, `${machine.host()[config]}registryBurst: 20\n`);
  await put(
    machine,
    flagsFile,
    'KUBELET_KUBEADM_ARGS="--node-ip=10.0.3.7 --pod-infra-container-image=registry.k8s.io/pause:3.11"\n',
  );
}

test('kubeadm writes its files anew between two changes: ours stay above, nothing is restarted, and they are left as they are then', async () => {
  const { machine, apply, own } = await node('kubeadm-deb');
  expect(await apply([object(64)])).toMatchObject(committed);
  const ours = machine.host()[environment];
  await kubeadmUpgrade(machine);
  const upgraded = { ...own, [config]: machine.host()[config], [flagsFile]: machine.host()[flagsFile] };
  expect(await apply([object(64)])).toMatchObject(committed);
  expect(machine.host()[environment]).toBe(ours);
  expect(restarts(machine)).toBe(1);
  expect(await apply([object(64)])).toMatchObject({ kind: 'Unchanged' });

  expect(await apply([object(32)])).toMatchObject(committed);
  expect(restarts(machine)).toBe(2);
  expect(await apply([])).toMatchObject(committed);
  expect(machine.host()).toEqual(upgraded);
});

test.each([1, 3, 6, 9])(
  'kubeadm writes its files in the middle of a change, at the %i. look at the unit: nothing is lost',
  async (look) => {
    let looks = 0;
    const world: { machine?: MemoryMachine } = {};
    const beforeStatus = async () => {
      looks += 1;
      if (world.machine && looks === look) await kubeadmUpgrade(world.machine);
    };
    const { machine, apply, own } = await node('kubeadm-deb', { beforeStatus });
    expect(await apply([object(64)])).toMatchObject(committed);
    [looks, world.machine] = [0, machine];
    expect(await apply([object(32)])).toMatchObject(committed);
    expect(looks).toBeGreaterThanOrEqual(look);
    const upgraded = { [config]: machine.host()[config], [flagsFile]: machine.host()[flagsFile] };
    expect(upgraded[config]).toContain('registryBurst');
    await apply([object(32)]);
    expect(await apply([object(32)])).toMatchObject({ kind: 'Unchanged' });
    expect(restarts(machine)).toBe(2);
    expect(machine.host()).toMatchObject(upgraded);
    expect(await apply([])).toMatchObject(committed);
    expect(machine.host()).toEqual({ ...own, ...upgraded });
  },
);

test('the package brings another command and another kubelet: a command that is said again follows, by one restart', async () => {
  const { machine, apply, own, upgrade } = await node('kind');
  expect(await apply([object(64)])).toMatchObject(committed);
  expect(machine.host()[dropIn]).toContain('--cgroup-root=/kubelet $KUBELET_CONFIG_DEV_ARGS');
  const newer = (own[kubeadmDropIn] ?? '').replace('--cgroup-root=/kubelet', '--cgroup-root=/kubelet --v=1');
  // dpkg unpacks beside the file, then renames.
  await put(machine, `${kubeadmDropIn}.dpkg-new`, newer);
  expect(await apply([object(64)])).toMatchObject({ kind: 'Unchanged' });
  await machine.files.remove(`${kubeadmDropIn}.dpkg-new`);
  await put(machine, kubeadmDropIn, newer);
  upgrade('v1.31.1');
  expect(await apply([object(64)])).toMatchObject(committed);
  expect(machine.host()[dropIn]).toContain('--cgroup-root=/kubelet --v=1 $KUBELET_CONFIG_DEV_ARGS');
  expect(restarts(machine)).toBe(2);
  expect(await apply([object(64)])).toMatchObject({ kind: 'Unchanged' });
  expect(await apply([])).toMatchObject(committed);
  expect(machine.host()).toEqual({ ...own, [kubeadmDropIn]: newer });
});

test.each([
  ['eks-al2023', '/etc/eks/kubelet/environment', 'NODEADM_KUBELET_ARGS'],
  ['kops', '/etc/sysconfig/kubelet', 'DAEMON_ARGS'],
])(
  '%s: the bootstrapper writes its flags in another order at each boot, and nothing follows from it',
  async (shape, path, name) => {
    const { machine, apply, own } = await node(shape);
    expect(await apply([object(64)])).toMatchObject(committed);
    const before = machine.systemd.changes();
    const [, value = ''] = new RegExp(`${name}="(.*)"`).exec(own[path] ?? '') ?? [];
    const others = (own[path] ?? '').replace(`${name}="${value}"\n`, '');
    for (const words of [value.split(' ').reverse(), value.split(' ').sort()]) {
      await put(machine, path, `${others}${name}="${words.join(' ')}"\n`);
      expect(await apply([object(64)])).toMatchObject({ kind: 'Unchanged' });
    }
    expect(machine.systemd.changes()).toEqual(before);
  },
);
