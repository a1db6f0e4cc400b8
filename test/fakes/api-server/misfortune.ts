/** What can go wrong between a client and an API server, on purpose and counted. */

import type { Verb } from './route.ts';
import type { WatchEvent } from './watch.ts';

export type Misfortune =
  /** A Status instead of carrying the request out. */
  | { readonly type: 'Refuse'; readonly status: number; readonly reason?: string; readonly retryAfterSeconds?: number }
  /** Any body instead of carrying the request out; by default a piece of HTML with status 200. */
  | { readonly type: 'Garble'; readonly status?: number; readonly body?: string; readonly contentType?: string }
  /** The connection breaks: before the request is carried out, after it without an answer, or within the answer. */
  | { readonly type: 'Cut'; readonly when: 'Before' | 'After' | 'Within' }
  /** Nothing goes on until it is released: before the request is carried out, or between that and the answer. */
  | { readonly type: 'Hold'; readonly when: 'Before' | 'After' }
  /** It is accepted, not carried out, and never answered. */
  | { readonly type: 'Ignore' };

/** What is left out matches everything. */
export interface RequestMatch {
  readonly method?: string;
  readonly verb?: Verb;
  readonly path?: (path: string, query: URLSearchParams) => boolean;
  readonly username?: string;
  /** How many requests; 1 by default. */
  readonly times?: number;
}

export interface EventMatch {
  readonly event?: (event: WatchEvent) => boolean;
  /** How many deliveries, counted over all watches; 1 by default. */
  readonly times?: number;
}

export interface Mishap {
  /** How many it has befallen so far. */
  readonly met: number;
  /** Lets go on what is held, and holds nothing any more. */
  release(): void;
  /** It befalls nobody any more. */
  cancel(): void;
}

export interface Encounter {
  readonly misfortune: Misfortune;
  /** Resolves when what is held may go on. */
  readonly released: Promise<void>;
}

interface Candidate {
  readonly method: string;
  readonly verb: Verb | undefined;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly username: string | undefined;
}

interface Entry<Match, What> {
  readonly match: Match & { readonly times?: number };
  readonly what: What;
  readonly released: Promise<void>;
  met: number;
  isOver: boolean;
}

export class Misfortunes {
  readonly #ofRequests: Entry<RequestMatch, Misfortune>[] = [];
  readonly #ofEvents: Entry<EventMatch, number>[] = [];

  add(match: RequestMatch, misfortune: Misfortune): Mishap {
    return addTo(this.#ofRequests, match, misfortune);
  }

  /** Matching events are sent so often: 0 loses them, 2 repeats them. */
  addToEvents(match: EventMatch, copies: number): Mishap {
    return addTo(this.#ofEvents, match, copies);
  }

  /** What befalls this request, the oldest first; it counts as met. */
  meet({ method, verb, path, query, username }: Candidate): Encounter | undefined {
    const entry = take(
      this.#ofRequests,
      ({ match }) =>
        (match.method ?? method) === method &&
        (match.verb ?? verb) === verb &&
        (match.username ?? username) === username &&
        (match.path?.(path, query) ?? true),
    );
    return entry && { misfortune: entry.what, released: entry.released };
  }

  copies(event: WatchEvent): number {
    return take(this.#ofEvents, ({ match }) => match.event?.(event) ?? true)?.what ?? 1;
  }
}

function addTo<Match, What>(entries: Entry<Match, What>[], match: Match & { readonly times?: number }, what: What): Mishap {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const entry: Entry<Match, What> = { match, what, released, met: 0, isOver: false };
  entries.push(entry);
  const cancel = () => {
    entry.isOver = true;
  };
  return {
    get met() {
      return entry.met;
    },
    release: () => {
      cancel();
      release();
    },
    cancel,
  };
}

function take<Match, What>(
  entries: readonly Entry<Match, What>[],
  matches: (entry: Entry<Match, What>) => boolean,
): Entry<Match, What> | undefined {
  const entry = entries.find((one) => !one.isOver && one.met < (one.match.times ?? 1) && matches(one));
  if (entry) entry.met += 1;
  return entry;
}
