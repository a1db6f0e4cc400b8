/**
 * The health of the objects themselves, apart from how their nodes take them: mistakes that the API server
 * cannot see, and conflicts between objects. Pure but for its memory.
 */

import type { PathAllowance } from '../api/paths.ts';
import type { Problem } from '../api/problem.ts';
import { apiVersion, kind } from '../api/schema/schema.ts';
import type { KubeletConfig } from '../api/types.ts';
import { validateObject } from '../computed/check.ts';
import { type Conflict, merge } from '../desired/merge.ts';
import { isDeleting, type Member, versionOf } from './member.ts';

export type ObjectHealth = Verdict & {
  /** They stop nothing; absent for none. */
  readonly warnings?: readonly Problem[];
};

type Verdict =
  | { readonly kind: 'Valid' }
  | { readonly kind: 'Invalid'; readonly errors: readonly Problem[] }
  /** With older objects: in each of these conflicts, this object is the younger one. */
  | { readonly kind: 'Conflicting'; readonly conflicts: readonly Conflict[] };

export type Validator = (
  objects: readonly KubeletConfig[],
  members: readonly Member[],
) => ReadonlyMap<KubeletConfig, ObjectHealth>;

/**
 * The validator of one controller. It remembers what it found for each generation: to validate and to merge
 * takes longer than all the rest of a pass.
 */
export function makeValidator(allowance: PathAllowance): Validator {
  const validate = remembering((object: KubeletConfig) => bySeverity(validateObject({ ...object, apiVersion, kind }, allowance)));
  const conflictsOf = remembering((...objects: KubeletConfig[]) => merge(objects).conflicts);

  return (objects, members) => {
    const found = new Map(objects.map((object) => [object, validate(object)]));
    const isMergeable = (object: KubeletConfig) => !isDeleting(object) && found.get(object)?.errors.length === 0;
    const conflicts = setsThatMeet(members, isMergeable).flatMap((set) => conflictsOf(...set));
    validate.forgetUnused();
    conflictsOf.forgetUnused();
    return new Map(
      [...found].map(([object, { errors, warnings }]) => [object, { ...healthOf(object, errors, conflicts), warnings }]),
    );
  };
}

function bySeverity(problems: readonly Problem[]) {
  const of = (wanted: Problem['severity']) => problems.filter(({ severity }) => severity === wanted);
  return { errors: of('error'), warnings: of('warning') };
}

function healthOf({ metadata }: KubeletConfig, errors: readonly Problem[], conflicts: readonly Conflict[]): Verdict {
  if (errors.length > 0) return { kind: 'Invalid', errors };
  const own = conflicts.filter(({ younger }) => younger === metadata.name);
  return own.length > 0 ? { kind: 'Conflicting', conflicts: own } : { kind: 'Valid' };
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

interface Remembering<Found> {
  (...objects: KubeletConfig[]): Found;
  /** Forgets everything that was not asked for since the last call. */
  forgetUnused(): void;
}

function remembering<Found>(find: (...objects: KubeletConfig[]) => Found): Remembering<Found> {
  let known = new Map<string, Found>();
  let used = new Map<string, Found>();
  const look = (...objects: KubeletConfig[]) => {
    const key = versionsOf(objects);
    const found = used.get(key) ?? known.get(key) ?? find(...objects);
    used.set(key, found);
    return found;
  };
  const forgetUnused = () => {
    known = used;
    used = new Map();
  };
  return Object.assign(look, { forgetUnused });
}
