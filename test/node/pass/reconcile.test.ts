import { describe, expect, test } from 'vitest';
import type { DisruptionRequest, KubeletConfig } from '../../../src/api/types.ts';
import { isSuperseded } from '../../../src/node/decide/superseded.ts';
import type { Authority, ClaimResult } from '../../../src/node/model/permission.ts';
import type { ReconcileRequest } from '../../../src/node/model/preview.ts';
import type { NodeReadiness } from '../../../src/node/ports/node-readiness.ts';
import type { RunningHealth } from '../../../src/node/ports/running-kubelet.ts';
import { describeOutcome } from '../../../src/node/report/describe-outcome.ts';
import { kubeletConfig } from '../../builders.ts';
import { failOn } from '../../fakes/files.ts';
import { healthy, unhealthy } from '../../fakes/healthz.ts';
import { failCall } from '../../fakes/systemd.ts';
import { type MemoryMachine, memoryMachine, unit, unitFile } from '../machine.ts';

const workers = (v: number, more = {}) =>
  kubeletConfig('workers', {
    kubelet: { flags: { v } },
    launcher: { host: {} },
    takeover: 'Replace',
    health: { minReadySeconds: 0 },
    ...more,
  });
const withSettings = (maxPods: number) => workers(1, { kubelet: { flags: { v: 1 }, configuration: { maxPods } } });
const committed = { kind: 'Changed', result: { kind: 'Committed' } };

/** The agent is told to stop when all is done but the proof. */
function stoppedInTheProof(): Pick<ReconcileRequest, 'stop' | 'report'> {
  const stopping = new AbortController();
  return { stop: stopping.signal, report: ({ kind }) => kind === 'Proving' && stopping.abort() };
}

describe('the first apply', () => {
  test('writes, enables, reloads, starts', async () => {
    const machine = await memoryMachine();
    expect(await machine.apply([workers(1)])).toMatchObject(committed);
    expect(machine.host()[unitFile]).toContain('--v=1');
    expect(machine.systemd.changes()).toEqual([`enable ${unit}`, 'reload', `resetFailed ${unit}`, `restart ${unit}`]);
    expect(await machine.systemd.status(unit)).toMatchObject({ activeState: 'active', unitFileState: 'enabled' });
  });

  test('starts a unit that is as wanted but down', async () => {
    const rendered = await memoryMachine();
    await rendered.apply([workers(1)]);
    const machine = await memoryMachine(rendered.host());
    await machine.apply([workers(1)]);
    expect(await machine.systemd.status(unit)).toMatchObject({ activeState: 'active' });
  });
});

describe('an edit', () => {
  test('restarts once, with one reload', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const before = machine.systemd.changes().length;
    expect(await machine.apply([workers(2)])).toMatchObject(committed);
    expect(machine.systemd.changes().slice(before)).toEqual(['reload', `resetFailed ${unit}`, `restart ${unit}`]);
    expect(machine.host()[unitFile]).toContain('--v=2');
  });

  test('of the configuration alone restarts without a reload', async () => {
    const machine = await memoryMachine();
    await machine.apply([withSettings(10)]);
    const before = machine.systemd.changes().length;
    await machine.apply([withSettings(20)]);
    expect(machine.systemd.changes().slice(before)).toEqual([`resetFailed ${unit}`, `restart ${unit}`]);
  });

  test('that changes nothing writes nothing', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const calls = machine.files.calls.length;
    expect(await machine.apply([workers(1)])).toMatchObject({ kind: 'Unchanged' });
    expect(machine.files.calls.slice(calls).filter(({ method }) => !['read', 'list'].includes(method))).toEqual([]);
  });

  test('of generation or name alone is noted without touching the host', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const before = machine.systemd.changes().length;
    const renamed = { ...workers(1), metadata: { name: 'workers', uid: 'x', generation: 7 } };
    expect(await machine.apply([renamed])).toMatchObject(committed);
    expect(machine.systemd.changes()).toHaveLength(before);
    expect(await machine.apply([renamed])).toMatchObject({ kind: 'Unchanged' });
  });

  test('of [Install] leaves no old links behind', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const before = machine.systemd.changes().length;
    await machine.apply([workers(1, { unit: { options: { Install: { WantedBy: ['kubernetes.target'] } } } })]);
    expect(machine.systemd.changes().slice(before, before + 3)).toEqual([`disable ${unit}`, `enable ${unit}`, 'reload']);
  });
});

describe('without restart', () => {
  test('the restart is owed, and made by the next apply', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const before = machine.systemd.changes().length;
    await machine.apply([workers(2)], { restart: false });
    expect(machine.systemd.changes().slice(before)).toEqual(['reload']);
    await machine.apply([workers(2)]);
    expect(machine.systemd.changes().at(-1)).toBe(`restart ${unit}`);
    expect(await machine.apply([workers(2)])).toMatchObject({ kind: 'Unchanged' });
  });

  test('a reboot pays it', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)], { restart: false });
    machine.systemd.change(unit, { activeState: 'active', invocationId: 'of-the-boot' });
    const before = machine.systemd.changes().length;
    await machine.apply([workers(1)], { facts: async () => ({ osRelease: {}, bootId: 'next boot' }) });
    expect(machine.systemd.changes()).toHaveLength(before);
  });
});

