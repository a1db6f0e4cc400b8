import { describe, expect, test } from 'vitest';
import type { Problem } from '../../../src/api/problem.ts';
import type { TransactionResult } from '../../../src/node/model/event.ts';
import { systemdFault } from '../../../src/node/model/host-fault.ts';
import type { Outcome } from '../../../src/node/model/outcome.ts';
import type { TransactionRecord } from '../../../src/node/model/record.ts';
import type { Step } from '../../../src/node/model/step.ts';
import type { Verdict } from '../../../src/node/model/verdict.ts';
import { HostFileError } from '../../../src/node/ports/files.ts';
import { SystemdError } from '../../../src/node/ports/systemd.ts';
import { claimedStatus, nodeStatus, type ReportFacts } from '../../../src/node/report/status.ts';
import { unmanaged } from '../../../src/render/revision.ts';
import { observed, running } from '../world.ts';

const up = { enabled: true, active: true };
const objects = [{ name: 'workers', uid: 'u', generation: 3 }];
const record: TransactionRecord = {
  ...unmanaged,
  format: 1,
  sequence: 1,
  revision: 'r1',
  inputs: { id: 'i1', rendering: 1, effective: 'e', capabilities: {}, objects },
  files: [],
  originals: { files: [], unit: up },
  orphans: [],
  unit: { name: 'kubelet.service', before: up, invocationBefore: '', after: up },
};
const withdrawn: TransactionRecord = { ...record, revision: null, inputs: null };
const request = { id: 'q1', revision: 'r2', inputs: 'i2', reason: 'Change' } as const;
const unchanged: Outcome = { kind: 'Unchanged', revision: 'r1', warnings: [] };
const write = (path: string): Step => ({
  kind: 'Write',
  path,
  existed: true,
  state: { kind: 'File', mode: 0o644, uid: 0, gid: 0, sha256: '' },
});
const waiting: Outcome = { kind: 'Waiting', request, steps: [write('/a'), { kind: 'Reload' }], warnings: [] };
const changed = (result: TransactionResult): Outcome => ({
  kind: 'Changed',
  record,
  result,
  warnings: [],
  foreign: [],
  reason: 'Change',
});
const undone = (kind: Verdict['kind']) => changed({ kind: 'Undone', verdict: { kind, reason: 'it exited' } });
const problem: Problem = {
  severity: 'error',
  code: 'FlagInvalid',
  object: 'workers',
  path: ['spec', 'kubelet', 'flags', 'v'],
  reason: 'no number',
  remedy: 'write one',
};

const facts: ReportFacts = {
  outcome: unchanged,
  journal: { committed: record, lastSequence: 1 },
  unit: { ...observed(running).unit, activeSince: Date.UTC(2026, 0, 2, 3, 4, 5, 678) },
  previous: undefined,
  generation: 4,
  desired: objects,
  kubeletVersion: 'v1.36.2',
  driftRepairs: 0,
  now: '2026-01-03T00:00:00Z',
};
const statusOf = (changes: Partial<ReportFacts>) => nodeStatus({ ...facts, ...changes });

test('a node that is as wanted says which revision it runs, of which objects, and since when', () => {
  expect(statusOf({})).toEqual({
    observedGeneration: 4,
    phase: 'UpToDate',
    applied: 'r1',
    lastKnownGood: 'r1',
    inputs: objects,
    desired: objects,
    kubeletVersion: 'v1.36.2',
    kubeletStartTime: '2026-01-02T03:04:05Z',
    conditions: [
      expect.objectContaining({ type: 'Ready', status: 'True', reason: 'UpToDate', observedGeneration: 4 }),
      expect.objectContaining({ type: 'Reconciling', status: 'False' }),
      expect.objectContaining({ type: 'Stalled', status: 'False' }),
    ],
  });
});

