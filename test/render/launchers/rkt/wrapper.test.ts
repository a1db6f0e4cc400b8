import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastGeneration, shippedWrapper } from '../../../../src/render/coreos.ts';
import { exactVariables, managedWrapper } from '../../../../src/render/launchers/rkt/wrapper.ts';
import { encodeWords } from '../../../../src/render/launchers/rkt/wrapper-encoding.ts';
import { printableText } from '../../../any-text.ts';
import { generatedProcesses } from '../../../runs.ts';
import { type Outcome, runWithFunctions } from '../../wrapper-runs.ts';

const tag = { KUBELET_IMAGE_TAG: 'v1.5.4_coreos.0' };
const run = (env: Record<string, string>, locale?: string): Outcome =>
  runWithFunctions({ id: 'here', desc: '', env: { ...tag, ...env }, args: ['--v=2'] }, locale);
const plain = run({});

/** The words that rkt got more than without the exact variables, by where they stand. */
function inserted({ rkt }: Outcome) {
  const words = rkt?.argv ?? [];
  const at = (word: string) => words.indexOf(word, words.indexOf('--hosts-entry'));
  const image = at('docker://quay.io/coreos/hyperkube:v1.5.4_coreos.0');
  return {
    global: words.slice(0, words.indexOf('run')),
    run: words.slice(words.indexOf('run') + 1, words.indexOf('--insecure-options=image')),
    stage1: words.slice(at('host') + 1, image),
    image: words.slice(image + 1, words.lastIndexOf('--')),
  };
}

const piece = fc.constantFrom(
  ' ',
  '\t',
  '\n',
  '\\',
  '\\c',
  '*',
  '/*',
  '?',
  '"',
  "'",
  '$X',
  '%s',
  '~',
  'é',
  '😀',
  '\u00a0',
  '-e',
  '-n',
);
const anyWord = fc
  .array(fc.oneof(piece, printableText()), { maxLength: 6 })
  .map((pieces) => `=${pieces.join('').replaceAll('\0', '')}`);
const anyWords = fc.array(anyWord, { minLength: 1, maxLength: 5 });

describe('managedWrapper', () => {
  it('is the text that a reviewer has read', async () => {
    await expect(managedWrapper()).toMatchFileSnapshot('__snapshots__/kubelet-wrapper.sh');
  });

  it('is bash that parses, and that shellcheck has nothing to say about', (context) => {
    expect(spawnSync('bash', ['-n'], { input: managedWrapper(), encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    const shellcheck = spawnSync('shellcheck', ['--severity=style', '-'], { input: managedWrapper(), encoding: 'utf8' });
    if (shellcheck.error !== undefined) context.skip(`shellcheck is not installed: ${shellcheck.error.message}`);
    expect(shellcheck).toMatchObject({ status: 0, stdout: '' });
  });

  it('shares what the last wrapper of CoreOS shared', () => {
    const words = plain.rkt?.argv ?? [];
    const valuesOf = (option: string) => words.filter((_, index) => words[index - 1] === option);
    const volumes = valuesOf('--volume').map((volume) => /^(.*),kind=host,source=(.*?),/.exec(volume)?.slice(1));
    const mounts = valuesOf('--mount').map((mount) => /^volume=(.*),target=(.*)$/.exec(mount)?.slice(1));
    const expected = shippedWrapper(lastGeneration).volumes;
    expect(volumes).toEqual(expected.map(({ name, source }) => [name, source]));
    expect(mounts).toEqual(expected.map(({ name, target }) => [name, target]));
  });

  it('makes the directories one by one, in the order in which a failure would leave them', () => {
    const made = managedWrapper().match(/^mkdir --parents .*$/gm);
    expect(made).toEqual(
      ['/etc/kubernetes', '/var/lib/docker', '/var/lib/kubelet', '/run/kubelet'].map((path) => `mkdir --parents ${path}`),
    );
  });

  it('touches no variable of the unit but those it answers to', () => {
    const names = ['text', 'word', 'count', 'volume', 'name'];
    const functions = 'mkdir() { :; }; exec() { { set +x; } 2>/dev/null; env; exit; }';
    const theirs = Object.fromEntries(names.map((name) => [name, 'mine']));
    const env = { PATH: '/usr/bin:/bin', ...tag, ...theirs, RKT_RUN_ARGS_EXACT: 'a b' };
    const { stdout } = spawnSync('bash', ['-c', `${functions}\n${managedWrapper()}`], { encoding: 'utf8', env });
    for (const name of names) expect(stdout.split('\n')).toContain(`${name}=mine`);
  });
});

describe('the exact variables', () => {
  it('change nothing when they are empty, or hold nothing but blanks', () => {
    for (const text of ['', '  ']) {
      expect(run(Object.fromEntries(Object.values(exactVariables).map((name) => [name, text])))).toEqual(plain);
    }
  });

  it('put each word where it belongs, and are gone before rkt runs', () => {
    const outcome = run({
      RKT_GLOBAL_ARGS: '--debug',
      RKT_GLOBAL_ARGS_EXACT: encodeWords(['--dir=/a b']),
      RKT_RUN_ARGS: '--user *',
      RKT_OPTS: '--opts',
      RKT_RUN_ARGS_EXACT: encodeWords(['--set-env=X=/*', '', 'it\'s "\\x20"']),
      RKT_STAGE1_ARG_EXACT: encodeWords(['--stage1-path=/a\tb']),
      KUBELET_IMAGE_ARGS_EXACT: encodeWords(['--exec=/hyper kube', '--name=k']),
    });
    expect(inserted(outcome)).toMatchObject({
      global: ['--dir=/a b', '--debug'],
      run: ['--set-env=X=/*', '', 'it\'s "\\x20"', '--user', ...expandedAtRoot(), '--opts'],
      stage1: ['--stage1-path=/a\tb'],
      image: ['--exec=/hyper kube', '--name=k'],
    });
    expect(Object.keys(outcome.rkt?.env ?? {}).filter((name) => name.endsWith('_EXACT'))).toEqual([]);
  });

  it('yield to what an administrator set in RKT_STAGE1_ARG and KUBELET_IMAGE_ARGS', () => {
    const theirs = { RKT_STAGE1_ARG: '--stage1-name=x', KUBELET_IMAGE_ARGS: '--exec=/theirs' };
    const outcome = run({ ...theirs, RKT_STAGE1_ARG_EXACT: '--ours', KUBELET_IMAGE_ARGS_EXACT: '--ours' });
    expect(outcome).toEqual(run(theirs));
  });

  it.each(['C', 'C.UTF-8'])('carry any word, locale %s', (locale) => {
    fc.assert(
      fc.property(anyWords, anyWords, anyWords, anyWords, (global, options, stage1, image) => {
        const outcome = run(
          {
            RKT_GLOBAL_ARGS_EXACT: encodeWords(global),
            RKT_RUN_ARGS_EXACT: encodeWords(options),
            RKT_STAGE1_ARG_EXACT: encodeWords(stage1),
            KUBELET_IMAGE_ARGS_EXACT: encodeWords(image),
          },
          locale,
        );
        expect(inserted(outcome)).toEqual({ global, run: options, stage1, image });
        expect(outcome.rkt?.env).toEqual({ ...tag });
      }),
      { numRuns: generatedProcesses },
    );
  });
});

/** What a lone `*` becomes for a unit, whose working directory is /. */
function expandedAtRoot(): string[] {
  const { stdout } = spawnSync('bash', ['-c', `cd /; printf '%s\\0' *`], {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
  });
  return stdout.split('\0').slice(0, -1);
}
