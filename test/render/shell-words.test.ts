import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteShellWord, splitShellWords } from '../../src/render/shell-words.ts';
import { generatedProcesses } from '../runs.ts';

const piece = fc.constantFrom(
  ' ',
  '\t',
  '\n',
  "'",
  '"',
  '\\',
  '$',
  '`',
  '*',
  '~',
  '#',
  '!',
  '{a,b}',
  '$(id)',
  'é',
  '😀',
  '--a=b',
);
const anyWord = fc
  .array(fc.oneof(piece, fc.string({ unit: 'binary' })), { maxLength: 8 })
  .map((pieces) => pieces.join('').replaceAll('\0', ''));
const anyWords = fc.array(anyWord, { maxLength: 8 });

describe('quoteShellWord', () => {
  it.each([
    ['--config=/etc/kubernetes', '--config=/etc/kubernetes'],
    ['', "''"],
    ['a b', "'a b'"],
    ["it's", `'it'\\''s'`],
    ['~', "'~'"],
    ['é', "'é'"],
  ])('writes %j', (word, written) => {
    expect(quoteShellWord(word)).toBe(written);
  });

  it('is undone by splitShellWords', () => {
    fc.assert(
      fc.property(anyWords, (words) => {
        expect(splitShellWords(words.map(quoteShellWord).join(' '))).toEqual({ ok: true, words });
      }),
    );
  });

  it.each(['C', 'C.UTF-8'])('is undone by bash, locale %s', (locale) => {
    fc.assert(
      fc.property(anyWords, (words) => {
        const script = `printf '%s\\0' ${words.map(quoteShellWord).join(' ')}`;
        const run = spawnSync('bash', ['-s'], {
          input: script,
          env: { PATH: '/usr/bin:/bin', LC_ALL: locale },
        });
        // printf prints its format once even without arguments.
        const expected = words.length === 0 ? '\0' : words.map((word) => `${word}\0`).join('');
        expect(run.stdout).toEqual(Buffer.from(expected));
      }),
      { numRuns: generatedProcesses },
    );
  });

  it('refuses NUL', () => {
    expect(() => quoteShellWord('a\0')).toThrow(RangeError);
  });
});

describe('splitShellWords', () => {
  it.each([
    [`a 'b c' "d e" f\\ g`, ['a', 'b c', 'd e', 'f g']],
    [`--x="a b"'c'd`, ['--x=a bcd']],
    [`"a\\"b\\\\c\\d"`, ['a"b\\c\\d']],
    [`'a\\b' \\\\`, ['a\\b', '\\']],
    ['a \\\n b\\\nc', ['a', 'bc']],
    [`'' ""`, ['', '']],
    ['a#b c~d', ['a#b', 'c~d']],
    ['a\u00a0b\r', ['a\u00a0b\r']],
    ['', []],
  ])('splits %j', (text, words) => {
    expect(splitShellWords(text)).toEqual({ ok: true, words });
  });

  it.each(['$X', '"$X"', 'a`id`', '"`id`"', 'a*', 'a;b', 'a&', 'a|b', '>x', '#a', 'b ~', '{a,b}', '[a]', '(a)'])(
    'refuses %j, which a shell would evaluate',
    (text) => {
      expect(splitShellWords(text)).toEqual({ ok: false, reason: expect.stringContaining('would evaluate') });
    },
  );

  it.each([`'a`, `"a`, `a"b\\"`])('refuses the open quote in %j', (text) => {
    expect(splitShellWords(text)).toEqual({ ok: false, reason: expect.stringContaining('never closed') });
  });

  it('refuses a last backslash', () => {
    expect(splitShellWords('a\\')).toEqual({ ok: false, reason: expect.stringContaining('backslash') });
  });
});
