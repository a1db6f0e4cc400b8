/** The dead-man's switch acts while the agent stands still, or when it is gone: one of the two decides, and the host is never a mixture. */

import { describe, expect, test } from 'vitest';
import type { TransactionEvent } from '../../../src/node/model/event.ts';
import type { Outcome } from '../../../src/node/model/outcome.ts';
import { kubeletConfig } from '../../builders.ts';
import { failOn } from '../../fakes/files.ts';
import { type MemoryMachine, memoryMachine, unit, unitFile } from '../machine.ts';

const object = (v: number, minReadySeconds = 0) =>
  kubeletConfig('workers', {
    kubelet: { flags: { v }, configuration: { maxPods: 10 + v } },
    launcher: { host: {} },
    files: [{ path: '/opt/bin/hook', mode: '0755', content: `#!/bin/sh\n# ${v}\n` }],
    health: { minReadySeconds },
  });

async function prepared(): Promise<{ readonly machine: MemoryMachine; readonly old: Record<string, string> }> {
  const machine = await memoryMachine();
  await machine.apply([object(1)]);
  return { machine, old: machine.host() };
}

/** The timer fires when the agent reports the n-th event. */
async function firing(machine: MemoryMachine, point: number): Promise<{ outcome: Outcome; events: number; fired: boolean }> {
  const events: TransactionEvent[] = [];
  let fired: Promise<void> | undefined;
  const outcome = await machine.apply([object(2, 5)], {
    report: (event) => {
      events.push(event);
      if (events.length === point) fired = machine.deadMan.fire();
    },
  });
  await fired;
  return { outcome, events: events.length, fired: fired !== undefined };
}

const { events } = await firing((await prepared()).machine, 0);

test('without it the change would be taken', async () => {
  const { machine } = await prepared();
  expect((await firing(machine, 0)).outcome).toMatchObject({ kind: 'Changed', result: { kind: 'Committed' } });
  expect(events).toBeGreaterThan(5);
});