describe('withdrawal', () => {
  test('brings back the originals', async () => {
    const original = '[Service]\nExecStart=/usr/bin/kubelet --original\n[Install]\nWantedBy=multi-user.target\n';
    const machine = await memoryMachine({ [unitFile]: original });
    machine.systemd.change(unit, { activeState: 'active', unitFileState: 'enabled', invocationId: 'original' });
    await machine.apply([withSettings(10)]);
    await machine.apply([withSettings(20)]);
    expect(await machine.apply([])).toMatchObject(committed);
    expect(machine.host()).toEqual({ [unitFile]: original });
    expect(await machine.systemd.status(unit)).toMatchObject({ activeState: 'active', unitFileState: 'enabled' });
    expect(await machine.apply([])).toMatchObject({ kind: 'Unchanged', revision: null });
  });

  test("an original that came back while others stayed managed is its owner's again", async () => {
    const hook = '/opt/bin/hook';
    const machine = await memoryMachine({ [hook]: 'original' });
    await machine.apply([workers(1, { files: [{ path: hook, mode: '0755', content: 'ours' }] })]);
    await machine.apply([workers(2)]);
    expect(machine.host()[hook]).toBe('original');
    machine.files.put(hook, 'of its owner');
    expect(await machine.apply([workers(2)])).toMatchObject({ kind: 'Unchanged' });
    await machine.apply([workers(3)]);
    expect(machine.host()[hook]).toBe('of its owner');
    await machine.apply([]);
    expect(machine.host()).toEqual({ [hook]: 'of its owner' });
  });

  test('stops, disables and removes what was not there before', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const before = machine.systemd.changes().length;
    await machine.apply([]);
    expect(machine.systemd.changes().slice(before)).toEqual([`stop ${unit}`, `resetFailed ${unit}`, `disable ${unit}`, 'reload']);
    expect(machine.host()).toEqual({});
  });

  test('leaves alone and reports a file that somebody else changed', async () => {
    const machine = await memoryMachine();
    await machine.apply([withSettings(10)]);
    machine.files.put('/etc/kubernetes/kubelet-config.yaml', 'edited by hand');
    expect(await machine.apply([])).toMatchObject({ foreign: ['/etc/kubernetes/kubelet-config.yaml'] });
    expect(machine.host()).toEqual({ '/etc/kubernetes/kubelet-config.yaml': 'edited by hand' });
  });

  test('with Orphan leaves the files and the kubelet', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1, { deletionPolicy: 'Orphan' })]);
    const before = machine.host();
    await machine.apply([]);
    expect(machine.host()).toEqual(before);
    expect(await machine.systemd.status(unit)).toMatchObject({ activeState: 'active', unitFileState: 'enabled' });
  });

  test('heeds an Orphan that came later', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    await machine.apply([workers(1, { deletionPolicy: 'Orphan' })]);
    const before = machine.host();
    await machine.apply([]);
    expect(machine.host()).toEqual(before);
  });

  test('never follows from a source that does not answer', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const before = machine.host();
    expect(await machine.apply([], { source: { kind: 'Unknown', problems: [] } })).toMatchObject({ kind: 'Kept' });
    expect(machine.host()).toEqual(before);
  });
});

