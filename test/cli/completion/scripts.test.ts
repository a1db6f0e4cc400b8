import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Shell, scripts, shells } from '../../../src/cli/completion/scripts.ts';

const isThere = (program: string) => spawnSync(program, ['--version']).status === 0;

/** What the program would answer, in place of a program that takes long to start. */
const answers = `case "$*" in
  '__complete app') printf 'words\\n\\napply\\n' ;;
  '__complete apply --no') printf 'words\\n\\n--node\\tName: of the node\\n--no-restart\\tx\\n' ;;
  '__complete apply --output=j') printf 'words\\n\\n--output=json\\n' ;;
  '__complete apply --labels=a') printf 'files\\n--labels=\\n' ;;
  '__complete agent --source=dir:s') printf 'directories\\n--source=dir:\\n' ;;
  '__complete hold --reason x y --rel') printf 'words\\n\\n--release\\n' ;;
  *) echo 'an error' >&2; exit 70 ;;
esac`;

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'kubelet-config-test-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  mkdirSync(join(path, 'sub'));
  writeFileSync(join(path, 'a.yaml'), '');
  writeFileSync(join(path, 'kubelet-config'), `#!/bin/sh\n${answers}\n`, { mode: 0o755 });
  return path;
}

function runIn(shell: Shell, script: string, place = directory()) {
  const environment = { ...process.env, HOME: place, PATH: `${place}:${process.env['PATH']}` };
  return spawnSync(shell, ['-c', `${scripts[shell]}\n${script}`], { cwd: place, encoding: 'utf8', env: environment });
}

/** The words as readline splits them: also at = and :. */
test.each([
  [['app'], ['apply']],
  [
    ['apply', '--no'],
    ['--node', '--no-restart'],
  ],
  [['apply', '--output', '=', 'j'], ['json']],
  [['apply', '--labels', '=', 'a'], ['a.yaml']],
  [['agent', '--source', '=', 'dir', ':', 's'], ['sub']],
  [['hold', '--reason', 'x y', '--rel'], ['--release']],
  [['apply', '--frobnicate'], []],
])('bash completes %j', (words, expected) => {
  const { stdout, stderr } = runIn(
    'bash',
    `COMP_WORDS=(kubelet-config ${words.map((word) => `'${word}'`).join(' ')})
     COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _kubelet_config; printf '%s\\n' "\${COMPREPLY[@]}"`,
  );
  expect({ stderr, words: stdout.split('\n').filter((line) => line !== '') }).toEqual({ stderr: '', words: expected });
});

test.skipIf(!isThere('fish')).each([
  ['app', 'apply\n'],
  ['apply --no', '--node\tName: of the node\n--no-restart\tx\n'],
  ['apply --labels=a', '--labels=a.yaml\n'],
  ['agent --source=dir:s', '--source=dir:sub/\n'],
  ['apply --frobnicate', ''],
])('fish completes %j', (typed, expected) => {
  const { stdout, stderr } = runIn('fish', `complete -C 'kubelet-config ${typed}'`);
  // fish before version 4 sorts them otherwise.
  const sorted = (text: string) => text.split('\n').sort();
  expect({ lines: sorted(stdout), stderr }).toEqual({ lines: sorted(expected), stderr: '' });
});

test.each(shells.filter(isThere))('%s reads its script without a word', (shell) => {
  expect(runIn(shell, 'true')).toMatchObject({ status: 0, stdout: '', stderr: '' });
});
