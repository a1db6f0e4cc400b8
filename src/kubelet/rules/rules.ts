/** Every rule, and the judgement of one kubelet by those of its release. */

import { knownRelease, type Release } from '../release.ts';
import { containerRules } from './containers.ts';
import { gateRules } from './gates.ts';
import { hostFileRules } from './host-files.ts';
import { KubeletInForce } from './in-force.ts';
import { managerRules } from './managers.ts';
import { nodeRules } from './nodes.ts';
import { rangeRules } from './ranges.ts';
import { reservationRules } from './reservations.ts';
import type { Fault, Rule } from './rule.ts';
import { servingRules } from './serving.ts';
import { shutdownRules } from './shutdown.ts';
import { systemRules } from './system.ts';
import { telemetryRules } from './telemetry.ts';

export const rules: readonly Rule[] = [
  ...gateRules,
  ...rangeRules,
  ...containerRules,
  ...reservationRules,
  ...managerRules,
  ...servingRules,
  ...telemetryRules,
  ...nodeRules,
  ...shutdownRules,
  ...systemRules,
  ...hostFileRules,
];

/** A fault with the rule that found it. */
export interface RuledFault extends Fault {
  readonly rule: string;
  /** Whether files and flags say all that the rule looked at: no default has a part in the fault. */
  readonly isSaid: boolean;
  /** Whether something outside of all settings may meet the demand that nobody has written down. */
  readonly isMetOutside: boolean;
}

const rulesByRelease = new Map<Release, readonly Rule[]>();

function rulesOf(release: Release): readonly Rule[] {
  const holds = ({ since, until }: Rule) =>
    (since === undefined || knownRelease(since) <= release) && (until === undefined || release <= knownRelease(until));
  const known = rulesByRelease.get(release) ?? rules.filter(holds);
  rulesByRelease.set(release, known);
  return known;
}

/**
 * By a name of a field or a flag, the rules that look at it where nothing is said; `always` are the
 * others.
 */
interface Index {
  readonly always: ReadonlySet<Rule>;
  readonly byName: ReadonlyMap<string, readonly Rule[]>;
}

const indexes = new Map<string, Index | undefined>();

/** Undefined for the first kubelet of its kind: to ask every rule once costs less than to make an index. */
function indexOf(release: Release, hasFile: boolean): Index | undefined {
  const key = `${release} ${hasFile}`;
  const index = indexes.get(key) ?? (indexes.has(key) ? makeIndex(release, hasFile) : undefined);
  indexes.set(key, index);
  return index;
}

/**
 * A check takes another way than where nothing is said only if what it looks at there is said. Rules that
 * find something where nothing is said are always asked.
 */
function makeIndex(release: Release, hasFile: boolean): Index {
  const main = hasFile ? { path: '/', fields: {} } : undefined;
  const commandLine = { flags: [], rest: [], hasUnknown: false };
  const nothing = new KubeletInForce({ main, dropIns: undefined, commandLine, release, workingDirectory: '/' }, release);
  const always = new Set<Rule>();
  const byName = new Map<string, Rule[]>();
  for (const rule of rulesOf(release)) {
    if (nothing.ask(rule.check).length > 0) always.add(rule);
    for (const name of nothing.looked()) byName.set(name, [...(byName.get(name) ?? []), rule]);
  }
  return { always, byName };
}

/** The rules that can find anything, in their order. */
function rulesFor(kubelet: KubeletInForce): readonly Rule[] {
  const said = kubelet.said();
  const all = rulesOf(kubelet.release);
  if (said === undefined) return all;
  const index = indexOf(kubelet.release, kubelet.hasFile);
  if (index === undefined) return all;
  const { always, byName } = index;
  const asked = new Set([...always, ...said.flatMap((name) => byName.get(name) ?? [])]);
  return all.filter((rule) => asked.has(rule));
}

/** What a kubelet of its release makes of its settings. */
export function judge(kubelet: KubeletInForce): RuledFault[] {
  return judgeBy(kubelet, rulesFor(kubelet));
}

/** The same by rules that are given. */
export function judgeBy(kubelet: KubeletInForce, asked: readonly Rule[]): RuledFault[] {
  return asked.flatMap(({ id, check, mayBeMetOutside = false }) => {
    return kubelet.ask(check).map(({ found: fault, isSaid }) => {
      const isGiven = 'field' in fault.place && kubelet.isGiven(fault.place.field.join('.'));
      return { ...fault, rule: id, isSaid, isMetOutside: mayBeMetOutside && !isGiven };
    });
  });
}
