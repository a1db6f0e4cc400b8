/** The bar of one rollout: a picture of its nodes, in a row of characters that every terminal has. Pure. */

/** The nodes of one kind, in one character. */
export interface Portion {
  readonly mark: string;
  readonly count: number;
}

/** As many characters for each portion as its share of all; what there is has at least one. */
export function barOf(portions: readonly Portion[], width: number): readonly Portion[] {
  const present = portions.filter(({ count }) => count > 0);
  const total = present.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return [];
  const sized = present.map(({ mark, count }) => ({ mark, count: Math.max(1, Math.floor((count * width) / total)) }));
  // What rounding took or gave is settled with the largest portion.
  const largest = sized.reduce((best, one, index) => (one.count > (sized[best]?.count ?? 0) ? index : best), 0);
  const left = width - sized.reduce((sum, { count }) => sum + count, 0);
  return sized.map((one, index) => (index === largest ? { ...one, count: Math.max(1, one.count + left) } : one));
}
