/**
 * What a decision becomes when the change would lose settings of a kubelet that somebody else configured.
 * Pure.
 */

import type { Problem } from '../../api/problem.ts';
import type { Effective } from '../../desired/effective.ts';
import { type Comparison, describeChange, describeSetting, type SettingChange } from '../../kubelet/settings/compare.ts';
import type { Setting } from '../../kubelet/settings/setting.ts';
import { cut } from '../../text/cut.ts';
import { foreignLines } from '../../text/foreign-text.ts';
import type { Action } from '../model/action.ts';
import { managedFiles, type TransactionRecord } from '../model/record.ts';

/**
 * Notes in the record what the change does to the settings of the kubelet. Refuses a change that loses
 * settings which others gave to the kubelet (design N12), unless the object that names the launcher says
 * `takeover: Replace`. A setting from a file of ours is lost because the objects no longer have it.
 */
export function heedTakeover(
  action: Action,
  comparison: Comparison | undefined,
  effective: Effective | undefined,
  committed: TransactionRecord | undefined,
): Action {
  if (!comparison || (action.kind !== 'Ask' && action.kind !== 'Change')) return action;
  const lost = effective?.takeover === 'Refuse' ? lostOfOthers(comparison, committed) : [];
  if (effective && lost.length > 0) return { kind: 'Keep', because: 'Unknown', problems: [losesSettings(lost, effective)] };
  const settings = comparison.changes.slice(0, mostRecorded).map((change) => foreignLines(describeChange(change)));
  return settings.length === 0 ? action : { ...action, record: { ...action.record, settings } };
}

/** A takeover may change everything; a record is read at each pass. */
const mostRecorded = 100;

/** The settings that only the kubelet before has, and that no file of ours gave to it. */
export function lostOfOthers({ changes }: Comparison, committed: TransactionRecord | undefined): readonly Setting[] {
  const ours = new Set(managedFiles(committed).map(({ path }) => path));
  const lost = changes.flatMap((change: SettingChange) => (change.kind === 'Lost' ? [change.from] : []));
  return lost.filter(({ by }) => by !== undefined && !ours.has(by));
}

/** Each is named: a person must see what the kubelet would lack. */
const mostNamed = mostRecorded;
/** A value that is longer is a list or a command, which `diff` shows whole. */
const longestValue = 200;

function losesSettings(lost: readonly Setting[], { spec, owners }: Effective): Problem {
  const [launcher = 'host'] = Object.keys(spec.launcher);
  const object = owners.find(({ path }) => path[0] === 'launcher')?.object;
  const named = lost.slice(0, mostNamed);
  const places = [...new Set(named.map(({ by }) => by))].map((place) => {
    const here = named.filter(({ by }) => by === place).map((one) => cut(describeSetting(one), longestValue));
    return `${here.join(', ')} in ${place}`;
  });
  const more = lost.length > mostNamed ? ` and ${lost.length - mostNamed} more` : '';
  const reason = foreignLines(
    `this node's kubelet would lose ${lost.length === 1 ? 'a setting' : `${lost.length} settings`}: ${places.join('; ')}${more}`,
  );
  const remedy =
    'use launcher: existing, which keeps them, or write them into the object (kubelet-config import shows how); takeover: Replace accepts the loss';
  return {
    severity: 'error',
    code: 'TakeoverLosesSettings',
    path: ['spec', 'launcher', launcher],
    reason,
    remedy,
    ...(object !== undefined && { object }),
  };
}
