import { describe, expect, test } from 'vitest';
import type { KubeletConfig } from '../../../src/api/types.ts';
import type { ReconcileRequest } from '../../../src/node/model/preview.ts';
import { readInstalledKubelet } from '../../../src/node/ports/installed-kubelet.ts';
import { overlaid } from '../../../src/node/ports/overlay.ts';
import { kubeletConfig } from '../../builders.ts';
import { crashAt } from '../../fakes/files.ts';
import { contentsOfNode } from '../../importing/tree.ts';
import { sampleOf, strideOf } from '../../runs.ts';
import { type MemoryMachine, memoryMachine, unit, unitFile } from '../machine.ts';

/** The agent dies at the n-th call on the host's files, before or after that call took effect, for every n; then a new one starts, and may die too. */

interface World {
  /** What the node had before us, and has at the new revision too. */
  readonly initial: Readonly<Record<string, string>>;
  readonly old: KubeletConfig;
  readonly wanted: KubeletConfig;
  /** Holds --v=2 at the new revision. */
  readonly mark: string;
  /** How many points the unit tier tries: of one crash, of two. */
  readonly samples: readonly [once: number, twice: number];
}

const hook = { path: '/opt/bin/hook', mode: '0755', content: '#!/bin/sh\n' };

const ofHost: World = {
  initial: { '/etc/kubernetes/kubelet-config.yaml': 'of the distribution\n' },
  old: kubeletConfig('workers', { kubelet: { flags: { v: 1 }, configuration: { maxPods: 10 } }, launcher: { host: {} } }),
  wanted: kubeletConfig('workers', { kubelet: { flags: { v: 2 } }, launcher: { host: {} }, files: [hook] }),
  mark: unitFile,
  samples: [16, 6],
};

/** kubeadm's, with the unit where this machine in memory looks for it. */
const kubeadm = Object.entries(contentsOfNode('kubeadm-deb')).map(([path, text]) => [path.replace('/usr/lib/', '/etc/'), text]);
const ofExisting: World = {
  initial: Object.fromEntries(kubeadm),
  old: kubeletConfig('workers', { kubelet: { flags: { v: 1 }, configuration: { maxPods: 10 } }, launcher: { existing: {} } }),
  wanted: kubeletConfig('workers', {
    kubelet: { flags: { v: 2 } },
    launcher: { existing: {} },
    files: [hook],
    unit: { options: { Service: { TimeoutStopSec: ['7'] } } },
  }),
  mark: '/etc/kubernetes/kubelet-config.env',
  samples: [6, 2],
};

/** The same for each launcher: facts of the node's own kubelet are read from its files. */
function actions({ initial, old, wanted, mark }: World) {
  const apply = (machine: MemoryMachine, objects: KubeletConfig[], request: Partial<ReconcileRequest> = {}) => {
    const facts: ReconcileRequest['facts'] = async (_programs, asked) => ({
      osRelease: {},
      kubeletVersion: 'v1.30.2',
      ...(asked && { installed: await readInstalledKubelet(overlaid(machine.files, asked.without), asked.unit, 'v1.30.2') }),
    });
    return machine.apply(objects, { facts, ...request });
  };
  return {
    prepared: async () => {
      const machine = await memoryMachine(initial);
      expect(await apply(machine, [old])).toMatchObject({ kind: 'Changed', result: { kind: 'Committed' } });
      return machine;
    },
    change: (machine: MemoryMachine) => apply(machine, [wanted]),
    /** Whoever starts next, with a source that is lost. */
    recovered: (machine: MemoryMachine) => apply(machine, [], { source: { kind: 'Unknown', problems: [] } }),
    isNew: (machine: MemoryMachine) => machine.host()[mark]?.includes('--v=2') ?? false,
  };
}

async function callsOfOneApply({ prepared, change }: ReturnType<typeof actions>): Promise<number> {
  const machine = await prepared();
  const before = machine.files.calls.length;
  await change(machine);
  return machine.files.calls.length - before;
}

const worlds = await Promise.all(
  Object.entries({ host: ofHost, existing: ofExisting }).map(async ([launcher, world]) => {
    const does = actions(world);
    const calls = await callsOfOneApply(does);
    return { launcher, world, does, points: Array.from({ length: calls }, (_, index) => index + 1) };
  }),
);
const crashes = worlds.flatMap((one) => (['Before', 'After'] as const).map((when) => [one.launcher, when, one] as const));

describe.each(crashes)('%s: a crash %s the n-th call', (_launcher, when, { world, does, points }) => {
  test.each(sampleOf(points, world.samples[0]))('%i: the next agent ends at the old or the new revision', async (point) => {
    const machine = await does.prepared();
    const oldHost = machine.host();
    const { invocationId } = await machine.systemd.status(unit);

    machine.files.failWhen(crashAt(machine.files.calls.length + point, when));
    await does.change(machine).catch(() => undefined);
    machine.files.failWhen(undefined);

    // Whoever starts next with a source that is lost leaves the node at one revision or the other, with a kubelet that runs it.
    await does.recovered(machine);
    if (!does.isNew(machine)) expect(machine.host()).toEqual(oldHost);
    else expect(machine.host()).toMatchObject({ ...world.initial, '/opt/bin/hook': '#!/bin/sh\n' });
    const restarts = machine.systemd.changes().filter((call) => call === `restart ${unit}`).length;
    expect(restarts).toBeLessThanOrEqual(3);
    const status = await machine.systemd.status(unit);
    expect(status.activeState).toBe('active');
    if (restarts === 1) expect(status.invocationId).toBe(invocationId);

    // And with a source that answers it converges, and leaves nothing of its own in the way.
    await does.change(machine);
    expect(does.isNew(machine)).toBe(true);
    expect(await does.change(machine)).toMatchObject({ kind: 'Unchanged' });
    expect(Object.keys(machine.files.contents()).filter((path) => /\/(armed|staging)\//.test(path))).toEqual([]);
  });
});

const twice = worlds.map((one) => [one.launcher, one] as const);

describe.each(twice)('%s: a crash at the n-th call, and another one in the recovery', (_launcher, { world, does, points }) => {
  test.each(sampleOf(points, world.samples[1]))('%i: the third agent ends at the old or the new revision', async (point) => {
    // At every third call, another third of them for the next point; fewer in the unit tier.
    const distance = 3 * strideOf(5);
    for (let second = 1 + (point % distance), isWhole = false; !isWhole; second += distance) {
      const machine = await does.prepared();
      const oldHost = machine.host();
      machine.files.failWhen(crashAt(machine.files.calls.length + point, 'After'));
      await does.change(machine).catch(() => undefined);

      const last = machine.files.calls.length + second;
      machine.files.failWhen(crashAt(last, second % 2 === 0 ? 'After' : 'Before'));
      await does.recovered(machine).catch(() => undefined);
      isWhole = machine.files.calls.length < last;
      machine.files.failWhen(undefined);

      await does.recovered(machine);
      if (!does.isNew(machine)) expect(machine.host(), `and at ${second}`).toEqual(oldHost);
      expect(await machine.systemd.status(unit)).toMatchObject({ activeState: 'active' });
      expect(Object.keys(machine.files.contents()).filter((path) => /\/(armed|undoing)\//.test(path))).toEqual([]);
    }
  });
});
