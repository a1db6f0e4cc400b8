/**
 * The agent of one machine. Its loop, its rule on permissions, its claim and its reports are those of the
 * real agent; only what it does to the host takes virtual time and no file.
 */

import { AgentLoop } from '../../src/agent/loop.ts';
import { pausedBy, readCluster } from '../../src/agent/sources/cluster-view.ts';
import type { KubernetesApi } from '../../src/cluster/kubernetes-api.ts';
import { linkNodeKubelet, type NodeKubeletLink } from '../../src/cluster/node-kubelet.ts';
import { controllerLease } from '../../src/cluster/resources.ts';
import { mayTryAgain, rule } from '../../src/node/decide/permission.ts';
import type { Rest } from '../../src/node/model/action.ts';
import { heldProblem } from '../../src/node/model/hold.ts';
import type { Outcome } from '../../src/node/model/outcome.ts';
import { type ClaimResult, claimMilliseconds, type Permission } from '../../src/node/model/permission.ts';
import { nextAttempt } from '../../src/node/model/verdict.ts';
import { nodeStatus } from '../../src/node/report/status.ts';
import { type AgentView, agentView } from './agent-view.ts';
import { type ChangeOptions, carryOut, undoOpen } from './change.ts';
import { recordOf, type Target, targetOf } from './desired.ts';
import type { Machine } from './machine.ts';
import type { Surroundings } from './network.ts';
import type { SimulatedProcess } from './process.ts';
import type { StoreChange } from './store.ts';

export interface AgentOptions extends Omit<ChangeOptions, 'superseded'> {
  readonly process: SimulatedProcess;
  readonly machine: Machine;
  readonly surroundings: Surroundings;
  readonly api: KubernetesApi;
}

export class Agent {
  readonly #options: AgentOptions;
  readonly #loop: AgentLoop;
  readonly #view: AgentView;
  readonly #link: NodeKubeletLink;
  #superseded: { readonly inputs: string | null; readonly abort: AbortController } | undefined;

  constructor(options: AgentOptions) {
    const { process, machine, surroundings, api, date } = options;
    this.#options = options;
    this.#view = agentView(machine.name, process, surroundings, () => this.#notice());
    const cache = this.#view.nodeKubelet;
    this.#link = linkNodeKubelet({ api, cache, lease: controllerLease, now: date, onChange: () => this.#notice() });
    this.#loop = new AgentLoop({
      pass: (resting) => this.#pass(resting),
      report: (outcome) => this.#report(outcome),
      clock: process.clock,
      random: () => surroundings.random.next(),
      log: { outcome: () => undefined, retry: () => undefined },
    });
    void this.#loop.run(new AbortController().signal);
  }

  take(change: StoreChange): void {
    this.#view.take(change);
  }

  /** Something on the host is other than before, such as a hold. */
  noticeHost(): void {
    this.#loop.noticeHost(0);
  }

  #notice(): void {
    this.#loop.notice();
    const { selected } = readCluster(this.#view.view(), () => []);
    if (!this.#superseded || selected === undefined) return;
    if ((targetOf(selected).inputs?.id ?? null) !== this.#superseded.inputs) this.#superseded.abort.abort();
  }

  async #pass(resting: Rest | undefined): Promise<Outcome> {
    const { machine, random } = this.#options;
    if (machine.open) return undoOpen(machine.open, this.#options);
    const { answer, selected } = readCluster(this.#view.view(), () => []);
    if (answer.kind === 'Unknown' || selected === undefined) return { kind: 'Kept', problems: [] };
    const target = targetOf(selected);
    const { committed } = machine.journal;
    const isSame = (committed?.inputs?.id ?? null) === (target.inputs?.id ?? null);
    if (isSame && (committed?.revision ?? null) === target.revision)
      return { kind: 'Unchanged', revision: target.revision, warnings: [] };
    const permission = this.#link.permission(this.#node(), `${machine.name}-${random.integer(0, 2 ** 48).toString(36)}`);
    const obstacle = this.#obstacle(target, permission, resting);
    if (obstacle) return obstacle;
    const reason = this.#undone(target)?.verdict.kind === 'Interrupted' ? 'Retry' : 'Change';
    const inputs = target.inputs?.id ?? null;
    const ruling = rule(permission, { revision: target.revision, inputs, reason, unitIsActive: true });
    if (ruling.kind === 'Ask') return { kind: 'Waiting', request: ruling.request, steps: [], warnings: [] };
    if (!ruling.claim) throw new Error('a node of the simulation never permits its own changes');
    return this.#change(target, ruling.claim);
  }

  async #change(target: Target, request: Parameters<NodeKubeletLink['claim']>[0]): Promise<Outcome> {
    const { process, machine, random } = this.#options;
    await process.clock.sleep(random.between(100, 1_500));
    const begun = process.clock.now();
    const claim: ClaimResult = await this.#link.claim(request);
    if (claim.kind === 'NotClaimed') return { kind: 'Waiting', request, steps: [], warnings: [], why: claim.why };
    const undone = this.#undone(target);
    const attempt = nextAttempt(undone?.verdict, undone?.attempt);
    const record = recordOf(target, machine.journal.lastSequence + 1, attempt);
    const isLate = process.clock.now() - begun > claimMilliseconds;
    const abort = new AbortController();
    this.#superseded = { inputs: target.inputs?.id ?? null, abort };
    const outcome = await carryOut({ record, request }, isLate, {
      ...this.#options,
      superseded: abort.signal,
      progress: (progress) => this.#progress(progress),
    });
    this.#superseded = undefined;
    return outcome;
  }

  async #progress(progress: Parameters<NodeKubeletLink['progress']>[1]): Promise<void> {
    const node = this.#node();
    if (node) await this.#link.progress(node, progress);
  }

  #undone({ inputs }: Target) {
    const { undone } = this.#options.machine.journal;
    return undone?.inputs === inputs?.id ? undone : undefined;
  }

  #obstacle(target: Target, permission: Permission, resting: Rest | undefined): Outcome | undefined {
    const { machine } = this.#options;
    const { revision: wanted } = target;
    if (machine.isHeld)
      return { kind: 'Kept', problems: [heldProblem({ by: 'a file', reason: '', release: 'remove it' })], wanted };
    const failure = this.#undone(target);
    if (failure?.verdict.kind === 'Failed' && !mayTryAgain(permission, failure.request))
      return { kind: 'Kept', problems: [], failedBefore: failure.verdict.reason, wanted };
    if (resting && resting.inputs === (target.inputs?.id ?? null))
      return { kind: 'Kept', problems: [], interruptedBy: resting.reason, wanted };
    return undefined;
  }

  #node() {
    const { node } = this.#view.view();
    return typeof node === 'string' ? undefined : node;
  }

  async #report(outcome: Outcome): Promise<void> {
    const { machine, date } = this.#options;
    const node = this.#node();
    if (!node) return;
    const { selected, answer } = readCluster(this.#view.view(), () => []);
    const desired = selected && [...(targetOf(selected).inputs?.objects ?? [])];
    const runs = machine.journal.committed?.inputs?.objects ?? [];
    const objects = answer.kind === 'Answers' ? (this.#view.view().kubeletConfigs ?? []) : [];
    const openRequest = machine.open?.request;
    const facts = {
      outcome,
      journal: machine.journal,
      openRequest,
      unit: undefined,
      desired,
      pausedBy: pausedBy(objects, [...(desired ?? []), ...runs]),
      kubeletVersion: undefined,
      driftRepairs: 0,
      now: date(),
    };
    await this.#link.report(node, (previous, generation) => nodeStatus({ ...facts, previous, generation }), openRequest);
  }
}
