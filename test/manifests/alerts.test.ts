import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Waiting } from '../../src/fleet/plan/waiting.ts';
import { agentMetrics } from '../../src/metrics/agent.ts';
import { controllerMetrics } from '../../src/metrics/controller.ts';
import { textOf } from './documents.ts';

interface PrometheusRule {
  readonly spec: {
    readonly groups: readonly {
      readonly rules: readonly {
        readonly alert: string;
        readonly expr: string;
        readonly annotations: Readonly<Record<'summary' | 'description', string>>;
      }[];
    }[];
  };
}

const { spec } = parse(textOf('manifests/components/alerts/prometheus-rule.yaml')) as PrometheusRule;
const rules = spec.groups.flatMap((group) => group.rules);
const labelsOf = new Map(
  [controllerMetrics('1.2.3'), agentMetrics('1.2.3')]
    .flatMap(({ registry }) => registry.getMetricsAsArray())
    .map((metric) => metric as unknown as { readonly name: string; readonly labelNames: readonly string[] })
    .map(({ name, labelNames }) => [name, labelNames]),
);

test.each(rules)('$alert asks for metrics and labels that there are', ({ expr }) => {
  const metrics = [...expr.matchAll(/(kubelet_config_\w+)(?:\{(\w+)!?=)?/g)];
  expect(metrics.length).toBeGreaterThan(0);
  for (const [, metric = '', label] of metrics) {
    expect(labelsOf.has(metric), metric).toBe(true);
    if (label !== undefined) expect(labelsOf.get(metric)).toContain(label);
  }
});

test.each(rules)('$alert names only labels that its expression keeps', ({ expr, annotations }) => {
  const named = Object.values(annotations).flatMap((text) => [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label));
  // `pod` is a label of the target.
  const kept = expr.includes('by (object)') ? ['object'] : ['pod'];
  expect(named.filter((label) => !kept.includes(label ?? ''))).toEqual([]);
});

test('docs/monitoring.md explains every alert, and no other', () => {
  const explained = [...textOf('docs/monitoring.md').matchAll(/^\| `(KubeletConfig\w+)` \|/gm)].map(([, name]) => name);
  expect(explained).toEqual(rules.map(({ alert }) => alert));
});

/** The compiler knows whether one is missing. */
const kinds: Readonly<Record<Waiting['kind'], true>> = {
  ...{ NoRoom: true, Batch: true, Canary: true, Topology: true, Window: true, Paused: true, DryRun: true, Manual: true },
  ...{ Respected: true, Stopped: true, Refused: true, NotDrained: true, AgentMissing: true, OutOfStep: true },
  ...{ Recording: true, NodeGone: true },
};

test('docs/monitoring.md explains every reason to wait, and alerts leave out only reasons that there are', () => {
  const section =
    textOf('docs/monitoring.md')
      .split('## ')
      .find((text) => text.startsWith('Why nodes wait')) ?? '';
  expect([...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, kind]) => kind).filter((kind) => kind !== 'reason')).toEqual(
    Object.keys(kinds),
  );
  const leftOut = rules.flatMap(({ expr }) => /reason!~"([^"]+)"/.exec(expr)?.[1]?.split('|') ?? []);
  expect(leftOut.filter((kind) => !Object.hasOwn(kinds, kind))).toEqual([]);
});
