/** The feature gates that a release of the kubelet knows, and what became of those that it does not know. */

import { featureGates, newestGates, oldestGates } from './data/feature-gates.ts';
import { knownRelease, type Release } from './release.ts';

export type GateStage = 'alpha' | 'beta' | 'stable' | 'deprecated';

/** A gate from one release on. */
interface GateChange {
  readonly from: Release;
  readonly stage: GateStage;
  readonly isOn: boolean;
  readonly isLocked: boolean;
}

/** A line of the table of gates. */
export interface GateRow {
  readonly since: Release;
  readonly until: Release | undefined;
  readonly history: readonly GateChange[];
  readonly gaps: readonly Release[];
  readonly sampled: Release | undefined;
}

export type GateState =
  | { readonly kind: 'Known'; readonly stage: GateStage; readonly isOn: boolean; readonly isLocked: boolean }
  /** `until` is the last release that has it, and `isOn` what it is for ever afterwards. */
  | { readonly kind: 'Gone'; readonly until: Release; readonly isOn: boolean }
  | { readonly kind: 'NotYet'; readonly since: Release }
  /** A patch release may have brought it. */
  | { readonly kind: 'Doubtful' }
  | { readonly kind: 'Unknown' };

const oldest = knownRelease(oldestGates);
const newest = knownRelease(newestGates);

let lines: ReadonlyMap<string, string> | undefined;
const rows = new Map<string, GateRow | undefined>();

/** Read when a gate is first asked for, and no other line than its own: most passes ask for few. */
function gateRow(name: string): GateRow | undefined {
  if (rows.has(name)) return rows.get(name);
  const line = gateLines().get(name);
  const row = line === undefined ? undefined : readGates(line).get(name);
  rows.set(name, row);
  return row;
}

function gateLines(): ReadonlyMap<string, string> {
  lines ??= new Map(linesOf(featureGates).map((line) => [line.slice(0, line.indexOf(' ')), line]));
  return lines;
}

function linesOf(table: string): string[] {
  return table.trim().split('\n');
}

/** The rows of a table that is written as `featureGates` is, by the names of the gates. */
export function readGates(table: string): ReadonlyMap<string, GateRow> {
  return new Map(linesOf(table).map(readRow));
}

function readRow(line: string): readonly [string, GateRow] {
  const [name = '', range = '', ...rest] = line.split(' ');
  const [since = '', until = ''] = range.split('-');
  const optionOf = (key: string) => rest.find((word) => word.startsWith(key))?.slice(key.length);
  const history = rest.filter((word) => word.includes(':')).map(readChange);
  const sampled = optionOf('sampled=');
  const row = {
    since: knownRelease(since),
    until: until === '' ? undefined : knownRelease(until),
    history,
    gaps: (optionOf('gaps=')?.split(',') ?? []).map(knownRelease),
    sampled: sampled === undefined ? undefined : knownRelease(sampled),
  };
  return [name, row];
}

function readChange(word: string): GateChange {
  const [from = '', stage = '', value = '', lock = ''] = word.split(':');
  return { from: knownRelease(from), stage: stage as GateStage, isOn: value === 'on', isLocked: lock === 'locked' };
}

/** Whether the gates of a release are in the table. */
export function knowsGatesOf(release: Release): boolean {
  return oldest <= release && release <= newest;
}

/** What a release makes of a gate, without its own value. */
export function gateState(name: string, release: Release): GateState {
  return stateOfRow(gateRow(name), release);
}

/** What a release makes of the gate of a row; a release after the table has it as the newest one has. */
export function stateOfRow(row: GateRow | undefined, release: Release): GateState {
  if (row === undefined) return { kind: 'Unknown' };
  if (row.gaps.includes(release)) return { kind: 'Doubtful' };
  const seen = row.sampled ?? row.since;
  if (Math.min(seen, row.since) <= release && release < Math.max(seen, row.since)) return { kind: 'Doubtful' };
  if (release < row.since) return { kind: 'NotYet', since: row.since };
  const change = row.history.findLast(({ from }) => from <= release) ?? row.history[0];
  if (row.until !== undefined && row.until < release) {
    return { kind: 'Gone', until: row.until, isOn: row.history.at(-1)?.isOn ?? false };
  }
  if (change === undefined) return { kind: 'Unknown' };
  return { kind: 'Known', stage: change.stage, isOn: change.isOn, isLocked: change.isLocked };
}

/** The names of all gates, or of those of one release. */
export function gateNames(release: Release | undefined): readonly string[] {
  const names = [...gateLines().keys()];
  return release === undefined ? names : names.filter((name) => gateState(name, release).kind === 'Known');
}

/** The value of a gate for given ones: `AllAlpha` and `AllBeta` set those that are not given themselves. */
export function gateValue(name: string, given: Readonly<Record<string, unknown>>, release: Release): boolean {
  const own = given[name];
  if (typeof own === 'boolean') return own;
  const state = gateState(name, release);
  if (state.kind !== 'Known') return state.kind === 'Gone' && state.isOn;
  const group = state.stage === 'alpha' ? given['AllAlpha'] : state.stage === 'beta' ? given['AllBeta'] : undefined;
  return typeof group === 'boolean' && !state.isLocked ? group : state.isOn;
}
