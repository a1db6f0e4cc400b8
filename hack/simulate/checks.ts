/**
 * What must always hold (docs: the fleet's protocol). Each check compares what the programs did with the
 * truth, which no program of the fleet sees as a whole.
 */

import type { DisruptionRequest, NodeKubelet } from '../../src/api/types.ts';
import { nodeKubelets } from '../../src/cluster/own-resources.ts';
import { controllerLease, type Lease, leases } from '../../src/cluster/resources.ts';
import { isClaimed, isGranted } from '../../src/fleet/member.ts';
import type { Decision } from './controller-process.ts';
import { countedBy, limitsOf } from './counting.ts';
import { canaryFault, failuresFault, manualFault, roomFault, windowFault } from './decision-checks.ts';
import type { Machine } from './machine.ts';
import type { StoreChange } from './store.ts';
import type { World } from './world.ts';

export type Place = 'Rollout' | 'Cure' | 'NewNode';

/** What a controller had decided when it sent an approval. */
export interface Known {
  readonly node: string;
  readonly place: Place;
  readonly labels: string;
  /** The objects that the node counted for, with their limits then. */
  readonly limits: ReadonlyMap<string, number>;
}

export class Checks {
  readonly #world: World;
  readonly #onFault: (fault: string) => void;
  /** By id of the request: the last decision on it. */
  readonly decisions = new Map<string, Known>();
  /** Machines that have begun a change; some have ended it meanwhile. */
  readonly #begun = new Set<Machine>();
  readonly #begunRequests = new Set<string>();
  /** Of each NodeKubelet: a claim whose answer got lost may be made again in one that was made anew, if nothing has begun. */
  readonly #claims = new Set<string>();
  /** Names of the nodes whose present request is claimed, or carries an approval of any term. */
  readonly #granted = new Set<string>();
  /** Since when the approval of a NodeKubelet is stored, by the name of the node. */
  readonly #approvedSince = new Map<string, number>();
  readonly #terms: { readonly term: string; readonly since: number }[] = [];

