/** What Prometheus can ask of an agent. */

import { Counter, Registry } from 'prom-client';
import type { Outcome } from '../node/model/outcome.ts';
import { isRepair } from '../node/model/outcome.ts';

export interface AgentMetrics {
  readonly registry: Registry;
  passed(outcome: Outcome): void;
}

export function agentMetrics(): AgentMetrics {
  // One of its own: what other libraries count is none of ours.
  const registry = new Registry();
  const registers = [registry];
  const passes = new Counter({
    name: 'kubelet_config_agent_passes_total',
    help: 'Passes over the node by what came of them: Unchanged, Waiting, Kept, Unreadable or Changed.',
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
    help: 'How often what somebody else had changed was brought back, with a restart of the kubelet or without.',
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
