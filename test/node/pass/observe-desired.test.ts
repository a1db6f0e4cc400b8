/** A file takes the place of a directory that we made, and a directory that of a file: in one change, and back. */

import { describe, expect, test } from 'vitest';
import { readJournal } from '../../../src/node/transaction/journal.ts';
import { ask } from '../../../src/node/transaction/pin.ts';
import { kubeletConfig } from '../../builders.ts';
import { crashAt } from '../../fakes/files.ts';
import { sampleOf } from '../../runs.ts';
import { type MemoryMachine, memoryMachine, unit, unitFile } from '../machine.ts';

const outer = '/etc/kubernetes/test';
const inner = `${outer}/test`;
const deep = `${outer}/a/b/c`;
const withFiles = (...paths: string[]) =>
  kubeletConfig('workers', { launcher: { host: {} }, files: paths.map((path) => ({ path, mode: '0644', content: path })) });
const committed = { kind: 'Changed', result: { kind: 'Committed' } };

const changes = [
  { what: 'a file becomes a directory', from: [outer], to: [inner] },
  { what: 'a file becomes a directory of directories', from: [outer], to: [deep, inner] },
  { what: 'a directory becomes a file', from: [inner], to: [outer] },
  { what: 'a directory of directories becomes a file', from: [deep, inner], to: [outer] },
  { what: 'both at once', from: [outer, '/opt/bin/x/y'], to: [inner, '/opt/bin/x'] },
];

/** The files that are there of those that the changes are about. */
const ours = (machine: MemoryMachine) =>
  Object.keys(machine.host()).filter((path) => path.startsWith(outer) || path.startsWith('/opt/bin/x'));

async function prepared(from: readonly string[]): Promise<MemoryMachine> {
  const machine = await memoryMachine();
  expect(await machine.apply([withFiles(...from)])).toMatchObject(committed);
  return machine;
}