describe('each outcome has a phase, and the conditions that kstatus reads', () => {
  const bus = new SystemdError('Disconnected', 'ECONNREFUSED', 'no connection to systemd');
  const host = new HostFileError('NoSpace', '/etc/x', 'its file system is full', 'free space');
  test.each<[string, Outcome, string, string, string]>([
    ['as wanted', unchanged, 'UpToDate', 'Ready', 'UpToDate'],
    ['waiting', waiting, 'Waiting', 'Reconciling', 'WaitingForApproval'],
    ['a wrong object', { kind: 'Kept', problems: [problem] }, 'Stalled', 'Stalled', 'FlagInvalid'],
    [
      'interrupted a while ago',
      { kind: 'Kept', problems: [], interruptedBy: 'lost bus' },
      'Waiting',
      'Reconciling',
      'Interrupted',
    ],
    ['held by a person', { kind: 'Kept', problems: [{ ...problem, code: 'Held' }] }, 'Held', 'Reconciling', 'Held'],
    ['stopped by a person', { kind: 'Kept', problems: [{ ...problem, code: 'UnitHeld' }] }, 'Held', 'Reconciling', 'UnitHeld'],
    [
      'rolled back by a person',
      { kind: 'Kept', problems: [{ ...problem, code: 'RolledBack' }] },
      'Held',
      'Reconciling',
      'RolledBack',
    ],
    [
      'held, and wrong besides',
      { kind: 'Kept', problems: [{ ...problem, code: 'Held' }, problem] },
      'Stalled',
      'Stalled',
      'FlagInvalid',
    ],
    [
      'repaired, and stopped by a person',
      { ...changed({ kind: 'Committed' }), unresolved: [{ ...problem, code: 'UnitHeld' }] } as Outcome,
      'Held',
      'Reconciling',
      'UnitHeld',
    ],
    ['failed before', { kind: 'Kept', problems: [], failedBefore: 'it exited' }, 'Failed', 'Stalled', 'Undone'],
    ['an unreadable host', { kind: 'Unreadable', error: host }, 'Stalled', 'Stalled', 'NoSpace'],
    ['a bus that is down', { kind: 'Unreadable', error: systemdFault(bus) }, 'Stalled', 'Stalled', 'Disconnected'],
    ['a host that refuses', changed({ kind: 'Refused', errors: [host] }), 'Stalled', 'Stalled', 'NoSpace'],
    ['committed', changed({ kind: 'Committed' }), 'UpToDate', 'Ready', 'UpToDate'],
    ['failed and undone', undone('Failed'), 'Failed', 'Stalled', 'Undone'],
    ['interrupted and undone', undone('Interrupted'), 'Waiting', 'Reconciling', 'Interrupted'],
    [
      'not undone',
      changed({ kind: 'NotUndone', verdict: { kind: 'Failed', reason: 'it exited' }, error: new Error('disk') }),
      'Undoing',
      'Reconciling',
      'NotUndone',
    ],
    [
      'undone, but for something',
      changed({ kind: 'NotUndone', verdict: { kind: 'Failed', reason: 'it exited' }, error: new Error('x'), leftovers: ['x'] }),
      'Failed',
      'Stalled',
      'NotUndone',
    ],
  ])('%s', (_what, outcome, phase, condition, reason) => {
    const status = statusOf({ outcome });
    expect(status.phase).toBe(phase);
    const holding = status.conditions?.filter(({ status }) => status === 'True');
    expect(holding).toMatchObject([{ type: condition, reason }]);
    expect(status.lastError === undefined).toBe(!['Stalled', 'Failed', 'Undoing'].includes(phase));
  });

  test('a node that nothing selects is ready, whether or not anything ever did', () => {
    const none: Outcome = { kind: 'Unchanged', revision: null, warnings: [] };
    expect(statusOf({ outcome: none, journal: { lastSequence: 0 }, desired: [] })).toMatchObject({ phase: 'Unmanaged' });
    const after = statusOf({ outcome: none, journal: { committed: withdrawn, lastSequence: 2 }, desired: [] });
    expect(after).toMatchObject({ phase: 'Unmanaged', lastKnownGood: 'originals' });
    expect(after).not.toHaveProperty('applied');
    expect(after).not.toHaveProperty('inputs');
  });
});

test('a change that waits for a paused object says how to go on, and waits as before when it is granted meanwhile', () => {
  const message = expect.stringContaining('kubectl patch kubeletconfig workers --type=merge');
  expect(statusOf({ outcome: waiting, pausedBy: 'workers' })).toMatchObject({
    phase: 'Paused',
    request,
    conditions: [{ reason: 'Paused', message }, { status: 'True' }, { status: 'False' }],
  });
  expect(statusOf({ outcome: { ...waiting, why: 'it was taken back' }, pausedBy: 'workers' }).phase).toBe('Waiting');
  expect(statusOf({ pausedBy: 'workers' }).phase).toBe('UpToDate');
});

