import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cut, cutBytes } from '../../src/text/cut.ts';

const family = '👨‍👩‍👧';
const accented = 'e\u0301';
const flag = '🇩🇪';

describe('cut', () => {
  test.each([
    ['what fits', 'abc', 3, 'abc'],
    ['what does not', 'abcd', 3, 'ab…'],
    ['an emoji counts as one character', 'ab😀', 3, 'ab😀'],
    ['an emoji at the limit', 'ab😀d', 3, 'ab…'],
    ['an emoji of several code points', `ab${family}`, 5, 'ab…'],
    ['a combining mark', `ab${accented}d`, 4, 'ab…'],
    ['a flag', `a${flag}b`, 3, 'a…'],
    ['half of a surrogate pair', 'a\ud83d', 9, 'a\ufffd'],
    ['one grapheme that is longer than the limit', family, 3, '…'],
  ])('%s', (_what, text, limit, expected) => {
    expect(cut(text, limit)).toBe(expected);
  });

  const anyText = fc
    .array(fc.constantFrom('a', ' ', '😀', family, accented, flag, '\u200d', '\ud83d', '\ude00', '…'))
    .map((parts) => parts.join(''));

  test('fits, is valid, and is not cut again', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 3, max: 30 }), (text, limit) => {
        for (const shorten of [cut, cutBytes]) {
          const short = shorten(text, limit);
          expect(shorten(short, limit)).toBe(short);
          expect(Buffer.from(short).toString()).toBe(short);
          const size = shorten === cutBytes ? Buffer.byteLength(short) : [...short].length;
          expect(size).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });
});

test('cutBytes counts bytes of UTF-8', () => {
  expect(cutBytes('aé😀', 7)).toBe('aé😀');
  expect(cutBytes('aé😀b', 7)).toBe('aé…');
});
