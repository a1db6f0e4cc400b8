/** Words for the sentences of statuses and events. Pure. */

const mostNames = 3;

/** At most three names: `worker-1, worker-2, worker-3 and 17 more`. */
export function listed(named: readonly { readonly name: string }[]): string {
  const names = named.slice(0, mostNames).map(({ name }) => name);
  const others = named.length - names.length;
  return `${names.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}

/** `1 node`, `2 nodes`. */
export function nodes(count: number): string {
  return count === 1 ? '1 node' : `${count} nodes`;
}
