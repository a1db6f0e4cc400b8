/** One watch: the events of a resource, in order, as lines of JSON, until it is ended. */

import { type ApiObject, textOf } from './object.ts';
import { apiVersionOf, storageKey } from './resource.ts';
import type { ObjectRoute } from './route.ts';
import { type Matches, selectorOf } from './selector.ts';
import { StatusError, statusObject } from './status.ts';
import type { Change, Store } from './store.ts';

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: ApiObject;
}

export interface WatchOptions {
  readonly store: Store;
  readonly route: ObjectRoute;
  readonly query: URLSearchParams;
  /** How often to say that nothing happened, to those who want to know. */
  readonly bookmarkMilliseconds: number;
  readonly write: (line: string) => void;
  /** Called once, when the server ends the watch. */
  readonly end: () => void;
  /** How often an event is sent; once, unless a test wants otherwise. */
  readonly copies: (event: WatchEvent) => number;
}

export class Watch {
  readonly #options: WatchOptions;
  readonly #matches: Matches;
  readonly #from: number;
  readonly #timers: NodeJS.Timeout[] = [];
  #unsubscribe: () => void = () => undefined;
  #isOpen = true;
  #isSilent = false;

  /** @throws StatusError when the query cannot be read */
  constructor(options: WatchOptions) {
    const { route, query } = options;
    this.#options = options;
    const bySelector = selectorOf(route.resource, query);
    this.#matches = (object) =>
      (route.namespace === undefined || object.metadata.namespace === route.namespace) && bySelector(object);
    this.#from = startOf(query);
  }

  get route(): ObjectRoute {
    return this.#options.route;
  }

  /** Sends what is due already, and from then on each change as it happens. */
  start(): void {
    const { store, query, bookmarkMilliseconds } = this.#options;
    try {
      this.#begin();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      // The answer has begun as a success: an error can only be an event.
      this.#send(JSON.stringify({ type: 'ERROR', object: statusObject(error) }));
      this.end();
      return;
    }
    this.#unsubscribe = store.subscribe((change) => this.#pass(change));
    // A whole number to a real server; here a test may be in more of a hurry.
    const seconds = Number(query.get('timeoutSeconds') ?? 0);
    if (seconds > 0) this.#timers.push(setTimeout(() => this.#expire(), seconds * 1000));
    if (this.#wantsBookmarks) this.#timers.push(setInterval(() => this.#bookmark(), bookmarkMilliseconds));
  }

  /** Sends nothing any more, and does not end: a connection whose other side has gone without a word. */
  silence(): void {
    this.#isSilent = true;
  }

  /** As the server ends it, in good order. */
  end(): void {
    if (!this.#isOpen) return;
    this.close();
    if (!this.#isSilent) this.#options.end();
  }

  /** The client has gone. */
  close(): void {
    this.#isOpen = false;
    this.#unsubscribe();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  get #wantsBookmarks(): boolean {
    return ['1', 'true'].includes(this.#options.query.get('allowWatchBookmarks') ?? '');
  }

  #begin(): void {
    const { store, route, query } = this.#options;
    const resource = storageKey(route.resource);
    const isInitial = query.get('sendInitialEvents') === 'true';
    if (this.#from !== 0 && !isInitial) {
      for (const change of store.since(resource, this.#from)) this.#pass(change);
      return;
    }
    for (const [, object] of store.at(resource).objects) if (this.#matches(object)) this.#tell({ type: 'ADDED', object });
    if (isInitial && this.#wantsBookmarks) this.#bookmark({ 'k8s.io/initial-events-end': 'true' });
  }

  #expire(): void {
    if (this.#wantsBookmarks) this.#bookmark();
    this.end();
  }

  /** An object that begins or ceases to match comes or goes, as far as this watch is concerned. */
  #pass({ resource, revision, before, after }: Change): void {
    if (resource !== storageKey(this.route.resource) || revision <= this.#from) return;
    const was = before !== undefined && this.#matches(before);
    if (after && this.#matches(after)) this.#tell({ type: was ? 'MODIFIED' : 'ADDED', object: after });
    else if (was) this.#tell({ type: 'DELETED', object: withRevision(before, revision) });
  }

  #tell(event: WatchEvent): void {
    const line = `{"type":"${event.type}","object":${textOf(event.object)}}`;
    for (let copy = this.#options.copies(event); copy > 0; copy -= 1) this.#send(line);
  }

  #bookmark(annotations?: Readonly<Record<string, string>>): void {
    const { store, route } = this.#options;
    const resourceVersion = String(Math.max(store.revision, this.#from));
    const metadata = { resourceVersion, ...(annotations && { annotations }) };
    const object = { kind: route.resource.kind, apiVersion: apiVersionOf(route.resource), metadata };
    this.#send(JSON.stringify({ type: 'BOOKMARK', object }));
  }

  #send(line: string): void {
    if (this.#isOpen && !this.#isSilent) this.#options.write(`${line}\n`);
  }
}

/** Absent and 0 both mean: from the present state. */
function startOf(query: URLSearchParams): number {
  const text = query.get('resourceVersion') ?? '';
  if (/^[0-9]*$/.test(text)) return Number(text);
  const why = `resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`;
  throw new StatusError(500, '', why);
}

function withRevision(object: ApiObject, revision: number): ApiObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}
