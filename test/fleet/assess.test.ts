import { describe, expect, test } from 'vitest';
import { defaultAllowance } from '../../src/api/paths.ts';
import type { Condition, KubeletConfig } from '../../src/api/types.ts';
import { validateKubeletConfig } from '../../src/api/validate/validate.ts';
import { assess, type FleetAssessment, type FleetMemory, noMemory, type ObjectReport } from '../../src/fleet/assess.ts';
import type { FleetView } from '../../src/fleet/fleet.ts';
import { makeValidator } from '../../src/fleet/object-health.ts';
import { reactWithin } from '../../src/fleet/reaction.ts';
import { deleted, failedReport, node, nodeKubelet, notReady, type Report, situation, stored, viewOf } from './builders.ts';

const time = '2026-01-31T09:00:00Z';
const labels = { role: 'worker' };
const nodeSelector = { matchLabels: labels };
const workers = stored('workers', { nodeSelector }, { generation: 2 });

/** Nodes with the label, by name; undefined is one without an agent. */
function fleet(reports: Readonly<Record<string, Report | undefined>>, ...objects: readonly KubeletConfig[]): FleetView {
  const names = Object.keys(reports);
  const found = names.flatMap((name) => (reports[name] === undefined ? [] : [nodeKubelet(name, reports[name])]));
  return viewOf(
    objects.length > 0 ? objects : [workers],
    names.map((name) => node(name, { labels })),
    found,
  );
}

function assessed(view: FleetView, { now = 0, memory = noMemory }: { now?: number; memory?: FleetMemory } = {}): FleetAssessment {
  return assess(view, memory, { ...situation({ now }), date: time, validator: makeValidator(defaultAllowance) });
}

/** Two minutes after the same view was seen for the first time. */
function afterAWhile(view: FleetView): FleetAssessment {
  return assessed(view, { now: reactWithin, memory: assessed(view).memory });
}

function reportOn(assessment: FleetAssessment, name = 'workers'): ObjectReport {
  const found = assessment.reports.find(({ object }) => object.metadata.name === name);
  if (!found) throw new RangeError(`nothing is said of ${name}`);
  return found;
}

function condition(type: string, { status }: ObjectReport): Condition {
  const found = status.conditions?.find((one) => one.type === type);
  if (!found) throw new RangeError(`there is no condition ${type}`);
  return found;
}

