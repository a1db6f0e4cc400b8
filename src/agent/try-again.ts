/** Which outcomes make the agent repeat the pass although nothing has changed. Pure. */

import { isOpen } from '../node/model/event.ts';
import type { Outcome } from '../node/model/outcome.ts';

/** Makes the work queue repeat the pass after a delay. */
export class TryAgain extends Error {
  override readonly name = 'TryAgain';
  /** False if the log has the reason already. */
  readonly isNews: boolean;

  constructor(reason: string, isNews: boolean) {
    super(reason);
    this.isNews = isNews;
  }
}

/**
 * Why the pass is to be repeated after a delay; undefined if it need not be.
 *
 * Kept, Waiting and Refused are repeated because the cause may lie on the host, and no event says that a
 * person has put it right. A change that failed is not repeated: only another source makes it another change.
 * An interrupted one has its own rest (rest.ts).
 */
export function reasonToTryAgain(outcome: Outcome): string | undefined {
  switch (outcome.kind) {
    case 'Unchanged':
      return undefined;
    case 'Unreadable':
      return outcome.error.message;
    case 'Kept':
      return outcome.problems[0]?.reason;
    case 'Waiting':
      return outcome.why;
    case 'Changed':
      return reasonToTryChangeAgain(outcome);
    default:
      return outcome satisfies never;
  }
}

function reasonToTryChangeAgain({ result }: Extract<Outcome, { kind: 'Changed' }>): string | undefined {
  switch (result.kind) {
    case 'Committed':
    case 'Undone':
      return undefined;
    case 'Refused':
      return result.errors[0]?.message;
    case 'NotUndone':
      return isOpen(result) ? result.verdict.reason : undefined;
    default:
      return result satisfies never;
  }
}
