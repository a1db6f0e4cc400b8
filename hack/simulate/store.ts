/**
 * The objects of an API server in memory: every write is compare-and-swap if it names a version, and gives
 * the object a new one. Only what our programs use of it.
 */

import {
  ApiError,
  type JsonOperation,
  type KubernetesObject,
  type Patch,
  type PatchOptions,
} from '../../src/cluster/kubernetes-api.ts';

export interface StoreChange {
  readonly type: 'Added' | 'Modified' | 'Deleted';
  readonly plural: string;
  readonly version: number;
  /** The version before; undefined for a new object. */
  readonly before: KubernetesObject | undefined;
  readonly object: KubernetesObject;
}

type Fields = Readonly<Record<string, unknown>>;

export class Store {
  readonly #objects = new Map<string, Map<string, KubernetesObject>>();
  readonly #log = new Map<string, StoreChange[]>();
  readonly #listeners = new Map<string, Set<(change: StoreChange) => void>>();
  /** RFC 3339. */
  readonly #date: () => string;
  #version = 0;
  #uids = 0;

  constructor(date: () => string) {
    this.#date = date;
  }

  get version(): number {
    return this.#version;
  }

  /**
   * Called at once for every change of a kind, in their order.
   * @returns ends it
   */
  onChange(plural: string, listener: (change: StoreChange) => void): () => void {
    const listeners = this.#listeners.get(plural) ?? new Set();
    this.#listeners.set(plural, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** The changes of a kind after a version. */
  changesAfter(plural: string, version: number): readonly StoreChange[] {
    const log = this.#log.get(plural) ?? [];
    let first = log.length;
    while (first > 0 && (log[first - 1]?.version ?? 0) > version) first -= 1;
    return log.slice(first);
  }

  find(plural: string, name: string): KubernetesObject | undefined {
    return this.#objects.get(plural)?.get(name);
  }

  all(plural: string): readonly KubernetesObject[] {
    return [...(this.#objects.get(plural)?.values() ?? [])];
  }

  /** @throws ApiError */
  get(plural: string, name: string): KubernetesObject {
    const found = this.find(plural, name);
    if (!found) throw new ApiError('NotFound', `get ${plural} ${name}: not found`, { status: 404 });
    return found;
  }

  /** @throws ApiError */
  create(plural: string, object: KubernetesObject): KubernetesObject {
    const { name } = object.metadata;
    if (this.find(plural, name)) throw new ApiError('AlreadyExists', `create ${plural} ${name}: exists`, { status: 409 });
    this.#uids += 1;
    const metadata = { ...object.metadata, uid: `uid-${this.#uids}`, generation: 1, creationTimestamp: this.#date() };
    return this.#put('Added', plural, undefined, { ...object, metadata });
  }

  /** @throws ApiError */
  patch(plural: string, name: string, patch: Patch, options?: PatchOptions): KubernetesObject {
    const stored = this.get(plural, name);
    const body = patch.type === 'Json' ? fromOperations(patch.body) : (patch.body as Fields);
    const { resourceVersion, ...metadata } = (body['metadata'] ?? {}) as { resourceVersion?: string };
    if (resourceVersion !== undefined && resourceVersion !== stored.metadata.resourceVersion)
      throw new ApiError('Conflict', `patch ${plural} ${name}: the object has been modified`, { status: 409 });
    const replaced = options?.subresource === 'status' ? { status: body['status'] } : mergedFields(stored, body, patch.type);
    return this.replace(plural, { ...stored, ...replaced, metadata: { ...stored.metadata, ...metadata } });
  }

  /** Writes without compare-and-swap, as people and other controllers do. */
  replace(plural: string, object: KubernetesObject): KubernetesObject {
    const before = this.get(plural, object.metadata.name);
    const text = JSON.stringify(object);
    if (text === JSON.stringify(before)) return before;
    const { deletionTimestamp, finalizers = [], generation = 0 } = object.metadata;
    if (deletionTimestamp !== undefined && finalizers.length === 0) return this.#remove(plural, object);
    const isOther = JSON.stringify(specOf(object)) !== JSON.stringify(specOf(before));
    const isMarked = deletionTimestamp !== before.metadata.deletionTimestamp;
    const metadata = { ...object.metadata, generation: generation + (isOther || isMarked ? 1 : 0) };
    return this.#put('Modified', plural, before, { ...object, metadata });
  }

  /** Removes the object, or marks it as deleted if it has finalizers. */
  delete(plural: string, name: string): void {
    const stored = this.find(plural, name);
    if (!stored) return;
    const { finalizers = [], deletionTimestamp } = stored.metadata;
    if (finalizers.length === 0) this.#remove(plural, stored);
    else if (deletionTimestamp === undefined)
      this.replace(plural, { ...stored, metadata: { ...stored.metadata, deletionTimestamp: this.#date() } });
  }

  #remove(plural: string, object: KubernetesObject): KubernetesObject {
    return this.#put('Deleted', plural, this.find(plural, object.metadata.name), object);
  }

  #put(
    type: StoreChange['type'],
    plural: string,
    before: KubernetesObject | undefined,
    object: KubernetesObject,
  ): KubernetesObject {
    this.#version += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    const objects = this.#objects.get(plural) ?? new Map<string, KubernetesObject>();
    this.#objects.set(plural, objects);
    if (type === 'Deleted') objects.delete(object.metadata.name);
    else objects.set(object.metadata.name, stored);
    const change = { type, plural, version: this.#version, before, object: stored };
    const log = this.#log.get(plural) ?? [];
    this.#log.set(plural, log);
    log.push(change);
    for (const listener of this.#listeners.get(plural) ?? []) listener(change);
    return stored;
  }
}

/** Our programs only add and replace whole fields, and name the version of the object. */
function fromOperations(operations: readonly JsonOperation[]): Fields {
  const found: Record<string, unknown> = {};
  for (const operation of operations) {
    const [, field = '', inner] = operation.path.split('/');
    const value = operation.op === 'remove' ? undefined : operation.value;
    found[field] = inner === undefined ? value : { ...(found[field] as object | undefined), [inner]: value };
  }
  return found;
}

function mergedFields(stored: KubernetesObject, { metadata: _metadata, ...body }: Fields, type: Patch['type']): Fields {
  if (type === 'Json') return body;
  const fields = stored as unknown as Fields;
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, merged(fields[key], value)]));
}

/** RFC 7386, without the removal of fields. */
function merged(before: unknown, change: unknown): unknown {
  if (!isMap(before) || !isMap(change)) return change;
  return { ...before, ...Object.fromEntries(Object.entries(change).map(([key, value]) => [key, merged(before[key], value)])) };
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function specOf(object: KubernetesObject): unknown {
  return (object as unknown as Fields)['spec'];
}
