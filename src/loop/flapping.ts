/**
 * Flapping: the same thing changes again and again, because another tool works against us. Decides how long
 * to leave it alone. Reads no clock: every method gets the time.
 */

export interface FlappingOptions {
  /** This many times within the window count as flapping. */
  readonly most: number;
  /** Flapping is over when nothing happened for this long after the last rest. */
  readonly windowMilliseconds: number;
  /** The first rest. Each further rest is twice as long. */
  readonly restMilliseconds: number;
}

/** In milliseconds. No rest gets longer, however long the flapping goes on. */
export const longestRest = 300_000;

/** The history of one key. */
interface Course {
  /** The latest times, oldest first. */
  readonly times: readonly number[];
  /** How many rests there were in a row. */
  readonly rests: number;
  /** The end of the last rest. */
  readonly until: number;
}

export class Flapping {
  readonly #options: FlappingOptions;
  readonly #courses = new Map<string, Course>();

  constructor(options: FlappingOptions) {
    this.#options = options;
  }

  /** Records that the thing named `key` has happened once more, at `now` (milliseconds). */
  count(key: string, now: number): void {
    const { most, windowMilliseconds, restMilliseconds } = this.#options;
    const course = this.#courses.get(key);
    const times = [...(course?.times ?? []).filter((time) => time > now - windowMilliseconds), now].slice(-most);
    const goesOn = course !== undefined && course.rests > 0 && now - course.until < windowMilliseconds;
    const rests = goesOn ? course.rests + 1 : Number(times.length >= most);
    const until = rests === 0 ? now : now + Math.min(longestRest, restMilliseconds * 2 ** (rests - 1));
    this.#courses.set(key, { times, rests, until });
  }

  /** How long to leave `key` alone from `now` on, in milliseconds; 0 if it is not flapping. */
  rest(key: string, now: number): number {
    return Math.max(0, (this.#courses.get(key)?.until ?? now) - now);
  }

  /** The keys to leave alone at `now`. */
  resting(now: number): string[] {
    return [...this.#courses.keys()].filter((key) => this.rest(key, now) > 0);
  }
}
