/** Many signals in a short time become one call. */

export interface DebounceOptions {
  /** The longest that a signal waits for its call, even if further signals keep coming. */
  readonly longestMilliseconds: number;
}

export interface Debounced {
  /**
   * Asks for a call.
   * @param quietMilliseconds how long no further signal may come before the call; a longer wait of an earlier
   * signal stays
   */
  signal(quietMilliseconds: number): void;
  /** Drops the call that is waiting. A later signal starts anew. */
  cancel(): void;
}

/** Joins signals that come in quick succession into one call of `call`. Uses real timers. */
export function debounce(call: () => void, { longestMilliseconds }: DebounceOptions): Debounced {
  let quiet: NodeJS.Timeout | undefined;
  let longest: NodeJS.Timeout | undefined;
  let quietUntil = 0;
  const cancel = () => {
    clearTimeout(quiet);
    clearTimeout(longest);
    quiet = undefined;
    longest = undefined;
    quietUntil = 0;
  };
  const fire = () => {
    cancel();
    call();
  };
  const signal = (quietMilliseconds: number) => {
    const now = performance.now();
    quietUntil = Math.max(quietUntil, now + quietMilliseconds);
    clearTimeout(quiet);
    quiet = setTimeout(fire, Math.ceil(quietUntil - now));
    longest ??= setTimeout(fire, longestMilliseconds);
  };
  return { signal, cancel };
}
