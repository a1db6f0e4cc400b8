/** What is wrong with one word of an rkt command line, and how a part of a word is refused. */

export interface RktFinding {
  /** `error`: rkt refuses the list. `warning`: rkt takes it and does something else than it seems to say. */
  readonly severity: 'error' | 'warning';
  /** Index into the words that were checked. */
  readonly word: number;
  /** rkt's own words where it has any. */
  readonly reason: string;
  readonly remedy: string;
}

export function error(word: number, reason: string, remedy: string): RktFinding {
  return { severity: 'error', word, reason: reason.trimEnd(), remedy };
}

export function warning(word: number, reason: string, remedy: string): RktFinding {
  return { severity: 'warning', word, reason, remedy };
}
