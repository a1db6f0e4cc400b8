/** The result of reading one value: the value, or why it is refused. */

/** `reason` follows "the value": what Go or rkt says of it. `remedy` says what to write instead. */
export interface Refusal {
  readonly reason: string;
  readonly remedy: string;
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

/** The value was read. */
export function accepted<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

/** The value cannot be read. */
export function refused(reason: string, remedy: string): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { reason, remedy } };
}
