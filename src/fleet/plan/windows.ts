/**
 * Whether nodes may be changed now, by the maintenance windows of their objects. Pure: what is remembered
 * only saves the search.
 */

import { inBoth, type MaintenanceWindow, type Opening, openingsOf, type Span } from './openings.ts';
import { day, formatLocal } from './wall-clock.ts';

/** `rollout.windows` of one object; undefined or empty: nodes may be changed at any time. */
export type Windows = readonly MaintenanceWindow[] | undefined;

/** All times are milliseconds since 1970, by the clock of the API server. */
export type WindowState =
  /** `until` is undefined if there are no windows, or no end within a year. */
  | { readonly kind: 'Open'; readonly until: number | undefined; readonly timeZone: string }
  | { readonly kind: 'Closed'; readonly opensAt: number; readonly timeZone: string }
  /** Nothing is granted within a year. */
  | { readonly kind: 'Never'; readonly why: NeverReason };

/**
 * `NoOpening`: an object has no window that opens. `NeverMeet`: the windows of each object open, but never
 * those of all at once. `TooShort`: all are open at some time, but never for as long as a change may take.
 */
export type NeverReason = 'NoOpening' | 'NeverMeet' | 'TooShort';

const year = 366 * day;

/**
 * Whether changes may begin now. With several objects all of them must be open.
 * @param objects `rollout.windows` of each object that has a say
 * @param now the clock of the API server, milliseconds since 1970
 * @param reserveSeconds how long one change may take: an opening that ends sooner counts as closed
 */
export function windowState(objects: readonly Windows[], now: number, reserveSeconds = 0): WindowState {
  const limiting = objects.filter((windows) => windows !== undefined).filter(({ length }) => length > 0);
  if (limiting.length === 0) return { kind: 'Open', until: undefined, timeZone: 'Etc/UTC' };
  // Even without a reserve, an opening that ends now has ended.
  const reserve = Math.max(1, reserveSeconds * 1000);
  const found = remembered(limiting, now, reserve);
  if (found.opening === undefined) return { kind: 'Never', why: found.why };
  const { from, until, opensIn, closesIn } = found.opening;
  if (from > now) return { kind: 'Closed', opensAt: from, timeZone: opensIn };
  return { kind: 'Open', until: found.isEndless ? undefined : until, timeZone: closesIn };
}

/** A state for people: `opens Saturday 02:00 Europe/Berlin`, `closes 06:00 Europe/Berlin`. */
export function describeWindow(state: WindowState, now: number): string {
  switch (state.kind) {
    case 'Open':
      return state.until === undefined ? 'is always open' : `closes ${formatLocal(state.until, state.timeZone, now, false)}`;
    case 'Closed':
      return `opens ${formatLocal(state.opensAt, state.timeZone, now, true)}`;
    case 'Never':
      return neverWords[state.why];
  }
}

const neverWords: Readonly<Record<NeverReason, string>> = {
  NoOpening: 'does not open within a year',
  NeverMeet: 'is never open at the same time as the windows of the other objects',
  TooShort: 'is never open for as long as a change may take',
};

type Found =
  | { readonly opening: Opening; readonly isEndless: boolean }
  | { readonly opening: undefined; readonly why: NeverReason };

type Remembered = Found & {
  /** The answer holds from `since` on, and before `before`. */
  readonly since: number;
  readonly before: number;
};

const memory = new Map<string, Remembered>();
const mostRemembered = 1000;
const keys = new WeakMap<readonly MaintenanceWindow[], string>();

/** Objects come anew in each plan, but their windows are the same until a person edits them. */
function keyOf(windows: readonly MaintenanceWindow[]): string {
  const known = keys.get(windows) ?? JSON.stringify(windows);
  keys.set(windows, known);
  return known;
}

function remembered(objects: readonly (readonly MaintenanceWindow[])[], now: number, reserve: number): Found {
  const distinct = new Map(objects.map((windows) => [keyOf(windows), windows]));
  const key = `${reserve} ${[...distinct.keys()].sort().join(' ')}`;
  const known = memory.get(key);
  if (known && now >= known.since && now < known.before) return known;
  const found = search([...distinct.values()], now, reserve);
  if (memory.size >= mostRemembered) memory.clear();
  memory.set(key, { ...found, since: now, before: validBefore(found, now, reserve) });
  return found;
}

/** What ends only behind the year that was searched is looked at again each day. */
function validBefore(found: Found, now: number, reserve: number): number {
  if (found.opening === undefined || found.isEndless) return now + day;
  return found.opening.until - reserve + 1;
}

function search(objects: readonly (readonly MaintenanceWindow[])[], now: number, reserve: number): Found {
  const span = { from: now, until: now + year };
  let isTooShort = false;
  for (const opening of commonOpenings(objects, span)) {
    if (opening.until - Math.max(opening.from, now) >= reserve) return { opening, isEndless: opening.until >= span.until };
    isTooShort = true;
  }
  if (isTooShort) return { opening: undefined, why: 'TooShort' };
  const isEachOpen = objects.every((windows) => openingsOf(windows, span).next().done !== true);
  return { opening: undefined, why: isEachOpen ? 'NeverMeet' : 'NoOpening' };
}

function commonOpenings(objects: readonly (readonly MaintenanceWindow[])[], span: Span): Generator<Opening> {
  return objects.map((windows) => openingsOf(windows, span)).reduce(inBoth);
}
