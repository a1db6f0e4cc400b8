import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeWords } from '../../../../src/render/launchers/rkt/wrapper-encoding.ts';
import { anyText } from '../../../any-text.ts';
import { generatedProcesses } from '../../../runs.ts';
import { decodeWords } from './decode-words.ts';

const piece = fc.constantFrom(
  ' ',
  '\t',
  '\n',
  '\\',
  '\\c',
  '\\x20',
  'x20',
  '*',
  '?',
  '[a]',
  '"',
  "'",
  '$X',
  '%',
  '%s',
  '~',
  'é',
  '😀',
  '\u00a0',
);
const anyWord = fc.array(fc.oneof(piece, anyText()), { maxLength: 8 }).map((pieces) => pieces.join('').replaceAll('\0', ''));
const anyWords = fc.array(anyWord, { maxLength: 8 });

/** How the wrapper reads them; wrapper.test.ts asks the wrapper itself. */
const READ = `set -f; for word in $WORDS; do printf -v word '%b' "$word"; printf '%s\\0' "$word"; done`;

describe('encodeWords', () => {
  it.each([
    [['--volume', 'resolv,kind=host,source=/etc/resolv.conf'], '--volume resolv,kind=host,source=/etc/resolv.conf'],
    [['--set-env=X=a b'], '--set-env=X=a\\x20b'],
    [['a\tb\nc\\d'], 'a\\tb\\nc\\\\d'],
    [['', 'a', ''], '\\c a \\c'],
    [['*'], '*'],
    [[], ''],
  ])('writes %j', (words, text) => {
    expect(encodeWords(words)).toBe(text);
  });

  it('is undone by decodeWords', () => {
    fc.assert(
      fc.property(anyWords, (words) => {
        expect(decodeWords(encodeWords(words))).toEqual(words);
      }),
    );
  });

  it.each(['C', 'C.UTF-8'])('is undone by bash, locale %s', (locale) => {
    fc.assert(
      fc.property(anyWords, (words) => {
        const env = { PATH: '/usr/bin:/bin', LC_ALL: locale, WORDS: encodeWords(words) };
        const run = spawnSync('bash', ['-c', READ], { env });
        expect(run.stdout).toEqual(Buffer.from(words.map((word) => `${word}\0`).join('')));
      }),
      { numRuns: generatedProcesses },
    );
  });
});
