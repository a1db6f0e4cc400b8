import { describe, expect, test } from 'vitest';
import { formatRelease, knownRelease, releaseOf } from '../../src/kubelet/release.ts';

describe('releaseOf', () => {
  test.each([
    ['v1.2.2_coreos.0', '1.2'],
    ['v1.36.0', '1.36'],
    ['1.30.1+k3s1', '1.30'],
    ['v1.18.0-rc.1', '1.18'],
    ['1.7', '1.7'],
    ['2.0.0', '2.0'],
  ])('%s is a %s', (version, release) => {
    expect(releaseOf(version)).toBe(knownRelease(release));
  });

  test.each(['', 'latest', 'v1', '1.', 'x1.2', '1.2345678'])('%j is no version', (version) => {
    expect(releaseOf(version)).toBeUndefined();
  });

  test('orders by number, not by text', () => {
    expect(knownRelease('1.9')).toBeLessThan(knownRelease('1.10'));
    expect(knownRelease('1.36')).toBeLessThan(knownRelease('2.0'));
    expect(formatRelease(knownRelease('1.10'))).toBe('1.10');
  });

  test('a release of the tables that is none is a mistake in the tables', () => {
    expect(() => knownRelease('<=1.2')).toThrow(RangeError);
  });
});
