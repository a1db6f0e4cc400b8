/**
 * What is known of the objects of one kind, from lists, from a watch and from the answers to our own writes, which overtake each other:
 * what is older never replaces what is newer, and what is gone stays gone.
 */

import type { KubernetesObject } from './kubernetes-api.ts';
import { isOlder } from './resource-version.ts';

export interface Change<Body> {
  readonly name: string;
  readonly before: Body | undefined;
  readonly after: Body | undefined;
}

/** No answer to a write of ours is under way for longer. */
const graveMilliseconds = 300_000;

interface Grave {
  readonly resourceVersion: string | undefined;
  readonly until: number;
}

export class ObjectCache<Body extends KubernetesObject> {
  readonly #objects = new Map<string, Body>();
  /** In the order of their times. */
  readonly #graves = new Map<string, Grave>();
  readonly #now: () => number;

  /** @param now milliseconds, monotonic */
  constructor(now: () => number) {
    this.#now = now;
  }

  get objects(): ReadonlyMap<string, Body> {
    return this.#objects;
  }

  /** The change it makes; none when what is known is as new. */
  put(after: Body): Change<Body> | undefined {
    const { name, resourceVersion } = after.metadata;
    const before = this.#objects.get(name);
    if (before !== undefined && isKnown(before, resourceVersion)) return undefined;
    const grave = this.#graves.get(name);
    if (grave !== undefined && (grave.resourceVersion === resourceVersion || isOlder(resourceVersion, grave.resourceVersion)))
      return undefined;
    this.#graves.delete(name);
    this.#objects.set(name, after);
    return { name, before, after };
  }

  /** @param resourceVersion at which it was gone */
  remove(name: string, resourceVersion: string | undefined): Change<Body> | undefined {
    const before = this.#objects.get(name);
    // It has been made anew since.
    if (before !== undefined && isOlder(resourceVersion, before.metadata.resourceVersion)) return undefined;
    if (isOlder(resourceVersion, this.#graves.get(name)?.resourceVersion)) return undefined;
    this.#bury(name, resourceVersion);
    this.#objects.delete(name);
    return before === undefined ? undefined : { name, before, after: undefined };
  }

  /** Takes a whole list, as of a version: what is not in it is gone. */
  replace(items: readonly Body[], resourceVersion: string): Change<Body>[] {
    const listed = new Set(items.map(({ metadata }) => metadata.name));
    const missing = [...this.#objects.keys()].filter((name) => !listed.has(name));
    const changes = [...items.map((item) => this.put(item)), ...missing.map((name) => this.remove(name, resourceVersion))];
    return changes.filter((change) => change !== undefined);
  }

  /** For a server that has gone back in time, as after a backup was restored: from now on versions that were older are newer. */
  forgetVersions(): void {
    this.#graves.clear();
    for (const [name, object] of this.#objects) this.#objects.set(name, withoutVersion(object));
  }

  #bury(name: string, resourceVersion: string | undefined): void {
    const now = this.#now();
    this.#graves.delete(name);
    this.#graves.set(name, { resourceVersion, until: now + graveMilliseconds });
    for (const [other, { until }] of this.#graves) {
      if (until > now) return;
      this.#graves.delete(other);
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
