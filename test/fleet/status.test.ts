import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mostFailedNodes, mostWarnings } from '../../src/api/schema/status.ts';
import type { Findings } from '../../src/fleet/finding.ts';
import type { Member } from '../../src/fleet/member.ts';
import { largestStatus, statusOf } from '../../src/fleet/status.ts';
import type { Tally } from '../../src/fleet/tally.ts';
import { anyText } from '../any-text.ts';
import { generatedSlow } from '../runs.ts';
import { node, nodeKubelet, stored } from './builders.ts';

const time = '2026-01-31T09:00:00Z';
const fine: Findings = { stalled: undefined, reconciling: undefined, ready: { reason: 'AllNodesUpdated', message: '' } };

function failedOn(names: readonly string[], message: string): Tally {
  const Failed = names.map((name): Member => {
    const report = nodeKubelet(name, { phase: 'Failed', lastError: { code: 'Undone', message } });
    return { name, node: node(name), nodeKubelet: report, selecting: [] };
  });
  return { nodes: { Updated: [], Failed, Held: [], Updating: [], WithoutAgent: [], Waiting: [] }, leaving: [], missing: [] };
}

test('names five nodes in the order of their names, with what their agents say', () => {
  const status = statusOf(
    stored('workers'),
    { tally: failedOn(['a', 'b', 'c', 'd', 'e', 'f'], 'no'), findings: fine, warnings: [], rollout: undefined },
    time,
  );
  expect(status.failures?.map(({ node }) => node)).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(status.nodes).toMatchObject({ matched: 6, failed: 6 });
});

test('cuts what an agent says to 256 characters, and marks the cut', () => {
  const [failure] =
    statusOf(
      stored('workers'),
      { tally: failedOn(['a'], 'x'.repeat(300)), findings: fine, warnings: [], rollout: undefined },
      time,
    ).failures ?? [];
  expect(failure?.reason).toBe(`${'x'.repeat(255)}…`);
});

test('says what has failed last where the agent reports no error, else at least the phase', () => {
  const member = (report: object): Member => ({
    name: 'a',
    node: node('a'),
    nodeKubelet: nodeKubelet('a', report),
    selecting: [],
  });
  const failures = [{ inputs: 'i', revision: 'r', reason: 'it exited' }];
  for (const [report, reason] of [
    [{ phase: 'Failed', failures }, 'it exited'],
    [{ phase: 'Failed' }, 'Failed'],
  ] as const) {
    const tally = { ...failedOn([], ''), nodes: { ...failedOn([], '').nodes, Failed: [member(report)] } };
    expect(
      statusOf(stored('workers'), { tally: tally, findings: fine, warnings: [], rollout: undefined }, time).failures,
    ).toEqual([{ node: 'a', reason }]);
  }
});

test('is never larger than 2 KiB, and keeps reasons, counts and all conditions', () => {
  const anything = anyText({ maxLength: 2_000 });
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '-'), minLength: 1, maxLength: 253 });
  const warning = fc.record({
    code: fc.constant('PossibleSecret'),
    path: anyText({ maxLength: 256 }),
    message: anyText({ maxLength: 512 }),
  });
  const warnings = fc.array(warning, { maxLength: 9 });
  fc.assert(
    fc.property(
      fc.uniqueArray(name, { maxLength: 9 }),
      anything,
      anything,
      anything,
      warnings,
      (names, complaint, one, other, odd) => {
        const findings: Findings = {
          stalled: { reason: 'NodesFailed', message: one },
          reconciling: { reason: 'WaitingForApproval', message: other },
          ready: { reason: 'AllNodesUpdated', message: '' },
        };
        const status = statusOf(
          stored('workers'),
          { tally: failedOn(names, complaint), findings: findings, warnings: odd, rollout: undefined },
          time,
        );
        expect(status.warningCount ?? 0).toBe(odd.length);
        expect(status.warnings?.length ?? 0).toBeLessThanOrEqual(mostWarnings);
        expect(Buffer.byteLength(JSON.stringify(status))).toBeLessThanOrEqual(largestStatus);
        expect(status.nodes?.failed).toBe(names.length);
        expect(status.conditions?.map(({ reason }) => reason)).toEqual(['NodesFailed', 'WaitingForApproval', 'NodesFailed']);
        expect(status.failures?.length ?? 0).toBeLessThanOrEqual(mostFailedNodes);
        for (const { reason } of status.failures ?? []) expect([...reason].length).toBeLessThanOrEqual(256);
      },
    ),
    { numRuns: generatedSlow },
  );
});

test('prefers short reasons of all nodes to long ones of a few', () => {
  const names = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(60));
  const status = statusOf(
    stored('workers'),
    { tally: failedOn(names, 'x'.repeat(2_000)), findings: fine, warnings: [], rollout: undefined },
    time,
  );
  expect(status.failures).toHaveLength(5);
  expect(status.failures?.[0]?.reason.length).toBeGreaterThanOrEqual(64);
});
