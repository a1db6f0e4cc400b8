import { expect, test } from 'vitest';
import { statusLines } from '../../../src/cli/status/describe.ts';
import { findingsOf, isAsWanted } from '../../../src/cli/status/findings.ts';
import type { KubeletSeen, StatusFacts } from '../../../src/cli/status/read-status.ts';
import { sinceStartProblem } from '../../../src/node/decide/since-start.ts';
import type { TransactionRecord } from '../../../src/node/model/record.ts';
import type { Verdict } from '../../../src/node/model/verdict.ts';
import { SystemdError, type UnitStatus } from '../../../src/node/ports/systemd.ts';
import type { LastReport } from '../../../src/node/report/last-report.ts';
import { unmanaged } from '../../../src/render/revision.ts';
import { installed, observed, recorded, running, unit, unitFile } from '../../node/world.ts';

const now = '2026-01-03T00:00:00Z';
const before = (seconds: number) => Date.parse(now) - seconds * 1000;
const up = { enabled: true, active: true };
const objects = [{ name: 'workers', uid: '', generation: 0 }];
const committed: TransactionRecord = {
  ...unmanaged,
  format: 1,
  sequence: 1,
  revision: 'r1',
  inputs: { id: 'i1', rendering: 1, effective: 'e', capabilities: {}, objects },
  files: [{ path: unitFile, before: { kind: 'Absent' }, after: recorded(installed) }],
  originals: { files: [{ path: unitFile, state: { kind: 'Absent' } }], unit: up },
  orphans: [],
  unit: { name: unit, before: up, invocationBefore: '', after: up },
  begunAt: '2026-01-02T00:00:00Z',
};

function kubelet(status: Partial<UnitStatus> = {}, others: Partial<KubeletSeen> = {}): KubeletSeen {
  const seen = observed(running);
  return {
    observed: { ...seen, unit: { ...seen.unit, activeSince: before(3600), ...status } },
    healthz: { endpoint: { address: '127.0.0.1', port: 10248 }, answer: { kind: 'Ok' } },
    restartPending: false,
    ownDirectory: [],
    loaded: { fragment: unitFile, dropIns: [] },
    ...others,
  };
}

const facts: StatusFacts = {
  unit,
  journal: { committed, lastSequence: 1 },
  files: [{ path: unitFile, state: 'AsWritten' }],
  open: undefined,
  pin: undefined,
  asked: undefined,
  hold: undefined,
  report: undefined,
  lock: undefined,
  kubelet: kubelet(),
  now,
};
const found = (changes: Partial<StatusFacts>) => findingsOf({ ...facts, ...changes });
const overriding = {
  path: '/etc/systemd/system/kubelet.service.d/90-other.conf',
  content: '[Service]\nExecStart=\nExecStart=/bin/other\n',
};
const failed: Verdict = { kind: 'Failed', reason: 'it exited', at: '2026-01-02T01:00:00Z' };
const undone = { inputs: 'i2', revision: 'r2', objects, verdict: failed, begunAt: '2026-01-02T00:59:00Z' };

const edited = sinceStartProblem(unit, before(60), {
  fields: [],
  flags: [{ name: '--v', from: ['2'], to: ['4'], by: '/etc/default/kubelet' }],
});

test('a kubelet that runs with other settings than its files say is as wanted, and that is told as it is now', () => {
  const report = { format: 1, writer: { by: 'agent' }, problems: edited ? [edited] : [] } as LastReport;
  const inForce = { answer: { kind: 'Read', configuration: {} } as const, sinceStart: edited };
  expect(found({ kubelet: kubelet({}, { inForce }) })).toMatchObject([
    { severity: 'warning', code: 'ChangedSinceStart', reason: expect.stringContaining('--v 2 → 4 (/etc/default/kubelet)') },
  ]);
  expect(isAsWanted(found({ kubelet: kubelet({}, { inForce }) }))).toBe(true);
  // A report of before the restart does not count any more.
  expect(found({ report, lock: { pid: 1 } as StatusFacts['lock'] }).map(({ code }) => code)).not.toContain('ChangedSinceStart');
});

test('the status says where the settings in force are known from', () => {
  const lineOf = (answer: NonNullable<KubeletSeen['inForce']>['answer']) =>
    statusLines({ ...facts, kubelet: kubelet({}, { inForce: { answer, sinceStart: undefined } }) }, []).find((line) =>
      line.startsWith('settings in force'),
    );
  expect(lineOf({ kind: 'Read', configuration: {} })).toBe('settings in force: as the kubelet itself says');
  expect(lineOf({ kind: 'Unknown', reason: 'it says no' })).toBe('settings in force: by its arguments and files: it says no');
  expect(lineOf(undefined)).toBeUndefined();
});

test('a host that is as wanted has no findings', () => {
  expect(found({})).toEqual([]);
  expect(isAsWanted(found({}))).toBe(true);
});

