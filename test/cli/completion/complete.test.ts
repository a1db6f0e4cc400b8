import { describe, expect, test } from 'vitest';
import { session, workers } from '../session.ts';

/** What a shell is told: the kind, the prefix, and the words without their descriptions. */
async function completed(...words: string[]) {
  const { exitCode, stdout, stderr } = await session().run(['__complete', ...words]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const [kind, prefix, ...lines] = stdout.replace(/\n$/, '').split('\n');
  return { kind, prefix, words: lines.map((line) => line.split('\t')[0]) };
}

const offered = (...words: string[]) => ({ kind: 'words', prefix: '', words });

describe('TAB offers', () => {
  test.each([
    [['app'], offered('apply')],
    [['--v'], offered('--version')],
    [['help', 'rol'], offered('rollback', 'rollout')],
    [['rollo'], offered('rollout')],
    [['rollout', ''], offered('status', 'pause', 'resume', 'retry', 'approve')],
    [['rollout', '-'], offered('--help')],
    [['rollout', 'st'], offered('status')],
    [['help', 'rollout', 'p'], offered('pause')],
    [['rollout', 'status', '--wa'], offered('--watch', '--wait')],
    [['rollout', 'status', 'workers', '-o', ''], offered('json', 'yaml')],
    [['completion', ''], offered('bash', 'zsh', 'fish')],
    [['apply', '--no'], offered('--node', '--no-restart')],
    [['apply', '--node', 'x', '--no'], offered('--no-restart')],
    [['apply', '--lab'], offered('--label', '--labels')],
    [['apply', '-o', ''], offered('json', 'yaml')],
    [['apply', '--output', 'y'], offered('yaml')],
    [['apply', '--output=j'], offered('--output=json')],
    [['agent', '--log-level', ''], offered('debug', 'info', 'warn', 'error')],
    [['agent', '--source', ''], offered('cluster', 'dir:')],
    [['agent', '--bootstrap='], offered('--bootstrap=dir:')],
  ])('after %j the words', async (words, expected) => {
    expect(await completed(...words)).toEqual(expected);
  });

  test.each([
    [['apply', '-f', ''], { kind: 'files', prefix: '', words: [] }],
    [['apply', '-f', 'a', 'b'], { kind: 'files', prefix: '', words: [] }],
    [['apply', '--labels=x'], { kind: 'files', prefix: '--labels=', words: [] }],
    [['status', '--root', '/'], { kind: 'directories', prefix: '', words: [] }],
    [['agent', '--source=dir:/e'], { kind: 'directories', prefix: '--source=dir:', words: [] }],
    [['import', './n'], { kind: 'directories', prefix: '', words: [] }],
    [['import', '--root', ''], { kind: 'directories', prefix: '', words: [] }],
    [['render', '-o', ''], { kind: 'directories', prefix: '', words: ['json', 'yaml'] }],
  ])('after %j names', async (words, expected) => {
    expect(await completed(...words)).toEqual(expected);
  });

  test.each([
    [['frobnicate', '']],
    [['constructor', '']],
    [['apply', '--node', '']],
    [['apply', '--frobnicate=']],
    [['hold', '--reason', 'x']],
    [['completion', 'bash', '']],
    [['rollout', 'frobnicate', '']],
    [['rollout', 'pause', 'w']],
  ])('nothing after %j, and no error', async (words) => {
    expect(await completed(...words)).toEqual(offered());
  });

  test('nothing after rollback --to for a host that cannot be read, and no error', async () => {
    const ran = await session().run(['__complete', 'rollback', '--root', '/nowhere', '--to', '']);
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^(words\n\n)?$/), stderr: '' });
  });

  test('the revisions of the host after rollback --to', async () => {
    const { run, on, root } = session();
    await on('apply', workers);
    const { stdout } = await run(['history', '--root', root, '-o', 'json']);
    const [{ revision }] = JSON.parse(stdout).applied;
    expect((await run(['__complete', 'rollback', '--root', root, '--to', ''])).stdout).toBe(`words\n\n${revision}\n`);
  });
});
