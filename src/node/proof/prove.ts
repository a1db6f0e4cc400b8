/** Proof that the kubelet came back: its unit stays up under one invocation, it says itself that it is healthy, and the cluster sees it Ready. */

import type { HealthzEndpoint } from '../../kubelet/healthz.ts';
import type { Clock } from '../../loop/clock.ts';
import type { Health, Shortfall } from '../model/health.ts';
import type { Verdict } from '../model/verdict.ts';
import type { HealthzProbe } from '../ports/healthz.ts';
import { type Systemd, SystemdError, type UnitStatus } from '../ports/systemd.ts';
import type { Surroundings } from './node-readiness.ts';

export interface ProofOptions extends Health {
  /** What passed before the change, and must pass again; absent where nothing did. */
  readonly surroundings?: Surroundings | undefined;
  /** Asked to stop: what is not proved by then is not waited for. */
  readonly stop?: AbortSignal | undefined;
  /** Something else is wanted by now: what is not proved yet need not be. */
  readonly superseded?: AbortSignal | undefined;
  /** Called before each look: throws when the outcome is no longer ours to decide. */
  readonly fence?: () => Promise<void>;
}

export interface Prover {
  readonly systemd: Systemd;
  readonly healthz: HealthzProbe;
  readonly clock: Clock;
}

const pollMilliseconds = 250;

/**
 * Watches the kubelet until it is proved, and says undefined then, or why not. Only what the kubelet did itself is a failure; a restart by somebody
 * else, or a deadline that nobody missed through a fault, is an interruption (design N4, k/k 51146).
 */
export async function prove(
  unit: string,
  { systemd, healthz, clock }: Prover,
  options: ProofOptions,
): Promise<Shortfall | undefined> {
  const { timeoutSeconds, minReadySeconds, surroundings } = options;
  const deadline = clock.now() + timeoutSeconds * 1000;
  let baseline: UnitStatus | undefined;
  let healthySince: number | undefined;
  let relapse: string | undefined;
  for (;;) {
    await options.fence?.();
    if (options.superseded?.aborted) return { kind: 'Superseded', reason: 'something else is wanted by now' };
    const status = await systemd.status(unit).catch(awayFor);
    if (status instanceof SystemdError) {
      // Its bus comes back, and then tells whether the kubelet was restarted meanwhile.
      if (clock.now() >= deadline || options.stop?.aborted) return interrupted(status.message);
      await clock.sleep(pollMilliseconds);
      continue;
    }
    // What is about to start or stop says nothing yet.
    const verdict = status.hasJob ? undefined : judge(unit, status, baseline);
    if (verdict) return verdict;
    const isUp = status.activeState === 'active' && !status.hasJob;
    if (isUp) baseline ??= status;
    const complaint = isUp && options.healthz ? await complaintOf(healthz, options.healthz) : undefined;
    if (healthySince !== undefined && complaint !== undefined) relapse = complaint;
    const now = clock.now();
    healthySince = isUp && complaint === undefined ? (healthySince ?? now) : undefined;
    const isHealthy = healthySince !== undefined && now - healthySince >= minReadySeconds * 1000;
    const shortfall = isHealthy ? await surroundings?.shortfall() : undefined;
    if (isHealthy && !shortfall) return undefined;
    if (now >= deadline) {
      if (shortfall) return shortfall;
      if (!isUp) return interrupted(`${unit} was still ${status.activeState} after ${timeoutSeconds} s`);
      // One that began late is no worse than one that is still beginning.
      const no = complaint ?? relapse;
      if (no === undefined)
        return interrupted(`${unit} had been up for less than ${minReadySeconds} s after ${timeoutSeconds} s`);
      return failed(`${unit} runs and was not healthy for ${minReadySeconds} s within ${timeoutSeconds} s: ${no}`);
    }
    if (options.stop?.aborted) return interrupted(`asked to stop before ${unit} had been healthy for ${minReadySeconds} s`);
    await clock.sleep(pollMilliseconds);
  }
}

function awayFor(error: unknown): SystemdError {
  if (error instanceof SystemdError && (error.code === 'Disconnected' || error.code === 'TimedOut')) return error;
  throw error;
}

function judge(unit: string, status: UnitStatus, baseline: UnitStatus | undefined): Verdict | undefined {
  if (status.activeState === 'failed') return failed(`${unit} failed (${status.result})`);
  if (status.subState === 'auto-restart') return failed(`${unit} exited and waits to be restarted (${status.result})`);
  if (status.activeState === 'inactive') {
    // What systemd restarts whenever it ends is down only where somebody said stop: a person, or the machine on its way down.
    const wasStopped = baseline && status.restartPolicy === 'always' && status.result === 'success';
    return wasStopped
      ? interrupted(`${unit} was stopped by somebody else while it was being watched`)
      : failed(`${unit} stopped by itself (${status.result})`);
  }
  if (!baseline) return undefined;
  const restarts = status.restarts - baseline.restarts;
  if (restarts > 0) return failed(`${unit} exited and was restarted by systemd, ${restarts} times so far`);
  if (status.invocationId === baseline.invocationId) return undefined;
  return interrupted(`${unit} was restarted by somebody else while it was being watched`);
}

async function complaintOf(probe: HealthzProbe, endpoint: HealthzEndpoint): Promise<string | undefined> {
  const answer = await probe(endpoint);
  return answer.kind === 'Ok' ? undefined : answer.reason;
}

function failed(reason: string): Verdict {
  return { kind: 'Failed', reason };
}

function interrupted(reason: string): Verdict {
  return { kind: 'Interrupted', reason };
}
