/**
 * What is known of the objects of one kind. It comes from lists, from a watch, and from the answers to our
 * own writes, which may overtake each other. So an older version never replaces a newer one, and a deleted
 * object does not come back.
 */

import type { KubernetesObject } from './kubernetes-api.ts';
import { isOlder } from './resource-version.ts';

export interface Change<Body> {
  readonly name: string;
  readonly before: Body | undefined;
  readonly after: Body | undefined;
}

/** How long a deletion is remembered. No answer to a write of ours is under way for longer. */
const tombstoneMilliseconds = 300_000;

/** A deleted object. */
interface Tombstone {
  readonly resourceVersion: string | undefined;
  readonly until: number;
}

export class ObjectCache<Body extends KubernetesObject> {
  readonly #objects = new Map<string, Body>();
  /** The oldest first. */
  readonly #tombstones = new Map<string, Tombstone>();
  readonly #now: () => number;

  /** @param now milliseconds, monotonic */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The objects by name. It is always the same map. */
  get objects(): ReadonlyMap<string, Body> {
    return this.#objects;
  }

  /** Takes an object. @returns the change; undefined if it is not newer than what is known */
  put(after: Body): Change<Body> | undefined {
    const { name, resourceVersion } = after.metadata;
    const before = this.#objects.get(name);
    if (before !== undefined && isKnown(before, resourceVersion)) return undefined;
    const tombstone = this.#tombstones.get(name);
    if (
      tombstone !== undefined &&
      (tombstone.resourceVersion === resourceVersion || isOlder(resourceVersion, tombstone.resourceVersion))
    )
      return undefined;
    this.#tombstones.delete(name);
    this.#objects.set(name, after);
    return { name, before, after };
  }

  /**
   * Takes a deletion.
   * @param resourceVersion of the deletion
   * @returns the change; undefined if the object was not there, or has been made anew since
   */
  remove(name: string, resourceVersion: string | undefined): Change<Body> | undefined {
    const before = this.#objects.get(name);
    if (before !== undefined && isOlder(resourceVersion, before.metadata.resourceVersion)) return undefined;
    if (isOlder(resourceVersion, this.#tombstones.get(name)?.resourceVersion)) return undefined;
    this.#bury(name, resourceVersion);
    this.#objects.delete(name);
    return before === undefined ? undefined : { name, before, after: undefined };
  }

  /** Takes a whole list of this version: objects that are not in it are deleted. @returns the changes */
  replace(items: readonly Body[], resourceVersion: string): Change<Body>[] {
    const listed = new Set(items.map(({ metadata }) => metadata.name));
    const missing = [...this.#objects.keys()].filter((name) => !listed.has(name));
    const changes = [...items.map((item) => this.put(item)), ...missing.map((name) => this.remove(name, resourceVersion))];
    return changes.filter((change) => change !== undefined);
  }

  /**
   * Call this when the server has gone back in time, as after a restored backup: from now on every version
   * counts as newer.
   */
  forgetVersions(): void {
    this.#tombstones.clear();
    for (const [name, object] of this.#objects) this.#objects.set(name, withoutVersion(object));
  }

  #bury(name: string, resourceVersion: string | undefined): void {
    const now = this.#now();
    this.#tombstones.delete(name);
    this.#tombstones.set(name, { resourceVersion, until: now + tombstoneMilliseconds });
    for (const [other, { until }] of this.#tombstones) {
      if (until > now) return;
      this.#tombstones.delete(other);
    }
  }
}

function isKnown(before: KubernetesObject, resourceVersion: string | undefined): boolean {
  const known = before.metadata.resourceVersion;
  return known !== undefined && (known === resourceVersion || isOlder(resourceVersion, known));
}

function withoutVersion<Body extends KubernetesObject>(object: Body): Body {
  const { resourceVersion: _forgotten, ...metadata } = object.metadata;
  return { ...object, metadata };
}
