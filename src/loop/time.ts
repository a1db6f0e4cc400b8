/** Points in time as Kubernetes writes them. */

/** Milliseconds since the epoch as RFC 3339 in UTC, cut to whole seconds: `2026-01-31T09:00:00Z`. */
export function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A time in RFC 3339 as milliseconds since the epoch; NaN for anything else. */
export function fromRfc3339(text: string): number {
  return Date.parse(text);
}
