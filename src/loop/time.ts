/** Points in time as Kubernetes writes them. */

/** Whole seconds, as Kubernetes writes times. */
export function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}
