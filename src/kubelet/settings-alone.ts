/** What can be said of the kubelet's settings in an object that has errors elsewhere. */

import { mergedDefaults } from '../api/defaults.ts';
import { isJsonMap } from '../api/json.ts';
import { withoutNulls } from '../api/nulls.ts';
import type { FieldPath, Problem } from '../api/problem.ts';
import type { FlagValue } from '../api/types.ts';
import { at, startsWith } from '../api/validate/parts.ts';
import { kubeletProblems } from './kubelet-problems.ts';

/** The object is another one than ours, or no more of it was looked at: what else it says is not known. */
const opaque: ReadonlySet<string> = new Set(['WrongKind', 'WrongApiVersion', 'TooLarge']);

/**
 * The problems of the flags and the configuration that have no error yet, so that one run shows everything.
 *
 * @param value an object of any shape
 * @param known what the checks of the object itself have found
 * @param fallback the version of the kubelet if the object names none
 */
export function settingsProblems(value: unknown, known: readonly Problem[], fallback?: string): Problem[] {
  const errors = known.filter(({ severity }) => severity === 'error');
  const kubelet = withoutNulls(at(value, 'spec', 'kubelet'));
  if (!isJsonMap(kubelet) || errors.some(({ code }) => opaque.has(code))) return [];
  // An error of a whole group says nothing of the settings in it.
  const inSettings = errors.filter(({ path }) => path.length > 2);
  const isSound = (path: FieldPath) => !inSettings.some((one) => startsWith(one.path, path) || startsWith(path, one.path));
  const { flags, configuration, version = fallback } = kubelet;
  const sound = Object.entries(isJsonMap(flags) ? flags : {}).filter(([name]) => isSound([...flagsPath, name]));
  const settings = {
    // The checks of the object have refused every other type.
    flags: Object.fromEntries(sound) as Readonly<Record<string, FlagValue>>,
    ...(isJsonMap(configuration) && { configuration }),
    configurationPath: mergedDefaults.kubelet.configurationPath,
  };
  const name = at(value, 'metadata', 'name');
  return kubeletProblems(settings, typeof version === 'string' ? version : undefined)
    .map((problem) => ({ ...problem, path: ['spec', ...problem.path], ...(typeof name === 'string' && { object: name }) }))
    .filter(({ path }) => isSound(path));
}

const flagsPath: FieldPath = ['spec', 'kubelet', 'flags'];
