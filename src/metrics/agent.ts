/** The agent's metrics for Prometheus. */

import { Counter, Registry } from 'prom-client';
import { isRepair, type Outcome } from '../node/model/outcome.ts';
import { addBuildInfo } from './build-info.ts';

export interface AgentMetrics {
  readonly registry: Registry;
  /** Counts one pass. */
  passed(outcome: Outcome): void;
}

/**
 * Counters in a registry of their own, so that metrics of other libraries do not get in.
 * @param version of this program
 */
export function agentMetrics(version: string): AgentMetrics {
  const registry = new Registry();
  addBuildInfo(registry, version);
  const registers = [registry];
  const passes = new Counter({
    name: 'kubelet_config_agent_passes_total',
    help: 'Passes over the node by outcome: Unchanged, Waiting, Kept, Unreadable or Changed.',
    labelNames: ['outcome'] as const,
    registers,
  });
  const changes = new Counter({
    name: 'kubelet_config_agent_changes_total',
    help: 'Changes of the host by how they ended: Committed, Refused, Undone or NotUndone.',
    labelNames: ['result'] as const,
    registers,
  });
  const repairs = new Counter({
    name: 'kubelet_config_agent_drift_repairs_total',
    help: 'Repairs of files that were changed outside kubelet-config, with a restart of the kubelet or without.',
    labelNames: ['restart'] as const,
    registers,
  });
  return {
    registry,
    passed: (outcome) => {
      if (isRepair(outcome)) repairs.inc({ restart: outcome.isUnnoticed ? 'no' : 'yes' });
      passes.inc({ outcome: outcome.kind });
      if (outcome.kind === 'Changed') changes.inc({ result: outcome.result.kind });
    },
  };
}
