/** Points in time as Kubernetes writes them. */

/** Milliseconds since the epoch as RFC 3339 in UTC, cut to whole seconds: `2026-01-31T09:00:00Z`. */
export function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}