describe.each(changes)('$what', ({ from, to }) => {
  test('in one change, with one restart, and then there is nothing left to do', async () => {
    const machine = await prepared(from);
    const restarts = machine.systemd.changes().length;
    expect(await machine.apply([withFiles(...to)])).toMatchObject(committed);
    expect(ours(machine)).toEqual(to.toSorted());
    expect(machine.systemd.changes().slice(restarts)).toEqual([`resetFailed ${unit}`, `restart ${unit}`]);
    expect(await machine.apply([withFiles(...to)])).toMatchObject({ kind: 'Unchanged' });
  });

  test('and back again, and a withdrawal leaves nothing', async () => {
    const machine = await prepared(from);
    const before = machine.host();
    await machine.apply([withFiles(...to)]);
    expect(await machine.apply([withFiles(...from)])).toMatchObject(committed);
    expect(machine.host()).toEqual(before);
    await machine.apply([withFiles(...to)]);
    expect(await machine.apply([])).toMatchObject(committed);
    expect(machine.host()).toEqual({});
    for (const path of ['/etc/kubernetes', '/opt/bin']) expect(await machine.files.past.list(path)).toEqual([]);
  });

  test('undone, the host is as it was, and nothing is said to be left', async () => {
    const machine = await prepared(from);
    const before = machine.host();
    failRestarts(machine, to);
    expect(await machine.apply([withFiles(...to)])).toMatchObject({ result: { kind: 'Undone', verdict: { kind: 'Failed' } } });
    expect(machine.host()).toEqual(before);
    machine.systemd.failWhen(undefined);
    expect(await machine.apply([withFiles(...from)])).toMatchObject({ kind: 'Unchanged' });
  });

  test.each(['Before', 'After'] as const)('a crash %s any call leaves one or the other', async (when) => {
    const machine = await prepared(from);
    const first = machine.files.calls.length;
    await machine.apply([withFiles(...to)]);
    const points = Array.from({ length: machine.files.calls.length - first }, (_, index) => index + 1);
    for (const point of sampleOf(points, 5)) {
      const crashing = await prepared(from);
      const before = crashing.host();
      crashing.files.failWhen(crashAt(crashing.files.calls.length + point, when));
      await crashing.apply([withFiles(...to)]).catch(() => undefined);
      crashing.files.failWhen(undefined);
      await crashing.apply([], { source: { kind: 'Unknown', problems: [] } });
      if (ours(crashing).join() !== to.toSorted().join()) expect(crashing.host(), `at call ${point}`).toEqual(before);
      await crashing.apply([withFiles(...to)]);
      expect(await crashing.apply([withFiles(...to)])).toMatchObject({ kind: 'Unchanged' });
    }
  });

  test('a rollback goes from the one to the other', async () => {
    const machine = await prepared(from);
    const before = machine.host();
    const { revision = null } = (await readJournal(machine.files)).committed ?? {};
    await machine.apply([withFiles(...to)]);
    await ask(machine.files, { kind: 'Rollback', revision: revision ?? '', by: 'ana', at: '2026-01-31T09:00:00Z' });
    const request = { goesBack: true, source: { kind: 'Unknown', problems: [] } } as const;
    expect(await machine.apply([], request)).toMatchObject(committed);
    expect(machine.host()).toEqual(before);
  });

  test('what drifts afterwards comes back', async () => {
    const machine = await prepared(from);
    await machine.apply([withFiles(...to)]);
    const after = machine.host();
    for (const path of to) await machine.files.past.remove(path);
    expect(await machine.apply([withFiles(...to)])).toMatchObject(committed);
    machine.files.put(to[0] ?? '', 'of another program');
    expect(await machine.apply([withFiles(...to)])).toMatchObject(committed);
    expect(machine.host()).toEqual(after);
  });

  test.each([
    ['of that', to],
    ['of the way back', from],
    ['of a third revision', ['/opt/bin/other', `${to[0]}2`]],
  ])('while the restart is pending, an undo %s goes back to what the kubelet runs with', async (_what, then) => {
    const machine = await prepared(from);
    const before = machine.host();
    await machine.apply([withFiles(...to)], { restart: false });
    const other = withFiles(...then);
    const failing = { ...other, spec: { ...other.spec, kubelet: { flags: { v: 9 } } } };
    machine.systemd.failWhen(({ method }) =>
      method === 'restart' && machine.host()[unitFile]?.includes('--v=9') ? { code: 'JobFailed', when: 'After' } : undefined,
    );
    expect(await machine.apply([failing])).toMatchObject({ result: { kind: 'Undone', verdict: { kind: 'Failed' } } });
    expect(machine.host()).toEqual(before);
  });

  test('an image is built in the same way, without systemd', async () => {
    const machine = await prepared(from);
    expect(await machine.apply([withFiles(...to)], { restart: false })).toMatchObject(committed);
    expect(ours(machine)).toEqual(to.toSorted());
  });
});

/** The kubelet does not start while these files are there. */
function failRestarts(machine: MemoryMachine, paths: readonly string[]): void {
  machine.systemd.failWhen(({ method }) =>
    method === 'restart' && paths.every((path) => machine.host()[path] !== undefined)
      ? { code: 'JobFailed', when: 'After' }
      : undefined,
  );
}

