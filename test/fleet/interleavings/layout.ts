/**
 * A state of two controllers, an API server and the agents of a few nodes, as bytes. Of versions only their
 * equality means anything: a copy, or a write under way, is of the present version of its object, or it is not.
 */

export type State = Uint8Array;

/** Fields of a node: its NodeKubelet, its Node, and what its agent does. Requests are codes (`codeOf`). */
export const nodeField = {
  request: 0,
  /** The request that is approved; `revoked` and `earlier` stand for what they say. */
  approval: 1,
  /** Of the approval. */
  term: 2,
  place: 3,
  claimed: 4,
  /** The Node that owns the NodeKubelet: the first, the second, …; 0 if there is no NodeKubelet. */
  owner: 5,
  /** Which Node of this name it is. */
  node: 6,
  isDown: 7,
  /** The request whose change is under way on the host. */
  change: 8,
  /** Id of the next request. */
  next: 9,
  isDone: 10,
  /** A claim is under way: 1, its agent waits for the answer; 2, it does so no longer. */
  claim: 11,
  isClaimFresh: 12,
  /** The present request was used: 1, once; 2, twice. */
  used: 13,
  /** The revision that the agent is to bring about. */
  revision: 14,
  /** The term that the agent read before it saw the approval; only for a mutant. */
  readEarlier: 15,
} as const;
const nodeSize = 16;

/** Fields of what a controller sees and remembers of a node. The first nine are copies. */
export const viewField = {
  request: 0,
  approval: 1,
  term: 2,
  place: 3,
  claimed: 4,
  owner: 5,
  node: 6,
  isDown: 7,
  isFresh: 8,
  /** The entries of its memory: there, or not. */
  sent: 9,
  unclaimed: 10,
  lapsed: 11,
  holder: 12,
  /** Which Node it was when the controller took office. */
  inOffice: 13,
} as const;
const viewSize = 14;

/** Fields of a write. Kind: 0 for none. */
export const writeField = { kind: 0, node: 1, request: 2, isFresh: 3, place: 4, term: 5 } as const;
export const writeSize = 6;
export const approves = 1;
export const revokes = 2;

/** Values of `approval` beside the codes of requests. */
export const revoked = 255;
export const earlier = 254;

/** Classes of terms: that of the Lease; those of controllers that have lost it; 0 is none, 1 any other. */
export const presentTerm = 4;
export const formerTerm = (controller: number): number => 2 + controller;

/** What a controller is up to. */
export const follows = 0;
export const hasLease = 1;
/** It has listed NodeKubelets, and then Nodes; what it plans first rests on that. */
export const hasReports = 2;
export const hasListed = 3;
export const decides = 4;

export const faults = ['take', 'crash', 'agent', 'revoke', 'recreate', 'edit', 'lost', 'detach', 'down'] as const;
export type Fault = (typeof faults)[number];

export const orphans = 2;

/** Where everything stands. */
export interface Layout {
  readonly nodes: number;
  readonly length: number;
  node(n: number): number;
  /** `lead`, then `term`. */
  controller(c: number): number;
  write(c: number): number;
  queued(c: number, index: number): number;
  view(c: number, n: number): number;
  orphan(index: number): number;
  /** Its holder: a controller. */
  readonly lease: number;
  budget(fault: Fault): number;
}

export function layoutFor(nodes: number): Layout {
  const controllerSize = 2 + writeSize * (1 + nodes) + viewSize * nodes;
  const controller = (c: number) => nodeSize * nodes + controllerSize * c;
  const firstOrphan = controller(2);
  const lease = firstOrphan + writeSize * orphans;
  return {
    nodes,
    length: lease + 1 + faults.length,
    node: (n) => nodeSize * n,
    controller,
    write: (c) => controller(c) + 2,
    queued: (c, index) => controller(c) + 2 + writeSize * (1 + index),
    view: (c, n) => controller(c) + 2 + writeSize * (1 + nodes) + viewSize * n,
    orphan: (index) => firstOrphan + writeSize * index,
    lease,
    budget: (fault) => lease + 1 + faults.indexOf(fault),
  };
}

/** A byte of a state. */
export function at(state: State, index: number): number {
  return state[index] ?? 0;
}

/** A request: its id, and the revision that it asks for. */
export function codeOf(id: number, revision: number): number {
  return id + 16 * revision;
}

export function idIn(code: number): string {
  return `request-${code % 16}`;
}

export function revisionIn(code: number): string {
  return `revision-${Math.floor(code / 16)}`;
}
