import { join } from 'node:path';
import { expect, test } from 'vitest';
import { attacksOn } from './attacks.ts';
import { patternsIn } from './patterns.ts';
import { milliseconds } from './work.ts';

const { literals, builders } = patternsIn(join(import.meta.dirname, '../..'));

/** Small ones come first, and so no pattern takes forever: it is given up long before. */
const sizes = [24, 32, 40, 56, 80, 120, 250, 1_000, 4_000, 16_384];
const whole = 65_536;

/**
 * Milliseconds: some hundred times what a text costs of which each character is read once, and less than it costs if
 * half of it is read again for each character.
 */
const most = (size: number) => (size === whole ? 120 : 20);

/** @returns 64 KiB on which the pattern takes longest. Throws for a shorter text on which it takes too long. */
function worstOf(pattern: RegExp): string {
  let worst = '';
  let longest = 0;
  for (const [begin, piece, end] of attacksOn(pattern)) {
    const textOf = (size: number) => begin + piece.repeat(Math.ceil(size / piece.length)) + end;
    for (const size of sizes) {
      const took = milliseconds(() => everyMatch(pattern, textOf(size)));
      if (took >= most(size)) throw new Error(`${size} characters took ${took} ms: ${excerpt(textOf(size))}`);
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
  expect(
    milliseconds(() => everyMatch(pattern, text)),
    excerpt(text),
  ).toBeLessThan(most(whole));
});

/** Each of their functions stands in the table of `readers.test.ts`. */
test('few modules make a pattern of text', () => {
  expect(builders).toEqual(['api/locate-problems.ts', 'rkt/docker-reference.ts']);
});