describe('refused before anything is touched, with the name of what is in the way', () => {
  const refusedWith = async (machine: MemoryMachine, path: string, reason: string, remedy: string) => {
    const before = machine.host();
    const calls = machine.files.calls.length;
    const problem = { code: 'PathInTheWay', reason: expect.stringContaining(reason), remedy: expect.stringContaining(remedy) };
    expect(await machine.apply([withFiles(path)])).toMatchObject({ kind: 'Kept', problems: [problem] });
    expect(machine.host()).toEqual(before);
    const writes = machine.files.calls
      .slice(calls)
      .filter(({ method }) => !['read', 'list', 'resolve', 'identity', 'check'].includes(method));
    expect(writes).toEqual([]);
  };

  test('a file of another program in our directory', async () => {
    const machine = await prepared([deep]);
    machine.files.put(`${outer}/a/b/theirs`, 'x');
    await refusedWith(machine, outer, `${outer}/a/b/theirs`, `move ${outer}/a/b/theirs away`);
    await machine.files.past.remove(`${outer}/a/b/theirs`);
    expect(await machine.apply([withFiles(outer)])).toMatchObject(committed);
  });

  test('a directory of another program in ours, also an empty one', async () => {
    const machine = await prepared([inner]);
    machine.files.putDirectory(`${outer}/theirs`);
    await refusedWith(machine, outer, `${outer}/theirs`, `move ${outer}/theirs away`);
  });

  test('a directory that was there before us', async () => {
    const machine = await memoryMachine();
    machine.files.putDirectory(outer);
    await machine.apply([withFiles(inner)]);
    await refusedWith(machine, outer, 'a directory stands there that kubelet-config has not made', 'another path');
  });

  test('an original that comes back, where the file was a directory', async () => {
    const machine = await memoryMachine({ [outer]: 'original' });
    await machine.apply([withFiles(outer)]);
    await refusedWith(machine, inner, `the file that was at ${outer} before kubelet-config comes back`, 'withdraw the objects');
    await machine.files.past.remove(outer);
    await refusedWith(machine, inner, `the file that was at ${outer} before kubelet-config comes back`, 'withdraw the objects');
    await machine.apply([]);
    await machine.files.past.remove(outer);
    expect(await machine.apply([withFiles(inner)])).toMatchObject(committed);
  });

  test('our own file that was changed since', async () => {
    const machine = await prepared([outer]);
    machine.files.put(outer, 'changed');
    await refusedWith(machine, inner, `${outer} is in the way and was changed on this host`, `move ${outer} away`);
    await machine.files.past.remove(outer);
    expect(await machine.apply([withFiles(inner)])).toMatchObject(committed);
  });

  test('our own file in the directory that was changed since', async () => {
    const machine = await prepared([inner]);
    machine.files.put(inner, 'changed');
    await refusedWith(machine, outer, `${inner} is in the way and was changed on this host`, `move ${inner} away`);
    await machine.files.past.remove(inner);
    expect(await machine.apply([withFiles(outer)])).toMatchObject(committed);
  });

  test('an orphan', async () => {
    const machine = await memoryMachine();
    const orphan = withFiles(outer);
    await machine.apply([{ ...orphan, spec: { ...orphan.spec, deletionPolicy: 'Orphan' } }]);
    await refusedWith(machine, inner, `${outer} is in the way and stays`, `move ${outer} away`);
  });
});

test('a directory whose mode was changed is refused: an undo would not bring the mode back', async () => {
  const machine = await prepared([inner]);
  await machine.files.past.makeDirectory(outer, 0o700);
  const before = machine.host();
  expect(await machine.apply([withFiles(outer)])).toMatchObject({
    result: { kind: 'Refused', errors: [expect.objectContaining({ path: outer, code: 'PermissionDenied' })] },
  });
  expect(machine.host()).toEqual(before);
});

test('an empty directory that an earlier revision left makes room too, and comes back with an undo', async () => {
  const machine = await prepared([inner]);
  await machine.apply([withFiles()]);
  failRestarts(machine, [outer]);
  expect(await machine.apply([withFiles(outer)])).toMatchObject({ result: { kind: 'Undone' } });
  expect(await machine.files.past.list('/etc/kubernetes')).toEqual(['test']);
  machine.systemd.failWhen(undefined);
  expect(await machine.apply([withFiles(outer)])).toMatchObject(committed);
  await machine.apply([]);
  expect(await machine.files.past.list('/etc')).toEqual([]);
});

test('a directory that became a file is no directory of ours any more', async () => {
  const machine = await prepared([inner]);
  await machine.apply([withFiles(outer)]);
  expect((await readJournal(machine.files)).committed?.directories).not.toContain(outer);
});

test('while a restart is pending, the record also names the directories that went before', async () => {
  const machine = await prepared([deep]);
  await machine.apply([withFiles(outer)], { restart: false });
  const { action } = await machine.preview([withFiles(outer, '/opt/bin/other')]);
  expect(action).toMatchObject({ record: { removedDirectories: [`${outer}/a/b`, `${outer}/a`, outer] } });
});

test('what others have put there is told as it is', async () => {
  const file = await memoryMachine({ [outer]: 'theirs' });
  expect(await file.apply([withFiles(inner)])).toMatchObject({ kind: 'Unreadable', error: { code: 'PathThroughFile' } });
  const directory = await memoryMachine({ [inner]: 'theirs' });
  expect(await directory.apply([withFiles(outer)])).toMatchObject({ kind: 'Unreadable', error: { code: 'NotAFile' } });
});
