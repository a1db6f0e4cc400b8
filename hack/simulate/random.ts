/** Random numbers from a seed: the same seed gives the same run. */

export interface Random {
  /** From 0 to 1, without 1. */
  next(): number;
  chance(probability: number): boolean;
  between(least: number, most: number): number;
  /** A whole number, `most` included. */
  integer(least: number, most: number): number;
  pick<Item>(items: readonly Item[]): Item | undefined;
  /** Mostly short, seldom very long: as answers of a network are. */
  longTailed(usual: number, longest: number): number;
  /** A sequence of its own, so that one more number drawn here changes nothing there. */
  fork(name: string): Random;
}

/** Mulberry32. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (least: number, most: number) => least + next() * (most - least);
  const integer = (least: number, most: number) => Math.floor(between(least, most + 1));
  return {
    next,
    chance: (probability) => next() < probability,
    between,
    integer,
    pick: (items) => items[integer(0, items.length - 1)],
    longTailed: (usual, longest) => Math.min(longest, usual / (1 - next())),
    fork: (name) => seededRandom(hashOf(`${seed} ${name}`)),
  };
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
