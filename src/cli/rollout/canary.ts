/** How far the canaries of an object are. Pure. */

import { contentOf } from '../../api/content.ts';
import type { KubeletConfig } from '../../api/types.ts';

export type CanaryProgress =
  /** They do not all have the content yet, or are not all available. */
  | { readonly kind: 'Changing'; readonly count: number }
  | { readonly kind: 'Soaking'; readonly count: number; readonly secondsLeft: number }
  | { readonly kind: 'Proven'; readonly count: number; readonly at: string };

const defaultSoakSeconds = 600;

/**
 * Undefined if the object asks for none.
 * @param time of the API server, in milliseconds since 1970
 */
export function canaryOf({ spec, status }: KubeletConfig, time: number): CanaryProgress | undefined {
  const canary = spec.rollout?.canary;
  if (canary === undefined) return undefined;
  const { count = 1, soakSeconds = defaultSoakSeconds } = canary;
  const rollout = status?.rollout?.content === contentOf({ spec }) ? status.rollout : undefined;
  if (rollout?.provenAt !== undefined) return { kind: 'Proven', count, at: rollout.provenAt };
  if (rollout?.soakSince === undefined) return { kind: 'Changing', count };
  const end = Date.parse(rollout.soakSince) + soakSeconds * 1_000;
  // A start in the future makes the soak begin anew.
  const left = Math.min(soakSeconds, Math.max(0, Math.ceil((end - time) / 1_000)));
  return { kind: 'Soaking', count, secondsLeft: left };
}

/** One line for a person. */
export function describeCanary(canary: CanaryProgress): string {
  const who = canary.count === 1 ? 'the first node' : `the first ${canary.count} nodes`;
  switch (canary.kind) {
    case 'Changing':
      return `canary: ${who} before the others`;
    case 'Soaking':
      return `canary: ${who} must stay available for ${describeSeconds(canary.secondsLeft)} more`;
    case 'Proven':
      return `canary: proved at ${canary.at}`;
    default:
      return canary satisfies never;
  }
}

/** `45 s`, `10 min`, `2 h 5 min`; rounded up to what is shown. */
export function describeSeconds(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return `${hours} h${rest === 0 ? '' : ` ${rest} min`}`;
}
