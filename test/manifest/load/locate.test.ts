import { expect, test } from 'vitest';
import type { Position, Problem } from '../../../src/api/problem.ts';
import type { KubeletConfig } from '../../../src/api/types.ts';
import type { LoadedObject } from '../../../src/manifest/load/load.ts';
import { locateIn, withoutRepeats } from '../../../src/manifest/load/locate.ts';

const object = {
  metadata: { name: 'workers' },
  spec: { files: [{ path: '/opt/bin/a' }, { path: '/opt/bin/b' }] },
} as unknown as KubeletConfig;
const position = (line: number): Position => ({ file: 'a.yaml', line, column: 1, excerpt: '' });
const loaded: LoadedObject = { object, file: 'a.yaml', locate: (path) => position(path.includes(1) ? 7 : 3) };
const problem: Problem = { severity: 'error', code: 'InvalidValue', object: 'workers', path: [], reason: 'no', remedy: 'do' };

test('a problem gets its place in the file of its object, an item of a keyed list by its index', () => {
  const merged = { ...problem, path: ['spec', 'files', '/opt/bin/b', 'mode'] };
  expect(locateIn([loaded], [merged])).toEqual([{ ...merged, path: ['spec', 'files', 1, 'mode'], position: position(7) }]);
});

test('one of another object stays as it is', () => {
  const others = [{ ...problem, object: 'others' }, problem].map(({ position: _position, ...rest }) => rest);
  expect(locateIn([loaded], others.slice(0, 1))).toEqual(others.slice(0, 1));
});

test('a problem is told once, and not again if it was reported before', () => {
  const other = { ...problem, reason: 'other' };
  expect(withoutRepeats([problem, other, problem])).toEqual([problem, other]);
  expect(withoutRepeats([problem, other], [problem])).toEqual([other]);
});
