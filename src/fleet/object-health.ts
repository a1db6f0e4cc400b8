/**
 * The health of the objects themselves, apart from how their nodes take them: mistakes that the API server
 * cannot see, conflicts between objects, and settings that no kubelet of their nodes takes. Pure but for its
 * memory.
 */

import type { PathAllowance } from '../api/paths.ts';
import type { Problem } from '../api/problem.ts';
import { apiVersion, kind } from '../api/schema/schema.ts';
import type { KubeletConfig } from '../api/types.ts';
import { validateObject } from '../computed/check.ts';
import { type Conflict, merge } from '../desired/merge.ts';
import { releaseOf } from '../kubelet/release.ts';
import { type Judge, judgesNothing } from './judge.ts';
import { isDeleting, type Member, versionOf } from './member.ts';
import { isRefusedEverywhere, type Refusal, refusalsOf, refusalWarning } from './refusals.ts';
import { remembering } from './remembering.ts';

export type ObjectHealth = Verdict & {
  /** They stop nothing; absent for none. */
  readonly warnings?: readonly Problem[];
};

type Verdict =
  | { readonly kind: 'Valid' }
  | { readonly kind: 'Invalid'; readonly errors: readonly Problem[] }
  /** With older objects: in each of these conflicts, this object is the younger one. */
  | { readonly kind: 'Conflicting'; readonly conflicts: readonly Conflict[] }
  /** No kubelet of its nodes would start with it. */
  | { readonly kind: 'Refused'; readonly refusal: Refusal };

export type Validator = (
  objects: readonly KubeletConfig[],
  members: readonly Member[],
) => ReadonlyMap<KubeletConfig, ObjectHealth>;

/**
 * The validator of one controller. It remembers what it found for each generation: to validate and to merge
 * takes longer than all the rest of a pass.
 * @param judge is asked once for each release of the kubelet and each set of objects that meet on a node
 */
export function makeValidator(allowance: PathAllowance, judge: Judge = judgesNothing): Validator {
  const validate = remembering(
    (object: KubeletConfig) => bySeverity(validateObject({ ...object, apiVersion, kind }, allowance)),
    versionOf,
  );
  const conflictsOf = remembering((objects: readonly KubeletConfig[]) => merge(objects).conflicts, versionsOf);
  const judged = remembering(judge, (objects, version) => `${releaseOf(version ?? '') ?? ''} ${versionsOf(objects)}`);

  return (objects, members) => {
    const found = new Map(objects.map((object) => [object, validate(object)]));
    const isMergeable = (object: KubeletConfig) => !isDeleting(object) && found.get(object)?.errors.length === 0;
    const conflicts = setsThatMeet(members, isMergeable).flatMap(conflictsOf);
    validate.forgetUnused();
    conflictsOf.forgetUnused();
    const refusals = refusalsOf(members, isMergeable, judged);
    judged.forgetUnused();
    return new Map(
      [...found].map(([object, { errors, warnings }]) => {
        const refusal = refusals.get(object);
        const verdict = healthOf(object, errors, conflicts, refusal);
        const refusedBySome = refusal && verdict.kind !== 'Refused' ? refusalWarning(refusal) : undefined;
        return [object, { ...verdict, warnings: refusedBySome ? [...warnings, refusedBySome] : warnings }];
      }),
    );
  };
}

function bySeverity(problems: readonly Problem[]) {
  const of = (wanted: Problem['severity']) => problems.filter(({ severity }) => severity === wanted);
  return { errors: of('error'), warnings: of('warning') };
}

function healthOf(
  { metadata }: KubeletConfig,
  errors: readonly Problem[],
  conflicts: readonly Conflict[],
  refusal: Refusal | undefined,
): Verdict {
  if (errors.length > 0) return { kind: 'Invalid', errors };
  const own = conflicts.filter(({ younger }) => younger === metadata.name);
  if (own.length > 0) return { kind: 'Conflicting', conflicts: own };
  return refusal && isRefusedEverywhere(refusal) ? { kind: 'Refused', refusal } : { kind: 'Valid' };
}

/**
 * Every set of two or more objects that select one node together. There are many nodes, but few such sets.
 */
function setsThatMeet(
  members: readonly Member[],
  isMergeable: (object: KubeletConfig) => boolean,
): readonly (readonly KubeletConfig[])[] {
  // Nodes with the same labels share one list, so this leaves few lists to look at.
  const lists = new Set(members.map(({ selecting }) => selecting));
  const sets = new Map([...lists].map((list) => list.filter(isMergeable)).map((set) => [versionsOf(set), set]));
  return [...sets.values()].filter((set) => set.length > 1);
}

function versionsOf(objects: readonly KubeletConfig[]): string {
  return objects.map(versionOf).join();
}
