/** Metrics of the rollout of each KubeletConfig. */

import { Gauge, type Registry } from 'prom-client';
import type { ObjectReport } from '../fleet/assess.ts';

export interface RolloutMetrics {
  /** Replaces everything that was known about objects. */
  set(reports: readonly ObjectReport[]): void;
  /** A request was granted whose change is about these objects. */
  granted(objects: readonly string[]): void;
}

/** @param now milliseconds since 1970 */
export function rolloutMetrics(registry: Registry, now: () => number): RolloutMetrics {
  const gauges = rolloutGauges(registry);
  let grantedAt = new Map<string, number>();
  return {
    granted: (objects) => {
      const seconds = now() / 1000;
      for (const object of objects) {
        grantedAt.set(object, seconds);
        gauges.lastGrant.set({ object }, seconds);
      }
    },
    set: (reports) => {
      // An object that is gone must leave no series behind.
      for (const gauge of Object.values(gauges)) gauge.reset();
      const names = new Set(reports.map(({ object }) => object.metadata.name));
      grantedAt = new Map([...grantedAt].filter(([name]) => names.has(name)));
      for (const [object, seconds] of grantedAt) gauges.lastGrant.set({ object }, seconds);
      for (const report of reports) setNumbers(gauges, report);
    },
  };
}

function rolloutGauges(registry: Registry) {
  const registers = [registry];
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge({ name: `kubelet_config_${name}`, help: `${help} Only the leader has it.`, labelNames, registers });
  const ofObject = (name: string, help: string) => gauge(name, help, ['object']);
  return {
    stalled: ofObject('stalled', 'Whether the condition Stalled of a KubeletConfig is True: 1 or 0.'),
    ceiling: ofObject('rollout_max_unavailable', 'How many of its nodes may be unavailable at once.'),
    inProgress: ofObject('rollout_in_progress', 'Nodes that it counts and that may change now or are changing.'),
    failed: ofObject('rollout_failed', 'Nodes on which its content failed, of which rollout.maxFailures are allowed.'),
    waiting: gauge('rollout_waiting', 'Nodes that asked to change and may not yet, by reason.', ['object', 'reason']),
    lastGrant: ofObject('rollout_last_grant_timestamp_seconds', 'When a node was last allowed to change, in Unix time.'),
  };
}

function setNumbers(gauges: ReturnType<typeof rolloutGauges>, { object: { metadata }, status, rollout }: ObjectReport): void {
  const object = metadata.name;
  const isStalled = status.conditions?.some(({ type, status: holds }) => type === 'Stalled' && holds === 'True');
  gauges.stalled.set({ object }, isStalled ? 1 : 0);
  if (rollout === undefined) return;
  gauges.ceiling.set({ object }, rollout.maxUnavailable);
  gauges.inProgress.set({ object }, rollout.inProgress);
  gauges.failed.set({ object }, rollout.failed);
  for (const [reason, nodes] of Object.entries(rollout.waiting)) gauges.waiting.set({ object, reason }, nodes);
}
