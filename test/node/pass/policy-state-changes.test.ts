/** Changes of the CPU manager's policy, with a kubelet that does not start over the state of another one. */

import { describe, expect, test } from 'vitest';
import { backupPathOf } from '../../../src/node/model/policy-state.ts';
import { kubeletConfig } from '../../builders.ts';
import { crashAt, failOn } from '../../fakes/files.ts';
import { unhealthy } from '../../fakes/healthz.ts';
import { cpuState } from '../../fakes/kubelet.ts';
import { sampleOf } from '../../runs.ts';
import { type MemoryMachine, memoryMachine, unit, unitFile } from '../machine.ts';

const configured = (configuration: object, flags = {}) =>
  kubeletConfig('workers', {
    kubelet: { flags, configuration: { ...configuration } },
    launcher: { host: {} },
    health: { minReadySeconds: 0 },
  });
const shared = configured({ maxPods: 10 });
const pinned = configured({ cpuManagerPolicy: 'static', kubeReserved: { cpu: '1' } });
const pinnedMore = configured({ cpuManagerPolicy: 'static', kubeReserved: { cpu: '2' } });

const committed = { kind: 'Changed', result: { kind: 'Committed' } };
const isAside = (machine: MemoryMachine) => backupPathOf(cpuState) in machine.files.contents();
const state = (machine: MemoryMachine) => machine.files.contents()[cpuState];

async function running(object: ReturnType<typeof configured>): Promise<MemoryMachine> {
  const machine = await memoryMachine({}, undefined, { keepsState: true });
  expect(await machine.apply([object])).toMatchObject(committed);
  return machine;
}

/** What was asked of systemd since. */
function since(machine: MemoryMachine, count: number): string[] {
  return machine.systemd
    .changes()
    .slice(count)
    .filter((call) => /^(stop|restart) /.test(call));
}

describe('a change', () => {
  test.each<[string, ReturnType<typeof configured>, ReturnType<typeof configured>]>([
    ['to a policy', shared, pinned],
    ['back to none', pinned, shared],
    ['of what is reserved', pinned, pinnedMore],
  ])('%s: one stop, one start, and the state is a new one', async (_what, from, to) => {
    const machine = await running(from);
    const [before, count] = [state(machine), machine.systemd.changes().length];
    expect(await machine.apply([to])).toMatchObject(committed);
    expect(since(machine, count)).toEqual([`stop ${unit}`, `restart ${unit}`]);
    expect(state(machine)).not.toBe(before);
    expect(isAside(machine)).toBe(false);
    expect(await machine.apply([to])).toMatchObject({ kind: 'Unchanged' });
  });

  test('of anything else leaves the state alone', async () => {
    const machine = await running(pinned);
    const [before, count] = [state(machine), machine.systemd.changes().length];
    const changed = configured({ cpuManagerPolicy: 'static', kubeReserved: { cpu: '1000m' }, maxPods: 11 }, { v: 2 });
    expect(await machine.apply([changed])).toMatchObject(committed);
    expect(since(machine, count)).toEqual([`restart ${unit}`]);
    expect(state(machine)).toBe(before);
  });

  test('over the state of a kubelet that was not ours, and back again', async () => {
    const original = '[Service]\nExecStart=/usr/bin/kubelet\n[Install]\nWantedBy=multi-user.target\n';
    const of = '{"policyName":"none","made":"by another"}';
    const machine = await memoryMachine({ [unitFile]: original, [cpuState]: of }, undefined, { keepsState: true });
    machine.systemd.change(unit, { activeState: 'active', unitFileState: 'enabled', invocationId: 'original' });
    expect(await machine.apply([pinned])).toMatchObject(committed);
    expect(state(machine)).toContain('static');
    expect(await machine.apply([])).toMatchObject(committed);
    expect(machine.host()).toEqual({ [unitFile]: original, [cpuState]: expect.stringContaining('none') });
    expect(await machine.systemd.status(unit)).toMatchObject({ activeState: 'active' });
  });
});

