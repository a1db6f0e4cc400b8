/** Proves that the kubelet is back after a restart: by its unit, by its own /healthz, and by its Node. */

import type { HealthzEndpoint } from '../../kubelet/healthz.ts';
import type { Clock } from '../../loop/clock.ts';
import type { Awaited, Health, Shortfall } from '../model/health.ts';
import type { Verdict } from '../model/verdict.ts';
import type { HealthzProbe, SocketOwner } from '../ports/healthz.ts';
import type { RunningHealth } from '../ports/running-kubelet.ts';
import { type Systemd, SystemdError, type UnitStatus } from '../ports/systemd.ts';
import { Announcer } from './awaited.ts';
import { type MainPort, MainPortProof } from './main-port.ts';
import type { NodeReadinessProbe } from './node-readiness.ts';

/** What is asked of the kubelet, and what ends the proof early. */
export interface ProofOptions extends Health {
  /** The probe for Node Ready; absent if the Node was not Ready before: then it need not be afterwards. */
  readonly nodeReadiness?: NodeReadinessProbe | undefined;
  /** What is asked in place of /healthz if that is switched off; absent if nothing is. */
  readonly mainPort?: MainPort | undefined;
  /** Aborted when the program has to end: that ends the proof as Interrupted. */
  readonly stop?: AbortSignal | undefined;
  /** Aborted when something else is desired by now: that ends the proof as Superseded. */
  readonly superseded?: AbortSignal | undefined;
  /** Called before each look. It throws if the dead-man's switch has taken over. */
  readonly fence?: () => Promise<void>;
  /** Called with what the proof waits for: when that changes, and about once a second. */
  readonly announce?: (awaited: Awaited) => void;
}

/** The parts of a machine that a proof needs. */
export interface Prover {
  readonly systemd: Systemd;
  readonly healthz: HealthzProbe;
  readonly clock: Clock;
  /** Absent if nobody can be asked. */
  readonly socketOwner?: SocketOwner | undefined;
}

const pollMilliseconds = 250;

/**
 * Watches the kubelet after a restart until it is proved: its unit stays up under one invocation, it answers
 * `ok` at /healthz for `minReadySeconds` without a break, and the cluster sees its Node Ready.
 *
 * Only what the kubelet did itself is Failed. A restart by another program, another program at its port, or
 * a deadline without a negative probe, is Interrupted (design N4, k/k 51146). Looks four times a second, for
 * `timeoutSeconds` at most.
 *
 * @returns undefined once it is proved, otherwise why it is not
 * @throws SystemdError if systemd refuses to answer; a lost bus is waited for
 * @throws what `fence` throws
 */
export async function prove(unit: string, prover: Prover, options: ProofOptions): Promise<Shortfall | undefined> {
  const proof = new Proof(unit, prover, options);
  for (;;) {
    const found = await proof.look();
    if (found === 'Proved') return undefined;
    if (found !== 'Undecided') return found;
    await prover.clock.sleep(pollMilliseconds);
  }
}

/** One proof: what has been seen of the unit so far. */
class Proof {
  readonly #unit: string;
  readonly #prover: Prover;
  readonly #options: ProofOptions;
  readonly #deadline: number;
  readonly #announcer: Announcer;
  readonly #mainPort: MainPortProof | undefined;
  /** The first status of the unit in which it was up. */
  #baseline: UnitStatus | undefined;
  #healthySince: number | undefined;
  /** The last complaint of a kubelet that had been healthy before. */
  #relapse: string | undefined;
  /** Why what answers is not the kubelet, if the last answer was another program's. */
  #taken: string | undefined;
  /** Whether each socket that answered is the unit's: each is looked up once. */
  readonly #sockets = new Map<string, boolean>();

  constructor(unit: string, prover: Prover, options: ProofOptions) {
    this.#unit = unit;
    this.#prover = prover;
    this.#options = options;
    const begun = prover.clock.now();
    this.#deadline = begun + options.timeoutSeconds * 1000;
    this.#mainPort = options.mainPort && new MainPortProof(options.mainPort, prover.clock);
    this.#announcer = new Announcer(begun, options.timeoutSeconds, options.announce);
  }

