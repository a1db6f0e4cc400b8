import { expect, test } from 'vitest';
import { defaultAllowance } from '../../src/api/paths.ts';
import { assess, noMemory } from '../../src/fleet/assess.ts';
import type { FleetView } from '../../src/fleet/fleet.ts';
import { makeValidator } from '../../src/fleet/object-health.ts';
import { controllerMetrics } from '../../src/metrics/controller.ts';
import { failedReport, node, nodeKubelet, notReady, situation, stored, viewOf } from '../fleet/builders.ts';

function reportsOf(view: FleetView) {
  const options = { ...situation({ now: 0 }), date: '2026-01-31T09:00:00Z', validator: makeValidator(defaultAllowance) };
  return assess(view, noMemory, options).reports;
}

/** The samples of our metrics whose name contains the word, sorted. */
async function samples(metrics: ReturnType<typeof controllerMetrics>, word: string): Promise<string[]> {
  const lines = (await metrics.registry.metrics()).split('\n');
  return lines.filter((line) => line.startsWith('kubelet_config_') && line.includes(word)).sort();
}

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
const asking = (name: string) => nodeKubelet(name, { asks: `r-${name}`, wants: ['workers'] });

test('the rollout of an object is told in numbers', async () => {
  const workers = stored('workers', { rollout: { maxUnavailable: '30%', batches: 'Full' } });
  const nodes = names.map((name) => node(name, name === 'j' ? notReady : {}));
  const kubelets = names
    .slice(0, 9)
    .map((name) => (name === 'a' ? nodeKubelet('a', { asks: 'r', granted: 'r', wants: ['workers'] }) : asking(name)));
  const metrics = controllerMetrics('1.2.3');
  metrics.assessed(reportsOf(viewOf([workers], nodes, kubelets)));
  expect(await samples(metrics, '_rollout_')).toEqual([
    'kubelet_config_rollout_failed{object="workers"} 0',
    'kubelet_config_rollout_in_progress{object="workers"} 2',
    'kubelet_config_rollout_max_unavailable{object="workers"} 3',
    'kubelet_config_rollout_waiting{object="workers",reason="NoRoom"} 7',
  ]);
});

test('nodes that failed are counted, why others wait, and that the object is stalled', async () => {
  const workers = stored('workers', { rollout: { maxFailures: 1 } });
  const objects = [workers, stored('other', { rollout: { paused: true }, nodeSelector: { matchLabels: { pool: 'other' } } })];
  const nodes = [node('a'), node('b'), node('c', { labels: { pool: 'other' } })];
  const kubelets = [
    nodeKubelet('a', failedReport('r-a', [], ['workers'])),
    asking('b'),
    nodeKubelet('c', { asks: 'r-c', wants: ['workers', 'other'] }),
  ];
  const metrics = controllerMetrics('1.2.3');
  metrics.assessed(reportsOf(viewOf(objects, nodes, kubelets)));
  expect(await samples(metrics, '_rollout_failed')).toEqual([
    'kubelet_config_rollout_failed{object="other"} 0',
    'kubelet_config_rollout_failed{object="workers"} 1',
  ]);
  expect(await samples(metrics, '_waiting')).toEqual([
    'kubelet_config_rollout_waiting{object="other",reason="Paused"} 1',
    'kubelet_config_rollout_waiting{object="workers",reason="Paused"} 1',
    'kubelet_config_rollout_waiting{object="workers",reason="Stopped"} 1',
  ]);
  expect(await samples(metrics, '_stalled')).toEqual([
    'kubelet_config_stalled{object="other"} 0',
    'kubelet_config_stalled{object="workers"} 1',
  ]);
});

test('the last grant of each object has its time, until the object is gone', async () => {
  let now = 1_000;
  const metrics = controllerMetrics('1.2.3', () => now);
  const both = reportsOf(viewOf([stored('workers'), stored('gpu')], [], []));
  metrics.assessed(both);
  metrics.granted(['workers', 'gpu']);
  now = 5_500;
  metrics.granted(['workers']);
  const latest = [
    'kubelet_config_rollout_last_grant_timestamp_seconds{object="gpu"} 1',
    'kubelet_config_rollout_last_grant_timestamp_seconds{object="workers"} 5.5',
  ];
  expect(await samples(metrics, '_last_grant')).toEqual(latest);
  metrics.assessed(both);
  expect(await samples(metrics, '_last_grant')).toEqual(latest);
  expect(await samples(metrics, '_granted_total')).toEqual(['kubelet_config_approvals_granted_total 2']);
  metrics.assessed(both.slice(0, 1));
  expect(await samples(metrics, 'object="gpu"')).toEqual([]);
});

test('a process that leads no longer has no metrics about objects', async () => {
  const metrics = controllerMetrics('1.2.3');
  metrics.leading(true);
  metrics.assessed(reportsOf(viewOf([stored('workers')], [node('a')], [asking('a')])));
  metrics.granted(['workers']);
  expect(await samples(metrics, 'object=')).not.toEqual([]);
  metrics.leading(false);
  expect(await samples(metrics, 'object=')).toEqual([]);
});

test('it tells which build runs', async () => {
  expect(await samples(controllerMetrics('1.2.3'), 'build_info')).toEqual([
    `kubelet_config_build_info{version="1.2.3",nodejs="${process.versions.node}"} 1`,
  ]);
});
