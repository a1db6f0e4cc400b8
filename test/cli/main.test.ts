import { describe, expect, test } from 'vitest';
import { commands as registry } from '../../src/cli/registry.ts';
import { session, workers } from './session.ts';

const commands = Object.keys(registry);

describe('help', () => {
  test('lists every command on standard output', async () => {
    const { exitCode, stdout, stderr } = await session().run(['--help']);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  kubelet-config ${command} +\\S`, 'm'));
  });

  test.each(commands)('of %s shows its options and examples to copy', async (command) => {
    const { exitCode, stdout, stderr } = await session().run([command, '--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(`kubelet-config ${command} [options]`);
    expect(stdout).toMatch(new RegExp(`Examples:\n  # .+\n  kubelet-config ${command}\\b`));
  });

  test('every example is taken by the parser', async () => {
    for (const command of commands) {
      const { stdout } = await session().run([command, '--help']);
      for (const [, words = ''] of stdout.matchAll(/^ {2}kubelet-config (.+)$/gm)) {
        const parts = (words.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));
        const { stdout: help, stderr } = await session().run([...parts, '--help']);
        expect({ words, stderr }).toEqual({ words, stderr: '' });
        expect(help).toContain(`kubelet-config ${command} [options]`);
      }
    }
  });

  test('names the exit codes of apply and diff', async () => {
    const { run } = session();
    expect((await run(['apply', '-h'])).stdout).toMatch(/3 when.* 4 when.* 5 when.* 6 when/s);
    expect((await run(['diff', '-h'])).stdout).toMatch(/0 when.* 1 when/s);
  });
});

test('completion prints a script for the shell', async () => {
  const { exitCode, stdout, stderr } = await session().run(['completion']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain('complete -o bashdefault -o default -F _kubelet-config_yargs_completions kubelet-config');
});

describe('a usage error ends with 2, with nothing on standard output:', () => {
  test.each([
    [[], 'name a command', 'see kubelet-config --help'],
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
