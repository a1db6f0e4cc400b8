import { describe, expect, test } from 'vitest';
import type { KubeletConfig } from '../../../src/api/types.ts';
import type { Asked } from '../../../src/node/model/asked.ts';
import { holdFile } from '../../../src/node/model/hold.ts';
import type { Outcome } from '../../../src/node/model/outcome.ts';
import type { ReconcileRequest } from '../../../src/node/model/preview.ts';
import { settleRollback } from '../../../src/node/pass/asked.ts';
import { readHistory, readJournal } from '../../../src/node/transaction/journal.ts';
import { ask, readAsked, readPin, writePin } from '../../../src/node/transaction/pin.ts';
import { kubeletConfig } from '../../builders.ts';
import { memoryMachine } from '../machine.ts';

const at = (v: number, spec: Partial<KubeletConfig['spec']> = {}) => [
  kubeletConfig('workers', { kubelet: { flags: { v } }, launcher: { host: {} }, health: { minReadySeconds: 0 }, ...spec }),
];
const agent: Partial<ReconcileRequest> = { retry: false };
const command: Partial<ReconcileRequest> = { goesBack: true, source: { kind: 'Unknown', problems: [] } };

/** A machine to which these were applied, one after the other; `ids` are their revisions. */
async function machineWith(...verbosities: number[]) {
  const machine = await memoryMachine();
  const ids = new Map<number, string>();
  for (const v of verbosities) {
    await machine.apply(at(v));
    ids.set(v, (await readJournal(machine.files)).committed?.revision ?? '');
  }
  const { files } = machine;
  const asked = (v: number): Asked => ({ kind: 'Rollback', revision: ids.get(v) ?? '', by: 'ana', at: '2026-01-31T09:00:00Z' });
  return {
    ...machine,
    ids,
    leave: (v: number) => ask(files, asked(v)),
    /** `kubelet-config rollback --to` without an agent. */
    rollback: async (v: number) => {
      await ask(files, asked(v));
      const outcome = await machine.apply([], command);
      return { outcome, isThere: await settleRollback(ids.get(v) ?? '', files) };
    },
    /** A pass of an agent whose objects ask for this. */
    pass: (v: number, changed: Partial<ReconcileRequest> = {}) => machine.apply(at(v), { ...agent, ...changed }),
    verbosity: () => /--v=(\d+)/.exec(machine.host()['/etc/systemd/system/kubelet.service'] ?? '')?.[1],
    pin: () => readPin(files),
  };
}

const codes = (outcome: Outcome) =>
  (outcome.kind === 'Kept' ? outcome.problems : 'warnings' in outcome ? outcome.warnings : []).map(({ code }) => code);

describe('what a person went back from does not return by itself', () => {
  test('after a second rollback to the oldest', async () => {
    const { rollback, pass, verbosity } = await machineWith(61, 62, 63);
    await rollback(62);
    await rollback(61);
    expect(verbosity()).toBe('61');
    for (const v of [63, 62, 63]) {
      expect(codes(await pass(v))).toEqual(['RolledBack']);
      expect(verbosity()).toBe('61');
    }
    expect(await pass(64)).toMatchObject({ kind: 'Changed' });
    expect(verbosity()).toBe('64');
  });

  test('after one rollback over several revisions', async () => {
    const { rollback, pass, verbosity } = await machineWith(61, 62, 63);
    await rollback(61);
    for (const v of [62, 63]) expect(codes(await pass(v))).toEqual(['RolledBack']);
    expect(verbosity()).toBe('61');
  });

  test('after a second rollback that was held', async () => {
    const { rollback, pass, verbosity, files } = await machineWith(61, 62, 63);
    await rollback(62);
    await files.write(holdFile, { mode: 0o644, uid: 0, gid: 0, content: Buffer.from('Ana\n') });
    expect(await rollback(61)).toMatchObject({ isThere: false, outcome: { kind: 'Kept', problems: [{ code: 'Held' }, {}] } });
    await files.remove(holdFile);
    expect(codes(await pass(63))).toEqual(['RolledBack']);
    expect(verbosity()).toBe('62');
  });

  test.each(['by a command', 'by an agent'])('after a second rollback that was undone, %s', async (who) => {
    const { rollback, leave, pass, verbosity, systemd, pin, ids } = await machineWith(61, 62, 63);
    await rollback(62);
    systemd.failWhen(({ method }) =>
      method === 'restart' && verbosity() === '61' ? { code: 'JobFailed', when: 'After' } : undefined,
    );
    if (who === 'by a command') expect(await rollback(61)).toMatchObject({ isThere: false });
    else {
      await leave(61);
      expect(await pass(63)).toMatchObject({ kind: 'Changed', result: { kind: 'Undone', verdict: { kind: 'Failed' } } });
    }
    expect(await pin()).toMatchObject({ revision: ids.get(62) });
    expect(codes(await pass(63))).toEqual(['RolledBack']);
    expect(verbosity()).toBe('62');
  });

  test('if only this program or another one on the host was updated', async () => {
    const { rollback, pass, verbosity, pin, files } = await machineWith(62, 63);
    await rollback(62);
    const found = await pin();
    expect(found?.effective).toHaveLength(1);
    await writePin(files, { ...found, inputs: ['of another build'], revision: found?.revision ?? '' });
    expect(codes(await pass(63))).toEqual(['RolledBack']);
    expect(verbosity()).toBe('62');
  });
});

