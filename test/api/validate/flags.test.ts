import { describe, expect, it } from 'vitest';
import { validateKubeletConfig } from '../../../src/api/validate/validate.ts';
import { changed } from './valid.ts';

const flagErrors = (flags: unknown) => validateKubeletConfig(changed(['spec', 'kubelet', 'flags'], flags));

describe('flags', () => {
  it.each([
    { v: 2 },
    { v: 0 },
    { 'read-only-port': 0, 'allow-privileged': false, 'root-dir': '' },
    { 'node-labels': ['a=1', 'b=2'] },
    { 'node-labels': [] },
    { 'eviction-hard': 'memory.available<100Mi,nodefs.available<10%' },
    { 'hostname-override': '$ 5%2 %2F "é" \\ \t' },
    { 'event-burst': 1.5 },
    {},
  ])('accepts %j', (flags) => {
    expect(flagErrors(flags)).toEqual([]);
  });

  it.each([
    [{ '--v': 2 }, 'leading dashes', 'write v'],
    [{ '-v': 2 }, 'leading dashes', 'write v'],
    [{ 'v=2': true }, 'contains its value', 'write v as the key'],
    [{ '--v=2': true }, 'leading dashes', 'write v'],
    [{ maxPods: 2 }, '"maxPods" cannot be the name', 'write maxpods'],
    [{ node_labels: 'a=1' }, 'written with dashes', 'write node-labels'],
    [{ '': 2 }, 'cannot be the name', 'e.g. node-labels'],
    [{ 'node labels': 2 }, 'cannot be the name', 'e.g. node-labels'],
    [{ 'node-labels': { a: '1' } }, 'found a map', '"a=1,b=2"'],
    [{ 'node-labels': [1] }, 'expected a string, found 1', '"1"'],
    [{ 'node-labels': ['a=1', ['b=2']] }, 'found a list', 'list of strings'],
    [{ v: 'a\nb' }, 'a newline', 'on one line'],
    [{ v: 'a\0b' }, 'a NUL character', 'on one line'],
    [{ 'node-labels': ['a\rb'] }, 'a carriage return', 'on one line'],
    [{ 'v\n': 1 }, 'name contains a newline', ''],
    [{ v: '\ud800' }, 'half a character', 'UTF-8'],
  ])('refuses %j', (flags, reason, remedy) => {
    const problems = flagErrors(flags);
    expect(problems).toMatchObject([{ severity: 'error', code: 'FlagInvalid' }]);
    expect(problems[0]?.reason).toContain(reason);
    expect(problems[0]?.remedy).toContain(remedy);
  });

  it.each([[2 ** 53], [-(2 ** 53)], [1e300]])('refuses the number %d, which JSON would round', (number) => {
    expect(flagErrors({ v: number })).toMatchObject([{ code: 'NumberTooLarge', path: ['spec', 'kubelet', 'flags', 'v'] }]);
    expect(flagErrors({ v: Number.MAX_SAFE_INTEGER })).toEqual([]);
  });

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY]])('refuses %d', (number) => {
    expect(flagErrors({ v: number })).toMatchObject([{ code: 'InvalidValue' }]);
  });
});
