import { join } from 'node:path';
import { expect, test } from 'vitest';
import { attacksOn } from './attacks.ts';
import { patternsIn } from './patterns.ts';
import { milliseconds } from './work.ts';

const { literals, builders } = patternsIn(join(import.meta.dirname, '../..'));

/** Small ones come first, and so no pattern takes forever: it is given up long before. */
const sizes = [24, 32, 40, 56, 80, 120, 250, 1_000, 4_000, 16_384];
const whole = 65_536;

/** Milliseconds below which nobody asks further: some hundred times what each character costs that is read once. */
const unasked = (size: number) => (size < whole ? 20 : 120);

/** Reads half of a text that is all `x` again for each of its characters. */
const quadratic = /x*y/;

/**
 * @returns milliseconds, and whether that is too long: a third of what a quadratic pattern takes for a text of that
 * length, on this machine and at this minute. A machine may be slow for one of the two, so three pairs have to say so.
 */
function measured(pattern: RegExp, text: string): { took: number; tooLong: boolean } {
  const measure = () => milliseconds(() => everyMatch(pattern, text));
  const most = () => Math.max(unasked(text.length), milliseconds(() => everyMatch(quadratic, 'x'.repeat(text.length))) / 3);
  const took = measure();
  return { took, tooLong: took >= unasked(text.length) && took >= most() && measure() >= most() && measure() >= most() };
}

/** @returns 64 KiB on which the pattern takes longest. Throws for a shorter text on which it takes too long. */
function worstOf(pattern: RegExp): string {
  let worst = '';
  let longest = 0;
  for (const [begin, piece, end] of attacksOn(pattern)) {
    const textOf = (size: number) => begin + piece.repeat(Math.ceil(size / piece.length)) + end;
    for (const size of sizes) {
      const { took, tooLong } = measured(pattern, textOf(size));
      if (tooLong) throw new Error(`${size} characters took ${took} ms: ${excerpt(textOf(size))}`);
      if (took > longest) worst = textOf(whole);
      longest = Math.max(longest, took);
    }
  }
  return worst;
}

const excerpt = (text: string) => `${JSON.stringify(text.slice(0, 60))} … ${JSON.stringify(text.slice(-9))}`;

/** `replace`, `split` and `matchAll` begin anew behind each match. */
function everyMatch(pattern: RegExp, text: string): void {
  pattern.lastIndex = 0;
  if (pattern.sticky || pattern.global) text.replace(pattern, '');
  else text.split(pattern);
}

test('the patterns of the source code are found', () => {
  expect(literals.length).toBeGreaterThan(200);
  expect(literals.map(([, { source }]) => source)).toContain('(?<!\\\\)(?:\\\\\\\\)*\\\\$');
});

test.each(literals)('%s %s reads 64 KiB of its worst input in a time that its length is worth', (_place, pattern) => {
  const text = worstOf(pattern);
  expect(measured(pattern, text), excerpt(text)).toMatchObject({ tooLong: false });
});

/** Each of their functions stands in the table of `readers.test.ts`. */
test('few modules make a pattern of text', () => {
  expect(builders).toEqual(['api/locate-problems.ts', 'rkt/docker-reference.ts']);
});
