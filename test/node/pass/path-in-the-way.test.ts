import { expect, test } from 'vitest';
import { kubeletConfig } from '../../builders.ts';
import { memoryMachine } from '../machine.ts';

const outer = '/etc/kubernetes/test';
const inner = `${outer}/test`;
const withFile = (...paths: string[]) =>
  kubeletConfig('workers', { launcher: { host: {} }, files: paths.map((path) => ({ path, mode: '0644', content: path })) });
const done = { kind: 'Changed', result: { kind: 'Committed' } };

test('a directory where the last revision has a file takes two changes, as the error says', async () => {
  const machine = await memoryMachine();
  await machine.apply([withFile(outer)]);
  const before = machine.host();
  expect(await machine.apply([withFile(inner)])).toMatchObject({
    kind: 'Unreadable',
    error: {
      code: 'PathThroughFile',
      message: expect.stringContaining(`the applied revision has a file at ${outer}`),
      remedy: expect.stringContaining('once without both files'),
    },
  });
  expect(machine.host()).toEqual(before);
  expect(await machine.apply([withFile()])).toMatchObject(done);
  expect(await machine.apply([withFile(inner)])).toMatchObject(done);
  expect(machine.host()[inner]).toBe(inner);
});

test('so does a file where the last revision has a directory', async () => {
  const machine = await memoryMachine();
  await machine.apply([withFile(inner)]);
  const before = machine.host();
  expect(await machine.apply([withFile(outer)])).toMatchObject({
    kind: 'Unreadable',
    error: { code: 'NotAFile', message: expect.stringContaining(inner), remedy: expect.stringContaining(`rmdir ${outer}`) },
  });
  expect(machine.host()).toEqual(before);
  expect(await machine.apply([withFile()])).toMatchObject(done);
  await machine.files.past.removeDirectory(outer);
  expect(await machine.apply([withFile(outer)])).toMatchObject(done);
  expect(machine.host()[outer]).toBe(outer);
});

test('what others have put there is told as it is', async () => {
  const machine = await memoryMachine({ [outer]: 'theirs' });
  expect(await machine.apply([withFile(inner)])).toMatchObject({
    kind: 'Unreadable',
    error: { message: expect.not.stringContaining('applied revision') },
  });
});
