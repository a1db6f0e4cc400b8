/** The pure parts of what `rollout status` shows. */

import fc from 'fast-check';
import colours from 'picocolors';
import { describe, expect, test } from 'vitest';
import { contentOf } from '../../../src/api/content.ts';
import type { KubeletConfig } from '../../../src/api/types.ts';
import { barOf } from '../../../src/cli/rollout/bar.ts';
import { canaryOf, describeCanary, describeSeconds } from '../../../src/cli/rollout/canary.ts';
import { drawn } from '../../../src/cli/rollout/draw.ts';
import { nodesPerMinute, type Pace, withLook } from '../../../src/cli/rollout/pace.ts';
import { stored } from '../../fleet/builders.ts';
import { screenOf } from './screen.ts';

describe('the bar', () => {
  test('shows each portion by its share, and what there is with at least one character', () => {
    const text = (counts: readonly number[], width: number) =>
      barOf(
        counts.map((count, index) => ({ mark: '#>x.'.charAt(index), count })),
        width,
      )
        .map(({ mark, count }) => mark.repeat(count))
        .join('');
    expect(text([50, 10, 0, 40], 20)).toBe('##########>>........');
    expect(text([5_000, 1, 1, 0], 20)).toBe('##################>x');
    expect(text([0, 0, 0, 0], 20)).toBe('');
  });

  test('is as long as it should be', () => {
    const count = fc.nat({ max: 5_000 });
    const counts = fc.array(count, { minLength: 1, maxLength: 5 }).filter((all) => all.some((one) => one > 0));
    fc.assert(
      fc.property(counts, fc.integer({ min: 10, max: 60 }), (all, width) => {
        const bar = barOf(
          all.map((one, index) => ({ mark: `${index}`, count: one })),
          width,
        );
        expect(bar.reduce((sum, one) => sum + one.count, 0)).toBe(width);
        expect(bar.every((one) => one.count >= 1)).toBe(true);
      }),
    );
  });
});

describe('the pace', () => {
  const paceAfter = (...looks: readonly (readonly [seconds: number, updated: number])[]) =>
    looks.reduce<Pace>((pace, [seconds, updated]) => withLook(pace, seconds * 1_000, updated), []);

  test('is not told before anything was seen', () => {
    expect(nodesPerMinute(paceAfter([0, 5]))).toBeUndefined();
    expect(nodesPerMinute(paceAfter([0, 5], [60, 5]))).toBeUndefined();
    expect(nodesPerMinute(paceAfter([0, 5], [5, 6]))).toBeUndefined();
  });

  test('is that of the last ten minutes, and begins anew with another content', () => {
    expect(nodesPerMinute(paceAfter([0, 0], [60, 6]))).toBe(6);
    expect(nodesPerMinute(paceAfter([0, 0], [600, 600], [660, 610], [1_200, 620]))).toBe(2);
    expect(nodesPerMinute(paceAfter([0, 0], [60, 60], [70, 0], [130, 3]))).toBe(3);
  });

  test('of a single step in more than ten minutes is known too, and looks without news take no memory', () => {
    expect(nodesPerMinute(paceAfter([0, 0], [1_200, 1]))).toBe(0.05);
    const quiet = Array.from({ length: 300 }, (_, second) => [second, 7] as const);
    expect(paceAfter(...quiet).length).toBeLessThan(4);
  });
});

describe('canaries', () => {
  const object = stored('workers', { rollout: { canary: { count: 2, soakSeconds: 300 } } });
  const content = contentOf(object);
  const time = Date.parse('2026-01-31T09:00:00Z');
  const words = (rollout: NonNullable<KubeletConfig['status']>['rollout']) => {
    const canary = canaryOf({ ...object, status: { rollout } } as KubeletConfig, time);
    return canary && describeCanary(canary);
  };

  test.each([
    [undefined, 'canary: the first 2 nodes before the others'],
    [{ content }, 'canary: the first 2 nodes before the others'],
    [{ content: 'another', provenAt: '2026-01-31T08:00:00Z' }, 'canary: the first 2 nodes before the others'],
    [{ content, soakSince: '2026-01-31T08:58:00Z' }, 'canary: the first 2 nodes must stay available for 3 min more'],
    [{ content, soakSince: '2026-01-31T08:00:00Z' }, 'canary: the first 2 nodes must stay available for 0 s more'],
    [{ content, soakSince: '2026-01-31T10:00:00Z' }, 'canary: the first 2 nodes must stay available for 5 min more'],
    [{ content, provenAt: '2026-01-31T08:59:00Z' }, 'canary: proved at 2026-01-31T08:59:00Z'],
  ])('%j', (rollout, expected) => {
    expect(words(rollout)).toBe(expected);
  });

  test('are not there without being asked for', () => {
    expect(canaryOf(stored('workers'), time)).toBeUndefined();
  });

  test.each([
    [1, '1 s'],
    [119.2, '120 s'],
    [121, '3 min'],
    [7_200, '2 h'],
    [7_500, '2 h 5 min'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(describeSeconds(seconds)).toBe(text);
  });
});

describe('drawing', () => {
  const plain = { colours: colours.createColors(false) };
  const line = (text: string, indent = 2) => ({ pieces: [{ tone: 'Plain', text } as const], indent });

  test('breaks a long line at blanks, and cuts one that is too long', () => {
    expect(drawn([line('  one two three four')], plain, 12)).toEqual(['  one two ', '  three four']);
    expect(drawn([line(`  ${'word '.repeat(20)}`)], plain, 12)).toHaveLength(3);
    expect(drawn([line('  one two three four')], plain)).toEqual(['  one two three four']);
    expect(drawn([line('averyveryverylongword x')], plain, 12)).toEqual(['averyveryverylongword ', '  x']);
  });

  test('replaces what was drawn before, whatever the lengths; what is printed between stays', () => {
    const { terminal, text } = screenOf(20, 10);
    terminal.live?.draw(['first', 'second', 'a line that is longer than the terminal']);
    expect(text()).toBe('first\nsecond\na line that is longe');
    terminal.live?.draw(['1']);
    expect(text()).toBe('1');
    terminal.out('said');
    terminal.live?.draw(['2', '3']);
    terminal.live?.draw(['4', '5']);
    expect(text()).toBe('1\nsaid\n4\n5');
  });

  test('draws no more rows than there are', () => {
    const { terminal, text } = screenOf(20, 4);
    terminal.live?.draw(['1', '2', '3', '4', '5']);
    expect(text()).toBe('1\n2\n… and 3 more lines');
  });
});
