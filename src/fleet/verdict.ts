/** What is wrong with the objects themselves, whatever nodes make of them: mistakes that the API server cannot see, and conflicts. Pure. */

import type { PathAllowance } from '../api/paths.ts';
import type { Problem } from '../api/problem.ts';
import { apiVersion, kind } from '../api/schema/schema.ts';
import type { KubeletConfig } from '../api/types.ts';
import { validateKubeletConfig } from '../api/validate/validate.ts';
import { type Conflict, merge } from '../desired/merge.ts';
import { generationOf, isDeleting, keyOf, type Member } from './member.ts';

export type Verdict =
  | { readonly kind: 'Fine' }
  | { readonly kind: 'Invalid'; readonly errors: readonly Problem[] }
  /** With older objects; this one is the younger in each of them. */
  | { readonly kind: 'Conflicting'; readonly conflicts: readonly Conflict[] };

export type Judge = (objects: readonly KubeletConfig[], members: readonly Member[]) => ReadonlyMap<KubeletConfig, Verdict>;

/** Remembers what it has found of each generation: to validate and to merge take longer than all the rest of a pass. */
export function makeJudge(allowance: PathAllowance): Judge {
  const validate = remembering((object: KubeletConfig) =>
    validateKubeletConfig({ ...object, apiVersion, kind }, allowance).filter(({ severity }) => severity === 'error'),
  );
  const collide = remembering((...objects: KubeletConfig[]) => merge(objects).conflicts);

  return (objects, members) => {
    const errors = new Map(objects.map((object) => [object, validate(object)]));
    const conflicts: Conflict[] = [];
    for (const together of sharing(members, (object) => !isDeleting(object) && errors.get(object)?.length === 0)) {
      conflicts.push(...collide(...together));
    }
    validate.forgetUnused();
    collide.forgetUnused();
    return new Map(objects.map((object) => [object, verdictOn(object, errors.get(object) ?? [], conflicts)]));
  };
}

function verdictOn({ metadata }: KubeletConfig, errors: readonly Problem[], conflicts: readonly Conflict[]): Verdict {
  if (errors.length > 0) return { kind: 'Invalid', errors };
  const own = conflicts.filter(({ younger }) => younger === metadata.name);
  return own.length > 0 ? { kind: 'Conflicting', conflicts: own } : { kind: 'Fine' };
}

/** Each set of several objects that meet on some node, once: nodes are many, the sets few. */
function sharing(members: readonly Member[], counts: (object: KubeletConfig) => boolean): readonly (readonly KubeletConfig[])[] {
  // Nodes that are alike have the very same list.
  const lists = new Set(members.map(({ selecting }) => selecting));
  const sets = new Map([...lists].map((list) => list.filter(counts)).map((set) => [versions(set), set]));
  return [...sets.values()].filter((set) => set.length > 1);
}

function versions(objects: readonly KubeletConfig[]): string {
  return objects.map((object) => `${keyOf(object.metadata)} ${generationOf(object)}`).join();
}

interface Remembering<Found> {
  (...objects: KubeletConfig[]): Found;
  /** Forgets what has not been asked for since the last time. */
  forgetUnused(): void;
}

function remembering<Found>(find: (...objects: KubeletConfig[]) => Found): Remembering<Found> {
  let known = new Map<string, Found>();
  let used = new Map<string, Found>();
  const look = (...objects: KubeletConfig[]) => {
    const key = versions(objects);
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