  /** @param onFault called with what did not hold */
  constructor(world: World, onFault: (fault: string) => void) {
    this.#world = world;
    this.#onFault = onFault;
    world.store.onChange(nodeKubelets.plural, (change) => this.#seeNodeKubelet(change));
    world.store.onChange(leases('').plural, ({ object }) => this.#seeLease(object as Lease));
  }

  /** The leader is about to send an approval. */
  approving(decision: Decision): void {
    const { view, nodeKubelet, approval, process } = decision;
    const { name } = nodeKubelet.metadata;
    const node = view.nodes.find((one) => one.name === name);
    const isUnavailable = node !== undefined && !(node.ready && node.schedulable && !node.deleting);
    const place = approval.place ?? (isUnavailable ? 'Cure' : 'Rollout');
    const counted = countedBy(view);
    this.decisions.set(approval.request, {
      node: name,
      place,
      labels: this.#labelsOf(name),
      limits: limitsOf(view, nodeKubelet, counted),
    });
    if (this.#leader() !== process.name) return;
    const holders = this.#holders();
    const truth = (one: string) => this.#world.nodeKubelet(one);
    const context = { decision, counted, holders, decisions: this.decisions, place, truth };
    const { windows } = this.#world.settings;
    const faults = [roomFault(context), failuresFault(context), canaryFault(context), manualFault(context)];
    for (const fault of [...faults, windowFault(context, windows)]) if (fault !== undefined) this.#onFault(fault);
  }

  /** A host is about to be touched. */
  begun(machine: Machine, request: DisruptionRequest): void {
    this.#begun.add(machine);
    this.#begunRequests.add(request.id);
    const stored = this.#world.nodeKubelet(machine.name);
    if (stored && stored.status?.claimed !== request.id)
      this.#onFault(`${machine.name} begins its change ${request.id}, which is not claimed`);
  }

  /** Names of the nodes that hold a grant which is claimed, or that the agent may claim now. */
  #holders(): Set<string> {
    const found = new Set<string>();
    for (const object of this.#grantedNow()) if (this.#isHeld(object)) found.add(object.metadata.name);
    for (const machine of this.#begun) {
      if (!machine.open) this.#begun.delete(machine);
      else if (!machine.isGone) found.add(machine.name);
    }
    return found;
  }

  #grantedNow(): NodeKubelet[] {
    return [...this.#granted].flatMap((name) => this.#world.nodeKubelet(name) ?? []);
  }

  #isHeld(object: NodeKubelet): boolean {
    const { request } = object.status ?? {};
    const { approval } = object.spec ?? {};
    if (isClaimed(object)) return true;
    if (request === undefined || approval?.request !== request.id) return false;
    return approval.term === undefined || approval.term === this.#terms.at(-1)?.term;
  }

  #seeNodeKubelet({ before, object, type }: StoreChange): void {
    const [was, is] = [before as NodeKubelet | undefined, object as NodeKubelet];
    const { name } = is.metadata;
    if (type !== 'Deleted' && isGranted(is)) this.#granted.add(name);
    else this.#granted.delete(name);
    if (type === 'Deleted') return;
    if (JSON.stringify(was?.spec?.approval) !== JSON.stringify(is.spec?.approval))
      this.#approvedSince.set(name, this.#world.timers.now());
    const { claimed } = is.status ?? {};
    if (claimed !== undefined && claimed !== was?.status?.claimed) this.#claimed(name, claimed, is);
  }

  #claimed(name: string, id: string, { metadata, spec }: NodeKubelet): void {
    const key = `${metadata.uid} ${id}`;
    if (this.#claims.has(key) || this.#begunRequests.has(id)) this.#onFault(`I2: ${name} claims ${id} a second time`);
    this.#claims.add(key);
    if (spec?.approval?.request !== id)
      this.#onFault(`I3: ${name} claims ${id}, and its approval is for ${JSON.stringify(spec?.approval?.request)}`);
    const term = spec?.approval?.term;
    const since = this.#approvedSince.get(name) ?? 0;
    if (term !== undefined && !this.#termsSince(since).includes(term))
      this.#onFault(`P4: ${name} claims ${id} of term ${term}; since its approval the terms were ${this.#termsSince(since)}`);
    const fault = this.#crowd();
    if (fault !== undefined) this.#onFault(`F1: ${name} claims ${id}: ${fault}`);
  }

  /** Of the nodes that change now and took a place, no object has more than it allowed when the last was let in. */
  #crowd(): string | undefined {
    const changing = new Map<string, { limit: number; nodes: string[] }>();
    for (const object of this.#grantedNow()) {
      const decision = this.decisions.get(object.status?.request?.id ?? '');
      if (decision?.place !== 'Rollout' || !isClaimed(object) || decision.labels !== this.#labelsOf(decision.node)) continue;
      for (const [uid, limit] of decision.limits) {
        const one = changing.get(uid) ?? { limit: 0, nodes: [] };
        changing.set(uid, { limit: Math.max(one.limit, limit), nodes: [...one.nodes, decision.node] });
      }
    }
    const [full] = [...changing].filter(([, { limit, nodes }]) => nodes.length > limit);
    return full && `${full[1].nodes.length} nodes of ${full[0]} change, allowed are ${full[1].limit}: ${full[1].nodes}`;
  }

  #seeLease({ metadata, spec }: Lease): void {
    const term = `${metadata.uid}/${spec?.leaseTransitions ?? 0}`;
    if (this.#terms.at(-1)?.term !== term) this.#terms.push({ term, since: this.#world.timers.now() });
  }

  /** The terms that there were at some time since then. */
  #termsSince(time: number): string[] {
    return this.#terms
      .filter((_one, index) => (this.#terms[index + 1]?.since ?? Number.POSITIVE_INFINITY) >= time)
      .map(({ term }) => term);
  }

  #leader(): string | undefined {
    const { namespace, name } = controllerLease;
    return (this.#world.store.find(leases(namespace).plural, name) as Lease | undefined)?.spec?.holderIdentity;
  }

  #labelsOf(name: string): string {
    const { uid, labels } = this.#world.node(name)?.metadata ?? {};
    return `${uid} ${JSON.stringify(labels)}`;
  }
}
