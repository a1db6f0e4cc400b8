/** Something that happens again and again, because somebody works against us: how long to leave it alone. Pure but for its own memory. */

export interface FlappingOptions {
  /** So many times… */
  readonly most: number;
  /** …within so long are a storm. After so long without one more it is over. */
  readonly windowMilliseconds: number;
  /** The first rest; each one after it is twice as long. */
  readonly restMilliseconds: number;
}

/** However long it goes on, it is looked at again so often. */
export const longestRest = 300_000;

interface Course {
  readonly times: readonly number[];
  readonly rests: number;
  readonly until: number;
}

export class Flapping {
  readonly #options: FlappingOptions;
  readonly #courses = new Map<string, Course>();

  constructor(options: FlappingOptions) {
    this.#options = options;
  }

  /** It has happened once more. */
  count(key: string, now: number): void {
    const { most, windowMilliseconds, restMilliseconds } = this.#options;
    const course = this.#courses.get(key);
    const times = [...(course?.times ?? []).filter((time) => time > now - windowMilliseconds), now].slice(-most);
    const goesOn = course !== undefined && course.rests > 0 && now - course.until < windowMilliseconds;
    const rests = goesOn ? course.rests + 1 : Number(times.length >= most);
    const until = rests === 0 ? now : now + Math.min(longestRest, restMilliseconds * 2 ** (rests - 1));
    this.#courses.set(key, { times, rests, until });
  }

  /** In milliseconds; 0 when it need not be left alone. */
  rest(key: string, now: number): number {
    return Math.max(0, (this.#courses.get(key)?.until ?? now) - now);
  }

  /** What is left alone now. */
  resting(now: number): string[] {
    return [...this.#courses.keys()].filter((key) => this.rest(key, now) > 0);
  }
}
