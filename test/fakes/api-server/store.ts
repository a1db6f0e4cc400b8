/** etcd in memory: every object of every resource, one revision that only grows, and the history that watches go on from. */

import type { ApiObject } from './object.ts';
import { tooOld } from './status.ts';

/** One write. Without `before` it created, without `after` it deleted the object. */
export interface Change {
  readonly revision: number;
  /** As storageKey() makes it. */
  readonly resource: string;
  readonly key: string;
  readonly before: ApiObject | undefined;
  readonly after: ApiObject | undefined;
}

/** Objects of one resource by key, in the order of their keys. */
export interface Snapshot {
  readonly revision: number;
  readonly objects: readonly (readonly [key: string, object: ApiObject])[];
}

/** Where an object stands within its resource. A list goes by namespace, then name. */
export function objectKey(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** An API server never begins at 0, which in a request means something else. */
const firstRevision = 100;

export class Store {
  readonly #objects = new Map<string, Map<string, ApiObject>>();
  readonly #history = new Map<string, Change[]>();
  readonly #listeners = new Set<(change: Change) => void>();
  #revision = firstRevision;
  #compacted = 0;

  get revision(): number {
    return this.#revision;
  }

  /** The newest revision whose history is forgotten; 0 when none is. */
  get compacted(): number {
    return this.#compacted;
  }

  get(resource: string, key: string): ApiObject | undefined {
    return this.#objects.get(resource)?.get(key);
  }

  /** Stores the object with the next resourceVersion, which it has when returned. */
  put(resource: string, key: string, object: ApiObject): ApiObject {
    const after = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision + 1) } };
    this.#commit({ resource, key, before: this.get(resource, key), after });
    return after;
  }

  remove(resource: string, key: string): void {
    const before = this.get(resource, key);
    if (before) this.#commit({ resource, key, before, after: undefined });
  }

  /** @throws StatusError 410 when that was forgotten */
  at(resource: string, revision: number = this.#revision): Snapshot {
    if (revision < this.#compacted) throw tooOld(revision, this.#compacted);
    const objects = new Map(this.#objects.get(resource));
    for (const { key, before } of this.#since(resource, revision).reverse()) {
      if (before) objects.set(key, before);
      else objects.delete(key);
    }
    return { revision, objects: [...objects].sort(([one], [other]) => (one < other ? -1 : 1)) };
  }

  /** @throws StatusError 410 when that was forgotten */
  since(resource: string, revision: number): readonly Change[] {
    if (revision < this.#compacted) throw tooOld(revision, this.#compacted);
    return this.#since(resource, revision);
  }

  /** Forgets what came before now. A compaction has a revision of its own, so that also a reader of the newest one notices. */
  compact(): void {
    this.#revision += 1;
    this.#compacted = this.#revision;
    this.#history.clear();
  }

  /** @returns how to unsubscribe */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #since(resource: string, revision: number): Change[] {
    const changes = this.#history.get(resource) ?? [];
    const first = changes.findLastIndex((change) => change.revision <= revision) + 1;
    return changes.slice(first);
  }

  #commit(write: Omit<Change, 'revision'>): void {
    this.#revision += 1;
    const change: Change = { ...write, revision: this.#revision };
    const { resource, key, after } = change;
    const objects = this.#objects.get(resource) ?? new Map<string, ApiObject>();
    this.#objects.set(resource, objects);
    if (after) objects.set(key, after);
    else objects.delete(key);
    const history = this.#history.get(resource) ?? [];
    this.#history.set(resource, history);
    history.push(change);
    for (const listener of [...this.#listeners]) listener(change);
  }
}
