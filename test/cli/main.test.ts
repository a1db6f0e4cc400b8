import { describe, expect, test } from 'vitest';
import { takeRoot } from '../../src/cli/print/pasteable.ts';
import { commands as registry } from '../../src/cli/registry.ts';
import { session, workers } from './session.ts';

const commands = Object.keys(registry);
const loadedCommands = () => Promise.all(Object.values(registry).map(({ load }) => load()));

describe('help', () => {
  test('lists every command on standard output', async () => {
    const { exitCode, stdout, stderr } = await session().run(['--help']);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  kubelet-config ${command} +\\S`, 'm'));
  });

  test('says of each command, without loading it, what the command says', async () => {
    const all = await loadedCommands();
    const said = all.flatMap(({ name, positional }) => (positional === undefined ? [] : [[name, positional.name]]));
    const registered = Object.entries(registry).flatMap(([name, { positional }]) =>
      positional === undefined ? [] : [[name, positional]],
    );
    expect(said).toEqual(registered);
    expect(all.map(({ name }) => name)).toEqual(commands);
  });

  test.each(commands)('of %s shows its options and examples to copy', async (command) => {
    const { exitCode, stdout, stderr } = await session().run([...command.split(' '), '--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`kubelet-config ${command} (<\\w+> )?\\[options\\]`));
    expect(stdout).toMatch(new RegExp(`Examples:\n  # .+\n  kubelet-config ${command}\\b`));
  });

  test('every example is taken by the parser', async () => {
    for (const command of commands) {
      const { stdout } = await session().run([...command.split(' '), '--help']);
      for (const [, words = ''] of stdout.matchAll(/^ {2}kubelet-config (.+)$/gm)) {
        const parts = (words.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));
        const { stdout: help, stderr } = await session().run([...parts, '--help']);
        expect({ words, stderr }).toEqual({ words, stderr: '' });
        expect(help).toMatch(new RegExp(`kubelet-config ${command} (<\\w+> )?\\[options\\]`));
      }
    }
  });

  test('of commands with a first word in common lists them', async () => {
    const { run } = session();
    const ran = await run(['rollout', '--help']);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.stdout).toContain('kubelet-config rollout pause');
    expect(ran.stdout).not.toContain('kubelet-config validate');
    expect(await run(['help', 'rollout'])).toEqual(ran);
    expect(await run(['help', 'rollout', 'pause'])).toEqual(await run(['rollout', 'pause', '-h']));
  });

  test.each([
    [['rollout'], 'rollout alone does nothing', 'name one of rollout status, '],
    [['rollout', 'stauts'], 'there is no command rollout stauts', 'did you mean rollout status?'],
    [['rollot'], 'there is no command rollot', 'did you mean rollout?'],
  ])('%j is a usage error', async (words, reason, remedy) => {
    const ran = await session().run(words);
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toContain(reason);
    expect(ran.stderr).toContain(remedy);
  });

  test('names the exit codes of apply and diff', async () => {
    const { run } = session();
    expect((await run(['apply', '-h'])).stdout).toMatch(/3 when.* 4 when.* 5 when.* 6 when/s);
    expect((await run(['diff', '-h'])).stdout).toMatch(/0 when.* 1 when/s);
  });
});

test.each([
  { words: [], same: ['--help'] },
  { words: ['help'], same: ['--help'] },
  { words: ['help', 'apply'], same: ['apply', '--help'] },
  { words: ['version'], same: ['--version'] },
])('$words is the same as $same', async ({ words, same }) => {
  const { run } = session();
  const ran = await run(words);
  expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/\S/), stderr: '' });
  expect(ran).toEqual(await run(same));
});

