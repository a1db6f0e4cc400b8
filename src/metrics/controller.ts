/** What Prometheus can ask of the controller. */

import { Counter, Gauge, Registry } from 'prom-client';
import { ApiError } from '../cluster/kubernetes-api.ts';
import type { ObjectReport } from '../fleet/assess.ts';

export interface ControllerMetrics {
  readonly registry: Registry;
  leading(isLeader: boolean): void;
  granted(): void;
  revoked(): void;
  assessed(reports: readonly ObjectReport[]): void;
  failed(error: unknown): void;
}

export function controllerMetrics(): ControllerMetrics {
  // One of its own: what other libraries count is none of ours.
  const registry = new Registry();
  const registers = [registry];
  const leader = new Gauge({ name: 'kubelet_config_leader', help: 'Whether this process leads: 1 or 0.', registers });
  const nodes = new Gauge({
    name: 'kubelet_config_nodes',
    help: 'Nodes of a KubeletConfig by how they stand towards it. Only the leader has them.',
    labelNames: ['object', 'state'] as const,
    registers,
  });
  const ready = new Gauge({
    name: 'kubelet_config_ready',
    help: 'Whether the condition Ready of a KubeletConfig is True: 1 or 0. Only the leader has it.',
    labelNames: ['object'] as const,
    registers,
  });
  const granted = new Counter({
    name: 'kubelet_config_approvals_granted_total',
    help: 'Requests of nodes that were granted.',
    registers,
  });
  const revoked = new Counter({
    name: 'kubelet_config_approvals_revoked_total',
    help: 'Approvals that were taken back because no agent claimed them.',
    registers,
  });
  const errors = new Counter({
    name: 'kubelet_config_api_errors_total',
    help: 'Requests to the API server that failed, by code.',
    labelNames: ['code'] as const,
    registers,
  });
  return {
    registry,
    leading: (isLeader) => {
      leader.set(isLeader ? 1 : 0);
      if (isLeader) return;
      nodes.reset();
      ready.reset();
    },
    granted: () => granted.inc(),
    revoked: () => revoked.inc(),
    assessed: (reports) => {
      // Of an object that is gone nothing may stay.
      nodes.reset();
      ready.reset();
      for (const { object, tally, status } of reports) {
        const { name } = object.metadata;
        const isReady = status.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True');
        ready.set({ object: name }, isReady ? 1 : 0);
        for (const [state, members] of Object.entries(tally.nodes)) nodes.set({ object: name, state }, members.length);
      }
    },
    failed: (error) => errors.inc({ code: error instanceof ApiError ? error.code : 'Other' }),
  };
}