test.each<[string, Partial<StatusFacts>, string, RegExp]>([
  ['a stopped kubelet', { kubelet: kubelet({ activeState: 'inactive', subState: 'dead' }) }, 'error UnitHeld', /stopped/],
  [
    'a kubelet that failed',
    { kubelet: kubelet({ activeState: 'failed', result: 'exit-code' }) },
    'error KubeletDown',
    /exit-code/,
  ],
  [
    'a kubelet between two tries',
    { kubelet: kubelet({ activeState: 'activating', subState: 'auto-restart' }) },
    'error KubeletDown',
    /./,
  ],
  [
    'a crash loop that is up at the moment',
    { kubelet: kubelet({ restarts: 7, activeSince: before(3) }) },
    'error KubeletDown',
    /7 times/,
  ],
  [
    'a kubelet that answers 500',
    {
      kubelet: kubelet(
        {},
        { healthz: { endpoint: { address: '127.0.0.1', port: 1 }, answer: { kind: 'NotOk', reason: 'it answered 500' } } },
      ),
    },
    'error KubeletDown',
    /it answered 500/,
  ],
  [
    'an overriding drop-in that systemd has loaded',
    { kubelet: kubelet({}, { loaded: { fragment: unitFile, dropIns: [overriding] } }) },
    'error UnitInvalid',
    /90-other\.conf sets ExecStart after our unit does, so [^;]*$/,
  ],
  [
    'an overriding drop-in on the disk',
    { kubelet: { ...kubelet(), observed: { ...kubelet().observed, dropIns: [overriding] } } },
    'error UnitInvalid',
    /systemd has not loaded it yet/,
  ],
  [
    'another unit file that systemd has loaded',
    { kubelet: kubelet({}, { loaded: { fragment: '/run/x', dropIns: [] } }) },
    'error UnitInvalid',
    /\/run\/x/,
  ],
  ['a pending restart', { kubelet: kubelet({}, { restartPending: true }) }, 'waiting RestartPending', /restart is pending/],
  [
    'a change that failed',
    { journal: { committed, undone, lastSequence: 2 } },
    'error Undone',
    /revision r2 of workers was tried at 2026-01-02T00:59:00Z and undone: it exited/,
  ],
  [
    'a change that was interrupted',
    { journal: { committed, undone: { ...undone, verdict: { ...failed, kind: 'Interrupted' } }, lastSequence: 2 } },
    'waiting Interrupted',
    /it exited/,
  ],
  [
    'a systemd that does not answer',
    { kubelet: new SystemdError('Disconnected', 'x', 'no bus') },
    'error Disconnected',
    /no bus/,
  ],
])('%s is not as wanted', (_what, changes, label, reason) => {
  const findings = found(changes);
  expect(findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual([label]);
  expect(findings[0]?.reason).toMatch(reason);
  expect(findings[0]?.remedy).not.toBe('');
  expect(isAsWanted(findings)).toBe(false);
});

test('a failure that is over, since the objects changed back, is a notice', () => {
  const report: LastReport = {
    format: 1,
    writer: { by: 'apply' },
    assessment: { phase: 'UpToDate', reason: 'UpToDate', message: '', since: now },
    problems: [],
  };
  expect(found({ journal: { committed, undone, lastSequence: 2 }, report })).toMatchObject([
    { severity: 'notice', since: failed.at },
  ]);
  const isOlder = { ...report, progress: { step: 'Proving', objects, since: now } } as const;
  expect(isAsWanted(found({ journal: { committed, undone, lastSequence: 2 }, report: isOlder }))).toBe(false);
});

test('a kubelet that systemd restarted long ago has recovered', () => {
  expect(found({ kubelet: kubelet({ restarts: 1, activeSince: before(3600) }) })).toEqual([]);
});

test('how far a change is, while its program lives', () => {
  const report: LastReport = {
    format: 1,
    writer: { by: 'agent', pid: 7, startedAt: now },
    problems: [],
    progress: {
      step: 'Proving',
      revision: 'r2',
      objects,
      since: '2026-01-02T23:58:58Z',
      waitsFor: 'Node Ready',
      timeoutSeconds: 180,
    },
  };
  const open = { revision: 'r2', objects };
  expect(found({ open, report, lock: { socket: '0a1b2c', pid: 7 } })).toMatchObject([
    {
      severity: 'waiting',
      reason: 'under way: revision r2 of workers: proving that the kubelet is healthy: waiting for Node Ready, 62 s of 180 s',
    },
  ]);
  expect(found({ open, report }).map(({ severity }) => severity)).toEqual(['error', 'error']);
});

test('an agent that died is an error, one that was stopped is a warning', () => {
  const writer = { by: 'agent', pid: 7, startedAt: now } as const;
  const report: LastReport = { format: 1, writer, problems: [] };
  expect(found({ report })).toMatchObject([{ severity: 'error', reason: expect.stringContaining('process 7') }]);
  expect(found({ report: { ...report, writer: { ...writer, endedAt: now } } })).toMatchObject([
    { severity: 'warning', since: now },
  ]);
  expect(found({ report, lock: { socket: '0a1b2c', pid: 7 } })).toEqual([]);
});

test('of a unit that was masked', () => {
  const masked = { ...kubelet().observed, files: new Map([[unitFile, { kind: 'Symlink', target: '/dev/null' } as const]]) };
  expect(found({ kubelet: { ...kubelet(), observed: masked } })).toMatchObject([{ code: 'UnitHeld' }]);
});
