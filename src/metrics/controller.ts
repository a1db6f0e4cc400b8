/** The controller's metrics for Prometheus. */

import { Counter, Gauge, Registry } from 'prom-client';
import { ApiError } from '../cluster/kubernetes-api.ts';
import type { ObjectReport } from '../fleet/assess.ts';
import { addBuildInfo } from './build-info.ts';
import { rolloutMetrics } from './rollout.ts';

export interface ControllerMetrics {
  readonly registry: Registry;
  /** This process has begun or ceased to lead; only the leader has metrics about objects. */
  leading(isLeader: boolean): void;
  /** @param objects the names of the KubeletConfigs that the change is about */
  granted(objects: readonly string[]): void;
  revoked(): void;
  /** Replaces everything that was known about objects. */
  assessed(reports: readonly ObjectReport[]): void;
  /** A request to the API server failed. */
  failed(error: unknown): void;
}

/**
 * Metrics in a registry of their own, so that those of other libraries do not get in.
 * @param version of this program
 * @param now milliseconds since 1970
 */
export function controllerMetrics(version: string, now: () => number = Date.now): ControllerMetrics {
  const registry = new Registry();
  addBuildInfo(registry, version);
  const leader = new Gauge({ name: 'kubelet_config_leader', help: 'Whether this process leads: 1 or 0.', registers: [registry] });
  const objects = objectGauges(registry);
  const rollouts = rolloutMetrics(registry, now);
  const { granted, revoked, errors } = counters(registry);
  return {
    registry,
    leading: (isLeader) => {
      leader.set(isLeader ? 1 : 0);
      if (isLeader) return;
      objects.set([]);
      rollouts.set([]);
    },
    granted: (names) => {
      granted.inc();
      rollouts.granted(names);
    },
    revoked: () => revoked.inc(),
    assessed: (reports) => {
      objects.set(reports);
      rollouts.set(reports);
    },
    failed: (error) => errors.inc({ code: error instanceof ApiError ? error.code : 'Other' }),
  };
}

function objectGauges(registry: Registry) {
  const registers = [registry];
  const nodes = new Gauge({
    name: 'kubelet_config_nodes',
    help: 'Nodes of a KubeletConfig by state: Updated, Failed, Held, Updating, WithoutAgent or Waiting. Only the leader has them.',
    labelNames: ['object', 'state'] as const,
    registers,
  });
  const ready = new Gauge({
    name: 'kubelet_config_ready',
    help: 'Whether the condition Ready of a KubeletConfig is True: 1 or 0. Only the leader has it.',
    labelNames: ['object'] as const,
    registers,
  });
  const set = (reports: readonly ObjectReport[]) => {
    // An object that is gone must leave no series behind.
    nodes.reset();
    ready.reset();
    for (const { object, tally, status } of reports) {
      const { name } = object.metadata;
      const isReady = status.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True');
      ready.set({ object: name }, isReady ? 1 : 0);
      for (const [state, members] of Object.entries(tally.nodes)) nodes.set({ object: name, state }, members.length);
    }
  };
  return { set };
}

function counters(registry: Registry) {
  const registers = [registry];
  return {
    granted: new Counter({
      name: 'kubelet_config_approvals_granted_total',
      help: 'Requests of nodes that were granted.',
      registers,
    }),
    revoked: new Counter({
      name: 'kubelet_config_approvals_revoked_total',
      help: 'Approvals that were taken back because no agent claimed them.',
      registers,
    }),
    errors: new Counter({
      name: 'kubelet_config_api_errors_total',
      help: 'Requests to the API server that failed, by code.',
      labelNames: ['code'] as const,
      registers,
    }),
  };
}