describe('undone', () => {
  test('the old state is back byte for byte, and the old kubelet runs over it', async () => {
    const machine = await running(shared);
    const [host, count] = [machine.host(), machine.systemd.changes().length];
    machine.healthz.answer(() => unhealthy);
    expect(await machine.apply([pinned])).toMatchObject({ result: { kind: 'Undone', verdict: { kind: 'Failed' } } });
    expect(machine.host()).toEqual(host);
    expect(await machine.systemd.status(unit)).toMatchObject({ activeState: 'active' });
    expect(since(machine, count)).toEqual([`stop ${unit}`, `restart ${unit}`, `stop ${unit}`, `restart ${unit}`]);
  });

  test('a state that was not there before is gone: the old kubelet would not start over it', async () => {
    const original = '[Service]\nExecStart=/usr/bin/kubelet\n[Install]\nWantedBy=multi-user.target\n';
    const machine = await memoryMachine({ [unitFile]: original }, undefined, { keepsState: true });
    machine.healthz.answer(() => unhealthy);
    let made: string | undefined;
    const report = () => {
      made ??= state(machine);
    };
    expect(await machine.apply([pinned], { report })).toMatchObject({ result: { kind: 'Undone' } });
    expect(made).toContain('static');
    expect(machine.host()).toEqual({ [unitFile]: original });
  });

  test('a state that cannot be moved is no fault of the change', async () => {
    const machine = await running(shared);
    const host = machine.host();
    machine.files.failWhen(failOn(cpuState, 'EIO', 'rename'));
    expect(await machine.apply([pinned])).toMatchObject({ result: { kind: 'Undone', verdict: { kind: 'Interrupted' } } });
    expect(machine.host()).toEqual(host);
    expect(await machine.systemd.status(unit)).toMatchObject({ activeState: 'active' });
  });
});

describe('refused', () => {
  test('without a restart: the next boot would find a kubelet that does not start', async () => {
    const machine = await running(shared);
    const host = machine.host();
    expect(await machine.apply([pinned], { restart: false })).toMatchObject({
      kind: 'Kept',
      problems: [{ code: 'PolicyStateInTheWay', reason: expect.stringContaining(cpuState) }],
    });
    expect(machine.host()).toEqual(host);
    expect(await machine.apply([configured({ maxPods: 11 })], { restart: false })).toMatchObject(committed);
  });

  test('what is no file', async () => {
    const machine = await running(shared);
    await machine.files.past.remove(cpuState);
    machine.files.putDirectory(cpuState);
    expect(await machine.apply([pinned])).toMatchObject({ kind: 'Kept', problems: [{ code: 'PolicyStateInTheWay' }] });
    expect(await machine.apply([configured({ maxPods: 11 })])).not.toMatchObject({ kind: 'Kept' });
  });
});

describe('what a lost commit left aside', () => {
  /** As after a kill between the commit and the tidying up. */
  async function left(objects: Parameters<MemoryMachine['apply']>[0]): Promise<MemoryMachine> {
    const machine = await running(shared);
    machine.files.put(backupPathOf(cpuState), 'left');
    await machine.apply(objects);
    return machine;
  }

  test('goes with the next change, whatever that is', async () => {
    expect(isAside(await left([configured({ maxPods: 12 })]))).toBe(false);
  });

  test('goes with the last one too, or after it', async () => {
    const machine = await left([]);
    expect(isAside(machine)).toBe(false);
    machine.files.put(backupPathOf(cpuState), 'left');
    expect(await machine.apply([])).toMatchObject({ kind: 'Unchanged' });
    expect(isAside(machine)).toBe(false);
  });

  test('is not taken for what was there before the next one', async () => {
    const machine = await left([]);
    await machine.apply([shared]);
    machine.files.put(backupPathOf(cpuState), 'left');
    const host = { ...machine.host() };
    machine.files.failWhen(failOn(cpuState, 'EIO', 'rename'));
    expect(await machine.apply([pinned])).toMatchObject({ result: { kind: 'Undone' } });
    expect(state(machine)).toBe(host[cpuState]);
  });
});

async function callsOfOneChange(): Promise<number> {
  const machine = await running(shared);
  const before = machine.files.calls.length;
  await machine.apply([pinned]);
  return machine.files.calls.length - before;
}
const points = Array.from({ length: await callsOfOneChange() }, (_, index) => index + 1);

describe.each(['Before', 'After'] as const)('a crash %s the n-th call on files', (when) => {
  test.each(sampleOf(points, 12))(
    '%i: the next agent ends with a kubelet that runs over the state of its policy',
    async (point) => {
      const machine = await running(shared);
      const [host, count] = [machine.host(), machine.systemd.changes().length];
      machine.files.failWhen(crashAt(machine.files.calls.length + point, when));
      await machine.apply([pinned]).catch(() => undefined);
      machine.files.failWhen(undefined);
      await machine.apply([], { source: { kind: 'Unknown', problems: [] } });

      const isNew = machine.host()['/etc/kubernetes/kubelet-config.yaml']?.includes('static') ?? false;
      if (!isNew) expect(machine.host()).toEqual(host);
      expect(state(machine)).toContain(isNew ? 'static' : 'none');
      expect(await machine.systemd.status(unit)).toMatchObject({ activeState: 'active' });
      expect(since(machine, count).filter((call) => call.startsWith('restart')).length).toBeLessThanOrEqual(2);

      await machine.apply([pinned]);
      expect(state(machine)).toContain('static');
      await machine.apply([configured({ ...pinned.spec.kubelet?.configuration, maxPods: 12 })]);
      expect(isAside(machine)).toBe(false);
    },
  );
});
