import { describe, expect, test } from 'vitest';
import type { Problem } from '../../../src/api/problem.ts';
import { type DriftRepairOptions, driftOf, driftRepair } from '../../../src/node/decide/drift.ts';
import type { AgentState } from '../../../src/node/model/drift.ts';
import type { Observed } from '../../../src/node/model/observed.ts';
import type { TransactionRecord } from '../../../src/node/model/record.ts';
import type { FileState } from '../../../src/node/ports/files.ts';
import type { UnitStatus } from '../../../src/node/ports/systemd.ts';
import { unmanaged } from '../../../src/render/revision.ts';
import { fileState, installed, observed, recorded, running, settings, unit, unitFile, up } from '../world.ts';

const extra = '/etc/kubernetes/own.conf';
const ours = { [unitFile]: installed, [settings]: 'ours', [extra]: 'ours' };

const committed: TransactionRecord = {
  ...unmanaged,
  format: 1,
  sequence: 1,
  revision: 'r',
  inputs: null,
  files: Object.entries(ours).map(([path, content]) => ({ path, before: { kind: 'Absent' }, after: recorded(content) })),
  originals: { files: Object.keys(ours).map((path) => ({ path, state: { kind: 'Absent' } })), unit: up },
  orphans: [],
  extras: [extra],
  unit: { name: unit, before: up, invocationBefore: 'zeroth', after: up },
};

const theirs = fileState('theirs');
const mode = { ...fileState('ours'), mode: 0o600 } as FileState;
const owner = { ...fileState('ours'), uid: 1 } as FileState;
const link: FileState = { kind: 'Symlink', target: '/tmp/elsewhere' };
const mask: FileState = { kind: 'Symlink', target: '/dev/null' };

/** As we left it, but for this. */
function world(files: Record<string, FileState> = {}, status: Partial<UnitStatus> = {}): Observed {
  const found = observed({ ...running, files: ours });
  return { ...found, files: new Map([...found.files, ...Object.entries(files)]), unit: { ...found.unit, ...status } };
}

const agentState: AgentState = { provenInvocations: ['first'], flapping: new Map() };
const agent: DriftRepairOptions = {
  drift: 'Repair',
  agentState,
  retry: false,
  restartPending: false,
  mayRestart: true,
  problems: [],
};
const strange: Partial<UnitStatus> = { invocationId: 'second' };
const stopped: Partial<UnitStatus> = { activeState: 'inactive', subState: 'dead', invocationId: 'second', activeSince: 1 };

/** `Repair /a /b; Drifted`: what is done, to which paths, and what is said. */
function ruled(found: Observed, options: Partial<DriftRepairOptions> = {}, record = committed): string {
  const due = driftRepair(record, found, { ...agent, ...options });
  const paths = 'drifted' in due ? due.drifted.map(({ path }) => path) : [];
  const codes = 'problems' in due ? due.problems.map(({ code }) => code) : [];
  return [[due.kind, ...paths].join(' '), codes.join(' ')].filter((part) => part !== '').join('; ');
}

describe('what was done to a file', () => {
  test.each<[FileState, string]>([
    [theirs, 'Changed'],
    [{ kind: 'Absent' }, 'Removed'],
    [mode, 'Mode'],
    [owner, 'Owner'],
    [link, 'ReplacedByLink'],
  ])('%o is %s', (state, kind) => {
    expect(driftOf(committed, world({ [settings]: state }))).toEqual([{ path: settings, kind }]);
  });

  test('nothing, and nothing is managed once the originals are back', () => {
    expect(driftOf(committed, world())).toEqual([]);
    expect(driftOf({ ...committed, revision: null }, world({ [settings]: theirs }))).toEqual([]);
  });
});

describe('brought back without a restart', () => {
  test.each<[string, Observed, Partial<DriftRepairOptions>, string]>([
    ['the configuration, by the run that was proved', world({ [settings]: theirs }), {}, `Repair ${settings}`],
    ['the unit', world({ [unitFile]: theirs }), {}, `Repair ${unitFile}`],
    ['both', world({ [unitFile]: theirs, [settings]: mode }), {}, `Repair ${unitFile} ${settings}`],
    ['not by a run that nobody knows', world({ [settings]: theirs }, strange), {}, `Restart ${settings}`],
    ['not what an object brings', world({ [extra]: theirs }), {}, `Restart ${extra}`],
    ['nor anything beside it', world({ [settings]: theirs, [extra]: theirs }), {}, `Restart ${settings} ${extra}`],
    ['not by a command that runs once', world({ [settings]: theirs }), { agentState: undefined }, `Restart ${settings}`],
    ['not what a person applies', world({ [settings]: theirs }), { retry: true }, `Restart ${settings}`],
    ['not while a restart is restartPending', world({ [settings]: theirs }), { restartPending: true }, `Restart ${settings}`],
    ['all, where no kubelet runs', world({ [extra]: theirs }, stopped), {}, `Repair ${extra}; UnitHeld`],
    ['not, where one is about to', world({ [extra]: theirs }, { ...stopped, hasJob: true }), {}, `Restart ${extra}`],
    [
      'not, where it failed upon it',
      world({ [settings]: theirs }, { ...strange, activeState: 'failed' }),
      {},
      `Restart ${settings}`,
    ],
  ])('%s', (_what, found, options, expected) => {
    expect(ruled(found, options)).toBe(expected);
  });

  test('of an older record it is not known what its files are for', () => {
    const older = { ...committed, extras: undefined };
    expect(ruled(world({ [settings]: theirs }), {}, older)).toBe(`Restart ${settings}`);
    expect(ruled(world({ [unitFile]: theirs }), {}, older)).toBe(`Repair ${unitFile}`);
  });
});