describe('warnings', () => {
  const warning: Problem = { ...problem, severity: 'warning' };

  test('of the pass and of what runs are there once each, with their object; no notices, no errors', () => {
    const outcome: Outcome = { kind: 'Unchanged', revision: 'r1', warnings: [warning, { ...warning, severity: 'notice' }] };
    const journal = { committed: { ...record, warnings: [warning, { ...warning, code: 'RktTrap' as const }] }, lastSequence: 1 };
    const status = statusOf({ outcome, journal });
    expect(status).toMatchObject({ phase: 'UpToDate', warningCount: 2 });
    expect(status.warnings).toEqual([
      { code: 'FlagInvalid', path: 'spec.kubelet.flags.v', message: 'no number; write one', object: 'workers' },
      { code: 'RktTrap', path: 'spec.kubelet.flags.v', message: 'no number; write one', object: 'workers' },
    ]);
    expect(statusOf({ outcome: { kind: 'Kept', problems: [problem] } })).not.toHaveProperty('warnings');
  });

  test('in another order make the same status, so that nothing is written', () => {
    const warnings = ['a', 'b', 'c'].map((reason) => ({ ...warning, reason }));
    const statuses = [warnings, warnings.toReversed()].map((all) =>
      statusOf({ outcome: { ...unchanged, warnings: all } as Outcome }),
    );
    expect(statuses[0]).toEqual(statuses[1]);
  });

  test('are bounded and show no secret, and all are counted', () => {
    const warnings = Array.from({ length: 200 }, (_, index) => ({
      ...warning,
      path: [`${index}`.padStart(3, '0'), 'x'.repeat(5_000)],
      reason: `token=abcdef.0123456789abcdef ${'x'.repeat(5_000)}`,
    }));
    const status = statusOf({ outcome: { ...unchanged, warnings } as Outcome });
    expect(status.warningCount).toBe(200);
    expect(Buffer.byteLength(JSON.stringify(status.warnings))).toBeLessThan(8 * 1024);
    expect(JSON.stringify(status)).not.toContain('0123456789abcdef');
  });
});

test('while systemd cannot be asked the kubelet has run since when it last had', () => {
  const kubeletStartTime = '2026-01-01T00:00:00Z';
  expect(statusOf({ unit: undefined, previous: { kubeletStartTime } })).toMatchObject({ kubeletStartTime });
  expect(statusOf({ unit: undefined })).not.toHaveProperty('kubeletStartTime');
});

test('the request is there while it waits and gone with any other outcome', () => {
  expect(statusOf({ outcome: waiting })).toMatchObject({ request, pending: ['/a'] });
  const claimed = { phase: 'Applying', request, claimed: 'q1' } as const;
  for (const outcome of [unchanged, changed({ kind: 'Committed' }), undone('Failed'), undone('Interrupted')]) {
    const status = statusOf({ outcome, previous: claimed });
    expect(status).not.toHaveProperty('request');
    expect(status.claimed).toBe('q1');
  }
});

test('the request of a change that is still open stands until its end, whatever the pass could read', () => {
  const claimed = { phase: 'Applying', request, claimed: 'q1' } as const;
  const verdict = { kind: 'Failed', reason: 'it exited' } as const;
  const notUndone = changed({ kind: 'NotUndone', verdict, error: new Error('disk') });
  const unreadable: Outcome = {
    kind: 'Unreadable',
    error: systemdFault(new SystemdError('TimedOut', '', 'systemd does not answer')),
  };
  for (const outcome of [notUndone, unreadable])
    expect(statusOf({ outcome, previous: claimed, openRequest: 'q1' })).toMatchObject({ request, claimed: 'q1' });
});

test('a request whose claim was stored without an answer is used up', () => {
  const status = statusOf({ outcome: { ...waiting, why: 'no answer' }, previous: { request, claimed: 'q1' } });
  expect(status).not.toHaveProperty('request');
  expect(status).toMatchObject({ phase: 'Waiting', claimed: 'q1' });
});

test('a change whose node is drained first says so', () => {
  const draining: Outcome = { ...waiting, waitsFor: 'the controller drains the node first' };
  const message = "revision r2 waits for the controller's approval: the controller drains the node first";
  expect(statusOf({ outcome: draining }).conditions).toMatchObject([{ reason: 'WaitingForApproval', message }, {}, {}]);
});

test('a claim says that the host is in between', () => {
  const before = statusOf({ outcome: waiting });
  const status = claimedStatus(before, request, 5, 'later');
  expect(status).toMatchObject({ phase: 'Applying', claimed: 'q1', request, lastKnownGood: 'r1', observedGeneration: 5 });
  expect(status).not.toHaveProperty('applied');
});

test('a host between two revisions has none', () => {
  const verdict = { kind: 'Failed', reason: 'it exited' } as const;
  const status = statusOf({ outcome: changed({ kind: 'NotUndone', verdict, error: new Error('disk') }) });
  expect(status).not.toHaveProperty('applied');
  expect(status.lastError?.message).toContain('disk');
});

test('the error names object, field, reason and remedy, and no secret', () => {
  expect(statusOf({ outcome: { kind: 'Kept', problems: [problem] } }).lastError).toEqual({
    code: 'FlagInvalid',
    message: 'workers spec.kubelet.flags.v: no number; write one',
    since: '2026-01-03T00:00:00Z',
  });
  const secret = { ...problem, reason: 'unknown flag --token=abcdef.0123456789abcdef' };
  expect(JSON.stringify(statusOf({ outcome: { kind: 'Kept', problems: [secret] } }))).not.toContain('0123456789abcdef');
});

