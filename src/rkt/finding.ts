/** Findings: one says what is wrong with one word of an rkt command line. */

export interface RktFinding {
  /**
   * `error`: rkt refuses the list. `warning`: rkt accepts it and does something else than it seems to say.
   */
  readonly severity: 'error' | 'warning';
  /** The index of the word in the words that were checked. */
  readonly word: number;
  /** In rkt's own words if it has any. */
  readonly reason: string;
  readonly remedy: string;
}

/** rkt refuses the list because of this word. */
export function error(word: number, reason: string, remedy: string): RktFinding {
  return { severity: 'error', word, reason: reason.trimEnd(), remedy };
}

/** rkt accepts the word and does something unexpected with it. */
export function warning(word: number, reason: string, remedy: string): RktFinding {
  return { severity: 'warning', word, reason, remedy };
}