describe('reported and left alone', () => {
  const flapping: Problem = { severity: 'error', code: 'Contested', path: [], reason: '', remedy: '' };
  const fought = { agentState: { ...agentState, flapping: new Map([[settings, flapping]]) } };
  const lost: Problem = { ...flapping, code: 'SourceLost' };
  const unknown = { mayRestart: false, problems: [lost] };
  test.each<[string, Observed, Partial<DriftRepairOptions>, string]>([
    ['nothing', world(), {}, 'InOrder'],
    ['drift, where that is asked for', world({ [settings]: theirs }), { drift: 'Report' }, 'Leave; Drifted'],
    ['what is fought over', world({ [settings]: theirs }), fought, 'Leave; Contested'],
    ['but not what is beside it', world({ [settings]: theirs, [unitFile]: theirs }), fought, `Repair ${unitFile}; Contested`],
    ['nor is it restarted for that', world({ [settings]: theirs, [extra]: theirs }), fought, 'Leave; Contested Drifted'],
    ['an unknown source', world(), unknown, 'Leave; SourceLost'],
    ['and drift beside it is not', world({ [settings]: theirs }), unknown, `Repair ${settings}; SourceLost`],
    ['but for what needs a restart', world({ [settings]: theirs }, strange), unknown, 'Leave; SourceLost Drifted'],
    ['a unit that was stopped', world({}, stopped), {}, 'Leave; UnitHeld'],
    ['disabled', world({}, { unitFileState: 'disabled' }), {}, 'Leave; UnitHeld'],
    ['masked', world({ [unitFile]: mask }, { unitFileState: 'masked' }), {}, 'Leave; UnitHeld'],
    ['and drift beside the mask is not', world({ [unitFile]: mask, [settings]: theirs }), {}, `Repair ${settings}; UnitHeld`],
    ['disabled, what needs a restart', world({ [extra]: theirs }, { unitFileState: 'disabled' }), {}, 'Leave; UnitHeld Drifted'],
    ['one that has not run since the boot', world({}, { ...stopped, activeSince: 0 }), {}, 'Leave; KubeletDown'],
    ['one that failed', world({}, { activeState: 'failed' }), {}, 'Leave; KubeletDown'],
    ['one that systemd did not start', world({}, { ...stopped, unmet: ['ConditionPathExists=/x'] }), {}, 'Leave; KubeletDown'],
    [
      'or waits to be started again',
      world({}, { activeState: 'activating', subState: 'auto-restart' }),
      {},
      'Leave; KubeletDown',
    ],
  ])('%s', (_what, found, options, expected) => {
    expect(ruled(found, options)).toBe(expected);
  });

  test('a condition that is not met is told, and no person accused', () => {
    const told = (unit: Partial<UnitStatus>) => {
      const due = driftRepair(committed, world({}, { ...stopped, ...unit }), agent);
      return due.kind === 'Leave' ? due.problems.map(({ reason }) => reason) : [];
    };
    const unmet = ['ConditionPathExists=/x', 'AssertPathExists=/y'];
    expect(told({ unmet })).toEqual([expect.stringContaining(`a condition of the unit is not met: ${unmet.join(', ')}`)]);
    expect(told({ unmet: [], activeSince: 0 })).toEqual([expect.stringMatching(/a condition of the unit is not met$/)]);
    expect(told({})).toEqual([expect.stringContaining('a person has stopped')]);
  });

  test('an emptied unit file, which systemd takes for a mask, is drift', () => {
    expect(ruled(world({ [unitFile]: fileState('') }, { unitFileState: 'masked' }))).toBe(`Repair ${unitFile}`);
  });

  test('where no systemd runs nobody has stopped anything', () => {
    expect(ruled({ ...world({}, stopped), systemdRuns: false })).toBe('InOrder');
  });

  test('names paths and kinds, and no content', () => {
    const due = driftRepair(committed, world({ [settings]: theirs, [extra]: { kind: 'Absent' } }), { ...agent, drift: 'Report' });
    const reason = due.kind === 'Leave' ? due.problems[0]?.reason : undefined;
    expect(reason).toContain(`${settings} (changed), ${extra} (removed)`);
    expect(reason).not.toContain('theirs');
  });
});