describe('what fails', () => {
  test('a kubelet that does not start is undone and remembered', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const before = machine.host();
    machine.systemd.failWhen((call) =>
      call.method === 'restart' && machine.host()[unitFile]?.includes('--v=2') ? { code: 'JobFailed', when: 'After' } : undefined,
    );
    expect(await machine.apply([workers(2)])).toMatchObject({ result: { kind: 'Undone', verdict: { kind: 'Failed' } } });
    expect(machine.host()).toEqual(before);
    expect(await machine.systemd.status(unit)).toMatchObject({ activeState: 'active' });

    const calls = machine.systemd.changes().length;
    expect(await machine.apply([workers(2)], { retry: false })).toMatchObject({ kind: 'Kept' });
    expect(machine.systemd.changes()).toHaveLength(calls);
    machine.systemd.failWhen(undefined);
    expect(await machine.apply([workers(3)], { retry: false })).toMatchObject(committed);
  });

  test('a lost bus is no verdict on the kubelet: it may be tried again', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const next = machine.systemd.calls.length;
    const isFirst = (number: number) => !machine.systemd.calls.slice(next, number - 1).some(({ method }) => method === 'restart');
    machine.systemd.failWhen(({ method, number }) =>
      method === 'restart' && isFirst(number) ? { code: 'Disconnected', when: 'After' } : undefined,
    );
    expect(await machine.apply([workers(2)])).toMatchObject({ result: { kind: 'Undone', verdict: { kind: 'Interrupted' } } });
    expect(await machine.apply([workers(2)], { retry: false })).toMatchObject(committed);
  });

  test('interrupted for the third time it has failed, and only what is new or a person begins anew', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const slow = (verbosity: number) => [workers(verbosity, { health: { minReadySeconds: 30 } })];
    const attempt = async (verbosity: number, retry = false) => {
      const outcome = await machine.apply(slow(verbosity), { retry, ...stoppedInTheProof() });
      return outcome.kind === 'Changed' && outcome.result.kind === 'Undone' ? outcome.result.verdict.kind : outcome.kind;
    };
    expect([await attempt(2), await attempt(2), await attempt(2)]).toEqual(['Interrupted', 'Interrupted', 'Failed']);
    expect(await machine.apply(slow(2), { retry: false })).toMatchObject({
      kind: 'Kept',
      failedBefore: expect.stringContaining('interrupted 3 times'),
    });
    expect([await attempt(3), await attempt(3), await attempt(2)]).toEqual(['Interrupted', 'Interrupted', 'Interrupted']);
    expect([await attempt(2), await attempt(2, true), await attempt(2)]).toEqual(['Interrupted', 'Interrupted', 'Interrupted']);
    expect(await machine.apply(slow(2), { retry: false })).toMatchObject(committed);
  });

  test('what the host refuses before the kubelet has felt anything may be tried for ever', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const before = machine.host();
    machine.files.failWhen(failOn(unitFile, 'ENOSPC', 'write'));
    const restarts = () => machine.systemd.changes().filter((call) => call.startsWith('restart'));
    const begun = restarts().length;
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const outcome = await machine.apply([workers(2)], { retry: false });
      expect(outcome).toMatchObject({ result: { kind: 'Undone', verdict: { kind: 'Interrupted' } } });
      expect(machine.host()).toEqual(before);
    }
    expect(restarts()).toHaveLength(begun);
    machine.files.failWhen(undefined);
    expect(await machine.apply([workers(2)], { retry: false })).toMatchObject(committed);
  });

  test.each(['Before', 'After'] as const)('a beginning that the disk refuses leaves nothing open (%s)', async (when) => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const before = machine.host();
    machine.files.failWhen((call) => {
      const fault = failOn('/var/lib/kubelet-config/staging', 'EIO', 'rename')(call);
      return fault && { ...fault, when };
    });
    const outcome = await machine.apply([workers(2)], { retry: false });
    expect(outcome).toMatchObject({ result: { kind: 'Undone', verdict: { kind: 'Interrupted', kubeletUntouched: true } } });
    expect(machine.host()).toEqual(before);
    expect(Object.keys(machine.files.contents()).filter((path) => /\/(armed|undoing)\//.test(path))).toEqual([]);
  });

  test('what rests is not tried, what is new is', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const slow = workers(2, { health: { minReadySeconds: 30 } });
    const outcome = await machine.apply([slow], stoppedInTheProof());
    const inputs = outcome.kind === 'Changed' ? (outcome.record.inputs?.id ?? null) : null;
    const resting = { inputs, reason: 'asked to stop' };
    const calls = machine.systemd.changes().length;
    expect(await machine.apply([slow], { retry: false, resting })).toEqual({
      kind: 'Kept',
      problems: [],
      interruptedBy: 'asked to stop',
    });
    expect(machine.systemd.changes()).toHaveLength(calls);
    expect(await machine.apply([workers(1)], { retry: false, resting })).toMatchObject({ kind: 'Unchanged' });
    expect(await machine.apply([workers(3)], { retry: false, resting })).toMatchObject(committed);
  });

  test('what something else is wanted for instead is undone, and nobody is to blame', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const before = machine.host();
    const slow = workers(2, { health: { minReadySeconds: 30 } });
    const superseded = AbortSignal.abort();
    for (let time = 1; time <= 5; time += 1) {
      const outcome = await machine.apply([slow], { superseded, retry: false });
      expect(outcome).toMatchObject({ result: { kind: 'Undone', verdict: { kind: 'Superseded' } } });
      expect(machine.host()).toEqual(before);
    }
    expect(await machine.apply([slow], { retry: false })).toMatchObject(committed);
  });

  test('is something else wanted by now?', async () => {
    const machine = await memoryMachine();
    const foreseen = (...objects: KubeletConfig[]) => machine.preview(objects);
    const recordOf = async (...objects: KubeletConfig[]) => {
      const { action } = await foreseen(...objects);
      if (action.kind !== 'Change') throw new Error('nothing is to be changed');
      return action.record;
    };
    const first = await recordOf(workers(1));
    expect(isSuperseded(await foreseen(workers(1)), first)).toBe(false);
    expect(isSuperseded(await foreseen(workers(2)), first)).toBe(true);
    expect(isSuperseded(await foreseen(), first)).toBe(true);
    await machine.apply([workers(1)]);
    const second = await recordOf(workers(2));
    expect(isSuperseded(await foreseen(workers(1)), second)).toBe(true);
    const back = await recordOf();
    expect(isSuperseded(await foreseen(), back)).toBe(false);
    expect(isSuperseded(await foreseen(workers(1)), back)).toBe(true);
    machine.files.put(unitFile, 'by hand');
    const repair = await recordOf(workers(1));
    expect(isSuperseded(await foreseen(workers(1)), repair)).toBe(false);
    expect(isSuperseded(await machine.preview([], { source: { kind: 'Unknown', problems: [] } }), repair)).toBe(false);
  });

  test('whoever is asked to stop undoes what is not proved yet', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const before = machine.host();
    const slow = workers(2, { health: { minReadySeconds: 30 } });
    const outcome = await machine.apply([slow], stoppedInTheProof());
    expect(outcome).toMatchObject({ result: { kind: 'Undone', verdict: { kind: 'Interrupted' } } });
    expect(machine.host()).toEqual(before);
  });

  test('an undo that fails stays open and is finished by the next pass', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const before = machine.host();
    machine.systemd.failWhen(({ method }) =>
      method === 'restart' || method === 'undo' ? { code: 'Disconnected', when: 'Before' } : undefined,
    );
    expect(await machine.apply([workers(2)])).toMatchObject({ result: { kind: 'NotUndone' } });
    machine.systemd.failWhen(undefined);
    expect(await machine.apply([workers(1)])).toMatchObject({ kind: 'Unchanged' });
    expect(machine.host()).toEqual(before);
  });

  describe('a change is not committed', () => {
    const dropIn = `${unitFile}.d/99-theirs.conf`;
    const twice = (machine: MemoryMachine) => machine.files.contents()[unitFile] ?? '';
    type Act = (machine: MemoryMachine) => void;
    const acts: [string, Act, RegExp, string[]][] = [
      [
        'another unit is written',
        ({ files }) => files.put(unitFile, '[Service]\nExecStart=/bin/false\n'),
        /kubelet\.service \(changed\)/,
        [],
      ],
      ['another mode is set', (machine) => machine.files.put(unitFile, twice(machine), { mode: 0o666 }), /\(another mode\)/, []],
      ['another owner is set', (machine) => machine.files.put(unitFile, twice(machine), { uid: 7 }), /\(another owner\)/, []],
      ['the unit is removed', ({ files }) => void files.past.remove(unitFile), /\(removed\)/, []],
      ['the unit is masked', ({ files }) => files.putSymlink(unitFile, '/dev/null'), /\(replaced by a link\)/, []],
      ['the unit is disabled', ({ systemd }) => systemd.change(unit, { unitFileState: 'disabled' }), /was disabled/, []],
      [
        'a drop-in sets another command',
        ({ files }) => files.put(dropIn, '[Service]\nExecStart=\nExecStart=/bin/x\n'),
        /99-theirs\.conf sets ExecStart/,
        [dropIn],
      ],
      [
        'a drop-in takes the command away',
        ({ files }) => files.put(dropIn, '[Service]\nExecStart=\n'),
        /99-theirs\.conf sets ExecStart/,
        [dropIn],
      ],
      [
        'a drop-in sets a variable of ours',
        ({ files }) => files.put(dropIn, '[Service]\nEnvironment="OURS=theirs"\n'),
        /sets OURS to "theirs"/,
        [dropIn],
      ],
      [
        'systemd has loaded another unit than is on the disk',
        (machine) => {
          machine.systemd.define(unit, '[Service]\nExecStart=/usr/bin/kubelet --v=9\n[Install]\nWantedBy=multi-user.target\n');
          machine.systemd.change(unit, { unitFileState: 'enabled' });
        },
        /systemd has loaded another command .*--v=9/,
        [],
      ],
    ];
    test.each(acts)('where %s in the proof', async (_what, act, reason, left) => {
      const machine = await memoryMachine();
      const object = (v: number) => workers(v, { unit: { environment: { OURS: 'ours' } } });
      await machine.apply([object(1)]);
      const before = machine.host();
      const outcome = await machine.apply([object(2)], { report: ({ kind }) => kind === 'Proving' && act(machine) });
      expect(outcome).toMatchObject({
        result: { kind: 'Undone', verdict: { kind: 'Interrupted', reason: expect.stringMatching(reason) } },
      });
      for (const path of left) await machine.files.past.remove(path);
      expect(machine.host()).toEqual(before);
      expect(await machine.apply([object(2)], { retry: false })).toMatchObject(committed);
    });

    test('where the kubelet runs with other arguments; a process that is still becoming its program is waited for', async () => {
      const kubelet = (...words: string[]) => ({ pid: 7, words: ['/bin/bash', '/usr/bin/kubelet', ...words] });
      let looks = 0;
      const late = () => {
        looks += 1;
        return looks < 4 ? [kubelet()] : [kubelet('--v=2', '--extra')];
      };
      const machine = await memoryMachine({}, undefined, { processes: () => [kubelet('--v=9')] });
      expect(await machine.apply([workers(2)])).toMatchObject({
        result: { verdict: { kind: 'Interrupted', reason: expect.stringContaining('other arguments than our unit says') } },
      });
      expect(await (await memoryMachine({}, undefined, { processes: late })).apply([workers(2)])).toMatchObject(committed);
      expect(looks).toBe(4);
    });
  });

  describe('what is committed is not called unchanged', () => {
    const dropIn = '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf';
    const overridden = { kind: 'Kept', problems: [{ code: 'UnitInvalid' }] };
    test.each<[string, (machine: MemoryMachine) => void]>([
      ['where a drop-in sets another command', ({ files }) => files.put(dropIn, '[Service]\nExecStart=/usr/bin/kubelet\n')],
      [
        'where systemd has loaded another command',
        ({ systemd }) => systemd.define(unit, '[Service]\nExecStart=/usr/bin/kubelet --v=9\n'),
      ],
    ])('%s', async (_what, act) => {
      const machine = await memoryMachine();
      await machine.apply([workers(1)]);
      act(machine);
      machine.systemd.change(unit, { unitFileState: 'enabled' });
      const calls = machine.systemd.changes().length;
      expect(await machine.apply([workers(1)])).toMatchObject(overridden);
      expect((await machine.preview([workers(1)])).action).toMatchObject({ kind: 'Keep', because: 'Overridden' });
      expect(machine.systemd.changes()).toHaveLength(calls);
    });

    test('where the kubelet runs with other arguments', async () => {
      let v = 1;
      const processes = () => [{ pid: 7, words: ['/usr/bin/kubelet', `--v=${v}`] }];
      const machine = await memoryMachine({}, undefined, { processes });
      expect(await machine.apply([workers(1)])).toMatchObject(committed);
      expect(await machine.apply([workers(1)])).toMatchObject({ kind: 'Unchanged' });
      v = 9;
      expect(await machine.apply([workers(1)])).toMatchObject(overridden);
    });

    test('and a change, drift, or a way back that it would beat is not made', async () => {
      const machine = await memoryMachine();
      await machine.apply([workers(1)]);
      machine.files.put(dropIn, '[Service]\nExecStart=/usr/bin/kubelet\n');
      machine.files.put(unitFile, 'theirs');
      const calls = machine.systemd.changes().length;
      expect(await machine.apply([workers(1)])).toMatchObject(overridden);
      expect(await machine.apply([workers(1)], { retry: false })).toMatchObject(overridden);
      expect(machine.systemd.changes()).toHaveLength(calls);
      expect(await machine.apply([])).toMatchObject({ kind: 'Changed', foreign: [unitFile] });
    });
  });

  describe('an undo after which the host is not as it was is not called one', () => {
    /** What another program does as soon as the undo has begun to start the kubelet. */
    async function undoneAnd(act: (machine: MemoryMachine) => void) {
      const machine = await memoryMachine();
      await machine.apply([workers(1)]);
      machine.systemd.failWhen(({ method }) => {
        if (method !== 'restart') return undefined;
        if (!machine.host()[unitFile]?.includes('--v=2')) act(machine);
        return machine.host()[unitFile]?.includes('--v=2') ? { code: 'JobFailed', when: 'After' } : undefined;
      });
      return { machine, outcome: await machine.apply([workers(2)]) };
    }

    test.each<[string, (machine: MemoryMachine) => void, string]>([
      ['bytes', ({ files }) => files.put(unitFile, 'other'), `${unitFile} (changed)`],
      [
        'a mode',
        ({ files }) => files.put(unitFile, files.contents()[unitFile] ?? '', { mode: 0o600 }),
        `${unitFile} (another mode)`,
      ],
      [
        'an owner',
        ({ files }) => files.put(unitFile, files.contents()[unitFile] ?? '', { uid: 7 }),
        `${unitFile} (another owner)`,
      ],
      ['enablement', ({ systemd }) => systemd.change(unit, { unitFileState: 'disabled' }), `${unit} (not enabled any more)`],
    ])('another program changes %s', async (_, act, leftover) => {
      const { machine, outcome } = await undoneAnd(act);
      expect(outcome).toMatchObject({ result: { kind: 'NotUndone', verdict: { kind: 'Failed' }, leftovers: [leftover] } });
      expect(await machine.apply([workers(2)], { retry: false })).toMatchObject({
        kind: 'Kept',
        failedBefore: expect.stringContaining(`these are not as they were before: ${leftover}`),
      });
    });

    test('our own records are removed in the proof, so nothing can be undone', async () => {
      const machine = await memoryMachine();
      await machine.apply([workers(1)]);
      const outcome = await machine.apply([workers(2)], {
        report: ({ kind }) => void (kind === 'Proving' && machine.files.past.removeTree('/var/lib/kubelet-config')),
      });
      expect(machine.host()[unitFile]).toContain('--v=2');
      expect(outcome).toMatchObject({ result: { kind: 'NotUndone', leftovers: [`${unitFile} (changed)`] } });
      expect(describeOutcome(outcome).join('\n')).toContain('put them right by hand');
    });

    test('nothing is: it is called undone', async () => {
      expect((await undoneAnd(() => undefined)).outcome).toMatchObject({ result: { kind: 'Undone' } });
    });
  });

  test('a commit that the disk refuses is undone', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const before = machine.host();
    machine.files.failWhen(failOn('/var/lib/kubelet-config/armed', 'EIO', 'rename'));
    expect(await machine.apply([workers(2)])).toMatchObject({ result: { kind: 'Undone', verdict: { kind: 'Interrupted' } } });
    machine.files.failWhen(undefined);
    expect(machine.host()).toEqual(before);
    expect(await machine.apply([workers(1)])).toMatchObject({ kind: 'Unchanged' });
  });

  test('a kubelet that was down before does not wedge the node', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const before = machine.host();
    machine.systemd.failWhen(failCall('restart', 'JobFailed', 'After'));
    const outcome = await machine.apply([workers(2)]);
    expect(outcome).toMatchObject({ result: { kind: 'Undone', kubeletDown: expect.any(String) } });
    expect(machine.host()).toEqual(before);
    machine.systemd.failWhen(undefined);
    expect(await machine.apply([workers(3)])).toMatchObject(committed);
  });

  test('a kubelet that runs and is not well is undone, and so remembered', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const before = machine.host();
    machine.healthz.answer(() => (machine.host()[unitFile]?.includes('--v=2') ? unhealthy : healthy));
    const outcome = await machine.apply([workers(2)]);
    expect(outcome).toMatchObject({
      result: { kind: 'Undone', verdict: { kind: 'Failed', reason: expect.stringContaining('syncloop') } },
    });
    expect(outcome).not.toHaveProperty('result.kubeletDown');
    expect(machine.host()).toEqual(before);
    expect(await machine.apply([workers(2)], { retry: false })).toMatchObject({ kind: 'Kept', failedBefore: expect.any(String) });
  });

  test('the old kubelet is asked at its own place when it is back, and only if it was well there', async () => {
    const at = (healthzPort: number, v = 1) => workers(v, { kubelet: { flags: { v, 'healthz-port': healthzPort } } });
    const machine = await memoryMachine();
    await machine.apply([at(10001)]);
    const ill = ({ port }: { port: number }) => (port === 10002 ? unhealthy : healthy);
    machine.healthz.answer(ill);
    expect(await machine.apply([at(10002)])).not.toHaveProperty('result.kubeletDown');
    expect(machine.healthz.asked.at(-1)).toMatchObject({ port: 10001 });

    machine.healthz.answer(() => unhealthy);
    expect(await machine.apply([at(10002)])).not.toHaveProperty('result.kubeletDown');

    let asked = 0;
    machine.healthz.answer(() => (asked++ === 0 ? healthy : unhealthy));
    expect(await machine.apply([at(10002)])).toMatchObject({
      result: { kind: 'Undone', kubeletDown: expect.stringContaining('syncloop failed') },
    });
  });

  test('a port that another program has taken is found before the kubelet is stopped for it', async () => {
    const at = (healthzPort: number) => workers(1, { kubelet: { flags: { 'healthz-port': healthzPort } } });
    const machine = await memoryMachine();
    await machine.apply([at(10001)]);
    const before = { host: machine.host(), calls: machine.systemd.changes() };
    machine.takePort(10002);
    const refused = {
      kind: 'Kept',
      problems: [{ severity: 'error', code: 'PortTaken', reason: 'a program of user 65534 listens at 10002' }],
    };
    expect(await machine.apply([at(10002)])).toMatchObject(refused);
    expect({ host: machine.host(), calls: machine.systemd.changes() }).toEqual(before);
    expect(await machine.apply([at(10003)])).toMatchObject(committed);
    expect(await machine.apply([at(10002)], { restart: false })).toMatchObject(committed);
  });

  test('a change of files alone asks nobody', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)], { restart: false });
    expect(machine.healthz.asked).toEqual([]);
  });

  describe('where the Node was Ready before', () => {
    /** By the n-th look; the first is before the change. The clock moves a second at a time. */
    const seeing = (...sights: NodeReadiness[]) => {
      let looks = 0;
      return async () => sights[Math.min(looks++, sights.length - 1)] as NodeReadiness;
    };
    const ready = { kind: 'Seen', isReady: true, message: '', heartbeat: 'before', heartbeatAge: 60_000 } as const;
    const readyAgain = { ...ready, heartbeat: 'after', heartbeatAge: 0 };
    const away = { kind: 'Unreachable', reason: 'connect ECONNREFUSED' } as const;
    const told = ['Armed', 'Proving', 'Unproven', 'Undoing'];
    const kinds = (machine: MemoryMachine) => machine.events.map(({ kind }) => kind).filter((kind) => told.includes(kind));

    test.each<[string, NodeReadiness[], object]>([
      ['is Ready again', [ready, readyAgain], { kind: 'Committed' }],
      ['is Ready again after a while', [ready, ready, ready, readyAgain], { kind: 'Committed' }],
      [
        'is not',
        [ready, { ...readyAgain, isReady: false, message: 'no network' }],
        { kind: 'Undone', verdict: { kind: 'Failed', reason: 'the Node is not Ready: no network' } },
      ],
      ['was not', [{ ...ready, isReady: false }, ready], { kind: 'Committed' }],
    ])('and %s', async (_what, sights, result) => {
      const machine = await memoryMachine();
      await machine.apply([workers(1)]);
      expect(await machine.apply([workers(2)], { readNodeReadiness: seeing(...sights) })).toMatchObject({ result });
    });

    test('an API server that is away is waited for once more', async () => {
      const machine = await memoryMachine();
      await machine.apply([workers(1)]);
      machine.events.length = 0;
      // More looks than there is time for, and then it is back.
      const sights = [ready, ...Array.from({ length: 45 }, () => away), readyAgain];
      expect(await machine.apply([workers(2)], { readNodeReadiness: seeing(...sights) })).toMatchObject(committed);
      expect(kinds(machine)).toEqual(['Armed', 'Proving', 'Unproven']);
    });

    test('and then the change is interrupted: it is tried again, for the kubelet did nothing wrong', async () => {
      const machine = await memoryMachine();
      await machine.apply([workers(1)]);
      const before = machine.host();
      const outcome = await machine.apply([workers(2)], { readNodeReadiness: seeing(ready, away) });
      expect(outcome).toMatchObject({
        result: { kind: 'Undone', verdict: { kind: 'Interrupted', reason: expect.stringContaining('could not be asked') } },
      });
      expect(outcome).not.toHaveProperty('result.kubeletDown');
      expect(kinds(machine).filter((kind) => kind === 'Unproven')).toHaveLength(1);
      expect(machine.host()).toEqual(before);
      expect(await machine.apply([workers(2)], { retry: false })).toMatchObject(committed);
    });
  });

  describe('with healthzPort 0', () => {
    const off = (maxPods: number) =>
      workers(1, { kubelet: { flags: { v: 1 }, configuration: { maxPods, healthzPort: 0, port: 10_251 } } });
    const notReady = { kind: 'Seen', isReady: false, message: 'no network', heartbeat: 'a', heartbeatAge: 0 } as const;
    const refused = { kind: 'Unknown', reason: '403' } as const;

    async function applying(before: RunningHealth, after: RunningHealth, node?: NodeReadiness) {
      const machine = await memoryMachine();
      const { ask } = machine.kubeletServer;
      machine.kubeletServer.answer({ healthz: before });
      await machine.apply([off(1)]);
      machine.healthz.answer(() => ({ kind: 'NotOk', reason: 'nobody listens there' }));
      const report = ({ kind }: { kind: string }) => kind === 'Armed' && machine.kubeletServer.answer({ healthz: after });
      let looks = 0;
      const readNodeReadiness = node && (async () => ({ ...node, heartbeat: String(looks++) }));
      return { outcome: await machine.apply([off(2)], { askKubelet: ask, report, readNodeReadiness }), machine };
    }

    test.each<[string, RunningHealth, RunningHealth, NodeReadiness | undefined, object]>([
      ['it is healthy at its own port', healthy, healthy, undefined, { kind: 'Committed' }],
      ['it is healthy there, and its Node was not Ready', healthy, healthy, notReady, { kind: 'Committed' }],
      [
        'it is not healthy at its own port',
        healthy,
        unhealthy,
        undefined,
        { kind: 'Undone', verdict: { kind: 'Failed', reason: expect.stringContaining('syncloop failed') } },
      ],
      ['it may not be asked, and there is no cluster', refused, refused, undefined, { kind: 'Committed' }],
      [
        'it may not be asked, and its Node is not Ready',
        refused,
        refused,
        notReady,
        {
          kind: 'Undone',
          verdict: { kind: 'Interrupted', reason: expect.stringMatching(/healthzPort is 0.*the Node is not Ready: no network/) },
        },
      ],
      ['it may not be asked, and nobody knows of its Node', refused, refused, { kind: 'Absent' }, { kind: 'Undone' }],
    ])('%s', async (_what, before, after, node, result) => {
      const { outcome, machine } = await applying(before, after, node);
      expect(outcome).toMatchObject({ result });
      expect(machine.kubeletServer.asked).toContainEqual(expect.objectContaining({ address: '127.0.0.1', port: 10_251 }));
    });
  });

  test('a withdrawal that failed is not repeated by itself either', async () => {
    const machine = await memoryMachine({ [unitFile]: '[Service]\nExecStart=/usr/bin/kubelet --original\n' });
    machine.systemd.change(unit, { activeState: 'active', invocationId: 'original' });
    await machine.apply([workers(1)]);
    const original = () => machine.host()[unitFile]?.includes('--original') ?? false;
    machine.systemd.failWhen(({ method }) =>
      method === 'restart' && original() ? { code: 'JobFailed', when: 'After' } : undefined,
    );
    expect(await machine.apply([])).toMatchObject({ result: { kind: 'Undone', verdict: { kind: 'Failed' } } });
    expect(await machine.apply([], { retry: false })).toMatchObject({ kind: 'Kept', failedBefore: expect.any(String) });
  });

  test('the verdict outlives an undo that is cut off', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    machine.systemd.failWhen(({ method }) => {
      if (method === 'restart') return { code: 'JobFailed', when: 'After' };
      return method === 'undo' ? { code: 'Disconnected', when: 'Before' } : undefined;
    });
    expect(await machine.apply([workers(2)])).toMatchObject({ result: { kind: 'NotUndone', verdict: { kind: 'Failed' } } });
    machine.systemd.failWhen(undefined);
    expect(await machine.apply([workers(2)], { retry: false })).toMatchObject({ kind: 'Kept', failedBefore: expect.any(String) });
  });

  test('an owed restart that fails brings back what the kubelet ran with before it was owed', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const proved = machine.host();
    await machine.apply([workers(2)], { restart: false });
    await machine.apply([workers(3)], { restart: false });
    machine.systemd.failWhen(({ method }) =>
      method === 'restart' && machine.host()[unitFile]?.includes('--v=3') ? { code: 'JobFailed', when: 'After' } : undefined,
    );
    expect(await machine.apply([workers(3)])).toMatchObject({ result: { kind: 'Undone' } });
    expect(machine.host()).toEqual(proved);
    expect(await machine.systemd.status(unit)).toMatchObject({ activeState: 'active' });
  });

  test('also a file that the owed change removed', async () => {
    const hook = { path: '/opt/bin/hook', mode: '0755', content: '#!/bin/sh\n' };
    const machine = await memoryMachine();
    await machine.apply([workers(1, { files: [hook] })]);
    const proved = machine.host();
    await machine.apply([workers(2)], { restart: false });
    expect(machine.host()).not.toHaveProperty([hook.path]);
    machine.systemd.failWhen(({ method }) =>
      method === 'restart' && machine.host()[hook.path] === undefined ? { code: 'JobFailed', when: 'After' } : undefined,
    );
    expect(await machine.apply([workers(3)])).toMatchObject({ result: { kind: 'Undone' } });
    expect(machine.host()).toEqual(proved);
    expect(await machine.systemd.status(unit)).toMatchObject({ activeState: 'active' });
  });

  test('an undo does not restart a kubelet that never felt the change', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const calls = machine.systemd.changes().length;
    machine.systemd.failWhen(failCall('reload', 'TimedOut', 'After'));
    await machine.apply([workers(2)]);
    machine.systemd.failWhen(undefined);
    await machine.apply([workers(1)]);
    expect(
      machine.systemd
        .changes()
        .slice(calls)
        .filter((call) => call.startsWith('restart')),
    ).toEqual([]);
  });

  test('another unit while one is managed is refused', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const before = machine.host();
    const other = workers(1, { unit: { name: 'other.service' } });
    const allowance = { unit: 'other.service', extraPaths: [] };
    expect(await machine.apply([other], { allowance })).toMatchObject({ kind: 'Kept', problems: [{ code: 'UnitNotAllowed' }] });
    expect(machine.host()).toEqual(before);
  });

  test('a torn record falls back to the one before, and never to a beginning', async () => {
    const machine = await memoryMachine({ [unitFile]: '[Service]\nExecStart=/usr/bin/kubelet --original\n' });
    await machine.apply([workers(1)]);
    await machine.apply([workers(2)]);
    machine.files.put('/var/lib/kubelet-config/committed/000002/record.json', '');
    expect(await machine.apply([])).toMatchObject({ kind: 'Changed', foreign: [unitFile] });
    const other = await memoryMachine();
    await other.apply([workers(1)]);
    other.files.put('/var/lib/kubelet-config/committed/000001/record.json', '{');
    expect(await other.apply([workers(2)])).toMatchObject({ kind: 'Unreadable', error: { code: 'InputOutput' } });
  });

  test('a full disk is found before anything is touched', async () => {
    const machine = await memoryMachine();
    machine.files.failWhen(failOn(unitFile, 'ENOSPC', 'check'));
    expect(await machine.apply([workers(1)])).toMatchObject({
      result: { kind: 'Refused', errors: [{ code: 'NoSpace', path: unitFile }] },
    });
    expect(machine.host()).toEqual({});
    expect(machine.systemd.changes()).toEqual([]);
  });

  test.each(['Disconnected', 'TimedOut'] as const)('a bus that does not answer is told, with what to do: %s', async (code) => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const before = machine.host();
    machine.systemd.failWhen(failCall('status', code));
    const outcome = await machine.apply([workers(2)]);
    expect(outcome).toMatchObject({ kind: 'Unreadable', error: { code, remedy: expect.stringContaining('dbus') } });
    expect(machine.host()).toEqual(before);
    machine.systemd.failWhen(undefined);
    expect(await machine.apply([workers(2)])).toMatchObject({ result: { kind: 'Committed' } });
  });

  test('a masked unit is refused', async () => {
    const machine = await memoryMachine();
    machine.files.putSymlink(unitFile, '/dev/null');
    machine.systemd.mask(unit);
    expect(await machine.apply([workers(1)])).toMatchObject({
      result: { kind: 'Refused', errors: [{ code: 'SymlinkInTheWay' }] },
    });
  });

  test('a directory in the way is refused', async () => {
    const machine = await memoryMachine();
    machine.files.putDirectory(unitFile);
    expect(await machine.apply([workers(1)])).toMatchObject({ kind: 'Unreadable', error: { code: 'NotAFile', path: unitFile } });
  });

  test.each([
    ['a drop-in of kubeadm beats a replaced unit', '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf', 'Replace'],
    ['a later drop-in beats ours', '/etc/systemd/system/kubelet.service.d/60-other.conf', 'DropIn'],
  ] as const)('%s, so it is refused', async (_, path, mode) => {
    const machine = await memoryMachine({
      [path]: '[Service]\nExecStart=\nExecStart=/usr/bin/kubelet\n',
      [unitFile]: '[Service]\n',
    });
    const outcome = await machine.apply([workers(1, { unit: { mode } })]);
    expect(outcome).toMatchObject({ kind: 'Kept', problems: [{ code: 'UnitInvalid', reason: expect.stringContaining(path) }] });
    expect(machine.systemd.changes()).toEqual([]);
  });

  test('a drop-in is found through a link', async () => {
    const machine = await memoryMachine({ '/opt/x/90.conf': '[Service]\nExecStart=/bin/other\n' });
    machine.files.putSymlink('/etc/systemd/system/kubelet.service.d/90.conf', '/opt/x/90.conf');
    expect(await machine.apply([workers(1)])).toMatchObject({ kind: 'Kept', problems: [{ code: 'UnitInvalid' }] });
  });

  test('a drop-in is refused where our own unit, which goes, is the only one', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const calls = machine.systemd.changes().length;
    expect(await machine.apply([workers(1, { unit: { mode: 'DropIn' } })])).toMatchObject({
      kind: 'Kept',
      problems: [{ code: 'UnitInvalid' }],
    });
    expect(machine.systemd.changes()).toHaveLength(calls);
  });

  test('a drop-in that sets no command, or comes before ours, is fine', async () => {
    const machine = await memoryMachine({
      '/etc/systemd/system/kubelet.service.d/10-kubeadm.conf': '[Service]\nExecStart=/usr/bin/kubelet\n',
      '/etc/systemd/system/kubelet.service.d/99-proxy.conf': '[Service]\nEnvironment=HTTPS_PROXY=http://proxy\n',
      [unitFile]: '[Service]\n',
    });
    expect(await machine.apply([workers(1, { unit: { mode: 'DropIn' } })])).toMatchObject(committed);
  });

  test('a drop-in to a unit that is not there is refused', async () => {
    const machine = await memoryMachine();
    expect(await machine.apply([workers(1, { unit: { mode: 'DropIn' } })])).toMatchObject({
      kind: 'Kept',
      problems: [{ code: 'UnitInvalid' }],
    });
  });

  test('objects in conflict keep what is there', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers(1)]);
    const before = machine.host();
    const other = kubeletConfig('workers-too', { kubelet: { flags: { v: 2 } } });
    expect(await machine.apply([workers(1), other])).toMatchObject({
      kind: 'Kept',
      problems: [{ code: 'Conflict', object: 'workers-too' }],
    });
    expect(machine.host()).toEqual(before);
  });
});

