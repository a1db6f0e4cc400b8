/** Whether the change in its proof is still the desired one. Pure. */

import type { Preview } from '../model/preview.ts';
import type { TransactionRecord } from '../model/record.ts';

/** True if other inputs are desired by now. A source that does not answer is no reason to end a proof. */
export function isSuperseded({ desired, journal }: Pick<Preview, 'desired' | 'journal'>, { inputs }: TransactionRecord): boolean {
  const { revision } = desired;
  switch (revision.kind) {
    case 'Rendered':
      return revision.traits.inputs.id !== inputs?.id;
    case 'Committed':
      return journal.committed?.inputs?.id !== inputs?.id;
    case 'Pinned':
      return revision.record.inputs?.id !== inputs?.id;
    case 'Originals':
      return inputs !== null;
    case 'Unknown':
      return false;
    default:
      return revision satisfies never;
  }
}
