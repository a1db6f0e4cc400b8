/** Warnings as both kinds report them in their status: a code, a field and a message, bounded. Pure. */

import { cut } from '../text/cut.ts';
import { withoutControls } from '../text/foreign-text.ts';
import { hideInReason } from '../text/hide-secrets.ts';
import { formatPath, type Problem } from './problem.ts';
import { longestWarning, longestWarningPath } from './schema/status.ts';
import type { Warning } from './types.ts';

/** The warning of a status that tells of a problem, without secrets. */
export function warningOf({ code, path, reason, remedy }: Problem): Warning {
  return {
    code,
    path: cut(withoutControls(formatPath(path)), longestWarningPath),
    message: cut(withoutControls(hideInReason(`${reason}; ${remedy}`)), longestWarning),
  };
}

/** One of each kind in an order of its own, so that the same warnings always make the same status. */
export function distinct<Each extends Warning>(warnings: Iterable<Each>): Each[] {
  const known = new Map<string, Each>();
  for (const warning of warnings) known.set(`${warning.code} ${warning.path} ${warning.message}`, warning);
  return [...known].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, warning]) => warning);
}