describe('the wish of a person', () => {
  test('after a withdrawal is carried out, and holds while the objects stay withdrawn', async () => {
    const { apply, leave, verbosity } = await machineWith(62, 63);
    await apply([]);
    expect(verbosity()).toBeUndefined();
    await leave(62);
    expect(await apply([], agent)).toMatchObject({ kind: 'Changed', result: { kind: 'Committed' } });
    expect(codes(await apply([], agent))).toEqual(['RolledBack']);
    expect(verbosity()).toBe('62');
    await apply(at(64), agent);
    expect(verbosity()).toBe('64');
    await apply([], agent);
    expect(verbosity()).toBeUndefined();
  });

  test('while the node is held waits, says so, and is carried out after that', async () => {
    const { leave, pass, verbosity } = await machineWith(62, 63);
    const hold = { by: 'the annotation', reason: '', release: 'ask' };
    await leave(62);
    expect(codes(await pass(63, { hold }))).toEqual(['Held', 'RollbackWaits']);
    expect(verbosity()).toBe('63');
    await pass(63);
    expect(verbosity()).toBe('62');
  });

  test('to go back while the agent carries out another change supersedes that change', async () => {
    const { apply, leave, verbosity, preview, ids } = await machineWith(61, 62);
    const superseded = new AbortController();
    const outcome = await apply(at(63, { health: { minReadySeconds: 60 } }), {
      ...agent,
      superseded: superseded.signal,
      report: ({ kind }) => {
        if (kind === 'Proving') superseded.abort();
      },
    });
    expect(outcome).toMatchObject({ result: { kind: 'Undone', verdict: { kind: 'Superseded' } } });
    await leave(62);
    const { desired } = await preview(at(63, { health: { minReadySeconds: 60 } }), agent);
    expect(desired.revision).toMatchObject({ kind: 'Pinned', record: { revision: ids.get(62) } });
    expect(codes(await apply(at(63, { health: { minReadySeconds: 60 } }), agent))).toEqual(['RolledBack']);
    expect(verbosity()).toBe('62');
  });

  test('that was interrupted rests, and is tried again at once when they ask again', async () => {
    const { leave, pass, ids, files, verbosity } = await machineWith(62, 63);
    const resting = {
      inputs: (await readHistory(files)).find(({ revision }) => revision === ids.get(62))?.inputs?.id ?? '',
      reason: 'cut off',
    };
    await leave(62);
    expect(await pass(63, { resting })).toMatchObject({ kind: 'Changed' });
    expect(verbosity()).toBe('62');
    expect(await readAsked(files)).toBeUndefined();
  });

  test('to apply something by hand ends a rollback only if it is applied', async () => {
    const { rollback, pass, apply, verbosity, systemd } = await machineWith(62, 63);
    await rollback(62);
    systemd.failWhen(({ method }) =>
      method === 'restart' && verbosity() === '64' ? { code: 'JobFailed', when: 'After' } : undefined,
    );
    expect(await apply(at(64))).toMatchObject({ result: { kind: 'Undone' } });
    expect(codes(await pass(63))).toEqual(['RolledBack']);
    expect(verbosity()).toBe('62');
    await apply(at(63));
    expect(await pass(63)).toMatchObject({ kind: 'Unchanged' });
    expect(verbosity()).toBe('63');
  });

  test('to apply something by hand holds even if kubelet-config was killed right after it', async () => {
    const { rollback, pass, apply, pin, files, verbosity } = await machineWith(62, 63);
    await rollback(62);
    const before = await pin();
    await apply(at(63));
    // As if the removal of the pin had been cut off.
    await writePin(files, before);
    await pass(63);
    expect(verbosity()).toBe('63');
  });

  test('to retry forgets the rollback, whichever of the two was asked last', async () => {
    const { rollback, pass, files, leave, verbosity } = await machineWith(62, 63);
    await rollback(62);
    await ask(files, { kind: 'Retry', by: 'ana', at: '' });
    await leave(62);
    expect(codes(await pass(63))).toEqual(['RolledBack']);
    await leave(62);
    await ask(files, { kind: 'Retry', by: 'ana', at: '' });
    await pass(63);
    expect(verbosity()).toBe('63');
  });

  test('that an earlier build left is read', async () => {
    const { rollback, pass, pin, files, verbosity } = await machineWith(62, 63);
    await rollback(62);
    const { inputs = [], revision = '' } = (await pin()) ?? {};
    await writePin(files, { inputs, revision });
    expect(codes(await pass(63))).toEqual(['RolledBack']);
    await files.write('/var/lib/kubelet-config/retry', { mode: 0o600, uid: 0, gid: 0, content: Buffer.alloc(0) });
    await pass(63);
    expect(verbosity()).toBe('63');
    expect((await files.read('/var/lib/kubelet-config/retry')).kind).toBe('Absent');
  });
});