describe('fired at the n-th event of a change', () => {
  test.each(Array.from({ length: events }, (_, index) => index + 1))('%i: all of it is taken back', async (point) => {
    const { machine, old } = await prepared();
    const { outcome, fired } = await firing(machine, point);
    expect(fired).toBe(true);
    expect(outcome).toMatchObject({ kind: 'Changed', result: { kind: 'Undone', verdict: { kind: 'Interrupted' } } });
    expect(machine.host()).toEqual(old);
    expect(await machine.systemd.status(unit)).toMatchObject({ activeState: 'active' });
    expect(Object.keys(machine.files.contents()).filter((path) => /\/(armed|undoing|staging)\//.test(path))).toEqual([]);
    expect(machine.deadMan.setFor).toBeUndefined();
    expect(await machine.apply([object(2, 5)], { retry: false })).toMatchObject({
      kind: 'Changed',
      result: { kind: 'Committed' },
    });
  });
});

test('fired between two looks of the proof, it is not the kubelet that is to blame', async () => {
  let fire: (() => Promise<void>) | undefined;
  const machine = await memoryMachine({}, undefined, {
    beforeStatus: async () => {
      const once = fire;
      fire = undefined;
      await once?.();
    },
  });
  await machine.apply([object(1)]);
  const old = machine.host();
  const outcome = await machine.apply([object(2, 5)], {
    report: ({ kind }) => {
      if (kind !== 'Proving') return;
      fire = async () => {
        await machine.deadMan.fire();
        // The kubelet that was there before is not up yet.
        machine.systemd.change(unit, { activeState: 'inactive', subState: 'dead' });
        fire = async () => machine.systemd.change(unit, { activeState: 'active', subState: 'running' });
      };
    },
  });
  expect(outcome).toMatchObject({ kind: 'Changed', result: { kind: 'Undone', verdict: { kind: 'Interrupted' } } });
  expect(machine.host()).toEqual(old);
});

test('fired in the middle of a write, it is the reason, and not what the write ran into', async () => {
  const { machine, old } = await prepared();
  machine.files.failWhen((call) => {
    if (call.method !== 'write' || call.path !== '/opt/bin/hook') return undefined;
    machine.files.failWhen(undefined);
    void machine.deadMan.fire();
    return failOn('/opt/bin/hook', 'ENOENT')(call);
  });
  expect(await machine.apply([object(2, 5)])).toMatchObject({
    result: { kind: 'Undone', verdict: { kind: 'Interrupted', reason: 'the change was not confirmed in time' } },
  });
  expect(machine.host()).toEqual(old);
});

test('fired after the commit, it has nothing to do', async () => {
  const { machine } = await prepared();
  await machine.apply([object(2)]);
  const host = machine.host();
  await machine.deadMan.fire();
  expect(machine.host()).toEqual(host);
});

test('set for as long as the proof may take, and a while for what comes before', async () => {
  const { machine } = await prepared();
  let setFor: number | undefined;
  await machine.apply([kubeletConfig('workers', { launcher: { host: {} }, health: { timeoutSeconds: 300 } })], {
    report: () => {
      setFor ??= machine.deadMan.setFor;
    },
  });
  expect(setFor).toBe(330_000);
});

test('it runs before the transaction is armed: an agent that dies in between leaves nothing open that nobody would undo', async () => {
  const { machine } = await prepared();
  const set: (number | undefined)[] = [];
  machine.files.failWhen(({ method, path }) => {
    if (method === 'rename' && path.endsWith('/staging')) set.push(machine.deadMan.setFor);
    return undefined;
  });
  await machine.apply([object(2)]);
  expect(set).toEqual([expect.any(Number)]);
  expect(machine.deadMan.setFor).toBeUndefined();
});

test.each(['makeTree', 'rename'] as const)(
  'a transaction that could not be armed, for its %s failed, leaves no timer',
  async (method) => {
    const { machine, old } = await prepared();
    machine.files.failWhen((call) => failOn('/var/lib/kubelet-config/staging', 'EIO', method)(call));
    expect(await machine.apply([object(2)])).toMatchObject({ result: { kind: 'Undone', verdict: { kubeletUntouched: true } } });
    expect(machine.deadMan.setFor).toBeUndefined();
    expect(machine.host()).toEqual(old);
  },
);

test('a transaction that is armed though its rename ended with an error is undone', async () => {
  const { machine, old } = await prepared();
  machine.files.failWhen((call) => {
    const trouble = failOn('/var/lib/kubelet-config/staging', 'EIO', 'rename')(call);
    return trouble && { ...trouble, when: 'After' };
  });
  expect(await machine.apply([object(2)])).toMatchObject({ result: { kind: 'Undone', verdict: { kubeletUntouched: true } } });
  expect(Object.keys(machine.files.contents()).filter((path) => path.includes('/armed/'))).toEqual([]);
  expect(machine.deadMan.setFor).toBeUndefined();
  expect(machine.host()).toEqual(old);
});

test('an agent that finds the work done while it was gone remembers it as an interruption', async () => {
  const { machine, old } = await prepared();
  machine.systemd.failWhen(({ method }) => (method === 'undo' ? { code: 'Disconnected', when: 'Before' } : undefined));
  const stopping = new AbortController();
  const report = ({ kind }: TransactionEvent) => kind === 'Proving' && stopping.abort();
  expect(await machine.apply([object(2, 60)], { stop: stopping.signal, report })).toMatchObject({
    result: { kind: 'NotUndone' },
  });
  machine.systemd.failWhen(undefined);
  expect(machine.host()).not.toEqual(old);
  await machine.deadMan.fire();
  expect(machine.host()).toEqual(old);
  expect(machine.host()[unitFile]).toContain('--v=1');
  expect(await machine.apply([object(2, 60)], { retry: false })).toMatchObject({
    record: { attempt: 2 },
    result: { kind: 'Committed' },
  });
});
