/**
 * Computes what one node should have: selects objects by its labels, merges and patches them, then applies
 * the defaults.
 */

import { contentOf, sameContent } from '../api/content.ts';
import type { JsonMap } from '../api/json.ts';
import type { PathAllowance } from '../api/paths.ts';
import { hasErrors, type Problem } from '../api/problem.ts';
import { launcherKinds } from '../api/schema/launcher.ts';
import { mostObjects } from '../api/schema/node-kubelet.ts';
import type { KubeletConfig, Labels } from '../api/types.ts';
import { validateMergedSpec } from '../api/validate/validate.ts';
import { blame } from './blame.ts';
import { type Compute, computesNothing } from './computed-fields.ts';
import { type EffectiveSpec, withDefaults } from './defaults.ts';
import { byPrecedence, type Conflict, type Merged, merge } from './merge.ts';
import { selects } from './select.ts';
import { keyedPath } from './tree.ts';

/**
 * One object that an effective spec was made of. An object from a file has the uid '' and the generation 0.
 */
export interface ObjectReference {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  /** Absent in older records. */
  readonly content?: string;
}

/** The merged and patched fields, without the defaults, and where each comes from. */
export type MergedFields = Pick<Merged, 'fields' | 'owners' | 'removed'>;

export interface Effective extends MergedFields {
  readonly spec: EffectiveSpec;
  readonly objects: readonly ObjectReference[];
  /** Names of the objects with `deletionPolicy: Orphan`. */
  readonly orphaning: readonly string[];
  /** Paths of the extra files of these objects: they stay when no object wants them any more. */
  readonly orphanedFiles: readonly string[];
  /** Whether settings that others gave to the kubelet may be lost. */
  readonly takeover: 'Refuse' | 'Replace';
  readonly warnings: readonly Problem[];
}

export type Desired =
  | { readonly kind: 'Unselected'; readonly warnings?: readonly Problem[] }
  | {
      readonly kind: 'Conflicting';
      readonly conflicts: readonly Conflict[];
      readonly problems: readonly Problem[];
      readonly merged: MergedFields;
    }
  /** `merged` is absent if the objects were not merged. */
  | { readonly kind: 'Invalid'; readonly problems: readonly Problem[]; readonly merged?: MergedFields }
  | { readonly kind: 'Effective'; readonly effective: Effective };

/**
 * Computes the effective spec of one node, or why there is none.
 * @param objects all objects, each valid by `validateKubeletConfig`; their merged spec is validated here
 * @param labels those of the node
 * @param compute evaluates what an object computes, with the facts of the node
 */
export function desiredFor(
  objects: readonly KubeletConfig[],
  labels: Labels,
  allowance: PathAllowance,
  compute: Compute = computesNothing,
): Desired {
  return desiredBy(objects, labels, (fields) => validateMergedSpec(fields, allowance), compute);
}

/**
 * The same for one object that was validated with this allowance: without patches its merged spec holds
 * nothing else, and is not validated again.
 */
export function desiredAlone(object: KubeletConfig, allowance: PathAllowance): Desired {
  const isPatched = (object.spec.patches ?? []).length > 0;
  return desiredBy([object], {}, (fields) => (isPatched ? validateMergedSpec(fields, allowance) : []));
}

