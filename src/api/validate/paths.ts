/** Checks each path that an object writes, and the unit that it names, against what the agent allows. */

import { posix } from 'node:path';
import { coerce, lt } from 'semver';
import { allowedDirectories, isNormalPath, type PathAllowance, type ProtectedPaths, pathRefusal } from '../paths.ts';
import { type FieldPath, formatPath, type Problem } from '../problem.ts';
import type { WrittenPathRule } from '../schema/parts.ts';
import { writtenFields } from '../schema/walk.ts';
import { at, error, items, show } from './parts.ts';

/** The problems of the paths and the unit of an object. */
export function pathProblems(value: unknown, allowance: PathAllowance): Problem[] {
  const written = writtenPaths(value);
  const named = protectedPaths(at(value, 'spec', 'kubelet'));
  return [
    ...written.flatMap(({ field, path, rule }) => {
      if (path === rule.exempt) return [];
      // The schema and its rule have reported it already.
      if (field[1] === 'files' && !isNormalPath(path)) return [];
      const refusal = pathRefusal(path, allowance, named);
      return refusal ? [error('PathNotAllowed', field, `${show(path)} ${refusal}`, pathRemedy(allowance))] : [];
    }),
    ...samePaths(written),
    ...unitProblems(at(value, 'spec', 'unit', 'name'), allowance),
  ];
}

interface WrittenPath {
  readonly field: FieldPath;
  readonly path: string;
  readonly rule: WrittenPathRule;
}

function writtenPaths(value: unknown): WrittenPath[] {
  return writtenFields.flatMap(({ path: pattern, rule }) =>
    placesOf(value, pattern).flatMap((field) => {
      const path = at(value, ...field);
      return typeof path === 'string' ? [{ field, path, rule }] : [];
    }),
  );
}

/** The pattern once for each item that its `*` stands for. */
function placesOf(value: unknown, pattern: FieldPath): FieldPath[] {
  const star = pattern.indexOf('*');
  if (star < 0) return [pattern];
  const list = pattern.slice(0, star);
  return items(at(value, ...list)).flatMap((_item, index) => placesOf(value, [...list, index, ...pattern.slice(star + 1)]));
}

function samePaths(written: readonly WrittenPath[]): Problem[] {
  const first = new Map<string, FieldPath>();
  return written.flatMap(({ field, path }) => {
    const earlier = first.get(path);
    if (!earlier) first.set(path, field);
    return earlier
      ? [error('DuplicateItem', field, `${show(path)} is also the path of ${formatPath(earlier)}`, 'write each path once')]
      : [];
  });
}

function pathRemedy(allowance: PathAllowance): string {
  return `choose a path below ${allowedDirectories(allowance).join(', ')}, or allow this one with the flag --allow-path`;
}

/** An object may configure one unit only, so it cannot replace, for example, sshd.service. */
function unitProblems(name: unknown, { unit }: PathAllowance): Problem[] {
  if (typeof name !== 'string' || name === unit) return [];
  const reason = `${show(name)} is not the unit that the agent manages (${unit})`;
  return [error('UnitNotAllowed', ['spec', 'unit', 'name'], reason, `write ${unit}, or start the agent with --unit=${name}`)];
}

function protectedPaths(kubelet: unknown): ProtectedPaths {
  const flag = (name: string) => [at(kubelet, 'flags', name)].flat().filter((path) => typeof path === 'string');
  const configured = at(kubelet, 'configuration', 'staticPodPath');
  return {
    staticPods: [
      ...flag('pod-manifest-path'),
      ...(configNamesStaticPods(kubelet) ? flag('config') : []),
      ...(typeof configured === 'string' ? [configured] : []),
    ]
      .filter((path) => path.startsWith('/'))
      .map(plainPath),
    kubeconfigs: [...flag('kubeconfig'), ...flag('bootstrap-kubeconfig')].map(plainPath),
  };
}

/** The kubelet accepts a path in several forms; this is the normal one. */
function plainPath(path: string): string {
  return posix.normalize(path).replace(/(.)\/$/, '$1');
}

/** `--config` named the static pod directory until 1.5; since 1.8 it names the KubeletConfiguration file. */
function configNamesStaticPods(kubelet: unknown): boolean {
  const version = at(kubelet, 'version');
  const parsed = typeof version === 'string' ? coerce(version) : null;
  if (parsed) return lt(parsed, '1.8.0');
  return at(kubelet, 'flags', 'config') !== at(kubelet, 'configurationPath');
}
