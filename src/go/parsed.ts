/** What comes of reading one value: the value, or why it is refused. */

export interface Refusal {
  readonly reason: string;
  readonly remedy: string;
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

export function accepted<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function refused(reason: string, remedy: string): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { reason, remedy } };
}
