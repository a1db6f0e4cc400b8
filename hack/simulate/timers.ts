/** Virtual time: what is due happens in the order of its time, and time moves only from one due thing to the next. */

export interface Timers {
  /** Milliseconds since the beginning of the run. */
  now(): number;
  /** Things that are due at the same time happen in the order in which they were put here. */
  at(time: number, run: () => void): Timer;
  /**
   * Does the next thing that is due, and everything that goes on at once because of it.
   * @returns false if there was none until `limit`
   */
  step(limit: number): Promise<boolean>;
}

export interface Timer {
  cancel(): void;
}

interface Due {
  readonly time: number;
  readonly order: number;
  run: (() => void) | undefined;
}

export function virtualTimers(): Timers {
  const heap: Due[] = [];
  let time = 0;
  let count = 0;

  return {
    now: () => time,
    at: (due, run) => {
      count += 1;
      // Whole milliseconds: a sum of fractions may fall short of the time that was meant, and would be due again and again.
      const entry: Due = { time: Math.max(Math.ceil(due), time), order: count, run };
      push(heap, entry);
      return {
        cancel: () => {
          entry.run = undefined;
        },
      };
    },
    step: async (limit) => {
      for (let first = heap[0]; first !== undefined && first.time <= limit; first = heap[0]) {
        pop(heap);
        if (first.run === undefined) continue;
        time = first.time;
        first.run();
        await settled();
        return true;
      }
      time = Math.max(time, limit);
      return false;
    },
  };
}

/** Now and then the event loop gets a turn, for whoever waits for a real timer. */
const turnEvery = 1_000;
let steps = 0;

/**
 * Resolves when every promise that can go on without time has gone on: Node.js looks at its queue of ticks
 * only when no promise is left to go on.
 */
function settled(): Promise<void> {
  steps += 1;
  return new Promise((resolve) => (steps % turnEvery === 0 ? setImmediate(resolve) : process.nextTick(resolve)));
}

function isBefore(one: Due | undefined, other: Due | undefined): boolean {
  if (one === undefined || other === undefined) return one !== undefined;
  return one.time < other.time || (one.time === other.time && one.order < other.order);
}

function push(heap: Due[], entry: Due): void {
  let place = heap.length;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || isBefore(above, entry)) break;
    heap[place] = above;
    place = parent;
  }
  heap[place] = entry;
}

/** Removes the first. */
function pop(heap: Due[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let place = 0;
  for (;;) {
    const left = 2 * place + 1;
    const child = isBefore(heap[left + 1], heap[left]) ? left + 1 : left;
    const below = heap[child];
    if (below === undefined || isBefore(last, below)) break;
    heap[place] = below;
    place = child;
  }
  heap[place] = last;
}
