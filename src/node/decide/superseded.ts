/** A change that is being proved, and what is wanted meanwhile. Pure. */

import type { Preview } from '../model/preview.ts';
import type { TransactionRecord } from '../model/record.ts';

/** Whether something else is wanted by now than what is under way. That it cannot be said is no answer. */
export function isSuperseded({ wish, journal }: Pick<Preview, 'wish' | 'journal'>, { inputs }: TransactionRecord): boolean {
  const { wanted } = wish;
  switch (wanted.kind) {
    case 'Revision':
      return wanted.inputs.id !== inputs?.id;
    case 'Committed':
      return journal.committed?.inputs?.id !== inputs?.id;
    case 'Pinned':
      return wanted.record.inputs?.id !== inputs?.id;
    case 'Originals':
      return inputs !== null;
    case 'Unknown':
      return false;
    default:
      return wanted satisfies never;
  }
}