/** `Ready=False RollingOut, Reconciling=True RollingOut, Stalled=False NothingInTheWay`. */
function summary(report: ObjectReport): string {
  return (report.status.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`).join(', ');
}

const updated: Report = { phase: 'UpToDate', runs: ['workers@2'], wants: ['workers@2'] };
const old: Report = { phase: 'UpToDate', runs: ['workers'], wants: ['workers'] };
const waiting: Report = { phase: 'Waiting', asks: 'r1', runs: ['workers'], wants: ['workers@2'] };
const applying: Report = { ...waiting, phase: 'Applying', granted: 'r1', claimed: 'r1' };
const failed: Report = {
  ...failedReport('r0', ['workers'], ['workers@2']),
  lastError: { code: 'Undone', message: 'the kubelet exited with 1' },
};

describe('the counts', () => {
  test('are of the nodes that the object selects, each once', () => {
    const reports = { a: updated, b: applying, c: waiting, d: failed, e: undefined, f: old };
    const { status } = reportOn(assessed(fleet(reports)));
    expect(status.nodes).toEqual({ matched: 6, updated: 1, updating: 1, waiting: 2, failed: 1, held: 0, withoutAgent: 1 });
  });

  test.each<[string, Report, string]>([
    ['runs the generation and asks for something else', { ...updated, asks: 'r1' }, 'updated'],
    ['runs a generation that we have not seen yet', { ...updated, runs: ['workers@3'] }, 'updated'],
    ['is being changed for another object', { ...updated, asks: 'r1', granted: 'r1', claimed: 'r1' }, 'updated'],
    ['is granted just now', waiting, 'updating'],
    ['cannot carry it out', { ...failed, phase: 'Stalled' }, 'failed'],
    ['a person holds', { ...failed, phase: 'Held' }, 'held'],
    ['was held with an earlier generation', { ...failed, phase: 'Held', wants: ['workers'] }, 'waiting'],
    ['is on the way back', { ...failed, phase: 'Undoing' }, 'failed'],
    ['failed with an earlier generation', { ...failed, wants: ['workers'] }, 'waiting'],
    ['prepares it', { ...old, wants: ['workers@2'] }, 'waiting'],
  ])('a node that %s: %o is %s', (_what, report, count) => {
    const { status } = reportOn(assessed(fleet({ a: report })));
    expect(status.nodes).toMatchObject({ matched: 1, [count]: 1 });
  });

  test('leave out a NodeKubelet whose Node is gone or was made again', () => {
    const view = viewOf(
      [workers],
      [node('b', { uid: 'another', labels })],
      [nodeKubelet('a', updated), nodeKubelet('b', updated)],
    );
    expect(reportOn(assessed(view)).status.nodes).toMatchObject({ matched: 1, updated: 0, withoutAgent: 1 });
  });

  test.each<[string, Report]>([
    ['has not shown the generation', old],
    ['has reported nothing', {}],
  ])('an agent that %s for two minutes is missing', (_what, report) => {
    const view = fleet({ a: report });
    const first = assessed(view);
    expect(reportOn(first).status.nodes).toMatchObject({ waiting: 1, withoutAgent: 0 });
    expect(first.wakeAt).toBe(reactWithin);
    const justBefore = assessed(view, { now: reactWithin - 1, memory: first.memory });
    expect(reportOn(justBefore).status.nodes).toMatchObject({ waiting: 1, withoutAgent: 0 });
    const later = assessed(view, { now: reactWithin, memory: first.memory });
    expect(reportOn(later).status.nodes).toMatchObject({ waiting: 0, withoutAgent: 1 });
    expect(later.wakeAt).toBeUndefined();
  });

  test('a new generation gives every agent its two minutes again', () => {
    const memory = assessed(fleet({ a: old })).memory;
    const edited = stored('workers', { nodeSelector }, { generation: 3 });
    const later = assessed(fleet({ a: old }, edited), { now: reactWithin, memory });
    expect(reportOn(later).status.nodes).toMatchObject({ waiting: 1, withoutAgent: 0 });
  });
});

describe('conditions', () => {
  test('all nodes run it', () => {
    const report = reportOn(assessed(fleet({ a: updated, b: updated })));
    expect(summary(report)).toBe('Ready=True AllNodesUpdated, Reconciling=False NothingToDo, Stalled=False NothingInTheWay');
    expect(condition('Ready', report).message).toBe('All 2 nodes run it.');
    expect(report.status.observedGeneration).toBe(2);
    expect(report.status.conditions?.map(({ observedGeneration }) => observedGeneration)).toEqual([2, 2, 2]);
  });

  test('no node is selected', () => {
    const report = reportOn(assessed(viewOf([workers], [node('a')], [nodeKubelet('a')])));
    expect(summary(report)).toMatch(/^Ready=True NoNodesSelected, Reconciling=False/);
    expect(condition('Ready', report).message).toContain('kubectl get nodes --show-labels');
  });

  test('it goes through the fleet', () => {
    const report = reportOn(assessed(fleet({ a: updated, b: applying, c: waiting, d: waiting })));
    expect(summary(report)).toBe('Ready=False RollingOut, Reconciling=True RollingOut, Stalled=False NothingInTheWay');
    expect(condition('Ready', report).message).toBe('1 of 4 nodes runs it, 1 changing, 2 waiting.');
  });

  test('a node that has just joined has no agent yet; after two minutes it stalls', () => {
    const view = fleet({ a: updated, b: undefined });
    expect(summary(reportOn(assessed(view)))).toMatch(/^Ready=False RollingOut, Reconciling=True RollingOut, Stalled=False/);
    const report = reportOn(afterAWhile(view));
    expect(summary(report)).toBe('Ready=False WithoutAgent, Reconciling=False NothingToDo, Stalled=True WithoutAgent');
    expect(condition('Stalled', report).message).toMatch(/^No agent answers on 1 of 2 nodes: b\./);
  });

  test('a controller that takes over knows at once what the one before has found out', () => {
    const { status } = reportOn(afterAWhile(fleet({ a: updated, b: undefined })));
    const taken = assessed(fleet({ a: updated, b: undefined }, { ...workers, status }));
    expect(reportOn(taken).status).toEqual(status);
  });

  test('it is paused', () => {
    const paused = stored('workers', { nodeSelector, rollout: { paused: true } }, { generation: 2 });
    const report = reportOn(assessed(fleet({ a: updated, b: waiting }, paused)));
    expect(summary(report)).toMatch(/^Ready=False Paused, Reconciling=True Paused/);
    expect(condition('Reconciling', report).message).toContain('rollout.paused of workers');
    const done = reportOn(assessed(fleet({ a: updated, b: updated }, paused)));
    expect(summary(done)).toMatch(/^Ready=True AllNodesUpdated/);
  });

  test('nodes that are down leave no room', () => {
    const view = fleet({ a: waiting, b: updated });
    const down = { ...view, nodes: [node('a', { labels }), node('b', { labels, ...notReady })] };
    const report = reportOn(assessed(down));
    expect(summary(report)).toMatch(/^Ready=False WaitingForApproval, Reconciling=True WaitingForApproval/);
    expect(condition('Ready', report).message).toMatch(/maxUnavailable of workers is 1 here, used by b \(not ready\)\. Bring/);
  });

  test('it failed somewhere: named, with what to do, while the others go on', () => {
    const report = reportOn(assessed(fleet({ a: updated, b: failed, c: applying })));
    expect(summary(report)).toBe('Ready=False NodesFailed, Reconciling=True RollingOut, Stalled=True NodesFailed');
    expect(report.status.failures).toEqual([{ node: 'b', reason: 'the kubelet exited with 1' }]);
    expect(condition('Stalled', report).message).toContain('kubectl describe nodekubelet b');
  });

  test('a person holds a node: a reason to wait, with its name and what releases it, and no failure', () => {
    const held: Report = { phase: 'Held', runs: ['workers'], wants: ['workers@2'] };
    const report = reportOn(assessed(fleet({ a: updated, b: held })));
    expect(summary(report)).toBe('Ready=False Held, Reconciling=True Held, Stalled=False NothingInTheWay');
    expect(condition('Ready', report).message).toMatch(
      /^1 of 2 nodes runs it\. Held by a person: b\. kubectl describe nodekubelet b /,
    );
    const others = reportOn(assessed(fleet({ a: applying, b: held })));
    expect(summary(others)).toBe('Ready=False RollingOut, Reconciling=True RollingOut, Stalled=False NothingInTheWay');
    expect(condition('Ready', others).message).toContain('Held by a person: b.');
    expect(assessed(fleet({ a: waiting, b: held })).approvals.grants).toHaveLength(1);
  });

  test('a held node is not why an object failed, and is named beside those that did and those without an agent', () => {
    const held: Report = { phase: 'Held', runs: ['workers'], wants: ['workers@2'] };
    const report = reportOn(afterAWhile(fleet({ a: failed, b: held, c: undefined })));
    expect(summary(report)).toBe('Ready=False NodesFailed, Reconciling=True Held, Stalled=True NodesFailed');
    expect(condition('Ready', report).message).toMatch(/they had: a\. .* No agent answers on c\. Held by a person: b\./);
    expect(condition('Reconciling', report).message).toContain('1 without agent (c), 1 failed (a)');
  });

  test('it failed and goes nowhere else: nothing is being done about it', () => {
    const report = reportOn(assessed(fleet({ a: updated, b: failed, c: waiting })));
    expect(summary(report)).toBe('Ready=False NodesFailed, Reconciling=False NothingToDo, Stalled=True NodesFailed');
  });

  test('another object failed that its nodes are to get with it: nothing is Ready that was not rolled out', () => {
    const all = stored('all', {}, { generation: 2 });
    const both = { runs: ['all', 'workers'], wants: ['all@2', 'workers@2'] };
    const nodes = [node('a'), node('b', { labels })];
    const reports = [
      nodeKubelet('a', failedReport('a0', ['all'], ['all@2'])),
      nodeKubelet('b', { phase: 'Waiting', asks: 'b1', ...both }),
    ];
    const found = assessed(viewOf([all, workers], nodes, reports)).reports.find(({ object }) => object === workers);
    expect(found && summary(found)).toBe('Ready=False NodesFailed, Reconciling=False NothingToDo, Stalled=True NodesFailed');
    expect(found && condition('Stalled', found).message).toContain('because all has failed');
  });

  test('what is wrong with the object itself comes first', () => {
    const bad = stored('workers', { nodeSelector, kubelet: { flags: { '--v': 2 } } }, { generation: 2 });
    const report = reportOn(assessed(fleet({ a: updated, b: { ...failed, phase: 'Stalled' }, c: undefined }, bad)));
    expect(summary(report)).toBe('Ready=False Invalid, Reconciling=False NothingToDo, Stalled=True Invalid');
    const [problem] = validateKubeletConfig(bad);
    expect(condition('Stalled', report).message).toContain(`spec.kubelet.flags["--v"]: ${problem?.reason}; ${problem?.remedy}`);
  });

  test('nodes that it no longer selects are waited for', () => {
    const nodes = [node('a', { labels }), node('b')];
    const leaving = viewOf([workers], nodes, [nodeKubelet('a', updated), nodeKubelet('b', { ...waiting, wants: [] })]);
    const report = reportOn(assessed(leaving));
    expect(summary(report)).toMatch(/^Ready=False RollingOut/);
    expect(condition('Ready', report).message).toBe('1 of 1 node runs it, 1 leaving it.');
    const silent = viewOf([workers], nodes, [nodeKubelet('a', updated), nodeKubelet('b', old)]);
    expect(summary(reportOn(assessed(silent)))).toMatch(/^Ready=False RollingOut/);
    expect(summary(reportOn(afterAWhile(silent)))).toMatch(/^Ready=True AllNodesUpdated/);
  });
});

describe('warnings', () => {
  const odd = { code: 'ConfigurationInvalid', path: 'spec.kubelet.configuration.maxPodz', message: 'no such field; correct it' };
  const warned = { ...updated, warningCount: 1, warnings: [{ ...odd, object: 'workers' }] };

  test('of many nodes are one, and leave the object Ready', () => {
    const report = reportOn(assessed(fleet({ a: warned, b: warned })));
    expect(report.status).toMatchObject({ warningCount: 1, warnings: [odd] });
    expect(summary(report)).toMatch(/^Ready=True AllNodesUpdated/);
    expect(condition('Ready', report).message).toBe('All 2 nodes run it. There is 1 warning: see status.warnings.');
  });

  test('about another object are not counted', () => {
    const others = { ...updated, warnings: [{ ...odd, object: 'all' }, odd] };
    expect(reportOn(assessed(fleet({ a: others }))).status).not.toHaveProperty('warningCount');
  });

  test('that the controller finds itself are there before any node reports', () => {
    const secret = { path: '/etc/kubernetes/x', content: 'password: hunter2hunter2' };
    const object = stored('workers', { nodeSelector, files: [secret] });
    expect(reportOn(assessed(fleet({}, object))).status.warnings).toMatchObject([
      { code: 'PossibleSecret', path: 'spec.files[0].content' },
    ]);
  });

  test('that stay the same change nothing in the status, whichever node says them first', () => {
    const more = { ...odd, path: 'spec.kubelet.configuration.maxPodzz' };
    const other = {
      ...updated,
      warnings: [
        { ...more, object: 'workers' },
        { ...odd, object: 'workers' },
      ],
    };
    const one = reportOn(assessed(fleet({ a: warned, b: other })));
    const again = reportOn(assessed(fleet({ a: other, b: warned }, { ...workers, status: one.status })));
    expect(again.status).toEqual(one.status);
  });
});

describe('two objects that disagree', () => {
  const older = stored('older', { nodeSelector, kubelet: { flags: { v: 2 } } }, { creationTimestamp: '2026-01-01T00:00:00Z' });
  const younger = stored('a-younger', { kubelet: { flags: { v: 3 } } }, { creationTimestamp: '2026-01-02T00:00:00Z' });
  const both: Report = { phase: 'Stalled', runs: ['older'], wants: ['a-younger', 'older'] };

  test('stall the younger, which names field and other; the older stays Ready', () => {
    const view = fleet({ a: both }, older, younger);
    const report = reportOn(assessed(view), 'a-younger');
    expect(summary(report)).toBe('Ready=False Conflict, Reconciling=False NothingToDo, Stalled=True Conflict');
    expect(condition('Stalled', report).message).toMatch(/^spec\.kubelet\.flags\.v has another value in older/);
    expect(summary(reportOn(assessed(view), 'older'))).toMatch(/^Ready=True AllNodesUpdated/);
  });

  test('do not, when they meet on no node, have different priorities, or one is being deleted', () => {
    const apart = viewOf([older, younger], [node('b')], [nodeKubelet('b', { runs: ['a-younger'], wants: ['a-younger'] })]);
    expect(summary(reportOn(assessed(apart), 'a-younger'))).toMatch(/^Ready=True/);
    const above = { ...younger, spec: { ...younger.spec, priority: 1 } };
    const settled: Report = { runs: ['a-younger', 'older'], wants: ['a-younger', 'older'] };
    expect(summary(reportOn(assessed(fleet({ a: settled }, older, above)), 'a-younger'))).toMatch(/^Ready=True/);
    const going = deleted(older);
    expect(summary(reportOn(assessed(fleet({ a: both }, going, younger)), 'a-younger'))).not.toContain('Conflict');
  });
});

describe('times', () => {
  const before = reportOn(assessed(fleet({ a: updated }))).status;
  const later = '2026-01-31T10:00:00Z';
  const validator = makeValidator(defaultAllowance);

  test('stay when only words change, and are new where the status of a condition does', () => {
    const object = { ...workers, status: before };
    const same = reportOn(
      assess(fleet({ a: updated, b: updated }, object), noMemory, { ...situation(), date: later, validator }),
    );
    expect(same.status.conditions?.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual([time, time, time]);
    const other = reportOn(
      assess(fleet({ a: updated, b: applying }, object), noMemory, { ...situation(), date: later, validator }),
    );
    expect(other.status.conditions?.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual([later, later, time]);
  });
});
