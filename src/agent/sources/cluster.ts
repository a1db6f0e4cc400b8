/**
 * Objects, labels and approvals from an API server. The outcome goes into the node's NodeKubelet, and changes
 * of the host into an Event on the Node. Until the cluster knows the node, a directory may take its place.
 */

import { randomUUID } from 'node:crypto';
import type { StatusFor } from '../../cluster/node-kubelet.ts';
import { readiness } from '../../cluster/node-readiness.ts';
import { type ObjectReference, referenceOf } from '../../desired/effective.ts';
import type { OpenMachine } from '../../host/machine.ts';
import { systemClock } from '../../loop/clock.ts';
import { now } from '../../loop/now.ts';
import type { Validate } from '../../manifest/load/load.ts';
import type { NodeSeen } from '../../node/model/cluster-view.ts';
import { isRepair, type Outcome } from '../../node/model/outcome.ts';
import type { Authority } from '../../node/model/permission.ts';
import { InUseReader } from '../../node/pass/settings-in-use.ts';
import { SystemdError } from '../../node/ports/systemd.ts';
import { describeOutcome } from '../../node/report/describe-outcome.ts';
import type { Progress } from '../../node/report/progress.ts';
import { nodeStatus, type ReportFacts } from '../../node/report/status.ts';
import { readJournal, readOpen } from '../../node/transaction/journal.ts';
import { hideInReason } from '../../text/hide-secrets.ts';
import { ClusterProgress } from './cluster-progress.ts';
import { type ClusterSession, type ClusterSessionOptions, openSession } from './cluster-session.ts';
import { notSettled, pausedBy, readCluster, validateStored } from './cluster-view.ts';
import { type ConnectError, type Connecting, untilConnected } from './connect.ts';
import { NewNode, type Sighting } from './new-node.ts';
import type { AgentSource, SourceSnapshot } from './source.ts';

export interface ClusterSourceOptions extends ClusterSessionOptions {
  readonly unit: string;
  readonly validate: Validate;
  /** Asked while the cluster has nothing for this node and nothing on the host came from the cluster. */
  readonly bootstrap: AgentSource | undefined;
}

export class ClusterSource implements AgentSource {
  readonly origin = 'cluster';
  readonly #options: ClusterSourceOptions;
  readonly #validate: Validate;
  readonly #connecting: Connecting;
  #session: ClusterSession | undefined;
  /** The objects that select this node; undefined while the API server does not say. */
  #selected: readonly ObjectReference[] | undefined;
  #unreportedRepairs = 0;
  readonly #newNode = new NewNode();
  readonly #inUse = new InUseReader();
  /** Ends the sleep until the Node counts as settled. */
  #settling = new AbortController();
  readonly #progress = new ClusterProgress((progress) => this.#writeProgress(progress));

