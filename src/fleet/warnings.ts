/** The warnings about one object, from the controller itself and from the reports of its nodes. Pure. */

import type { Problem } from '../api/problem.ts';
import type { KubeletConfig, Warning } from '../api/types.ts';
import { distinct, warningOf } from '../api/warnings.ts';
import type { Tally } from './tally.ts';

/** Each once, in an order of its own: hundreds of nodes warn of the same. */
export function warningsAbout({ metadata }: KubeletConfig, { nodes }: Tally, own: readonly Problem[]): Warning[] {
  const found: Warning[] = own.map(warningOf);
  for (const { nodeKubelet } of Object.values(nodes).flat()) {
    for (const { object, ...warning } of nodeKubelet?.status?.warnings ?? []) if (object === metadata.name) found.push(warning);
  }
  return distinct(found);
}
