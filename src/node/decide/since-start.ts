/** What is told of a kubelet that runs with other settings than its files say by now. Pure. */

import type { Problem } from '../../api/problem.ts';
import { describeChange, type SettingChange, settingOf, shownValue } from '../../kubelet/settings/compare.ts';
import { fieldOf } from '../../kubelet/settings/flag-field.ts';
import type { FlagChange } from '../../kubelet/settings/running-flags.ts';
import { rfc3339 } from '../../loop/time.ts';
import { foreignLines } from '../../text/foreign-text.ts';

/** How a running kubelet differs from its files. */
export interface SinceStart {
  /** By the kubelet's own answer. */
  readonly fields: readonly SettingChange[];
  /** By the arguments of its process. */
  readonly flags: readonly FlagChange[];
}

/** The code of the warning: it is true only until the next restart. */
export const sinceStartCode = 'ChangedSinceStart' satisfies Problem['code'];

const mostNamed = 12;

/**
 * One line for each setting: `maxPods 110 → 64 (/var/lib/kubelet/config.yaml)`. A field of a flag is told
 * once.
 */
export function sinceStartLines({ fields, flags }: SinceStart): string[] {
  const told = new Set(flags.map(({ name }) => fieldOf(name.slice(2), undefined)));
  const others = fields.filter((change) => !told.has(settingOf(change).name));
  return [
    ...flags.map(({ name, from, to, by }) => withFile(`${name} ${shownFlag(name, from)} → ${shownFlag(name, to)}`, by)),
    ...others.map((change) => withFile(describeChange(change), change.to?.by)),
  ].map(foreignLines);
}

function withFile(text: string, by: string | undefined): string {
  return by === undefined ? text : `${text} (${by})`;
}

function shownFlag(name: string, values: readonly string[] | undefined): string {
  if (values === undefined) return 'not given';
  return shownValue(name.slice(2), values.length === 1 ? (values[0] ?? '') : [...values]);
}

/**
 * The warning; undefined if nothing differs. @param activeSince milliseconds since the epoch; 0 if unknown
 */
export function sinceStartProblem(unit: string, activeSince: number, found: SinceStart): Problem | undefined {
  const lines = sinceStartLines(found);
  if (lines.length === 0) return undefined;
  const since = activeSince > 0 ? ` since ${rfc3339(activeSince)}` : '';
  const more = lines.length > mostNamed ? ` and ${lines.length - mostNamed} more` : '';
  return {
    severity: 'warning',
    code: sinceStartCode,
    path: [],
    reason: `the kubelet runs${since} with other settings than its files say by now: ${lines.slice(0, mostNamed).join('; ')}${more}`,
    remedy: `the next restart of ${unit} puts that into force, also one for a change; put the files right first if it is not meant`,
  };
}
