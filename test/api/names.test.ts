import { describe, expect, it } from 'vitest';
import { isDnsSubdomain, isLabelValue, isQualifiedName } from '../../src/api/names.ts';

describe('names as Kubernetes checks them', () => {
  it.each([
    'a',
    'A',
    '1',
    'role',
    'Role_1.x-y',
    'example.com/role',
    'kubernetes.io/hostname',
    'a'.repeat(63),
    `${'a'.repeat(253)}/b`,
  ])('takes %s for a label key', (key) => expect(isQualifiedName(key)).toBe(true));

  it.each([
    '',
    '-a',
    'a-',
    '_a',
    'a b',
    'é',
    '/a',
    'a/',
    'a/b/c',
    'Example.com/a',
    'a'.repeat(64),
    `${'a'.repeat(254)}/b`,
    'a\n',
  ])('does not take %j for a label key', (key) => expect(isQualifiedName(key)).toBe(false));

  it.each(['', 'a', 'A.b_c-d', '10', 'a'.repeat(63)])('takes %j for a label value', (value) => {
    expect(isLabelValue(value)).toBe(true);
  });

  it.each(['-', 'a-', '.a', 'a b', 'a/b', 'a'.repeat(64), 'a\n'])('does not take %j for a label value', (value) => {
    expect(isLabelValue(value)).toBe(false);
  });

  it('knows DNS subdomains', () => {
    expect(['a', 'a.b', 'a-b.c1', '1'].every(isDnsSubdomain)).toBe(true);
    expect(['', 'A', 'a_b', '-a', 'a.', '.a', 'a..b', 'a.-b', 'a'.repeat(254)].some(isDnsSubdomain)).toBe(false);
  });
});
