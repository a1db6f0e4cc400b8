/** How far the content of each object has come. Pure. */

import type { KubeletConfig } from '../../api/types.ts';
import { bringsContent, isClaimed, isCurrent, keyOf, type Member, type Reference, referenceTo } from '../member.ts';
import type { Asking } from './asking.ts';

export interface Progress {
  /** Nodes that run the content of the object. */
  running(object: KubeletConfig): number;
  /** Those of them that got it by an approval. A node that joined with the content has proved nothing. */
  proved(object: KubeletConfig): number;
  /** Names of the nodes that are granted the content, and do not run it yet. */
  inFlight(object: KubeletConfig): ReadonlySet<string>;
  /** Counts one more node as granted. */
  grant(member: Asking, objects: readonly KubeletConfig[]): void;
}

interface Group {
  readonly inputs: readonly Reference[];
  running: number;
  proved: number;
}

/** @param granted the nodes that hold a grant */
export function progressOf(objects: readonly KubeletConfig[], members: readonly Member[], granted: readonly Asking[]): Progress {
  // There are many nodes, but few different lists of what they run.
  const groups = new Map<string, Group>();
  for (const member of members) {
    const inputs = member.nodeKubelet?.status?.inputs ?? [];
    if (!member.node || inputs.length === 0) continue;
    const signature = signatureOf(inputs);
    const group = groups.get(signature) ?? { inputs, running: 0, proved: 0 };
    groups.set(signature, group);
    group.running += 1;
    if (isProved(member)) group.proved += 1;
  }
  const sums = new Map<KubeletConfig, { running: number; proved: number }>();
  const sumOf = (object: KubeletConfig) => {
    const known = sums.get(object) ?? { running: 0, proved: 0 };
    if (sums.has(object)) return known;
    for (const { inputs, running, proved } of groups.values()) {
      if (!isCurrent(object, referenceTo(object, inputs))) continue;
      known.running += running;
      known.proved += proved;
    }
    sums.set(object, known);
    return known;
  };
  const flights = new Map(objects.map((object) => [keyOf(object.metadata), new Set<string>()]));
  const grant = (member: Asking, brought: readonly KubeletConfig[]) => {
    for (const object of brought) flights.get(keyOf(object.metadata))?.add(member.name);
  };
  for (const member of granted) grant(member, broughtBy(member, objects));
  return {
    running: (object) => sumOf(object).running,
    proved: (object) => sumOf(object).proved,
    inFlight: (object) => flights.get(keyOf(object.metadata)) ?? new Set(),
    grant,
  };
}

/** The objects whose content the change of a node brings. */
export function broughtBy(member: Member, objects: readonly KubeletConfig[]): KubeletConfig[] {
  return objects.filter((object) => bringsContent(object, member));
}

/** Whether the last change of the node was approved, claimed, and is over. */
export function isProved({ nodeKubelet }: Member): boolean {
  const approval = nodeKubelet?.spec?.approval;
  const { claimed } = nodeKubelet?.status ?? {};
  return (
    nodeKubelet !== undefined &&
    approval !== undefined &&
    approval.request !== '' &&
    approval.request === claimed &&
    approval.place !== 'Cure' &&
    approval.place !== 'NewNode' &&
    !isClaimed(nodeKubelet)
  );
}

const signatures = new WeakMap<readonly Reference[], string>();

/** Equal for lists of equal contents. */
export function signatureOf(references: readonly Reference[]): string {
  const known =
    signatures.get(references) ?? references.map((one) => `${keyOf(one)} ${one.generation} ${one.content ?? ''}`).join('\n');
  signatures.set(references, known);
  return known;
}