  async look(): Promise<Shortfall | 'Proved' | 'Undecided'> {
    const { fence, superseded, minReadySeconds } = this.#options;
    await fence?.();
    if (superseded?.aborted) return { kind: 'Superseded', reason: 'something else is desired by now' };
    const status = await this.#prover.systemd.status(this.#unit).catch(lostBus);
    if (status instanceof SystemdError) return this.#withoutSystemd(status);
    // A unit with a job is about to start or to stop: its state says nothing yet.
    const verdict = status.hasJob ? undefined : unitVerdict(this.#unit, status, this.#baseline);
    if (verdict?.kind === 'Ended') return failed(`${verdict.how}: ${await this.#explained(status)}`);
    if (verdict) return verdict;
    const complaint = await this.#askKubelet(status);
    const now = this.#prover.clock.now();
    this.#noteHealth(isUp(status) && complaint === undefined, now);
    const isHealthy = this.#healthySince !== undefined && now - this.#healthySince >= minReadySeconds * 1000;
    const shortfall = isHealthy ? await this.#nodeShortfall() : undefined;
    if (isHealthy && !shortfall) return 'Proved';
    if (now >= this.#deadline) return shortfall ?? this.#timedOut(status, complaint);
    this.#announcer.waitsFor(this.#awaited(status, complaint, isHealthy), now);
    return this.#options.stop?.aborted ? this.#stopped() : 'Undecided';
  }

  /** Waits for the bus: after that systemd says whether the kubelet was restarted meanwhile. */
  #withoutSystemd(error: SystemdError): Verdict | 'Undecided' {
    const now = this.#prover.clock.now();
    if (now >= this.#deadline || this.#options.stop?.aborted) return interrupted(error.message);
    this.#announcer.waitsFor('systemd to answer', now);
    return 'Undecided';
  }

  /** What systemd knows of the end; its one word for that if it cannot be asked any more. */
  async #explained({ result }: UnitStatus): Promise<string> {
    const words = await this.#prover.systemd.explain(this.#unit).catch(lostBus);
    return typeof words === 'string' ? words : result;
  }

  async #askKubelet(status: UnitStatus): Promise<string | undefined> {
    if (!isUp(status)) return undefined;
    this.#baseline ??= status;
    const answer = await this.#ownAnswer();
    const complaint = answer?.kind === 'NotOk' || answer?.kind === 'PortTaken' ? answer.reason : undefined;
    this.#taken = answer?.kind === 'PortTaken' ? answer.reason : undefined;
    if (this.#healthySince !== undefined && answer?.kind === 'NotOk') this.#relapse = complaint;
    return complaint;
  }

  /** With /healthz switched off, the Node also counts if the kubelet does not say how it is. */
  async #nodeShortfall(): Promise<Shortfall | undefined> {
    return (await this.#options.nodeReadiness?.shortfall()) ?? (await this.#mainPort?.instead?.shortfall());
  }

  async #ownAnswer(): Promise<RunningHealth | undefined> {
    const { healthz, mainPort } = this.#options;
    if (healthz) return this.#checked(healthz, await this.#prover.healthz(healthz));
    return mainPort && this.#mainPort && this.#checked(mainPort.endpoint, await this.#mainPort.answer());
  }

