/** Checks each path that an object writes, and the unit that it names, against what the agent allows. */

import { mergedDefaults } from '../defaults.ts';
import { isJsonMap } from '../json.ts';
import { type NamedPlace, namedPlaces, protectedPathsOf } from '../kubelet-paths.ts';
import { mountsInWords } from '../mount-words.ts';
import { allowedDirectories, isBehindTheKernel, isNormalPath, type PathAllowance, pathRefusal } from '../paths.ts';
import { type FieldPath, formatPath, type Problem } from '../problem.ts';
import type { WrittenPathRule } from '../schema/parts.ts';
import { writtenFields } from '../schema/walk.ts';
import { at, error, items, show } from './parts.ts';

/** The problems of the paths and the unit of an object. */
export function pathProblems(value: unknown, allowance: PathAllowance): Problem[] {
  const written = writtenPaths(value);
  const places = placesNamedIn(value);
  const named = protectedPathsOf(places);
  return [
    ...written.flatMap(({ field, path, rule }) => {
      if (path === rule.exempt) return [];
      // The schema and its rule have reported it already.
      if (field[1] === 'files' && !isNormalPath(path)) return [];
      const refusal = pathRefusal(path, allowance, named);
      return refusal ? [error('PathNotAllowed', field, `${show(path)} ${refusal}`, pathRemedy(allowance, refusal, path))] : [];
    }),
    ...samePaths(written),
    ...places.flatMap(unprotectable),
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

function pathRemedy(allowance: PathAllowance, refusal: string, path: string): string {
  // A protected path may lie below one of the directories in which objects write.
  if (/^is (a|in the directory) /.test(refusal)) return `choose another path, or start the agent with --allow-path=${path}`;
  return `choose a path below ${allowedDirectories(allowance).join(', ')}, or allow this one with the flag --allow-path`;
}

/** An object may configure one unit only, so it cannot replace, for example, sshd.service. */
function unitProblems(name: unknown, { unit }: PathAllowance): Problem[] {
  if (typeof name !== 'string' || name === unit) return [];
  const reason = `${show(name)} is not the unit that the agent manages (${unit})`;
  return [error('UnitNotAllowed', ['spec', 'unit', 'name'], reason, `write ${unit}, or start the agent with --unit=${name}`)];
}

/** The places that the kubelet of an object is told of. Works on a value of any shape. */
export function placesNamedIn(value: unknown): NamedPlace[] {
  const kubelet = at(value, 'spec', 'kubelet');
  const text = (field: string) => {
    const found = at(kubelet, field);
    return typeof found === 'string' ? found : undefined;
  };
  const map = (field: string) => {
    const found = at(kubelet, field);
    return isJsonMap(found) ? found : {};
  };
  return namedPlaces({
    flags: map('flags'),
    version: text('version'),
    configuration: map('configuration'),
    configurationPath: text('configurationPath') ?? mergedDefaults.kubelet.configurationPath,
    configurationFiles: items(at(value, 'spec', 'files')).flatMap(configurationFile),
    mounts: mountsNamedIn(at(value, 'spec', 'launcher')),
  });
}

function configurationFile(file: unknown): string[] {
  const [path, content] = [at(file, 'path'), at(file, 'content')];
  const isConfiguration = typeof content === 'string' && /^kind: *["']?KubeletConfiguration\b/m.test(content);
  return typeof path === 'string' && isConfiguration ? [path] : [];
}

/** Of the launchers that run the kubelet in a container. */
function mountsNamedIn(launcher: unknown): { hostPath: string; mountPath: string }[] {
  const volumes = ['rkt', 'podman'].flatMap((kind) => items(at(launcher, kind, 'volumes')));
  const words = items(at(launcher, 'podman', 'options')).filter((word): word is string => typeof word === 'string');
  return [...volumes.flatMap(mountOf), ...mountsInWords(words)];
}

function mountOf(volume: unknown): { hostPath: string; mountPath: string }[] {
  const [hostPath, mountPath] = [at(volume, 'hostPath'), at(volume, 'mountPath')];
  return typeof hostPath === 'string' && typeof mountPath === 'string' ? [{ hostPath, mountPath }] : [];
}

/** A place below /proc or /dev cannot be protected: links of the kernel there lead everywhere. */
function unprotectable({ field, paths }: NamedPlace): Problem[] {
  const path = paths.find(isBehindTheKernel);
  if (path === undefined) return [];
  const reason = `${show(path)} is below /proc or /dev, where paths lead anywhere`;
  return [error('PathNotAllowed', ['spec', 'kubelet', ...field], reason, 'write the path as the host has it, e.g. below /etc')];
}