function desiredBy(
  objects: readonly KubeletConfig[],
  labels: Labels,
  validate: (fields: JsonMap) => Problem[],
  compute: Compute = computesNothing,
): Desired {
  const selected = byPrecedence(objects.filter((object) => selects(object.spec.nodeSelector, labels)));
  if (selected.length === 0) return { kind: 'Unselected' };
  if (selected.length > mostObjects) return { kind: 'Invalid', problems: [tooManyObjects(selected.length)] };

  const { fields, owners, removed, withdrawn, conflicts, problems } = merge(selected, compute);
  const merged = { fields, owners, removed };
  if (conflicts.length > 0)
    return { kind: 'Conflicting', conflicts, problems: [...problems, ...conflicts.map(conflictProblem)], merged };
  const spec = withDefaults(fields, withdrawn);
  const together = [...validate(fields), ...launcherProblems(fields, selected), ...healthProblems(spec)];
  const all = [
    ...problems,
    ...together.map((problem) => blame(withKeys(problem, fields), owners, selected.at(-1)?.metadata.name)),
  ];
  if (hasErrors(all)) return { kind: 'Invalid', problems: all, merged };
  const orphaning = selected.filter((object) => object.spec.deletionPolicy === 'Orphan');
  return {
    kind: 'Effective',
    effective: {
      spec,
      ...merged,
      objects: selected.map(referenceOf),
      orphaning: orphaning.map((object) => object.metadata.name),
      orphanedFiles: orphaning.flatMap((object) => (object.spec.files ?? []).map(({ path }) => path)),
      takeover: takeoverOf(selected, owners),
      warnings: all,
    },
  };
}

/** The word of the objects that say how the kubelet is started. */
function takeoverOf(selected: readonly KubeletConfig[], owners: MergedFields['owners']): Effective['takeover'] {
  const naming = owners.flatMap(({ path, object }) => (path[0] === 'launcher' ? [object] : []));
  return selected.some(({ metadata, spec }) => naming.includes(metadata.name) && spec.takeover === 'Replace')
    ? 'Replace'
    : 'Refuse';
}

/**
 * The problem with the keys of list items instead of their indices: no object has the indices of a merged
 * list.
 */
function withKeys(problem: Problem, fields: JsonMap): Problem {
  const [spec = 'spec', ...path] = problem.path;
  return { ...problem, path: [spec, ...keyedPath(fields, path)] };
}

/** Whether two effective specs were made of the same objects with the same contents, in the same order. */
export function sameObjects(a: readonly ObjectReference[], b: readonly ObjectReference[]): boolean {
  return a.length === b.length && a.every((one, index) => isSame(one, b[index]));
}

function isSame(one: ObjectReference, other: ObjectReference | undefined): boolean {
  return one.name === other?.name && one.uid === other.uid && sameContent(one, other);
}

/** The object at this moment. */
export function referenceOf(object: KubeletConfig): ObjectReference {
  const { name, uid = '', generation = 0 } = object.metadata;
  return { name, uid, generation, content: contentOf(object) };
}

function conflictProblem({ path, older, younger }: Conflict): Problem {
  return {
    severity: 'error',
    code: 'Conflict',
    object: younger,
    path: ['spec', ...path],
    reason: `${younger} and ${older} have the same priority and set this field to different values`,
    remedy: `give ${younger} another priority, or let the two agree; until then the node keeps what it has`,
  };
}

/**
 * The rule of the schema does not see the defaults. With one of them the two values may contradict each
 * other.
 */
function healthProblems({ health }: EffectiveSpec): Problem[] {
  if (health.minReadySeconds < health.timeoutSeconds) return [];
  const reason = `minReadySeconds (${health.minReadySeconds}) is not less than timeoutSeconds (${health.timeoutSeconds})`;
  return [
    {
      severity: 'error',
      code: 'InvalidValue',
      path: ['spec', 'health'],
      reason,
      remedy: 'set timeoutSeconds above minReadySeconds',
    },
  ];
}

function tooManyObjects(count: number): Problem {
  const reason = `${count} objects select this node, and at most ${mostObjects} may`;
  const remedy = 'merge some of the objects into one, or narrow their selectors';
  return { severity: 'error', code: 'TooLarge', path: ['spec', 'nodeSelector'], reason, remedy };
}

function launcherProblems(fields: JsonMap, selected: readonly KubeletConfig[]): Problem[] {
  if (fields['launcher'] !== undefined) return [];
  const names = selected.map((object) => object.metadata.name).join(', ');
  return [
    {
      severity: 'error',
      code: 'LauncherMissing',
      path: ['spec', 'launcher'],
      reason: `none of the objects that select this node (${names}) sets launcher`,
      remedy: `set launcher in one of them: ${launcherKinds.join(' or ')}`,
    },
  ];
}
