/** Deletion: at once, or when the last finalizer has gone. */

import { type ApiObject, isMap, type Metadata, same, timestamp } from './object.ts';
import { type ApiResource, storageKey } from './resource.ts';
import { conflict, notFound } from './status.ts';
import { objectKey, type Store } from './store.ts';

export interface Deletion {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly propagationPolicy?: string | undefined;
  readonly dryRun: boolean;
  readonly now: number;
}

/** Returns the body of the answer: the object while it lives on, else a Status. @throws StatusError 404; 409 when the preconditions do not hold */
export function deleteObject(
  store: Store,
  resource: ApiResource,
  namespace: string | undefined,
  name: string,
  options: Deletion,
): object {
  const key = objectKey(namespace, name);
  const object = store.get(storageKey(resource), key);
  if (!object) throw notFound(resource, name);
  refusePreconditions(resource, object.metadata, options);
  const dying = marked(object, options);
  if (finalizersOf(dying).length === 0) {
    if (!options.dryRun) store.remove(storageKey(resource), key);
    return success(resource, object.metadata);
  }
  if (same(dying, object) || options.dryRun) return dying;
  return store.put(storageKey(resource), key, dying);
}

function finalizersOf(object: ApiObject): readonly unknown[] {
  const { kind, metadata } = object;
  // A namespace has a list of its own.
  const spec = kind === 'Namespace' && isMap(object['spec']) ? object['spec'] : {};
  return [...(metadata.finalizers ?? []), ...(Array.isArray(spec['finalizers']) ? spec['finalizers'] : [])];
}

/** As it is while its finalizers are still to be done. */
function marked(object: ApiObject, { propagationPolicy, now }: Deletion): ApiObject {
  const { metadata, kind } = object;
  const added = propagationPolicy === 'Foreground' ? 'foregroundDeletion' : propagationPolicy === 'Orphan' ? 'orphan' : undefined;
  const finalizers = [...new Set([...(metadata.finalizers ?? []), ...(added ? [added] : [])])];
  const withFinalizers = { ...metadata, ...(finalizers.length > 0 && { finalizers }) };
  if (metadata.deletionTimestamp !== undefined) return { ...object, metadata: withFinalizers };
  const isNamespace = kind === 'Namespace';
  return {
    ...object,
    ...(isNamespace && { status: { phase: 'Terminating' } }),
    metadata: {
      ...withFinalizers,
      deletionTimestamp: timestamp(now),
      ...(!isNamespace && { deletionGracePeriodSeconds: 0 }),
      ...(metadata.generation !== undefined && { generation: metadata.generation + 1 }),
    },
  };
}

function refusePreconditions(resource: ApiResource, { name, uid, resourceVersion }: Metadata, options: Deletion): void {
  // Here the server names the kind where it otherwise names the resource.
  const named = { ...resource, plural: resource.kind };
  if (options.uid !== undefined && options.uid !== uid) {
    throw conflict(
      named,
      name,
      `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    throw conflict(
      named,
      name,
      `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
  }
}

function success({ group, plural }: ApiResource, { name, uid }: Metadata): object {
  const details = { name, ...(group !== '' && { group }), kind: plural, uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}
