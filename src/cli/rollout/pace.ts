/** How fast a rollout goes, from what was seen of it so far. Pure. */

/** How many nodes had the content at a time, in milliseconds by a monotonic clock; the oldest first. */
export type Pace = readonly { readonly at: number; readonly updated: number }[];

/** Milliseconds that count: what was long ago says nothing of the batches of now. */
const lookBack = 600_000;
/** Before so many milliseconds have passed, one node more or less would change everything. */
const soonest = 10_000;

/** The pace with one more look. It begins anew when nodes have lost the content: that is another rollout. */
export function withLook(pace: Pace, at: number, updated: number): Pace {
  const last = pace.at(-1);
  if (last === undefined || updated < last.updated) return [{ at, updated }];
  const kept = pace.filter((look, index) => look.at >= at - lookBack || index === pace.length - 1);
  // Between two looks with the same count, the first and the last one say everything.
  const isSame = kept.length > 1 && kept.at(-1)?.updated === updated && kept.at(-2)?.updated === updated;
  return [...(isSame ? kept.slice(0, -1) : kept), { at, updated }];
}

/** Undefined as long as it cannot be told: nothing was seen to change, or only for a moment. */
export function nodesPerMinute(pace: Pace): number | undefined {
  const [first, last] = [pace[0], pace.at(-1)];
  if (!first || !last || last.at - first.at < soonest || last.updated === first.updated) return undefined;
  return ((last.updated - first.updated) * 60_000) / (last.at - first.at);
}
