/** Variables that our unit sets and that another file, or another variable, overrides. Pure. */

import type { EffectiveSpec } from '../desired/defaults.ts';
import { caution, refusal, type SpecProblem } from '../desired/spec-problem.ts';
import { strongerThan } from '../rkt/wrapper-variables.ts';
import {
  assignmentsOf,
  type EnvironmentFiles,
  environmentFilesOf,
  environmentOf,
  type UnitText,
} from '../systemd/environment.ts';
import { lastNameOf } from '../systemd/install-links.ts';
import { dropInDirectory } from '../systemd/load-path.ts';
import { cut } from '../text/cut.ts';

/** One variable that does not get the value that our unit gives it. */
export interface OverriddenVariable {
  readonly name: string;
  readonly ours: string;
  /** The variable that counts instead: the same one, or one that the program obeys first. */
  readonly other: string;
  readonly value: string | undefined;
  readonly by: string;
}

/**
 * The variables that `texts` override.
 *
 * @param own the texts in which we set variables; they are among `texts`
 */
export function overriddenVariables(
  own: readonly UnitText[],
  texts: readonly UnitText[],
  contentOf: EnvironmentFiles,
): OverriddenVariable[] {
  const wanted = assignmentsOf(own);
  const found = environmentOf(texts, contentOf);
  return [...wanted].flatMap(([name, { value: ours }]) => {
    if (ours === undefined) return [];
    const same = found.get(name);
    if (same && same.value !== ours) return [{ name, ours, other: name, ...same }];
    return strongerThan(name).flatMap((other) => {
      const variable = found.get(other);
      return variable?.value && !wanted.has(other) ? [{ name, ours, other, ...variable }] : [];
    });
  });
}

/** `/etc/kubernetes/kubelet.env sets KUBELET_IMAGE_TAG to v1.6.4, instead of v1.7.6`. */
export function describeOverride({ name, ours, other, value, by }: OverriddenVariable): string {
  const shown = (text: string) => cut(JSON.stringify(text), 80);
  if (value === undefined) return `${by} unsets ${name}, or sets it to another value than ${shown(ours)}`;
  if (other !== name) return `${by} sets ${other} to ${shown(value)}, which counts more than ${name} (${shown(ours)})`;
  return `${by} sets ${name} to ${shown(value)}, which counts more than ${shown(ours)}`;
}

/**
 * What can be seen of it without the node: the object's own extra files, and its options. An environment file
 * that only the node has may override anything, so it is warned of.
 *
 * @param ours the unit or drop-in that was rendered
 */
export function variableProblems(ours: UnitText, { files, unit }: EffectiveSpec): SpecProblem[] {
  const names = [...assignmentsOf([ours]).keys()];
  if (names.length === 0) return [];
  const extra = files.filter(({ path }) => path.startsWith(`${dropInDirectory(unit.name)}/`) && path.endsWith('.conf'));
  const sorted = (texts: readonly UnitText[]) => texts.toSorted((a, b) => (lastNameOf(a.path) < lastNameOf(b.path) ? -1 : 1));
  const texts = unit.mode === 'DropIn' ? sorted([...extra, ours]) : [ours, ...sorted(extra)];
  const contentOf: EnvironmentFiles = (path) => files.find((file) => file.path === path)?.content;
  const fieldOf = (by: string, key: string) => (by === ours.path ? ['unit', 'options', 'Service', key] : ['files', by]);
  const overridden = overriddenVariables([ours], texts, contentOf).map((one) =>
    refusal(
      'UnitInvalid',
      fieldOf(one.by, 'UnsetEnvironment'),
      describeOverride(one),
      `remove ${one.other} there, or the field that sets ${one.name} here`,
    ),
  );
  const unread = environmentFilesOf(texts).filter(({ path }) => contentOf(path) === undefined);
  return [...overridden, ...unread.map(({ path, by }) => mayOverride(path, names, fieldOf(by, 'EnvironmentFile')))];
}

function mayOverride(path: string, names: readonly string[], field: SpecProblem['path']): SpecProblem {
  return caution(
    'MayBeOverridden',
    field,
    `systemd reads ${path} after the variables of this unit, so that file may override ${names.join(', ')}`,
    'keep these variables out of that file; the node looks into it before it changes anything',
  );
}
