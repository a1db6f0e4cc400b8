/** What a test does to the stored objects by itself, past HTTP, the counting and the rules. Watches see it. */

import { decodeObject } from './decode.ts';
import type { NodeReadinessProbe } from './exchange.ts';
import { type ApiObject, type JsonMap, plain, same, timestamp, without } from './object.ts';
import { type ApiResource, apiVersionOf, storageKey } from './resource.ts';
import { objectKey } from './store.ts';

/** An object as a test writes it: what is left out of its metadata the server adds. */
export interface GivenObject {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata: object & { readonly name: string; readonly namespace?: string | undefined };
}

export interface DirectAccess {
  /** All of them, in the order of a list. */
  objects<Body = ApiObject>(plural: string): readonly Body[];
  /** @throws Error when there is none */
  object<Body = ApiObject>(plural: string, name: string, namespace?: string): Body;
  /** Creates it or replaces the one of that name, status included; not validated. Returns what is stored. */
  put<Body = ApiObject>(object: GivenObject): Body;
  /** At once, whatever its finalizers. */
  remove(plural: string, name: string, namespace?: string): void;
  /** The newest. */
  readonly resourceVersion: string;
}

type Parts = Pick<NodeReadinessProbe, 'store' | 'resources' | 'now' | 'uid'>;

export function directAccess({ store, resources, now, uid }: Parts): DirectAccess {
  const byPlural = (plural: string): ApiResource => {
    const found = resources.find((resource) => resource.plural === plural);
    if (!found) throw new Error(`the API server has no ${plural}`);
    return found;
  };
  const put = (given: GivenObject): ApiObject => {
    const found = resources.find(({ kind, ...version }) => kind === given.kind && apiVersionOf(version) === given.apiVersion);
    if (!found) throw new Error(`the API server has no ${given.kind} of ${given.apiVersion}`);
    const { object } = decodeObject(found, plain(given));
    const { namespace, name } = object.metadata;
    const key = objectKey(namespace, name);
    const before = store.get(storageKey(found), key);
    const metadata = {
      uid: before?.metadata.uid ?? uid(),
      creationTimestamp: before?.metadata.creationTimestamp ?? timestamp(now()),
      ...(found.hasGeneration && { generation: nextGeneration(before, object) }),
      ...object.metadata,
    };
    const whole = { ...object, metadata };
    return store.put(storageKey(found), key, found.plural === 'namespaces' ? found.completeNew(whole) : whole);
  };
  return {
    objects: <Body>(plural: string) =>
      store.at(storageKey(byPlural(plural))).objects.map(([, object]) => object as unknown as Body),
    object: <Body>(plural: string, name: string, namespace?: string) => {
      const object = store.get(storageKey(byPlural(plural)), objectKey(namespace, name));
      if (!object) throw new Error(`there is no ${name} among the ${plural}`);
      return object as unknown as Body;
    },
    put: <Body>(given: GivenObject) => put(given) as unknown as Body,
    remove: (plural, name, namespace) => store.remove(storageKey(byPlural(plural)), objectKey(namespace, name)),
    get resourceVersion() {
      return String(store.revision);
    },
  };
}

function nextGeneration(before: ApiObject | undefined, after: ApiObject): number {
  if (!before) return 1;
  const counted = (object: JsonMap) => without(object, 'metadata', 'status');
  return (before.metadata.generation ?? 0) + (same(counted(before), counted(after)) ? 0 : 1);
}
