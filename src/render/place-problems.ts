/** Where the files of a revision may not stand. Pure; paths of problems begin below spec. */

import { protectedPathsOf } from '../api/kubelet-paths.ts';
import { protectedRefusal } from '../api/paths.ts';
import type { FieldPath } from '../api/problem.ts';
import { placesNamedIn } from '../api/validate/paths.ts';
import type { EffectiveSpec } from '../desired/defaults.ts';
import { refusal, type SpecProblem } from '../desired/spec-problem.ts';
import { withOwnConfiguration } from '../kubelet/own-configuration.ts';
import type { FieldOfPath, Launcher } from './launchers/launcher.ts';

/**
 * Two contents for one path would replace each other for ever, and a file cannot be a directory too.
 * @param managed the paths of all files of the revision
 */
export function doubleProblems(spec: EffectiveSpec, launcher: Launcher, managed: readonly string[]): SpecProblem[] {
  const taken = programPaths(launcher).map(({ path }) => path);
  const doubles = new Set(managed.filter((path, index) => managed.indexOf(path) !== index || taken.includes(path)));
  const refused = (path: string, reason: string) =>
    refusal('InvalidValue', fieldOf(path, spec, launcher), `${path} ${reason}`, 'remove the file, or give it another path');
  return [
    ...[...doubles].map((path) => refused(path, 'is written from other fields already')),
    ...[...managed, ...taken].flatMap((path) => {
      const above = [...managed, ...taken].find((one) => path.startsWith(`${one}/`));
      return above === undefined ? [] : [refused(path, `cannot be written, because ${above} is a file too`)];
    }),
  ];
}

/** Refuses extra files in a place that the configuration in an extra file names to the kubelet. */
export function ownPlaceProblems(spec: EffectiveSpec): SpecProblem[] {
  const read = withOwnConfiguration(spec);
  if (read === spec) return [];
  const named = protectedPathsOf(placesNamedIn({ spec: read }));
  const allowance = { unit: spec.unit.name, extraPaths: [] };
  // Validation has checked all other places, with the allowance of the agent.
  const unchecked = spec.files.filter(({ path }) => protectedRefusal(path, allowance) === undefined);
  return unchecked.flatMap(({ path }) => {
    const reason = protectedRefusal(path, allowance, named);
    const remedy = `give it another path, or change the place that ${read.kubelet.configurationPath} names`;
    return reason === undefined ? [] : [refusal('PathNotAllowed', ['files', path], `${path} ${reason}`, remedy)];
  });
}

/** The field to change if `path` is written twice: the one that a person is most likely to have set. */
function fieldOf(path: string, { kubelet, files }: EffectiveSpec, launcher: Launcher): FieldPath {
  const fields: FieldOfPath[] = [
    ...files.map((file) => ({ path: file.path, field: ['files', file.path] })),
    ...programPaths(launcher),
    { path: kubelet.configurationPath, field: ['kubelet', 'configurationPath'] },
    ...launcher.paths,
  ];
  return fields.find((one) => one.path === path)?.field ?? ['unit', 'name'];
}

function programPaths({ paths }: Launcher): FieldOfPath[] {
  return paths.filter(({ writer }) => writer === 'Program');
}
