/**
 * How a node stands towards the objects. There are many nodes, but few that differ in this: those that the
 * same objects select, and whose agents report the same contents, share one answer. Pure but for its memory.
 */

import { sameContent } from '../api/content.ts';
import type { KubeletConfig } from '../api/types.ts';
import { referenceOf } from '../desired/effective.ts';
import { generationOf, keyOf, type Member, type Reference } from './member.ts';

/** What is true of one object on all nodes of a group. */
export interface Relation {
  /** The nodes run its content, or a later one that the controller has not seen yet. */
  readonly runs: boolean;
  /** Their agents show its content, or a later one. */
  readonly seen: boolean;
  /** The change that an agent asks for puts its content on the node. */
  readonly brings: boolean;
}

/** Nodes that stand alike towards every object. */
export class Relations {
  readonly selecting: readonly KubeletConfig[];
  readonly inputs: readonly Reference[];
  readonly desired: readonly Reference[];
  readonly #inputs: ReadonlyMap<string, Reference>;
  readonly #desired: ReadonlyMap<string, Reference>;
  readonly #known = new Map<KubeletConfig, Relation>();

  constructor(selecting: readonly KubeletConfig[], inputs: readonly Reference[], desired: readonly Reference[]) {
    this.selecting = selecting;
    this.inputs = inputs;
    this.desired = desired;
    this.#inputs = byKey(inputs);
    this.#desired = byKey(desired);
  }

  /** What is true of the object on these nodes. */
  to(object: KubeletConfig): Relation {
    const known = this.#known.get(object) ?? this.#find(object);
    this.#known.set(object, known);
    return known;
  }

  #find(object: KubeletConfig): Relation {
    const key = keyOf(object.metadata);
    const [input, wish] = [this.#inputs.get(key), this.#desired.get(key)];
    const now = referenceOf(object);
    const isCurrent = (reference: Reference | undefined) => reference !== undefined && sameContent(now, reference);
    const isLater = (reference: Reference | undefined) => (reference?.generation ?? -1) > generationOf(object);
    const runs = isLater(input) || isCurrent(input);
    return { runs, seen: runs || isLater(wish) || isCurrent(wish), brings: isCurrent(wish) && !isCurrent(input) };
  }
}

const groups = new WeakMap<readonly KubeletConfig[], Map<string, Relations>>();
const nothing: readonly Reference[] = [];

/** The group of the node. Two nodes of one view are in the same group if they stand alike. */
export function relationsOf({ selecting, nodeKubelet }: Member): Relations {
  const { inputs = nothing, desired = nothing } = nodeKubelet?.status ?? {};
  const known = groups.get(selecting) ?? new Map<string, Relations>();
  groups.set(selecting, known);
  const key = `${idOf(inputs)} ${idOf(desired)}`;
  const found = known.get(key) ?? new Relations(selecting, inputs, desired);
  known.set(key, found);
  return found;
}

const ids = new WeakMap<readonly Reference[], number>();
const signatures = new Map<string, number>();
/** Signatures that are remembered. Forgotten ones only make two groups of one. */
const mostSignatures = 10_000;
let lastId = 0;

/** Equal for lists of the same references in the same order, as far as they are remembered. */
function idOf(references: readonly Reference[]): number {
  const known = ids.get(references);
  if (known !== undefined) return known;
  const signature = references.map((one) => `${keyOf(one)} ${one.generation} ${one.content ?? ''}`).join('\n');
  const id = signatures.get(signature) ?? ++lastId;
  if (signatures.size >= mostSignatures) signatures.clear();
  signatures.set(signature, id);
  ids.set(references, id);
  return id;
}

function byKey(references: readonly Reference[]): ReadonlyMap<string, Reference> {
  return new Map(references.map((reference) => [keyOf(reference), reference]));
}

/** Whether the node runs the content of the object, or a later one that the controller has not seen yet. */
export function runsContent(object: KubeletConfig, member: Member): boolean {
  return relationsOf(member).to(object).runs;
}

/** Whether the change that the agent asks for, or makes, puts the content of the object on the node. */
export function bringsContent(object: KubeletConfig, member: Member): boolean {
  return member.nodeKubelet?.status?.request !== undefined && relationsOf(member).to(object).brings;
}

/** Whether the agent shows this content of the object, or one that is newer than the controller's view. */
export function hasSeen(object: KubeletConfig, member: Member): boolean {
  return relationsOf(member).to(object).seen;
}
