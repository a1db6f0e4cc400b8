/** Every rule, and the judgement of one kubelet by those of its release. */

import { knownRelease, type Release } from '../release.ts';
import { containerRules } from './containers.ts';
import { gateRules } from './gates.ts';
import type { KubeletInForce } from './in-force.ts';
import { managerRules } from './managers.ts';
import { nodeRules } from './nodes.ts';
import { rangeRules } from './ranges.ts';
import { reservationRules } from './reservations.ts';
import type { Fault, Rule } from './rule.ts';
import { servingRules } from './serving.ts';

export const rules: readonly Rule[] = [
  ...gateRules,
  ...rangeRules,
  ...containerRules,
  ...reservationRules,
  ...managerRules,
  ...servingRules,
  ...nodeRules,
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

/** What a kubelet of its release makes of its settings. */
export function judge(kubelet: KubeletInForce): RuledFault[] {
  return rulesOf(kubelet.release).flatMap(({ id, check, mayBeMetOutside = false }) => {
    const { answer, isSaid } = kubelet.ask(check);
    if (answer.length === 0) return [];
    return answer.map((fault) => {
      const isGiven = 'field' in fault.place && kubelet.isGiven(fault.place.field.join('.'));
      return { ...fault, rule: id, isSaid, isMetOutside: mayBeMetOutside && !isGiven };
    });
  });
}
