/** The program that keeps one host at what its source says, until it is stopped. */

import type { Logger } from 'pino';
import type { PathAllowance } from '../api/paths.ts';
import { acquireLock } from '../host/lock.ts';
import { type OpenMachine, openMachine } from '../host/machine.ts';
import { systemClock } from '../loop/clock.ts';
import { type Debounced, debounce } from '../loop/debounce.ts';
import { now } from '../loop/now.ts';
import { isSuperseded } from '../node/decide/superseded.ts';
import type { Rest } from '../node/model/action.ts';
import type { TransactionEvent } from '../node/model/event.ts';
import type { Outcome } from '../node/model/outcome.ts';
import { selfApproved } from '../node/model/permission.ts';
import type { ReconcileRequest } from '../node/model/preview.ts';
import type { TransactionRecord } from '../node/model/record.ts';
import type { SeenRuns } from '../node/model/running.ts';
import { readHold } from '../node/pass/hold.ts';
import { previewPass } from '../node/pass/preview.ts';
import { reconcile } from '../node/pass/reconcile.ts';
import type { HostEvent, HostWatch } from '../node/ports/host-watch.ts';
import { ignoreUnreadable } from '../node/transaction/journal.ts';
import { readAsked } from '../node/transaction/pin.ts';
import { AgentStateTracker } from './agent-state.ts';
import { type HostReport, openHostReport } from './host-report.ts';
import { agentLog, logEvents } from './log.ts';
import { AgentLoop } from './loop.ts';
import { type OpenMetrics, openMetrics } from './metrics.ts';
import type { AgentSource, OpenSource } from './sources/source.ts';
import { openWatchList, watchList } from './watch-list.ts';

export interface AgentOptions {
  /** Directory that is the root of the host. */
  readonly root: string;
  readonly allowance: PathAllowance;
  readonly openSource: OpenSource;
  /** Opens the machine behind the root; the real one by default. */
  readonly openMachine?: typeof openMachine;
  /** Every change is allowed; no controller is asked. */
  readonly isSelfApproved: boolean;
  /** HOST:PORT for /metrics and /healthz; undefined for neither. */
  readonly metricsAddress: string | undefined;
  /** Of this program, for the metrics. */
  readonly version: string;
  readonly log: Logger;
  /** Ends the loop, and a proof that is under way: its change is undone. */
  readonly stop: AbortSignal;
}

/** A change between its first write and its outcome. */
interface OpenChange {
  readonly record: TransactionRecord;
  readonly superseded: AbortController;
}

/**
 * Runs the agent until `stop` is aborted.
 * @throws LockHeldError if another agent or command is changing this host; ListenError for the metrics'
 * address
 */
export async function runAgent(options: AgentOptions): Promise<void> {
  const lock = await acquireLock(options.root);
  try {
    let agent: Agent | undefined;
    const metrics = await openMetrics(options.metricsAddress, options.version, () => agent?.isReady() ?? false);
    agent = new Agent(options, metrics);
    await agent.run().finally(() => agent.close());
  } finally {
    await lock.release();
  }
}

class Agent {
  readonly #options: AgentOptions;
  readonly #metrics: OpenMetrics | undefined;
  readonly #state = new AgentStateTracker(systemClock.now);
  readonly #loop: AgentLoop;
  /** Many events of the host in a moment make one pass. */
  readonly #hostEvents: Debounced;
  readonly #source: AgentSource;
  readonly #startedAt = now();
  readonly #logEvent: (event: TransactionEvent) => void;
  /** What was seen of the kubelet that runs. */
  readonly #seenRuns: SeenRuns = new Map();
  #hostReport: HostReport | undefined;
  #machine: OpenMachine | undefined;
  #watch: HostWatch | undefined;
  #openChange: OpenChange | undefined;

