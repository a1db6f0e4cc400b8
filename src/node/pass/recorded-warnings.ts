/** The warnings that a change leaves in its record, for later passes and reports. Pure. */

import type { Problem } from '../../api/problem.ts';
import { sameProblem } from '../../api/same-problem.ts';
import { sinceStartCode } from '../decide/since-start.ts';
import type { Preview } from '../model/preview.ts';

/** A record is read at each pass, so it stays small. */
const mostRecorded = 64;

/**
 * The warnings about the revision that the change brings.
 *
 * @param found by rendering and by preflight in this pass
 */
export function recordedWarnings({ desired: { revision }, journal }: Preview, found: readonly Problem[]): readonly Problem[] {
  switch (revision.kind) {
    case 'Rendered':
    case 'Committed': {
      // Of what the running kubelet had, nothing is true after the restart.
      const warnings = found.filter(({ severity, code }) => severity === 'warning' && code !== sinceStartCode);
      return warnings
        .filter((one, index) => warnings.findIndex((other) => sameProblem(one, other)) === index)
        .slice(0, mostRecorded);
    }
    case 'Pinned':
      return revision.record.warnings ?? [];
    case 'Unknown':
      return journal.committed?.warnings ?? [];
    case 'Originals':
      return [];
    default:
      return revision satisfies never;
  }
}
