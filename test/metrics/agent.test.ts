import { expect, test } from 'vitest';
import { agentMetrics } from '../../src/metrics/agent.ts';
import type { Outcome } from '../../src/node/model/outcome.ts';
import type { TransactionRecord } from '../../src/node/model/record.ts';

test('repairs of drift are counted, apart from those that took a restart and from other changes', async () => {
  const { registry, passed } = agentMetrics('1.2.3');
  const change = { kind: 'Changed', record: {} as TransactionRecord, warnings: [], foreign: [], reason: 'Drift' } as const;
  const repair: Outcome = { ...change, result: { kind: 'Committed' }, drifted: [{ path: '/a', kind: 'Mode' }] };
  expect(await registry.metrics()).toContain(`kubelet_config_build_info{version="1.2.3",nodejs="${process.versions.node}"} 1`);
  passed({ ...repair, isUnnoticed: true });
  passed({ ...repair, isUnnoticed: true });
  passed(repair);
  passed({ ...repair, result: { kind: 'Refused', errors: [] } });
  passed({ ...change, result: { kind: 'Committed' } });
  const text = await registry.metrics();
  expect(text).toContain('kubelet_config_agent_drift_repairs_total{restart="no"} 2');
  expect(text).toContain('kubelet_config_agent_drift_repairs_total{restart="yes"} 1');
});
