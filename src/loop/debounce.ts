/** Many signals in a short time become one call. */

export interface DebounceOptions {
  /** The longest that one signal waits, also when it is never quiet. */
  readonly longestMilliseconds: number;
}

export interface Debounced {
  /** @param quietMilliseconds how long it has to be quiet after this one; an earlier one that asked for longer still counts */
  signal(quietMilliseconds: number): void;
  /** Forgets what has been signalled. */
  cancel(): void;
}

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
