import { describe, expect, test } from 'vitest';
import { kubeletConfig } from '../../builders.ts';
import { crashAt } from '../../fakes/files.ts';
import { sampleOf, strideOf } from '../../runs.ts';
import { type MemoryMachine, memoryMachine, unit, unitFile } from '../machine.ts';

/** The agent dies at the n-th call on the host's files, before or after that call took effect, for every n; then a new one starts, and may die too. */

const old = kubeletConfig('workers', { kubelet: { flags: { v: 1 }, configuration: { maxPods: 10 } }, launcher: { host: {} } });
const wanted = kubeletConfig('workers', {
  kubelet: { flags: { v: 2 } },
  launcher: { host: {} },
  files: [{ path: '/opt/bin/hook', mode: '0755', content: '#!/bin/sh\n' }],
});

async function prepared(): Promise<MemoryMachine> {
  const machine = await memoryMachine({ '/etc/kubernetes/kubelet-config.yaml': 'of the distribution\n' });
  await machine.apply([old]);
  return machine;
}

async function callsOfOneApply(): Promise<number> {
  const machine = await prepared();
  const before = machine.files.calls.length;
  await machine.apply([wanted]);
  return machine.files.calls.length - before;
}

const calls = await callsOfOneApply();
const points = Array.from({ length: calls }, (_, index) => index + 1);

describe.each(['Before', 'After'] as const)('a crash %s the n-th call', (when) => {
  test.each(sampleOf(points, 16))('%i: the next agent ends at the old or the new revision', async (point) => {
    const machine = await prepared();
    const oldHost = machine.host();
    const { invocationId } = await machine.systemd.status(unit);

    machine.files.failWhen(crashAt(machine.files.calls.length + point, when));
    await machine.apply([wanted]).catch(() => undefined);
    machine.files.failWhen(undefined);

    // Whoever starts next with a source that is lost leaves the node at one revision or the other, with a kubelet that runs it.
    await machine.apply([], { source: { kind: 'Unknown', problems: [] } });
    const isNew = machine.host()[unitFile]?.includes('--v=2') ?? false;
    if (!isNew) expect(machine.host()).toEqual(oldHost);
    else
      expect(machine.host()).toMatchObject({
        '/etc/kubernetes/kubelet-config.yaml': 'of the distribution\n',
        '/opt/bin/hook': '#!/bin/sh\n',
      });
    const restarts = machine.systemd.changes().filter((call) => call === `restart ${unit}`).length;
    expect(restarts).toBeLessThanOrEqual(3);
    const status = await machine.systemd.status(unit);
    expect(status.activeState).toBe('active');
    if (restarts === 1) expect(status.invocationId).toBe(invocationId);

    // And with a source that answers it converges, and leaves nothing of its own in the way.
    await machine.apply([wanted]);
    expect(machine.host()[unitFile]).toContain('--v=2');
    expect(await machine.apply([wanted])).toMatchObject({ kind: 'Unchanged' });
    expect(Object.keys(machine.files.contents()).filter((path) => /\/(armed|staging)\//.test(path))).toEqual([]);
  });
});

/** Whoever starts next, with a source that is lost. */
const recovered = (machine: MemoryMachine) => machine.apply([], { source: { kind: 'Unknown', problems: [] } });

describe('a crash at the n-th call, and another one in the recovery', () => {
  test.each(sampleOf(points, 6))('%i: the third agent ends at the old or the new revision', async (point) => {
    // At every third call, another third of them for the next point; fewer in the unit tier.
    const distance = 3 * strideOf(5);
    for (let second = 1 + (point % distance), isWhole = false; !isWhole; second += distance) {
      const machine = await prepared();
      const oldHost = machine.host();
      machine.files.failWhen(crashAt(machine.files.calls.length + point, 'After'));
      await machine.apply([wanted]).catch(() => undefined);

      const last = machine.files.calls.length + second;
      machine.files.failWhen(crashAt(last, second % 2 === 0 ? 'After' : 'Before'));
      await recovered(machine).catch(() => undefined);
      isWhole = machine.files.calls.length < last;
      machine.files.failWhen(undefined);

      await recovered(machine);
      const isNew = machine.host()[unitFile]?.includes('--v=2') ?? false;
      if (!isNew) expect(machine.host(), `and at ${second}`).toEqual(oldHost);
      expect(await machine.systemd.status(unit)).toMatchObject({ activeState: 'active' });
      expect(Object.keys(machine.files.contents()).filter((path) => /\/(armed|undoing)\//.test(path))).toEqual([]);
    }
  });
});