describe('with a controller to be asked', () => {
  /** A controller that answers as the test says, and a NodeKubelet in which the question stands. */
  function controller(answers: { approves: boolean; claim?: ClaimResult; retry?: string; onClaim?: () => void }) {
    const claims: DisruptionRequest[] = [];
    let request: DisruptionRequest | undefined;
    let ids = 0;
    const authority = (): Authority => {
      ids += 1;
      return {
        permission: {
          kind: 'Controller',
          request,
          claimed: claims.at(-1)?.id,
          approval: answers.approves && request ? { request: request.id, revision: request.revision } : undefined,
          retry: answers.retry,
          isUnregistered: false,
          newId: `request-${ids}`,
        },
        claim: async (claimed) => {
          claims.push(claimed);
          answers.onClaim?.();
          return answers.claim ?? { kind: 'Claimed' };
        },
      };
    };
    const apply = async (machine: MemoryMachine, objects: readonly KubeletConfig[]) => {
      const outcome = await machine.apply(objects, { authority: authority(), retry: false });
      request = outcome.kind === 'Waiting' ? outcome.request : undefined;
      return outcome;
    };
    return { claims, apply };
  }

  test('nothing is touched before the answer, and the question stays the same', async () => {
    const machine = await memoryMachine();
    const { apply, claims } = controller({ approves: false });
    const first = await apply(machine, [workers(1)]);
    expect(first).toMatchObject({ kind: 'Waiting', request: { id: 'request-1', reason: 'Change' } });
    expect(await apply(machine, [workers(1)])).toMatchObject({ kind: 'Waiting', request: { id: 'request-1' } });
    expect({ host: machine.host(), changes: machine.systemd.changes(), claims }).toEqual({ host: {}, changes: [], claims: [] });
  });

  test('another wish is another question', async () => {
    const machine = await memoryMachine();
    const { apply } = controller({ approves: false });
    await apply(machine, [workers(1)]);
    expect(await apply(machine, [workers(2)])).toMatchObject({ request: { id: 'request-2' } });
    expect(await apply(machine, [])).toMatchObject({ kind: 'Unchanged' });
  });

  test('what is granted is claimed once and carried out; drift and withdrawal need a grant of their own', async () => {
    const machine = await memoryMachine();
    const { apply, claims } = controller({ approves: true });
    await apply(machine, [workers(1)]);
    expect(await apply(machine, [workers(1)])).toMatchObject({
      kind: 'Changed',
      result: { kind: 'Committed' },
      reason: 'Change',
    });
    expect(await apply(machine, [workers(1)])).toMatchObject({ kind: 'Unchanged' });
    const written = machine.host()[unitFile];
    machine.files.put(unitFile, '[Service]\nExecStart=/bin/true\n');
    expect(await apply(machine, [workers(1)])).toMatchObject({ kind: 'Waiting', request: { reason: 'Drift' } });
    expect(machine.host()[unitFile]).not.toEqual(written);
    await apply(machine, [workers(1)]);
    expect(machine.host()[unitFile]).toEqual(written);
    expect(await apply(machine, [])).toMatchObject({ kind: 'Waiting', request: { reason: 'Restore', revision: 'originals' } });
    await apply(machine, []);
    expect(machine.host()).toEqual({});
    expect(new Set(claims.map(({ id }) => id)).size).toBe(3);
  });

  test('what only our own records need is done without asking', async () => {
    const machine = await memoryMachine();
    const { apply, claims } = controller({ approves: true });
    await apply(machine, [workers(1)]);
    await apply(machine, [workers(1)]);
    const edited = { ...workers(1), metadata: { name: 'workers', uid: 'x', generation: 7 } };
    expect(await apply(machine, [edited])).toMatchObject(committed);
    expect(claims).toHaveLength(1);
  });

  test('a grant that cannot be claimed changes nothing', async () => {
    const machine = await memoryMachine();
    const { apply } = controller({ approves: true, claim: { kind: 'NotClaimed', why: 'the API server is away' } });
    await apply(machine, [workers(1)]);
    expect(await apply(machine, [workers(1)])).toMatchObject({ kind: 'Waiting', why: 'the API server is away' });
    expect(machine.host()).toEqual({});
  });

  test('what the host would refuse is never asked for', async () => {
    const machine = await memoryMachine();
    const { apply } = controller({ approves: true });
    machine.files.failWhen(failOn(unitFile, 'ENOSPC', 'check'));
    expect(await apply(machine, [workers(1)])).toMatchObject({ kind: 'Changed', result: { kind: 'Refused' } });
  });

  test('an interrupted change is asked for again under a new id, as a retry', async () => {
    const machine = await memoryMachine();
    const { apply, claims } = controller({ approves: true });
    await apply(machine, [workers(1)]);
    machine.systemd.failWhen(failCall('restart', 'Disconnected'));
    expect(await apply(machine, [workers(1)])).toMatchObject({ result: { kind: expect.stringMatching(/Undone/) } });
    machine.systemd.failWhen(undefined);
    const again = await apply(machine, [workers(1)]);
    expect(again).toMatchObject({ kind: 'Waiting', request: { reason: 'Retry' } });
    expect(claims.map(({ id }) => id)).not.toContain(again.kind === 'Waiting' && again.request.id);
  });

  describe('a claim is good for a minute', () => {
    const tooLate = { kind: 'Interrupted', kubeletUntouched: true, reason: expect.stringContaining('within 60 s') };

    test('and a change that is prepared by then goes on', async () => {
      const machine = await memoryMachine();
      const { apply } = controller({ approves: true, onClaim: () => machine.pass(30_000) });
      await apply(machine, [workers(1)]);
      expect(await apply(machine, [workers(1)])).toMatchObject(committed);
    });

    test('after that nothing is begun, and the next try has another id', async () => {
      const machine = await memoryMachine();
      const answers = { approves: true, onClaim: () => machine.pass(60_000) };
      const { apply, claims } = controller(answers);
      await apply(machine, [workers(1)]);
      expect(await apply(machine, [workers(1)])).toMatchObject({ result: { kind: 'Undone', verdict: tooLate } });
      expect({ host: machine.host(), changes: machine.systemd.changes() }).toEqual({ host: {}, changes: [] });
      answers.onClaim = () => undefined;
      await apply(machine, [workers(1)]);
      expect(await apply(machine, [workers(1)])).toMatchObject(committed);
      expect(new Set(claims.map(({ id }) => id)).size).toBe(2);
    });

    test('an agent that is suspended while it prepares the change begins nothing either', async () => {
      const machine = await memoryMachine();
      const { apply } = controller({ approves: true });
      await apply(machine, [workers(1)]);
      machine.files.failWhen(({ method, path }) => {
        if (method === 'rename' && path.endsWith('/staging')) machine.pass(60_000);
        return undefined;
      });
      expect(await apply(machine, [workers(1)])).toMatchObject({ result: { kind: 'Undone', verdict: tooLate } });
      // Armed it was, so the script undoes it; the kubelet runs on.
      expect({ host: machine.host(), changes: machine.systemd.changes() }).toEqual({ host: {}, changes: ['undo', 'reload'] });
    });
  });

  describe('what failed', () => {
    const failing = async (answers: Parameters<typeof controller>[0]) => {
      const machine = await memoryMachine();
      const { apply, claims } = controller(answers);
      machine.systemd.failWhen(failCall('restart', 'JobFailed'));
      await apply(machine, [workers(1)]);
      expect(await apply(machine, [workers(1)])).toMatchObject({ result: { kind: 'Undone', verdict: { kind: 'Failed' } } });
      machine.systemd.failWhen(undefined);
      return { machine, apply, claims, failed: claims.at(-1)?.id };
    };

    test('is tried again when the controller names the request that failed, under a new one', async () => {
      const answers: { approves: boolean; retry?: string } = { approves: true };
      const { machine, apply, claims, failed } = await failing(answers);
      expect(await apply(machine, [workers(1)])).toMatchObject({ kind: 'Kept', failedBefore: expect.any(String) });
      answers.retry = 'another';
      expect(await apply(machine, [workers(1)])).toMatchObject({ kind: 'Kept' });
      answers.retry = failed ?? '';
      expect(await apply(machine, [workers(1)])).toMatchObject({ kind: 'Waiting' });
      expect(await apply(machine, [workers(1)])).toMatchObject(committed);
      expect(new Set(claims.map(({ id }) => id)).size).toBe(2);
    });

    test('once more is not tried for ever: the second failure is another request', async () => {
      const answers: { approves: boolean; retry?: string } = { approves: true };
      const { machine, apply, failed } = await failing(answers);
      answers.retry = failed ?? '';
      machine.systemd.failWhen(failCall('restart', 'JobFailed'));
      await apply(machine, [workers(1)]);
      expect(await apply(machine, [workers(1)])).toMatchObject({ result: { kind: 'Undone', verdict: { kind: 'Failed' } } });
      expect(await apply(machine, [workers(1)])).toMatchObject({ kind: 'Kept', failedBefore: expect.any(String) });
    });

    test('without an approval, as by an earlier build, is not freed by any controller', async () => {
      const machine = await memoryMachine();
      machine.systemd.failWhen(failCall('restart', 'JobFailed'));
      expect(await machine.apply([workers(1)])).toMatchObject({ result: { kind: 'Undone' } });
      machine.systemd.failWhen(undefined);
      const { apply } = controller({ approves: true, retry: 'request-1' });
      expect(await apply(machine, [workers(1)])).toMatchObject({ kind: 'Kept', failedBefore: expect.any(String) });
    });

    test('may be tried again, but a unit that a person has stopped stays so', async () => {
      const answers: { approves: boolean; retry?: string } = { approves: true };
      const machine = await memoryMachine();
      const { apply, claims } = controller(answers);
      await apply(machine, [workers(1)]);
      expect(await apply(machine, [workers(1)])).toMatchObject(committed);
      machine.systemd.failWhen(failCall('restart', 'JobFailed'));
      await apply(machine, [workers(2)]);
      await apply(machine, [workers(2)]);
      machine.systemd.failWhen(undefined);
      answers.retry = claims.at(-1)?.id ?? '';
      machine.systemd.change(unit, { activeState: 'inactive', subState: 'dead' });
      expect(await apply(machine, [workers(2)])).toMatchObject({ kind: 'Kept', problems: [{ code: 'UnitHeld' }] });
    });
  });
});
