/**
 * A whole rollout, minute by minute, with the real planner and simple agents. What is written down reads like
 * a story; at each grant the budget is counted by other means than the planner's.
 */

import { expect } from 'vitest';
import type { KubeletConfig, KubeletConfigSpec } from '../../../src/api/types.ts';
import { selects } from '../../../src/desired/select.ts';
import type { DrainState } from '../../../src/fleet/drain/drainer.ts';
import type { FleetNode } from '../../../src/fleet/fleet.ts';
import { isClaimed, membersOf } from '../../../src/fleet/member.ts';
import { configuredNodes, unconfiguredTaintKey } from '../../../src/fleet/new-nodes.ts';
import type { Approvals, Grant, Revocation } from '../../../src/fleet/plan/approvals.ts';
import { planApprovals } from '../../../src/fleet/plan/approve.ts';
import { type ApprovalMemory, attempted, nothingRemembered } from '../../../src/fleet/plan/memory.ts';
import type { RolloutState } from '../../../src/fleet/plan/rollout-state.ts';
import { describeWaiting } from '../../../src/fleet/plan/waiting.ts';
import { situation, viewOf, withRollout } from '../builders.ts';
import type { StoryAgent } from './agents.ts';

/** The order in which the agents act in one minute. */
export type Order = (names: readonly string[]) => readonly string[];

/** Whether the pods of a node end, after how many minutes; or what keeps them. */
export type Pods = (node: string) => { readonly minutes: number } | { readonly blockedBy: string };

export interface Setting {
  readonly nodes: readonly FleetNode[];
  readonly agents: ReadonlyMap<string, StoryAgent>;
  readonly objects: readonly KubeletConfig[];
  readonly order: Order;
  readonly pods?: Pods;
  /** The date of the first minute. */
  readonly begins?: string;
  /** What people and the world do at which minute. */
  readonly events?: Readonly<Record<number, (story: Story) => string>>;
  readonly minutes: number;
}

