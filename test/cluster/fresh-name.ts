/** Names for the objects of tests that share one API server. */

let names = 0;

/** A name that no other test uses. */
export function freshName(prefix = 'widget'): string {
  names += 1;
  return `${prefix}-${names}`;
}
