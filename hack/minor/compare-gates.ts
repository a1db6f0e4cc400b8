/** What the table of gates should say of a release, and does not. */

import { type GateRow, type GateState, readGates, stateOfRow } from '../../src/kubelet/gate-table.ts';
import { formatRelease, type Release } from '../../src/kubelet/release.ts';
import type { Finding } from './finding.ts';
import { type GateSpec, type Gates, specText } from './gates.ts';

/**
 * Kubernetes dates a gate to 1.0 or 0.0 where it says what held before there was a gate: no kubelet
 * that old has gates.
 */
const firstWithGates: Release = 1004;

/**
 * @param table the table's text, as `featureGates` has it
 * @param gates all gates of the release
 * @returns what differs in that release alone, by the names of the gates
 */
export function compareGates(table: string, gates: Gates, release: Release): Finding[] {
  const rows = readGates(table);
  const names = [...new Set([...rows.keys(), ...gates.keys()])].sort();
  return names.flatMap((name) => compareGate(name, rows.get(name), gates.get(name), release) ?? []);
}

function compareGate(
  name: string,
  row: GateRow | undefined,
  specs: readonly GateSpec[] | undefined,
  release: Release,
): Finding | undefined {
  const state = stateOfRow(row, release);
  const finding = (kind: Finding['kind'], what: string, line: string | undefined): Finding => {
    return { table: 'feature-gates.ts', kind, name, what, line };
  };
  if (specs === undefined) return row && state.kind === 'Known' ? goneFinding(name, row, release, finding) : undefined;
  const history = historyUpTo(release, specs);
  const now = history.at(-1);
  if (now === undefined) return undefined;
  if (row === undefined) return finding('new', wordsOf(now), lineOf(name, newRow(history, release)));
  if (state.kind !== 'Known') {
    return finding('new', `${wordsOf(now)}; ${missing(state)}`, lineOf(name, withRelease(row, history, release)));
  }
  if (wordsOf(state) === wordsOf(now)) return undefined;
  const changed = { ...row, history: inserted(row.history, { ...now, from: release }) };
  return finding('changed', `${wordsOf(state)} → ${wordsOf(now)}`, lineOf(name, changed));
}

function goneFinding(
  name: string,
  row: GateRow,
  release: Release,
  finding: (kind: Finding['kind'], what: string, line: string | undefined) => Finding,
): Finding {
  if (row.since === release) return finding('removed', 'no release has it: the line should go', undefined);
  return finding('removed', `gone with ${formatRelease(release)}`, lineOf(name, { ...row, until: release - 1 }));
}

/**
 * The specs as releases with gates had them; what held before all of them is dated to the release that
 * was read.
 */
function historyUpTo(release: Release, specs: readonly GateSpec[]): GateSpec[] {
  const real = specs.filter(({ from }) => from >= firstWithGates);
  return real.length > 0 ? real : specs.slice(-1).map((spec) => ({ ...spec, from: release }));
}

/** A history that begins before the release is one of a gate that patch releases brought. */
function newRow(history: readonly GateSpec[], release: Release): GateRow {
  const since = history[0]?.from ?? release;
  return { since, until: undefined, history, gaps: [], sampled: since < release ? release : undefined };
}

/** The row of a gate of which the table says that the release does not have it. */
function withRelease(row: GateRow, history: readonly GateSpec[], release: Release): GateRow {
  const later = row.history.filter(({ from }) => from > release);
  const since = Math.min(row.since, release);
  return {
    since,
    until: row.until !== undefined && row.until < release ? undefined : row.until,
    history: row.since <= release ? row.history : [...history, ...later],
    gaps: row.gaps.filter((gap) => gap !== release),
    sampled: row.sampled !== undefined && row.sampled > release ? release : row.sampled,
  };
}

function inserted(history: readonly GateSpec[], spec: GateSpec): GateSpec[] {
  return [...history.filter(({ from }) => from !== spec.from), spec].sort((a, b) => a.from - b.from);
}

function missing(state: GateState): string {
  if (state.kind === 'Gone') return `the table lets it end with ${formatRelease(state.until)}`;
  if (state.kind === 'NotYet') return `the table lets it begin with ${formatRelease(state.since)}`;
  return 'the table leaves this release open';
}

function wordsOf({ stage, isOn, isLocked }: Pick<GateSpec, 'stage' | 'isOn' | 'isLocked'>): string {
  return `${stage}, ${isOn ? 'on' : 'off'}${isLocked ? ', locked' : ''}`;
}

/** The line of a row, as the table writes it. */
export function lineOf(name: string, { since, until, history, gaps, sampled }: GateRow): string {
  const range = `${formatRelease(since)}-${until === undefined ? '' : formatRelease(until)}`;
  return [
    name,
    range,
    ...history.map(specText),
    ...(gaps.length > 0 ? [`gaps=${gaps.map(formatRelease).join(',')}`] : []),
    ...(sampled === undefined ? [] : [`sampled=${formatRelease(sampled)}`]),
  ].join(' ');
}

/**
 * What the table of dependencies should say of a release. A gate that is locked on cannot be what is
 * missing, so the table needs no such dependency; it may have one that an earlier release needs.
 * @param table the gates of which each gate needs all to be on
 * @param needs the same, of the release that was read
 */
export function compareDependencies(
  table: Readonly<Record<string, readonly string[]>>,
  needs: ReadonlyMap<string, readonly string[]>,
  gates: Gates,
): Finding[] {
  const isLockedOn = (name: string) => gates.get(name)?.at(-1)?.isLocked === true && gates.get(name)?.at(-1)?.isOn === true;
  const names = [...new Set([...Object.keys(table), ...needs.keys()])].filter((name) => gates.has(name)).sort();
  return names.flatMap((name) => {
    const has = table[name] ?? [];
    const needed = needs.get(name) ?? [];
    const missing = needed.filter((one) => !has.includes(one) && !isLockedOn(one));
    const ended = has.filter((one) => !needed.includes(one) && gates.has(one));
    return [
      ...(missing.length > 0 ? [missingDependency(name, has, missing)] : []),
      ...(ended.length > 0 ? [endedDependency(name, ended)] : []),
    ];
  });
}

function missingDependency(name: string, has: readonly string[], missing: readonly string[]): Finding {
  const line = `${JSON.stringify(name)}: ${JSON.stringify([...has, ...missing].sort())},`;
  const kind = has.length === 0 ? 'new' : 'changed';
  return { table: 'gate-dependencies.ts', kind, name, what: `needs ${missing.join(' and ')}`, line };
}

function endedDependency(name: string, ended: readonly string[]): Finding {
  const what = `does not need ${ended.join(' and ')} any more: the table has no word for that yet, give it a last release`;
  return { table: 'gate-dependencies.ts', kind: 'removed', name, what, line: undefined };
}
