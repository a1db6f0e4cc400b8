/** Proof that the kubelet came back: the unit stays up, under one invocation, without restarting itself. */

import type { Clock, Systemd, UnitStatus } from './host.ts';
import type { Verdict } from './record.ts';

export interface ProofOptions {
  readonly timeoutSeconds: number;
  /** How long the unit must have been up without a break. */
  readonly minReadySeconds: number;
  /** Asked to stop: what is not proved by then is not waited for. */
  readonly stop?: AbortSignal | undefined;
  /** Something else is wanted by now: what is not proved yet need not be. */
  readonly superseded?: AbortSignal | undefined;
  /** Called before each look: throws when the outcome is no longer ours to decide. */
  readonly fence?: () => Promise<void>;
}

const pollMilliseconds = 250;

/**
 * Watches the unit until it has been up for `minReadySeconds`, and says undefined then, or why not. Only what the kubelet did itself is a
 * failure; a restart by somebody else, or a deadline that nobody missed through a fault, is an interruption (design N4, k/k 51146).
 */
export async function prove(unit: string, systemd: Systemd, clock: Clock, options: ProofOptions): Promise<Verdict | undefined> {
  const deadline = clock.now() + options.timeoutSeconds * 1000;
  let baseline: { readonly status: UnitStatus; readonly since: number } | undefined;
  for (;;) {
    await options.fence?.();
    if (options.superseded?.aborted) return { kind: 'Superseded', reason: 'something else is wanted by now' };
    const status = await systemd.status(unit);
    const now = clock.now();
    // What is about to start or stop says nothing yet.
    const verdict = status.hasJob ? undefined : judge(unit, status, baseline?.status);
    if (verdict) return verdict;
    if (status.activeState === 'active' && !status.hasJob) {
      baseline ??= { status, since: now };
      if (now - baseline.since >= options.minReadySeconds * 1000) return undefined;
    }
    if (now >= deadline) return interrupted(`${unit} was still ${status.activeState} after ${options.timeoutSeconds} s`);
    if (options.stop?.aborted) return interrupted(`asked to stop before ${unit} had been up for ${options.minReadySeconds} s`);
    await clock.sleep(pollMilliseconds);
  }
}

function judge(unit: string, status: UnitStatus, baseline: UnitStatus | undefined): Verdict | undefined {
  if (status.activeState === 'failed') return failed(`${unit} failed (${status.result})`);
  if (status.subState === 'auto-restart') return failed(`${unit} exited and waits to be restarted (${status.result})`);
  if (status.activeState === 'inactive') return failed(`${unit} stopped by itself (${status.result})`);
  if (!baseline) return undefined;
  const restarts = status.restarts - baseline.restarts;
  if (restarts > 0) return failed(`${unit} exited and was restarted by systemd, ${restarts} times so far`);
  if (status.invocationId === baseline.invocationId) return undefined;
  return interrupted(`${unit} was restarted by somebody else while it was being watched`);
}

function failed(reason: string): Verdict {
  return { kind: 'Failed', reason };
}

function interrupted(reason: string): Verdict {
  return { kind: 'Interrupted', reason };
}