  constructor(options: ClusterSourceOptions) {
    this.#options = options;
    this.#validate = validateOnce(validateStored(options.validate));
    this.#connecting = untilConnected(async () => {
      this.#session = await openSession(options);
      options.onChange();
    });
  }

  isReady(): boolean {
    return this.#session?.watch.view().kubeletConfigs !== undefined;
  }

  async ask(machine: OpenMachine): Promise<SourceSnapshot> {
    await this.#connecting.tried;
    const session = this.#session;
    if (session) return this.#askSession(session, machine);
    return (await this.#askBootstrap(machine, unregistered)) ?? unanswered(this.#connecting.error());
  }

  progressed(progress: Progress): void {
    this.#progress.tell(progress);
  }

  async report(outcome: Outcome, machine: OpenMachine): Promise<void> {
    await this.#progress.end();
    if (isRepair(outcome)) this.#unreportedRepairs += 1;
    const node = this.#session?.watch.view().node;
    if (this.#session === undefined || node === undefined || typeof node === 'string') return;
    const { link, events } = this.#session;
    const event = eventOf(outcome);
    if (event) events.record({ ...event, regarding: { apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid } });
    const facts = await this.#factsOf(outcome, node, machine);
    const statusFor: StatusFor = (previous, generation) => nodeStatus({ ...facts, previous, generation });
    const result = await link.report(node, statusFor, facts.openRequest);
    if (result === 'Written') this.#unreportedRepairs = 0;
  }

  async close(): Promise<void> {
    this.#settling.abort();
    await this.#progress.end();
    await this.#connecting.stop();
    await this.#session?.close();
    await this.#options.bootstrap?.close();
  }

  async #writeProgress(progress: Progress): Promise<void> {
    const node = this.#session?.watch.view().node;
    if (this.#session && typeof node === 'object') await this.#session.link.progress(node, progress);
  }

  async #askSession({ api, kubeletCredentials, watch, link }: ClusterSession, machine: OpenMachine): Promise<SourceSnapshot> {
    await watch.settled;
    const view = watch.view();
    const { answer, labels, selected } = readCluster(view, this.#validate);
    this.#selected = selected?.map(referenceOf);
    const node = typeof view.node === 'string' ? undefined : view.node;
    const authority: Authority = { permission: link.permission(node, randomUUID()), claim: link.claim };
    const isBootstrapping = selected === undefined || selected.length === 0;
    const bootstrap = isBootstrapping
      ? await this.#askBootstrap(machine, selected === undefined ? unregistered : authority)
      : undefined;
    const readNodeReadiness = node && (() => readiness(api, node.name));
    const missing =
      node && selected && view.kubeletConfigs
        ? await this.#missing({ node, selected, kubeletConfigs: view.kubeletConfigs, isReported: link.isReported(node) }, machine)
        : [];
    const source = missing.length > 0 ? notSettled(missing) : answer;
    const seen = node && { name: { value: node.name }, annotations: { value: node.annotations } };
    const askKubelet = machine.askKubelet?.(kubeletCredentials);
    return { ...(bootstrap ?? { source, labels, node: seen, authority }), hold: node?.hold, readNodeReadiness, askKubelet };
  }

  /**
   * The objects that a Node which was registered anew does not ask for yet. The pass is repeated when the
   * time is over.
   */
  async #missing(sighting: Sighting, machine: OpenMachine): Promise<readonly string[]> {
    const at = { monotonic: systemClock.now(), date: Date.now() };
    this.#newNode.see(sighting, at);
    const remaining = this.#newNode.remaining(at);
    if (remaining === 0) return [];
    const { committed } = await readJournal(machine.files);
    const missing = this.#newNode.missing(sighting, committed?.inputs?.objects ?? [], at);
    if (missing.length > 0) this.#noticeAfter(remaining);
    return missing;
  }

  /** Replaces the earlier alarm. */
  #noticeAfter(milliseconds: number): void {
    this.#settling.abort();
    this.#settling = new AbortController();
    void systemClock.sleep(milliseconds, this.#settling.signal).then(this.#options.onChange, () => undefined);
  }

  /**
   * Undefined if there is no bootstrap directory, or if the committed revision came from the cluster. A
   * revision that came from the directory is not withdrawn because the cluster has nothing for this node yet.
   */
  async #askBootstrap(machine: OpenMachine, authority: Authority): Promise<SourceSnapshot | undefined> {
    const { bootstrap } = this.#options;
    if (bootstrap === undefined) return undefined;
    const { committed } = await readJournal(machine.files);
    const isFromDirectory = committed?.inputs?.objects.every(({ uid }) => uid === '') ?? committed === undefined;
    return isFromDirectory ? { ...(await bootstrap.ask(machine)), authority } : undefined;
  }

  async #factsOf(
    outcome: Outcome,
    { kubeletVersion }: NodeSeen,
    machine: OpenMachine,
  ): Promise<Omit<ReportFacts, 'previous' | 'generation'>> {
    const { unit } = this.#options;
    const journal = await readJournal(machine.files);
    const status = await machine.systemd.status(unit).catch(undefinedForSystemdError);
    const invocationId = status?.invocationId ?? '';
    const isChanged = outcome.kind === 'Changed';
    const inUse = await this.#inUse.read(machine, { unit, version: kubeletVersion, invocationId, isChanged });
    const runs = journal.committed?.inputs?.objects ?? [];
    return {
      outcome,
      journal,
      openRequest: (await readOpen(machine.files))?.record?.request,
      unit: status,
      desired: this.#selected,
      pausedBy: pausedBy(this.#session?.watch.view().kubeletConfigs ?? [], [...(this.#selected ?? []), ...runs]),
      kubeletVersion,
      inUse,
      driftRepairs: this.#unreportedRepairs,
      now: now(),
    };
  }
}

/** The cluster has not shown the Node of this machine yet. */
const unregistered = unapproved(true, 'the cluster does not know this node yet');

function unanswered({ reason, remedy }: ConnectError): SourceSnapshot {
  const problem = { severity: 'error', code: 'SourceLost', path: [], reason, remedy } as const;
  return { source: { kind: 'Unknown', problems: [problem] }, labels: {}, authority: unapproved(false, reason) };
}

/** A controller has to approve changes, and none can be asked. */
function unapproved(isUnregistered: boolean, why: string): Authority {
  const nothing = { request: undefined, claimed: undefined, approval: undefined };
  return {
    permission: { kind: 'Controller', ...nothing, isUnregistered, newId: randomUUID() },
    claim: async () => ({ kind: 'NotClaimed', why }),
  };
}

/**
 * Validates each object once: an informer hands out the same one until it is edited, and each takes
 * milliseconds.
 */
function validateOnce(validate: Validate): Validate {
  const found = new WeakMap<object, ReturnType<Validate>>();
  return (value) => {
    if (typeof value !== 'object' || value === null) return validate(value);
    const known = found.get(value) ?? validate(value);
    found.set(value, known);
    return known;
  };
}

/** If systemd cannot be asked, the report says so by itself. */
function undefinedForSystemdError(error: unknown): undefined {
  if (!(error instanceof SystemdError)) throw error;
}

/** For a person who looks at the Node: only changes of the host. The NodeKubelet has everything else. */
function eventOf(outcome: Outcome) {
  if (outcome.kind !== 'Changed' || outcome.result.kind === 'Refused') return undefined;
  const isFine = outcome.result.kind === 'Committed';
  const note = hideInReason(describeOutcome(outcome).join('; '));
  return { type: isFine ? 'Normal' : 'Warning', reason: `KubeletConfig${outcome.result.kind}`, action: 'Apply', note } as const;
}