export class Story {
  readonly lines: string[] = [];
  readonly #setting: Setting;
  #objects: readonly KubeletConfig[];
  #nodes: readonly FleetNode[];
  #memory: ApprovalMemory = nothingRemembered;
  #minute = 0;
  readonly #waiting = new Map<string, string>();
  readonly #drains = new Map<string, { readonly node: string; readonly since: number; readonly timeout: number }>();

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#objects = setting.objects;
    this.#nodes = setting.nodes;
  }

  /** @returns the story */
  tell(): string {
    for (; this.#minute <= this.#setting.minutes; this.#minute += 1) {
      const event = this.#setting.events?.[this.#minute];
      if (event) this.#say(event(this));
      for (const name of this.#setting.order(this.#nodes.map((node) => node.name))) this.#act(name);
      // What one pass stores, or takes back, is there for the next one.
      for (let pass = 0; pass < 10 && this.#pass(); pass += 1);
    }
    return `${this.lines.join('\n')}\n`;
  }

  /** An edit by a person. */
  edit(name: string, spec: Partial<KubeletConfigSpec>, annotations?: Readonly<Record<string, string>>): void {
    this.#objects = this.#objects.map((object) => {
      if (object.metadata.name !== name) return object;
      const generation = (object.metadata.generation ?? 0) + (Object.keys(spec).length > 0 ? 1 : 0);
      const metadata = { ...object.metadata, generation, ...(annotations && { annotations }) };
      return { ...object, metadata, spec: { ...object.spec, ...spec } };
    });
  }

  object(name: string): KubeletConfig {
    const found = this.#objects.find(({ metadata }) => metadata.name === name);
    if (!found) throw new RangeError(`no object ${name}`);
    return found;
  }

  change(name: string, change: Partial<FleetNode>): void {
    this.#nodes = this.#nodes.map((node) => (node.name === name ? { ...node, ...change } : node));
  }

  agent(name: string): StoryAgent {
    const found = this.#setting.agents.get(name);
    if (!found) throw new RangeError(`no agent ${name}`);
    return found;
  }

  #act(name: string): void {
    const node = this.#nodes.find((one) => one.name === name);
    const done = node && this.agent(name).act(node, this.#objects, this.#minute);
    if (done !== undefined) this.#say(`${name} ${done}`);
  }

  get #time(): number {
    return Date.parse(this.#setting.begins ?? '2026-01-05T00:00:00Z') + this.#minute * 60_000;
  }

  #view() {
    const nodeKubelets = [...this.#setting.agents.values()].map(({ nodeKubelet }) => nodeKubelet);
    return viewOf(this.#objects, this.#nodes, nodeKubelets);
  }

  /** @returns whether another pass is due at once */
  #pass(): boolean {
    const now = this.#minute * 60_000;
    const members = membersOf(this.#view());
    const plan = planApprovals(
      this.#objects,
      members,
      this.#memory,
      situation({ now, time: this.#time, inOffice: Date.parse('2026-01-01T00:00:00Z'), drains: this.#drainStates() }),
    );
    this.#memory = plan.memory;
    for (const revocation of plan.revocations) this.#revoke(revocation);
    for (const { member, request } of plan.retries) this.#retry(member.name, request);
    for (const grant of plan.grants) this.#approve(grant, plan);
    this.#drain(plan);
    this.#sayWaiting(plan);
    const hasStored = this.#store(plan);
    for (const { node, taint } of configuredNodes(members, unconfiguredTaintKey)) {
      this.change(node.name, { taints: node.taints.filter((one) => one !== taint) });
      this.#say(`${node.name} may run pods now`);
    }
    return hasStored || plan.revocations.length + plan.retries.length + plan.grants.length > 0;
  }

  #approve({ nodeKubelet, approval, isRenewal }: Grant, plan: Approvals): void {
    const { name } = nodeKubelet.metadata;
    if (!isRenewal && approval.place === 'Rollout') this.#checkBudgets(name);
    this.#memory = attempted(this.#memory, nodeKubelet, approval.request, this.#minute * 60_000);
    this.agent(name).approve(approval);
    const stage = approval.stage === 'Drain' ? ', and is drained first' : '';
    const words = { Rollout: 'granted', Cure: 'granted as a cure', NewNode: 'granted as a new node' }[
      approval.place ?? 'Rollout'
    ];
    this.#say(isRenewal ? `${name} is empty, and may begin` : `${words}: ${name}${this.#canaryWords(name, plan)}${stage}`);
    this.#waiting.delete(name);
  }

  #canaryWords(name: string, plan: Approvals): string {
    for (const object of this.#objects) {
      const canaries = plan.rollouts.get(object)?.canaries;
      const inFlight = plan.failures && canaries && [...canaries.places].includes(name);
      if (canaries && !inFlight && canaries.places.size < canaries.count) return ` (a canary of ${object.metadata.name})`;
    }
    return '';
  }

  /** Counts anew, from what nodes and agents say, what the planner has promised for every object. */
  #checkBudgets(name: string): void {
    for (const object of this.#objects) {
      const counted = this.#nodes.filter(({ labels }) => selects(object.spec.nodeSelector, labels));
      if (!counted.some((node) => node.name === name)) continue;
      const isNew = (node: FleetNode) => node.taints.some(({ key }) => key === unconfiguredTaintKey);
      const taken = counted.filter((node) => node.name === name || (!isNew(node) && (!node.ready || this.#isGranted(node.name))));
      const { maxUnavailable = 1 } = object.spec.rollout ?? {};
      const most =
        typeof maxUnavailable === 'number'
          ? maxUnavailable
          : Math.max(1, Math.floor((Number.parseInt(maxUnavailable, 10) * counted.length) / 100));
      expect(taken.length, `${object.metadata.name} at ${this.#clock()}`).toBeLessThanOrEqual(most);
    }
  }

  #isGranted(name: string): boolean {
    const { nodeKubelet } = this.agent(name);
    const { request } = nodeKubelet.status ?? {};
    return request !== undefined && (isClaimed(nodeKubelet) || nodeKubelet.spec?.approval?.request === request.id);
  }

  #revoke({ nodeKubelet, because }: Revocation): void {
    const { name } = nodeKubelet.metadata;
    this.agent(name).revoke();
    this.#say(`the approval of ${name} is taken back: ${because}`);
  }

  #retry(name: string, request: string): void {
    this.agent(name).allowRetry(request);
    this.#say(`${name} may try again`);
  }

  #drain({ drains }: Approvals): void {
    const wanted = new Set(drains.map(({ request }) => request));
    for (const request of this.#drains.keys()) if (!wanted.has(request)) this.#drains.delete(request);
    for (const { request, member, options } of drains)
      if (!this.#drains.has(request))
        this.#drains.set(request, { node: member.name, since: this.#minute, timeout: options.timeoutSeconds / 60 });
  }

  #drainStates(): ReadonlyMap<string, DrainState> {
    const states = [...this.#drains].map(([request, { node, since, timeout }]): [string, DrainState] => {
      const pods = this.#setting.pods?.(node) ?? { minutes: 1 };
      const passed = this.#minute - since;
      if ('minutes' in pods) return [request, passed >= pods.minutes ? { kind: 'Empty' } : { kind: 'Draining' }];
      const why = `after ${timeout} minutes ${pods.blockedBy}`;
      return [request, passed >= timeout ? { kind: 'GivenUp', because: 'TimedOut', why } : { kind: 'Draining' }];
    });
    return new Map(states);
  }

  /** Only what is new: a node may wait for hours. */
  #sayWaiting({ waiting }: Approvals): void {
    const now = new Map([...waiting].map(([{ name }, reason]) => [name, { kind: reason.kind, words: describeWaiting(reason) }]));
    const news = new Map<string, string[]>();
    for (const [name, { kind, words }] of now) {
      // While canaries soak only the minutes change, and while others change only who.
      const known = kind === 'Canary' ? words.replace(/\d+ (s|min|h) left/, '… left') : kind === 'NoRoom' ? kind : words;
      if (kind !== 'Recording' && this.#waiting.get(name) !== known) news.set(words, [...(news.get(words) ?? []), name]);
      if (kind !== 'Recording') this.#waiting.set(name, known);
    }
    for (const name of this.#waiting.keys()) if (!now.has(name)) this.#waiting.delete(name);
    for (const [words, names] of news) this.#say(`${names.join(', ')} ${names.length === 1 ? 'waits' : 'wait'}: ${words}`);
  }

  #store({ rollouts }: Approvals): boolean {
    let hasStored = false;
    this.#objects = this.#objects.map((object) => {
      const rollout = rollouts.get(object);
      if (!rollout || rollout.isStored) return object;
      hasStored = true;
      const words = newsOf(object.status?.rollout, rollout.state);
      for (const word of words) this.#say(`${object.metadata.name}: ${word}`);
      return withRollout(object, rollout.state);
    });
    return hasStored;
  }

  #clock(): string {
    const two = (number: number) => String(number).padStart(2, '0');
    const shown = Math.floor(this.#time / 60_000) % 1_440;
    return `${two(Math.floor(shown / 60))}:${two(shown % 60)}`;
  }

  #say(words: string): void {
    this.lines.push(`${this.#clock()} ${words}`);
  }
}

/** What is stored anew about a rollout. */
function newsOf(before: RolloutState | undefined, after: RolloutState | undefined): string[] {
  const isNew = (key: keyof RolloutState) => after?.[key] !== undefined && after[key] !== before?.[key];
  const failed = (state: RolloutState | undefined) => state?.failed?.count ?? 0;
  return [
    ...(isNew('soakSince') ? ['its canaries begin to soak'] : []),
    ...(before?.soakSince !== undefined && after?.soakSince === undefined && after?.provenAt === undefined
      ? ['its canaries do not soak any more']
      : []),
    ...(isNew('provenAt') ? ['its canaries have proved it'] : []),
    ...(failed(after) === failed(before) ? [] : [`${failed(after)} failed`]),
    ...(isNew('onTrial') ? ['is on trial'] : []),
    ...(before?.onTrial === true && after?.onTrial === undefined ? ['is not on trial any more'] : []),
  ];
}
