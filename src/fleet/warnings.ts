/** The warnings about each object, from the controller itself and from the reports of its nodes. Pure. */

import type { Problem } from '../api/problem.ts';
import type { KubeletConfig, Warning } from '../api/types.ts';
import { distinct, warningOf } from '../api/warnings.ts';
import type { Member } from './member.ts';

/** By name of the object: what its nodes warn of. */
export type ReportedWarnings = ReadonlyMap<string, readonly Warning[]>;

/** Hundreds of nodes warn of the same: each warning is kept once. */
export function reportedWarnings(members: readonly Member[]): ReportedWarnings {
  const found = new Map<string, Map<string, Warning>>();
  for (const { node, nodeKubelet } of members) {
    if (!node) continue;
    for (const { object, ...warning } of nodeKubelet?.status?.warnings ?? []) {
      if (object === undefined) continue;
      const own = found.get(object) ?? new Map<string, Warning>();
      found.set(object, own.set(JSON.stringify(warning), warning));
    }
  }
  return new Map([...found].map(([name, own]) => [name, [...own.values()]]));
}

/** Each once, in an order of its own. */
export function warningsAbout({ metadata }: KubeletConfig, reported: ReportedWarnings, own: readonly Problem[]): Warning[] {
  return distinct([...own.map(warningOf), ...(reported.get(metadata.name) ?? [])]);
}
