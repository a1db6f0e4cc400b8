/** Each command that takes -o json or yaml answers in that format also when it fails, and prints nothing else. */

import { describe, expect, test } from 'vitest';
import { acquireLock } from '../../../src/host/lock.ts';
import { edited, formats, type Session, session, workers } from '../session.ts';

const misspelt = edited(workers, 'flags', 'flgas');
/** Valid alone, and refused when it is rendered. */
const refused = edited(workers, 'v: 2', 'v: 2\n      max-pods: many');
const other = edited(workers, 'matchLabels: {}', 'matchLabels: {role: other}');

const wordsOf = (here: Session, command: string, manifest: string) => {
  const host = command === 'diff' || command === 'apply' ? ['--root', here.root] : [];
  return [command, '-f', here.write('a.yaml', manifest), ...host];
};

describe.each(['diff', 'apply', 'render', 'explain'])('%s', (command) => {
  test.each(formats)('-o %s: a problem has its code, field, reason, remedy and place', async (format, read) => {
    const here = session();
    const ran = await here.run([...wordsOf(here, command, misspelt), '-o', format]);
    expect(ran).toMatchObject({ exitCode: 3, stderr: '' });
    expect(read(ran.stdout)).toEqual({
      error: {
        severity: 'error',
        code: 'InputInvalid',
        path: [],
        reason: '1 error in 1 file; nothing was changed',
        remedy: expect.not.stringContaining('above'),
        exitCode: 3,
      },
      problems: [
        {
          severity: 'error',
          code: 'UnknownField',
          object: 'workers',
          path: ['spec', 'kubelet', 'flgas'],
          reason: 'unknown field "flgas"',
          remedy: 'did you mean flags?',
          position: { file: expect.stringMatching(/a\.yaml$/), line: 8, column: 5, excerpt: '    flgas:' },
        },
      ],
    });
  });

  test('words that are wrong', async () => {
    const { exitCode, stdout, stderr } = await session().run([command, '--fiel', 'x', '--output=json']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
    const remedy = 'did you mean --file?';
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'WrongUsage', remedy, exitCode: 2 }, problems: [] });
  });

  test('a file that is not there', async () => {
    const { exitCode, stdout, stderr } = await session().run([command, '-f', '/nowhere/a.yaml', '-o=json']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'InputInvalid' }, problems: [{ code: 'UnreadableFile' }] });
  });
});

test.each(['diff', 'apply', 'render'])('%s: what is found when the node is known', async (command) => {
  const here = session();
  const { exitCode, stdout, stderr } = await here.run([...wordsOf(here, command, refused), '-o', 'json']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({
    error: { exitCode: 3 },
    problems: [{ severity: 'error', code: 'FlagInvalid', object: 'workers', position: { line: 10 } }],
  });
});

test.each(['render', 'explain'])('%s: no object selects the node', async (command) => {
  const here = session();
  const { stdout } = await here.run([...wordsOf(here, command, other), '-o', 'json']);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'NotSelected', exitCode: 3 }, problems: [] });
});

test.each(['diff', 'apply'])('%s: objects that would withdraw what is applied', async (command) => {
  const here = session();
  await here.on('apply', workers);
  const { exitCode, stdout, stderr } = await here.run([...wordsOf(here, command, other), '-o', 'json']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ error: { exitCode: 3 }, problems: [{ code: 'WouldWithdraw' }] });
});

test('a host that another program changes, or that is held', async () => {
  const here = session();
  const words = [...wordsOf(here, 'apply', workers), '-o', 'json'];
  const lock = await acquireLock(here.root);
  const locked = await here.run(words);
  await lock.release();
  expect(locked).toMatchObject({ exitCode: 6, stderr: '' });
  expect(JSON.parse(locked.stdout)).toMatchObject({ error: { code: 'LockHeld', exitCode: 6 }, problems: [] });
  await here.run(['hold', '--root', here.root, '--reason', 'disk']);
  const held = await here.run(words);
  expect(held).toMatchObject({ exitCode: 6, stderr: '' });
  const remedy = expect.stringMatching(/`kubelet-config hold --root \S+ --release`/);
  expect(JSON.parse(held.stdout)).toMatchObject({
    outcome: 'Kept',
    error: { code: 'Held', remedy, exitCode: 6 },
    problems: [{ code: 'Held', remedy }],
  });
});

test('a host that refuses a file', async () => {
  const here = session();
  here.put('/etc/systemd/system/kubelet.service/directory', '');
  const { exitCode, stdout, stderr } = await here.run([...wordsOf(here, 'apply', workers), '-o', 'json']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 6, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: 'NotAFile', exitCode: 6 },
    problems: [{ severity: 'error', code: 'NotAFile', path: [], reason: expect.stringContaining('kubelet.service') }],
  });
});

test('a rollback that only asks the agent', async () => {
  const here = session();
  await here.on('apply', workers);
  await here.on('apply', edited(workers, 'v: 2', 'v: 3'));
  const lock = await acquireLock(here.root);
  const { exitCode, stdout } = await here.run(['rollback', '--root', here.root, '-o', 'json']);
  await lock.release();
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'Asked', revision: expect.stringMatching(/^[0-9a-f]{16}$/) });
});
