/**
 * The proof by the kubelet's own server, for a kubelet whose /healthz port is switched off (`healthzPort:
 * 0`, design N6 and N16).
 */

import type { HealthzEndpoint } from '../../kubelet/healthz.ts';
import type { Clock } from '../../loop/clock.ts';
import type { RunningHealth } from '../ports/running-kubelet.ts';
import type { NodeReadinessProbe } from './node-readiness.ts';

/** What takes the place of /healthz. */
export interface MainPort {
  /** Where the kubelet's own server listens. */
  readonly endpoint: HealthzEndpoint;
  /** Asks the /healthz of the kubelet's own server; undefined if nobody can. */
  readonly ask?: (() => Promise<RunningHealth>) | undefined;
  /**
   * True if the kubelet answered `ok` there before the change: then it must do so again. Otherwise it may
   * listen elsewhere than its files say, and only `ok` counts.
   */
  readonly answeredBefore: boolean;
  /** The Node must be Ready if the kubelet does not answer; undefined if there is no cluster to ask. */
  readonly nodeReadiness?: NodeReadinessProbe | undefined;
}

/** The least time between two questions: the kubelet asks the API server who we are. */
const intervalMilliseconds = 1_000;

/** One proof by it: what the kubelet has answered so far. */
export class MainPortProof {
  readonly #port: MainPort;
  readonly #clock: Clock;
  #last: { readonly answer: RunningHealth; readonly at: number } | undefined;
  #hasAnswered: boolean;

  constructor(port: MainPort, clock: Clock) {
    this.#port = port;
    this.#clock = clock;
    this.#hasAnswered = port.answeredBefore;
  }

  /** The answer of the kubelet; Unknown if it says nothing about its health. */
  async answer(): Promise<RunningHealth> {
    if (!this.#last || this.#clock.now() - this.#last.at >= intervalMilliseconds) {
      const answer = (await this.#port.ask?.()) ?? { kind: 'Unknown', reason: 'the kubelet cannot be asked' };
      this.#last = { answer, at: this.#clock.now() };
    }
    const { answer } = this.#last;
    if (answer.kind === 'Ok') this.#hasAnswered = true;
    return answer.kind === 'NotOk' && !this.#hasAnswered ? { kind: 'Unknown', reason: answer.reason } : answer;
  }

  /** The probe that must pass because the kubelet does not say whether it is healthy. */
  get instead(): NodeReadinessProbe | undefined {
    return this.#last?.answer.kind === 'Ok' ? undefined : this.#port.nodeReadiness;
  }
}
