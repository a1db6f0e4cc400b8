/** Small pieces of the sentences that statuses and events are made of. Pure. */

const mostNames = 3;

/** `worker-1, worker-2, worker-3 and 17 more`. */
export function listed(named: readonly { readonly name: string }[]): string {
  const names = named.slice(0, mostNames).map(({ name }) => name);
  const others = named.length - names.length;
  return `${names.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}

export function nodes(count: number): string {
  return count === 1 ? '1 node' : `${count} nodes`;
}
