/** Our own files, each of them damaged in every way: what stands on the host is never worse for it, and whoever reads the error knows what to do. */

import { expect, test } from 'vitest';
import type { Outcome } from '../../../src/node/model/outcome.ts';
import { kubeletConfig } from '../../builders.ts';
import { sampleOf } from '../../runs.ts';
import { type MemoryMachine, memoryMachine, unit, unitFile } from '../machine.ts';

const state = '/var/lib/kubelet-config';
const configuration = '/etc/kubernetes/kubelet-config.yaml';
const original = 'of the distribution\n';
const workers = (v: number) =>
  kubeletConfig('workers', { kubelet: { flags: { v }, configuration: { maxPods: 10 + v } }, launcher: { host: {} } });

/** Two commits and a failure: one of every file that there can be. */
async function used(): Promise<MemoryMachine> {
  const machine = await memoryMachine({ [configuration]: original });
  await machine.apply([workers(1)]);
  await machine.apply([workers(2)]);
  machine.systemd.failWhen(({ method }) =>
    method === 'restart' && machine.host()[unitFile]?.includes('--v=3') ? { code: 'JobFailed', when: 'After' } : undefined,
  );
  expect(await machine.apply([workers(3)])).toMatchObject({ result: { kind: 'Undone' } });
  machine.systemd.failWhen(undefined);
  return machine;
}

const ours = Object.keys((await used()).files.contents()).filter((path) => path.startsWith(state));

const damages: Record<string, (text: string) => string> = {
  empty: () => '',
  'cut after its first byte': (text) => text.slice(0, 1),
  'cut in the middle': (text) => text.slice(0, text.length / 2),
  'without its last bytes': (text) => text.slice(0, -3),
  'a bit flipped': (text) => {
    const middle = Math.floor(text.length / 2);
    return text.slice(0, middle) + String.fromCharCode(text.charCodeAt(middle) ^ 1) + text.slice(middle + 1);
  },
  zeros: (text) => '\0'.repeat(text.length),
};

/** Nobody's host but ours: the file is the original, or one that we rendered. */
function isWhole(host: Record<string, string>): void {
  expect([original, 'maxPods: 11', 'maxPods: 12', 'maxPods: 14']).toContainEqual(
    host[configuration] === original ? original : /maxPods: \d+/.exec(host[configuration] ?? '')?.[0],
  );
}

function told(outcome: Outcome): void {
  if (outcome.kind !== 'Unreadable') return;
  expect(outcome.error.message).toMatch(/damaged|missing|none of our records/);
  expect(outcome.error.remedy).not.toBe('');
}

test('there is something to damage', () => {
  expect(ours.some((path) => path.endsWith('verdict.json'))).toBe(true);
  expect(ours.some((path) => path.includes('/originals/'))).toBe(true);
  expect(ours.length).toBeGreaterThan(15);
});

const cases = Object.entries(damages).flatMap(([what, damage]) => ours.map((path) => ({ what, damage, path })));

test.each(sampleOf(cases, 40))('$what: $path', async ({ damage, path }) => {
  const machine = await used();
  const before = machine.host();
  machine.files.put(path, damage(machine.files.contents()[path] ?? ''));

  const same = await machine.apply([workers(2)], { retry: false });
  expect(['Unchanged', 'Changed', 'Unreadable']).toContain(same.kind);
  told(same);
  expect(machine.host()).toEqual(before);

  const next = await machine.apply([workers(4)], { retry: false });
  told(next);
  isWhole(machine.host());
  expect(await machine.systemd.status(unit)).toMatchObject({ activeState: 'active' });

  const back = await machine.apply([], { retry: false });
  told(back);
  isWhole(machine.host());
  if (back.kind !== 'Unreadable') expect(machine.host()[configuration]).toBe(original);
});

test('gone', async () => {
  for (const path of sampleOf(ours, 8)) {
    const machine = await used();
    const before = machine.host();
    await machine.files.past.remove(path);
    told(await machine.apply([workers(2)], { retry: false }));
    expect(machine.host()).toEqual(before);
    told(await machine.apply([], { retry: false }));
    isWhole(machine.host());
  }
});

/** All files of a directory of our state, under another name beside it. */
function duplicate(machine: MemoryMachine, from: string, to: string): void {
  for (const [path, content] of Object.entries(machine.files.contents()))
    if (path.startsWith(`${state}/${from}/`)) machine.files.put(path.replace(`/${from}/`, `/${to}/`), content);
}

test.each([
  ['committed/000002', 'committed/000003'],
  ['committed/000001', 'committed/000003'],
  ['committed/000002', 'staging'],
  ['undone', 'staging'],
])('%s is there once more as %s', async (from, to) => {
  const machine = await used();
  const before = machine.host();
  duplicate(machine, from, to);
  told(await machine.apply([workers(2)], { retry: false }));
  isWhole(machine.host());
  if (from !== 'committed/000001') expect(machine.host()).toEqual(before);
  expect(await machine.apply([workers(4)], { retry: false })).toMatchObject({ result: { kind: 'Committed' } });
  expect(await machine.apply([], { retry: false })).toMatchObject({ result: { kind: 'Committed' } });
  expect(machine.host()[configuration]).toBe(original);
});

test('an open transaction that is there twice is undone twice, and nothing is open then', async () => {
  const machine = await used();
  const before = machine.host();
  duplicate(machine, 'undone', 'armed');
  duplicate(machine, 'undone', 'undoing');
  // One pass takes one back, and says that it is not done.
  expect(await machine.apply([workers(2)], { retry: false })).toMatchObject({ result: { kind: 'NotUndone' } });
  expect(machine.host()).toEqual(before);
  await machine.apply([workers(2)], { retry: false });
  expect(machine.host()).toEqual(before);
  expect(Object.keys(machine.files.contents()).filter((path) => /\/(armed|undoing)\//.test(path))).toEqual([]);
  expect(await machine.apply([workers(4)], { retry: false })).toMatchObject({ result: { kind: 'Committed' } });
});

test('from a newer version: nothing is changed, and that is said', async () => {
  const machine = await used();
  const path = `${state}/committed/000002/record.json`;
  const { stateFile } = await import('../../../src/node/transaction/state-file.ts');
  const { value } = JSON.parse(machine.files.contents()[path] ?? '');
  machine.files.put(path, stateFile({ ...value, format: 2 }).content.toString());
  const before = machine.files.contents();
  for (const objects of [[workers(4)], []]) {
    expect(await machine.apply(objects)).toMatchObject({
      kind: 'Unreadable',
      error: {
        message: expect.stringContaining('newer kubelet-config (format 2'),
        remedy: expect.stringContaining('start the newer version'),
      },
    });
  }
  expect(machine.files.contents()).toEqual(before);
});
