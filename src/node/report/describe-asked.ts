/** What a person asked of a node, in words: for the log and the status. */

import type { Asked } from '../model/asked.ts';

/** `a person asks to go back to revision 3fa94c…`. */
export function describeAsked(asked: Asked): string {
  switch (asked.kind) {
    case 'Rollback':
      return `a person asks to go back to revision ${asked.revision}`;
    case 'Retry':
      return 'a person asks to try again what failed or was rolled back';
    default:
      return asked satisfies never;
  }
}
