/** A committed revision that somebody else works on, and the passes of an agent that stays: in memory. */

import { describe, expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../../src/api/types.ts';
import type { AgentState } from '../../../src/node/model/drift.ts';
import type { Permission } from '../../../src/node/model/permission.ts';
import type { ReconcileRequest } from '../../../src/node/model/preview.ts';
import { kubeletConfig } from '../../builders.ts';
import { failOn } from '../../fakes/files.ts';
import { healthy, unhealthy } from '../../fakes/healthz.ts';
import { type MemoryMachine, memoryMachine, unit, unitFile } from '../machine.ts';

const settings = '/etc/kubernetes/kubelet-config.yaml';
const extra = '/etc/kubernetes/own.conf';
const workers = (v: number, more: Partial<KubeletConfigSpec> = {}) =>
  kubeletConfig('workers', {
    kubelet: { flags: { v }, configuration: { maxPods: 64 } },
    files: [{ path: extra, content: 'ours' }],
    launcher: { host: {} },
    health: { minReadySeconds: 0 },
    ...more,
  });

const agentState: AgentState = { provenInvocations: [], flapping: new Map() };
const agent: Partial<ReconcileRequest> = { retry: false, agentState };
const lost = { ...agent, source: { kind: 'Unknown', problems: [] } } as const;
const committed = { kind: 'Changed', result: { kind: 'Committed' } } as const;
const unnoticed = { ...committed, isUnnoticed: true } as const;

interface Begun extends MemoryMachine {
  /** The calls of systemd that change anything, since it was committed. */
  since(): string[];
  readonly was: Record<string, string>;
}

async function begun(more: Partial<KubeletConfigSpec> = {}): Promise<Begun> {
  const machine = await memoryMachine();
  expect(await machine.apply([workers(1, more)], agent)).toMatchObject(committed);
  const calls = machine.systemd.changes().length;
  return { ...machine, was: machine.host(), since: () => machine.systemd.changes().slice(calls) };
}

describe('what the run that was proved cannot have read comes back without a restart', () => {
  test('the configuration, and nothing else happens', async () => {
    const machine = await begun();
    machine.files.put(settings, 'theirs');
    const outcome = await machine.apply([workers(1)], agent);
    expect(outcome).toMatchObject({ ...unnoticed, reason: 'Drift', drifted: [{ path: settings, kind: 'Changed' }] });
    expect(machine.host()).toEqual(machine.was);
    expect(machine.since()).toEqual([]);
    expect(await machine.apply([workers(1)], agent)).toMatchObject({ kind: 'Unchanged' });
  });

  test('the unit, with a reload', async () => {
    const machine = await begun();
    machine.files.put(unitFile, '[Service]\nExecStart=/bin/true\n');
    expect(await machine.apply([workers(1)], agent)).toMatchObject(unnoticed);
    expect(machine.host()).toEqual(machine.was);
    expect(machine.since()).toContain('reload');
    expect(machine.since()).not.toContain(`restart ${unit}`);
    expect(await machine.systemd.status(unit)).toMatchObject({ unitFileState: 'enabled' });
  });

  test('the run that our own undo has started', async () => {
    const machine = await begun();
    machine.healthz.answer(() => (machine.host()[unitFile]?.includes('--v=2') ? unhealthy : healthy));
    expect(await machine.apply([workers(2)], agent)).toMatchObject({ kind: 'Changed', result: { kind: 'Undone' } });
    expect(machine.events.at(-1)).toEqual({ kind: 'Undone' });
    const calls = machine.systemd.changes().length;
    machine.files.put(settings, 'theirs');
    expect(await machine.apply([workers(1)], agent)).toMatchObject(unnoticed);
    expect(machine.host()).toEqual(machine.was);
    expect(machine.systemd.changes().slice(calls)).toEqual([]);
  });

  test('time and again, and after a change of the objects that changed no byte', async () => {
    const machine = await begun();
    for (const objects of [[workers(1)], [{ ...workers(1), metadata: { name: 'workers', generation: 7 } }]]) {
      machine.files.put(settings, 'theirs');
      expect(await machine.apply(objects, agent)).toMatchObject(unnoticed);
    }
    expect(machine.host()).toEqual(machine.was);
    expect(machine.since()).toEqual([]);
  });

  test('without asking the controller', async () => {
    const machine = await begun();
    const nobody = { request: undefined, claimed: undefined, approval: undefined };
    const permission: Permission = { kind: 'Controller', ...nobody, isUnregistered: false, newId: 'n' };
    const authority = { permission, claim: async () => ({ kind: 'NotClaimed', why: 'never granted' }) as const };
    machine.files.put(settings, 'theirs');
    expect(await machine.apply([workers(1)], { ...agent, authority })).toMatchObject(unnoticed);
    machine.files.put(extra, 'theirs');
    expect(await machine.apply([workers(1)], { ...agent, authority })).toMatchObject({
      kind: 'Waiting',
      request: { reason: 'Drift' },
    });
    // Not before the restart that makes it count.
    expect(machine.host()[extra]).toBe('theirs');
  });

  test('but for one that somebody has started since', async () => {
    const machine = await begun();
    machine.systemd.change(unit, { invocationId: 'theirs' });
    machine.files.put(settings, 'theirs');
    expect(await machine.apply([workers(1)], agent)).toMatchObject({ ...committed, drifted: [{ path: settings }] });
    expect(machine.since()).toContain(`restart ${unit}`);
    machine.systemd.change(unit, { invocationId: 'seen in order' });
    machine.files.put(settings, 'theirs');
    const restarts = machine.since().length;
    expect(
      await machine.apply([workers(1)], { ...agent, agentState: { ...agentState, provenInvocations: ['seen in order'] } }),
    ).toMatchObject(unnoticed);
    expect(machine.since()).toHaveLength(restarts);
  });

  test('should it be started in the middle of it, by which files nobody can say, a restart is due', async () => {
    const machine = await begun();
    machine.files.put(settings, 'theirs');
    machine.files.failWhen(({ method, path }) => {
      if (method === 'write' && path === settings) machine.systemd.change(unit, { invocationId: 'theirs' });
      return undefined;
    });
    expect(await machine.apply([workers(1)], agent)).toMatchObject(unnoticed);
    machine.files.failWhen(undefined);
    expect(machine.host()).toEqual(machine.was);
    expect(machine.since()).toEqual([]);
    // Not by us alone, nor while it is not known what is wanted, nor against who has stopped it since.
    const nobody = { request: undefined, claimed: undefined, approval: undefined };
    const permission: Permission = { kind: 'Controller', ...nobody, isUnregistered: false, newId: 'n' };
    const authority = { permission, claim: async () => ({ kind: 'NotClaimed', why: 'never granted' }) as const };
    expect(await machine.apply([workers(1)], { ...agent, authority })).toMatchObject({
      kind: 'Waiting',
      request: { reason: 'Drift' },
    });
    expect(await machine.apply([], lost)).toMatchObject({ kind: 'Kept' });
    machine.systemd.change(unit, { activeState: 'inactive' });
    expect(await machine.apply([workers(1)], agent)).toMatchObject({ kind: 'Kept', problems: [{ code: 'UnitHeld' }] });
    machine.systemd.change(unit, { activeState: 'active' });
    expect(await machine.apply([workers(1)], agent)).toMatchObject(committed);
    expect(machine.since()).toEqual([`resetFailed ${unit}`, `restart ${unit}`]);
    expect(await machine.apply([workers(1)], agent)).toMatchObject({ kind: 'Unchanged' });
  });

  test('nor where our own word for it is damaged', async () => {
    const machine = await begun();
    machine.files.put('/var/lib/kubelet-config/proved.json', '{}');
    machine.files.put(settings, 'theirs');
    await machine.apply([workers(1)], agent);
    expect(machine.since()).toContain(`restart ${unit}`);
  });

  test('what fails on the way rests before it is tried again', async () => {
    const machine = await begun();
    machine.files.put(settings, 'theirs');
    machine.files.failWhen(failOn(settings, 'ENOSPC', 'write'));
    const outcome = await machine.apply([workers(1)], agent);
    expect(outcome).toMatchObject({ result: { kind: 'Undone', verdict: { kubeletUntouched: true } } });
    machine.files.failWhen(undefined);
    const inputs = outcome.kind === 'Changed' ? (outcome.record.inputs?.id ?? null) : null;
    const resting = { inputs, reason: 'full' };
    expect(await machine.apply([workers(1)], { ...agent, resting })).toMatchObject({ kind: 'Kept', interruptedBy: 'full' });
    expect(await machine.apply([workers(1)], agent)).toMatchObject(unnoticed);
  });
});

describe('drift: Report', () => {
  const reported = workers(1, { drift: 'Report' });

  test('writes nothing and says what was changed; it needs no restart to say so, nor to say otherwise', async () => {
    const machine = await begun();
    expect(await machine.apply([reported], agent)).toMatchObject({ ...committed, record: { drift: 'Report' } });
    machine.files.put(settings, 'theirs');
    const outcome = await machine.apply([reported], agent);
    expect(outcome).toMatchObject({ kind: 'Kept', problems: [{ code: 'Drifted' }] });
    expect(machine.host()[settings]).toBe('theirs');
    expect(await machine.apply([workers(1)], agent)).toMatchObject({ ...unnoticed, record: { inputs: {} } });
    expect(machine.host()).toEqual(machine.was);
    expect(machine.since()).toEqual([]);
  });

  test('other words for the same leave the drift alone', async () => {
    const machine = await begun({ drift: 'Report' });
    machine.files.put(settings, 'theirs');
    const renamed = { ...reported, spec: { ...reported.spec, priority: 7 } };
    expect(await machine.apply([renamed], agent)).toMatchObject({ ...committed, unresolved: [{ code: 'Drifted' }] });
    expect(machine.host()[settings]).toBe('theirs');
    expect(await machine.apply([renamed], agent)).toMatchObject({ kind: 'Kept', problems: [{ code: 'Drifted' }] });
  });

  test('counts too while the source is lost', async () => {
    const machine = await begun({ drift: 'Report' });
    machine.files.put(settings, 'theirs');
    expect(await machine.apply([], lost)).toMatchObject({ kind: 'Kept', problems: [{ code: 'Drifted' }] });
    expect(machine.host()[settings]).toBe('theirs');
  });
});

describe('while it is not known what is wanted', () => {
  test('what needs no restart comes back, from the records on the disk', async () => {
    const machine = await begun();
    machine.files.put(settings, 'theirs');
    expect(await machine.apply([], lost)).toMatchObject(unnoticed);
    expect(machine.host()).toEqual(machine.was);
  });

  test('nothing starts', async () => {
    const machine = await begun();
    machine.systemd.change(unit, { invocationId: 'theirs' });
    machine.files.put(settings, 'theirs');
    expect(await machine.apply([], lost)).toMatchObject({ kind: 'Kept' });
    expect(machine.since()).toEqual([]);
  });

  test('a restart that is owed stays owed', async () => {
    const machine = await begun();
    await machine.apply([workers(2)], { restart: false });
    machine.files.put(settings, 'theirs');
    expect(await machine.apply([], { ...lost, agentState: { ...agentState, provenInvocations: [] } })).toMatchObject({
      kind: 'Kept',
    });
    expect(await machine.apply([workers(2)], agent)).toMatchObject(committed);
    expect(machine.since().at(-1)).toBe(`restart ${unit}`);
  });
});

describe('a unit in the hands of a person', () => {
  const held = { kind: 'Kept', problems: [{ code: 'UnitHeld' }] } as const;
  test.each([
    ['stopped', { activeState: 'inactive', subState: 'dead', mainPid: 0 }],
    ['disabled', { unitFileState: 'disabled' }],
  ] as const)('%s, is left alone by drift and change, until a person applies', async (_what, status) => {
    const machine = await begun();
    machine.systemd.change(unit, status);
    expect(await machine.apply([workers(1)], agent)).toMatchObject(held);
    expect(await machine.apply([workers(2)], agent)).toMatchObject(held);
    expect(machine.since()).toEqual([]);
    expect(machine.host()).toEqual(machine.was);
    machine.files.put(settings, 'theirs');
    expect(await machine.apply([workers(1)], agent)).toMatchObject({ ...unnoticed, unresolved: [{ code: 'UnitHeld' }] });
    expect(machine.host()).toEqual(machine.was);
    expect(await machine.systemd.status(unit)).toMatchObject(status);
    expect(await machine.apply([workers(2)])).toMatchObject(committed);
  });

  test('given back, it takes what was changed meanwhile', async () => {
    const machine = await begun();
    machine.systemd.change(unit, { activeState: 'inactive', subState: 'dead' });
    expect(await machine.apply([workers(2)], agent)).toMatchObject(held);
    machine.systemd.change(unit, { activeState: 'active', subState: 'running', invocationId: 'theirs' });
    expect(await machine.apply([workers(2)], agent)).toMatchObject(committed);
  });

  test('whoever applies by hand means it: it is started', async () => {
    const machine = await begun();
    machine.systemd.change(unit, { activeState: 'inactive', subState: 'dead' });
    expect(await machine.apply([workers(1)])).toMatchObject(committed);
    expect(machine.since()).toEqual([`resetFailed ${unit}`, `restart ${unit}`]);
  });

  test('one that failed by itself is told, not undone, and cured by a change', async () => {
    const machine = await begun();
    machine.systemd.change(unit, { activeState: 'failed', subState: 'failed', result: 'exit-code' });
    expect(await machine.apply([workers(1)], agent)).toMatchObject({ kind: 'Kept', problems: [{ code: 'KubeletDown' }] });
    expect(machine.since()).toEqual([]);
    expect(await machine.apply([workers(2)], agent)).toMatchObject(committed);
  });

  test('where nobody keeps watch all that is told too', async () => {
    const machine = await begun();
    machine.systemd.change(unit, { unitFileState: 'disabled' });
    machine.files.put(`/etc/systemd/system/${unit}.d/90-theirs.conf`, '[Service]\nExecStart=\nExecStart=/bin/false\n');
    const outcome = await machine.apply([], lost);
    expect(outcome).toMatchObject({ kind: 'Kept', problems: [{ code: 'UnitInvalid' }, { code: 'UnitHeld' }] });
  });
});
