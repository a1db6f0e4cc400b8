/** Remembers what was found, for as long as it is asked for. Pure but for that memory. */

export interface Remembering<Arguments extends readonly unknown[], Found> {
  (...args: Arguments): Found;
  /** Forgets everything that was not asked for since the last call. */
  forgetUnused(): void;
}

/** @param keyOf equal for arguments of which the same is found */
export function remembering<Arguments extends readonly unknown[], Found>(
  find: (...args: Arguments) => Found,
  keyOf: (...args: Arguments) => string,
): Remembering<Arguments, Found> {
  let known = new Map<string, Found>();
  let used = new Map<string, Found>();
  const look = (...args: Arguments) => {
    const key = keyOf(...args);
    const last = used.has(key) ? used : known;
    const found = last.has(key) ? (last.get(key) as Found) : find(...args);
    used.set(key, found);
    return found;
  };
  const forgetUnused = () => {
    known = used;
    used = new Map();
  };
  return Object.assign(look, { forgetUnused });
}