  /**
   * The answer at the endpoint; PortTaken if another program than the unit's kubelet gave it (design N16).
   */
  async #checked(endpoint: HealthzEndpoint, answer: RunningHealth): Promise<RunningHealth> {
    if (answer.kind !== 'Ok' || answer.socket === undefined || (await this.#isOwn(answer.socket))) return answer;
    const { address, port } = endpoint;
    const reason = `another program of root, which is not of ${this.#unit}, listens at ${address}:${port} (\`ss -ltnp sport = :${port}\` shows it)`;
    return { kind: 'PortTaken', reason };
  }

  async #isOwn(socket: string): Promise<boolean> {
    const known = this.#sockets.get(socket);
    if (known !== undefined) return known;
    const isOwn = (await this.#prover.socketOwner?.(this.#unit, socket)) !== 'Other';
    this.#sockets.set(socket, isOwn);
    return isOwn;
  }

  /** Completes "waiting for …". */
  #awaited({ activeState, hasJob }: UnitStatus, complaint: string | undefined, isHealthy: boolean): string {
    if (isHealthy) return 'Node Ready';
    if (hasJob || activeState !== 'active') return `${this.#unit} to become active (it is ${activeState})`;
    if (complaint !== undefined) return `${this.#unit} to be healthy: ${complaint}`;
    return `${this.#unit} to stay up for ${this.#options.minReadySeconds} s`;
  }

  #noteHealth(isHealthy: boolean, now: number): void {
    this.#healthySince = isHealthy ? (this.#healthySince ?? now) : undefined;
  }

  #timedOut(status: UnitStatus, complaint: string | undefined): Verdict {
    const { timeoutSeconds, minReadySeconds } = this.#options;
    if (!isUp(status)) return interrupted(`${this.#unit} was still ${status.activeState} after ${timeoutSeconds} s`);
    if (this.#taken !== undefined) return interrupted(`PortTaken: ${this.#taken}, so ${this.#unit} cannot be proved healthy`);
    // A kubelet that never complained is Interrupted, even if it became healthy too late.
    const reason = complaint ?? this.#relapse;
    if (reason === undefined)
      return interrupted(`${this.#unit} had been up for less than ${minReadySeconds} s after ${timeoutSeconds} s`);
    return failed(`${this.#unit} runs and was not healthy for ${minReadySeconds} s within ${timeoutSeconds} s: ${reason}`);
  }

  #stopped(): Verdict {
    return interrupted(
      `kubelet-config was told to stop before ${this.#unit} had been healthy for ${this.#options.minReadySeconds} s`,
    );
  }
}

function isUp({ activeState, hasJob }: UnitStatus): boolean {
  return activeState === 'active' && !hasJob;
}

/** For `catch`: returns the error of a bus that is away or slow. @throws every other error */
function lostBus(error: unknown): SystemdError {
  if (error instanceof SystemdError && (error.code === 'Disconnected' || error.code === 'TimedOut')) return error;
  throw error;
}

/** The unit does not run any more, or never did: systemd knows why. */
interface Ended {
  readonly kind: 'Ended';
  readonly how: string;
}

/** @param baseline the first status in which the unit was up; undefined if it was not up yet */
function unitVerdict(unit: string, status: UnitStatus, baseline: UnitStatus | undefined): Verdict | Ended | undefined {
  if (status.activeState === 'failed') return { kind: 'Ended', how: `${unit} failed` };
  if (status.subState === 'auto-restart') return { kind: 'Ended', how: `${unit} ended and waits to be restarted` };
  if (status.activeState === 'inactive') {
    // systemd restarts such a unit whenever it ends. It is down because a person or a shutdown stopped it.
    const wasStopped = baseline && status.restartPolicy === 'always' && status.result === 'success';
    return wasStopped
      ? interrupted(`${unit} was stopped by a person or another program during the proof`)
      : { kind: 'Ended', how: `${unit} does not run` };
  }
  if (!baseline) return undefined;
  const restarts = status.restarts - baseline.restarts;
  if (restarts > 0) return failed(`${unit} exited and was restarted by systemd, ${restarts} times so far`);
  if (status.invocationId === baseline.invocationId) return undefined;
  return interrupted(`${unit} was restarted by a person or another program during the proof`);
}

function failed(reason: string): Verdict {
  return { kind: 'Failed', reason };
}

function interrupted(reason: string): Verdict {
  return { kind: 'Interrupted', reason };
}