  constructor(options: AgentOptions, metrics: OpenMetrics | undefined) {
    this.#options = options;
    this.#metrics = metrics;
    this.#logEvent = logEvents(options.log);
    this.#loop = new AgentLoop({
      pass: (resting) => this.#pass(resting),
      report: (outcome) => this.#report(outcome),
      clock: systemClock,
      random: Math.random,
      log: agentLog(options.log),
    });
    this.#hostEvents = debounce(() => this.#noticeQuiet(), { longestMilliseconds: 1000 });
    this.#source = options.openSource(() => this.#noticeSource());
  }

  async run(): Promise<void> {
    const { log, root, stop } = this.#options;
    const metrics = this.#metrics && { metrics: this.#metrics.address };
    log.info({ source: this.#source.origin, root, ...metrics }, 'watching');
    await this.#loop.run(stop);
    log.info('stopped');
  }

  /** Whether the source has answered once. */
  isReady(): boolean {
    return this.#source.isReady();
  }

  async close(): Promise<void> {
    await this.#hostReport?.ended();
    await this.#source.close();
    this.#hostEvents.cancel();
    this.#watch?.close();
    this.#machine?.close();
    await this.#metrics?.close();
  }

  async #pass(resting: Rest | undefined): Promise<Outcome> {
    const machine = await this.#open();
    const superseded = new AbortController();
    const request = {
      ...(await this.#requestFor(machine)),
      resting,
      agentState: this.#state.agentState(),
      seenRuns: this.#seenRuns,
      superseded: superseded.signal,
      report: (event: TransactionEvent) => this.#noticeTransaction(event, superseded),
    };
    const outcome = await reconcile(request, machine);
    this.#openChange = undefined;
    await this.#hostReport?.passed(outcome, { origin: this.#source.origin, answer: request.source });
    await this.#afterPass(outcome, request, machine);
    return outcome;
  }

  /** The host's events are watched before anything is read, so no change can fall between the two. */
  async #open(): Promise<OpenMachine> {
    const { root, allowance, openMachine: open = openMachine } = this.#options;
    this.#machine ??= await open(root, () => this.#loop.notice());
    this.#hostReport ??= await openHostReport(this.#machine.files, this.#startedAt).catch(ignoreUnreadable);
    this.#watch ??= await openWatchList(this.#machine, allowance.unit, (event) => this.#noticeHost(event));
    return this.#machine;
  }

  async #requestFor(machine: OpenMachine): Promise<ReconcileRequest> {
    const { allowance, isSelfApproved, stop } = this.#options;
    const { authority, ...snapshot } = await this.#source.ask(machine);
    return {
      ...snapshot,
      authority: isSelfApproved ? selfApproved : authority,
      allowance,
      facts: machine.facts,
      machineFacts: (lastMemoryGiB) => machine.machineFacts({ extraFiles: allowance.factFiles ?? [], lastMemoryGiB }),
      at: now(),
      restart: true,
      retry: false,
      stop,
      report: () => undefined,
    };
  }

  async #afterPass(outcome: Outcome, { hold }: ReconcileRequest, machine: OpenMachine): Promise<void> {
    this.#state.passed(outcome);
    const next = this.#state.nextLook();
    if (next !== undefined) this.#loop.noticeHost(next);
    this.#metrics?.passed(outcome);
    if (outcome.kind === 'Changed') await this.#watch?.watch(await watchList(machine, this.#options.allowance.unit));
    if (!this.#state.isReloadDue(outcome) || hold || (await readHold(machine.files))) return;
    await machine.systemd.reload();
    this.#state.reloaded();
    this.#options.log.info('reloaded systemd: it had loaded a changed unit file, which has been brought back since');
  }

  async #report(outcome: Outcome): Promise<void> {
    if (this.#machine) await this.#source.report(outcome, this.#machine);
  }

  #noticeSource(): void {
    this.#loop.notice();
    // The pass that is due now reports what goes wrong here.
    void this.#reconsider().catch(() => undefined);
  }

  /**
   * A proof may take minutes: if the source asks for something else by now, the change under way is given up.
   */
  async #reconsider(): Promise<void> {
    if (!this.#machine || !this.#openChange) return;
    const { record, superseded } = this.#openChange;
    // The kubelet that is being proved is asked nothing meanwhile.
    const request = { ...(await this.#requestFor(this.#machine)), askKubelet: undefined };
    const preview = await previewPass(request, this.#machine);
    if (isSuperseded(preview, record)) superseded.abort();
  }

  #noticeQuiet(): void {
    this.#loop.noticeHost(0);
    // The pass that is due then reports what goes wrong here.
    void this.#reconsiderIfAsked().catch(() => undefined);
  }

  /** A person who asks for something else need not wait for the end of a proof. */
  async #reconsiderIfAsked(): Promise<void> {
    if (this.#machine && this.#openChange && (await readAsked(this.#machine.files))) await this.#reconsider();
  }

  #noticeHost(event: HostEvent): void {
    const due = this.#state.noticed(event);
    if (due === 0) this.#hostEvents.signal(100);
    else if (due !== undefined) this.#loop.noticeHost(due);
  }

  #noticeTransaction(event: TransactionEvent, superseded: AbortController): void {
    if (event.kind === 'Asked') this.#loop.endRest();
    if (event.kind === 'Armed') this.#openChange = { record: event.record, superseded };
    if ((event.kind === 'Done' && event.step.kind === 'Reload') || event.kind === 'Undone') this.#state.reloaded();
    this.#logEvent(event);
    const progress = this.#hostReport?.noticed(event);
    if (progress) this.#source.progressed?.(progress);
  }
}
