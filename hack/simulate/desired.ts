/** What the agent of the simulation makes of the objects that select its node. Agents with the same objects share one answer. */

import { contentId } from '../../src/api/json.ts';
import type { KubeletConfig } from '../../src/api/types.ts';
import { type ObjectReference, referenceOf } from '../../src/desired/effective.ts';
import type { TransactionRecord } from '../../src/node/model/record.ts';
import { type Inputs, inputsOf, unmanaged } from '../../src/render/revision.ts';

export interface Target {
  /** Null for what was there before any object. */
  readonly revision: string | null;
  readonly inputs: Inputs | null;
}

const known = new Map<string, Target>();

/** @param selected the objects that select the node */
export function targetOf(selected: readonly KubeletConfig[]): Target {
  if (selected.length === 0) return { revision: null, inputs: null };
  const objects = selected.map(referenceOf).sort((one, other) => (one.name < other.name ? -1 : 1));
  const key = objects.map(({ uid, generation, content }) => `${uid} ${generation} ${content}`).join();
  const found = known.get(key) ?? made(objects);
  if (known.size > 1_000) known.clear();
  known.set(key, found);
  return found;
}

function made(objects: readonly ObjectReference[]): Target {
  const effective = contentId(objects.map(({ content }) => content));
  return { revision: effective, inputs: inputsOf({ effective, capabilities: {}, objects }) };
}

/** The record of a change to this target. */
export function recordOf({ revision, inputs }: Target, sequence: number, attempt: number): TransactionRecord {
  const running = { enabled: true, active: true };
  return {
    ...unmanaged,
    format: 1,
    sequence,
    revision,
    inputs,
    files: [],
    originals: { files: [], unit: running },
    unit: { name: 'kubelet.service', before: running, invocationBefore: '', after: running },
    ...(attempt > 1 && { attempt }),
  };
}