test('what failed is remembered, what was interrupted is not', () => {
  const journal = (kind: Verdict['kind']) => ({
    committed: record,
    undone: { inputs: 'i2', revision: 'r2', objects, verdict: { kind, reason: 'it exited' } },
    lastSequence: 2,
  });
  expect(statusOf({ journal: journal('Failed') }).failures).toEqual([
    { inputs: 'i2', revision: 'r2', reason: 'it exited', objects },
  ]);
  expect(statusOf({ journal: journal('Interrupted') })).not.toHaveProperty('failures');
});

test('what failed is remembered with the request that was approved for it', () => {
  const verdict = { kind: 'Failed', reason: 'it exited' } as const;
  const undone = { inputs: 'i2', revision: 'r2', objects, request: 'q1', verdict };
  expect(statusOf({ journal: { committed: record, undone, lastSequence: 2 } }).failures).toMatchObject([{ request: 'q1' }]);
});

test('what failed is remembered without its secrets, also those that an earlier build wrote down', () => {
  const verdict = { kind: 'Failed', reason: 'unknown flag --token=abcdef.0123456789abcdef' } as const;
  const journal = { committed: record, undone: { inputs: 'i2', revision: 'r2', objects, verdict }, lastSequence: 2 };
  const { failures } = statusOf({ journal });
  expect(failures).toMatchObject([{ reason: expect.stringContaining('unknown flag --token=') }]);
  expect(JSON.stringify(failures)).not.toContain('0123456789abcdef');
});

test('the same facts at another time make the same status, so that nothing is written', () => {
  const first = statusOf({});
  expect(statusOf({ previous: first, now: '2026-01-04T00:00:00Z' })).toEqual(first);
  const waitingNow = statusOf({ previous: first, outcome: waiting, now: '2026-01-05T00:00:00Z' });
  const times = waitingNow.conditions?.map(({ type, lastTransitionTime }) => `${type} ${lastTransitionTime.slice(0, 10)}`);
  expect(times).toEqual(['Ready 2026-01-05', 'Reconciling 2026-01-05', 'Stalled 2026-01-03']);
});

test('a message with an emoji at the limit is the same when it comes back from the API server', () => {
  for (const reason of [`${'x'.repeat(2046)}😀 and more`, `${'x'.repeat(2000)}${'👨‍👩‍👧'.repeat(20)}`, 'half a pair: \ud83d']) {
    const outcome: Outcome = { kind: 'Kept', problems: [{ ...problem, path: [], reason }] };
    const first = statusOf({ outcome });
    const stored = JSON.parse(Buffer.from(JSON.stringify(first)).toString('utf8')) as typeof first;
    expect(stored).toEqual(first);
    expect(stored.lastError?.message).not.toMatch(/\\u|\p{Surrogate}/u);
    expect([...(stored.lastError?.message ?? '')].length).toBeLessThanOrEqual(2048);
    expect(statusOf({ outcome, previous: stored, now: '2026-01-04T00:00:00Z' })).toEqual(stored);
  }
});

test('a source that does not answer leaves what it last said', () => {
  expect(statusOf({ desired: undefined, previous: { desired: objects } }).desired).toEqual(objects);
});

test('repairs of drift are counted over all reports', () => {
  expect(statusOf({ driftRepairs: 1, previous: { driftRepairs: 2 } }).driftRepairs).toBe(3);
});

test('a long list of paths is cut short and says so', () => {
  const steps = Array.from({ length: 20 }, (_, index) => write(`/${index}`));
  const { pending } = statusOf({ outcome: { kind: 'Waiting', request, steps, warnings: [] } });
  expect(pending).toHaveLength(16);
  expect(pending?.at(-1)).toBe('and 5 more');
});

test('what was put right is not all, where something else is to be put right by a person', () => {
  const outcome = { ...changed({ kind: 'Committed' }), unresolved: [problem] } as Outcome;
  expect(statusOf({ outcome })).toMatchObject({ phase: 'Stalled', applied: 'r1', lastError: { code: 'FlagInvalid' } });
});

test('what to do stands in a report however long the reason is', () => {
  const long = {
    ...problem,
    code: 'TakeoverLosesSettings',
    reason: `clusterDNS and ${'x'.repeat(5000)}`,
    remedy: 'use existing',
  } as const;
  const { lastError, conditions = [] } = nodeStatus({ ...facts, outcome: { kind: 'Kept', problems: [long] } });
  const stalled = conditions.find(({ type }) => type === 'Stalled');
  for (const message of [lastError?.message, stalled?.message]) {
    expect(message).toMatch(/^workers spec.kubelet.flags.v: clusterDNS and x+…; use existing$/);
    expect([...(message ?? '')].length).toBeLessThanOrEqual(2048);
  }
});