test.each(['bash', 'zsh', 'fish'])('completion %s prints its script, and the help says how to install it', async (shell) => {
  const { run } = session();
  const { exitCode, stdout, stderr } = await run(['completion', shell]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain(`# Completion of kubelet-config for ${shell}.`);
  expect((await run(['help', 'completion'])).stdout).toContain(`kubelet-config completion ${shell} >`);
});

test('-l is --label', async () => {
  const { run, write } = session();
  const file = write('a.yaml', workers.replace('matchLabels: {}', 'matchLabels: {role: worker, zone: a}'));
  expect(await run(['render', '-f', file, '-l', 'role=worker,zone=a'])).toMatchObject({ exitCode: 0 });
});

describe('a usage error ends with 2, with nothing on standard output:', () => {
  test.each([
    [['--frob'], 'name a command', 'see kubelet-config --help'],
    [['help', 'rende'], 'there is no command rende', 'did you mean render?'],
    [['completion'], 'it is not said for which shell', 'name one of bash, zsh, fish'],
    [['completion', 'ksh'], 'Choices: "bash", "zsh", "fish"', 'see kubelet-config completion --help'],
    [
      ['apply', '-f', 'x', '--dry-run'],
      'there is no option --dry-run',
      '`kubelet-config diff -f x` shows what apply would change',
    ],
    [['apply', '-f', 'x', '--dry-run=server'], 'there is no option --dry-run', '`kubelet-config diff -f x` shows'],
    [['apply', '--filename', 'x'], 'there is no option --filename', 'did you mean --file?'],
    [['diff', '-f', 'x', '--selector', 'a=b'], 'there is no option --selector', 'did you mean --label?'],
    [['render', '-f', 'x', '-o', 'wide'], 'there is no format "wide"', 'a directory is written -o ./wide'],
    [['status', '-o', 'wide'], 'Choices: "json", "yaml"', 'see kubelet-config status --help'],
    [['rende'], 'there is no command rende', 'did you mean render?'],
    [['frobnicate'], 'there is no command frobnicate', 'see kubelet-config --help'],
    [['render'], 'Missing required argument: file', 'see kubelet-config render --help'],
    [['render', '-f'], 'Not enough arguments following: f', 'see kubelet-config render --help'],
    [['render', '--fil', 'x'], 'there is no option --fil', 'did you mean --file?'],
    [['apply', '-f', 'x', '--lable', 'a=b'], 'there is no option --lable', 'did you mean --label?'],
    [['apply', '-f', 'x', '--no-restrat'], 'there is no option --no-restrat', 'did you mean --no-restart?'],
    [['diff', '-f', 'x', '-x'], 'there is no option -x', 'see kubelet-config diff --help'],
    [['validate', '-f', 'x', '-o', 'xml'], 'Choices: "json", "yaml"', 'see kubelet-config validate --help'],
    [['render', '-f', 'x', '-o', '-'], '--output cannot be -', 'standard input can only be given to --file'],
    [['validate', '-f', 'x', '--kubelet-version', 'banana'], '"banana" is not a version of the kubelet', 'v1.36.1'],
    [['validate', '-f', 'x', '--kubelet-version', '1.36.banana'], '"1.36.banana" is not a version', 'v1.36.1'],
    [['agent'], 'a directory has no controller that could approve changes', 'add --approve=self'],
    [['agent', '--approve=self', '--source', '/etc'], '"/etc" is not a source for --source', 'give cluster, or dir:'],
    [['agent', '--source=cluster', '--bootstrap', '/etc'], '"/etc" is not a source for --bootstrap', 'give dir:'],
    [['agent', '--approve=self', '--bootstrap', 'dir:/x'], '--bootstrap goes with --source=cluster only', 'add --source=cluster'],
    [['agent', '--approve=self', '--lease-name', 'x'], '--lease-name goes with --source=cluster only', 'add --source=cluster'],
  ])('%j', async (words, reason, remedy) => {
    const { exitCode, stdout, stderr } = await session().run(words);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('error[WrongUsage]: ');
    expect(stderr).toContain(reason);
    expect(stderr).toMatch(new RegExp(`→ .*${remedy.replace(/[?.]/g, '\\$&')}`));
  });
});

describe('colours', () => {
  const bad = workers.replace('v: 2', 'v: {}');
  const colour = '\u001b[';
  test.each([
    ['on a terminal', { isTerminal: true }, true],
    ['not elsewhere', { isTerminal: false }, false],
    ['not with NO_COLOR', { isTerminal: true, environment: { NO_COLOR: '1' } }, false],
    ['with FORCE_COLOR anywhere', { isTerminal: false, environment: { FORCE_COLOR: '1' } }, true],
  ])('%s', async (_when, options, coloured) => {
    const { run, write } = session();
    const { stderr } = await run(['validate', '-f', write('a.yaml', bad)], options);
    expect(stderr.includes(colour)).toBe(coloured);
  });
});

test('the commands for which messages repeat --root are those that take it', async () => {
  const all = await loadedCommands();
  expect(all.flatMap(({ name, options }) => ('root' in options ? [name] : [])).sort()).toEqual([...takeRoot].sort());
});
