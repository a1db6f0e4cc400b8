/** One release on the way from one kubelet to another. Pure. */

import type { ReadPlainKubelet } from '../plain-kubelet.ts';
import type { Release } from '../release.ts';
import type { KubeletInForce } from '../rules/in-force.ts';

/** A release, with what a kubelet of it reads and has in force. */
export interface Step {
  readonly release: Release;
  readonly read: ReadPlainKubelet;
  readonly kubelet: KubeletInForce;
}

/** Two neighbours on the way; `from` is what runs before `to`. */
export interface Pair {
  readonly from: Step;
  readonly to: Step;
}

/** The neighbours, in the order of the way. */
export function pairsOf(steps: readonly Step[]): Pair[] {
  return steps.slice(1).flatMap((to, index) => {
    const from = steps[index];
    return from === undefined ? [] : [{ from, to }];
  });
}

/** The two of a pair by their age, whatever the direction of the way. */
export function byAge({ from, to }: Pair): { readonly older: Step; readonly newer: Step } {
  return from.release < to.release ? { older: from, newer: to } : { older: to, newer: from };
}

/** The names of the flags that a step takes, each once. */
export function flagsOf({ read }: Step): string[] {
  return [...new Set(read.sources.commandLine.flags.map(({ name }) => name))];
}
