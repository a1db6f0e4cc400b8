/** What becomes of an object when it is created or changed: its metadata, spec and status, the checks, and the storing. */

import { wholeSchema } from './decode.ts';
import { type Writer, withFirstOwner, withUpdateOwners } from './managed-fields.ts';
import { metadataCauses, metadataChangeCauses } from './metadata.ts';
import { type ApiObject, type Metadata, same, timestamp, without } from './object.ts';
import { type ApiResource, apiVersionOf, storageKey } from './resource.ts';
import { ruleCauses } from './rules.ts';
import { withDefaults } from './schema.ts';
import { alreadyExists, conflict, invalid, modified, notFound, StatusError } from './status.ts';
import { objectKey, type Store } from './store.ts';
import { schemaCauses } from './validate.ts';

/** Where a write goes. */
export interface Target {
  readonly resource: ApiResource;
  readonly namespace: string | undefined;
  readonly subresource: 'status' | 'eviction' | undefined;
}

export interface WriteOptions {
  readonly manager: string;
  /** For `Apply` the object comes with its managedFields; else they are made here. */
  readonly operation: 'Apply' | 'Update';
  /** Everything but the storing. */
  readonly dryRun: boolean;
  readonly now: number;
  /** Unique, for a new object. */
  readonly uid: () => string;
}

export function writerOf({ resource, subresource }: Target, { manager, operation, now }: WriteOptions): Writer {
  return { manager, operation, subresource, apiVersion: apiVersionOf(resource), time: timestamp(now) };
}

/** The object before anybody has said anything of it. */
export function emptyObject(resource: ApiResource, namespace: string | undefined, name: string): ApiObject {
  const metadata: Metadata = { name, ...(namespace !== undefined && { namespace }) };
  const empty = { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata };
  return resource.builtIn ? (withDefaults(wholeSchema(resource), empty) as ApiObject) : empty;
}

/** @throws StatusError 403 in a namespace that is being deleted, 404 for one that isn't there, 409, 422 */
export function createObject(store: Store, target: Target, given: ApiObject, options: WriteOptions): ApiObject {
  const { resource, namespace } = target;
  if (given.metadata.resourceVersion !== undefined) throw versionOfNew();
  const named = { ...given, metadata: newMetadata(target, given.metadata, options) };
  const { name } = named.metadata;
  const owned =
    options.operation === 'Apply'
      ? named
      : withFirstOwner(
          wholeSchema(resource),
          emptyObject(resource, namespace, name),
          withStatus(named, undefined, resource.hasStatus),
          writerOf(target, options),
        );
  const created = resource.completeNew(withStatus(owned, given['status'], !resource.hasStatus || resource.statusAtCreation));
  if (namespace !== undefined) refuseNamespace(store, namespace, resource, name);
  refuseInvalid(resource, created, undefined);
  const key = objectKey(namespace, name);
  const existing = store.get(storageKey(resource), key);
  if (existing) throw alreadyExists(resource, name, existing.metadata.deletionTimestamp !== undefined);
  return options.dryRun ? created : store.put(storageKey(resource), key, created);
}

/** `before` is what is stored. Returns what is stored now; before it is, a write that changes nothing ends. @throws StatusError 409, 422 */
export function updateObject(
  store: Store,
  target: Target,
  before: ApiObject,
  given: ApiObject,
  options: WriteOptions,
): ApiObject {
  const { resource, namespace } = target;
  refuseVersion(resource, before, given.metadata.resourceVersion);
  const after = changed(target, before, given);
  refuseInvalid(resource, after, before);
  const owned =
    options.operation === 'Apply' ? after : withUpdateOwners(wholeSchema(resource), before, after, writerOf(target, options));
  if (same(before, owned)) return before;
  if (options.dryRun) return owned;
  const key = objectKey(namespace, before.metadata.name);
  const { deletionTimestamp, finalizers = [] } = owned.metadata;
  if (deletionTimestamp === undefined || finalizers.length > 0) return store.put(storageKey(resource), key, owned);
  // Its last finalizer has gone. The answer still shows the object as it was stored last.
  store.remove(storageKey(resource), key);
  return owned;
}

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

function newMetadata({ resource, namespace }: Target, given: Metadata, options: WriteOptions): Metadata {
  const { name, generateName } = given;
  const uid = options.uid();
  const suffix = Array.from(uid.replaceAll('-', '').slice(0, 5), (digit) => alphabet[Number.parseInt(digit, 16)]).join('');
  const dropped = ['selfLink', 'generation', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'namespace'];
  return {
    ...without(given, ...dropped, ...(options.operation === 'Apply' ? [] : ['managedFields'])),
    name: name || (generateName ? `${generateName}${suffix}` : ''),
    ...(namespace !== undefined && { namespace }),
    uid,
    creationTimestamp: timestamp(options.now),
    ...(resource.hasGeneration && { generation: 1 }),
  };
}

/** Each of the two ways in changes its own part only. */
function changed({ resource, subresource }: Target, before: ApiObject, given: ApiObject): ApiObject {
  const metadata: Metadata = { ...keptMetadata(before.metadata, given.metadata) };
  if (subresource === 'status') {
    const own = withStatus(before, given['status'], true);
    return resource.statusTakesMetadata
      ? { ...own, metadata }
      : { ...own, metadata: withManagedFields(before.metadata, given.metadata) };
  }
  const after = resource.hasStatus ? withStatus({ ...given, metadata }, before['status'], true) : { ...given, metadata };
  if (!resource.hasGeneration) return after;
  const counted = (object: ApiObject) => without(object, 'metadata', ...(resource.hasStatus ? ['status'] : []));
  if (same(counted(before), counted(after))) return after;
  return { ...after, metadata: { ...metadata, generation: (metadata.generation ?? 0) + 1 } };
}

function withStatus(object: ApiObject, status: unknown, isWanted: boolean): ApiObject {
  const bare = without(object, 'status');
  return isWanted && status !== undefined ? { ...bare, status } : bare;
}

function withManagedFields(metadata: Metadata, { managedFields }: Metadata): Metadata {
  return { ...without(metadata, 'managedFields'), ...(managedFields && { managedFields }) };
}

/** What a client leaves out or may not change stays. */
function keptMetadata(old: Metadata, given: Metadata): Metadata {
  const always = ['name', 'namespace', 'resourceVersion', 'creationTimestamp', 'generation', 'selfLink'];
  const unlessGiven = ['uid', 'deletionTimestamp', 'deletionGracePeriodSeconds'];
  const kept = Object.entries(old).filter(
    ([key]) => always.includes(key) || (unlessGiven.includes(key) && given[key] === undefined),
  );
  return { ...without(given, ...always), ...Object.fromEntries(kept) } as unknown as Metadata;
}

function refuseInvalid(resource: ApiResource, object: ApiObject, before: ApiObject | undefined): void {
  const bySchema = resource.builtIn ? [] : schemaCauses(wholeSchema(resource), object);
  const causes = [
    ...metadataCauses(resource, object.metadata),
    ...(before ? metadataChangeCauses(before, object) : []),
    ...bySchema,
    ...resource.causes(object, before),
  ];
  causes.push(...ruleCauses(wholeSchema(resource), object, before, causes));
  if (causes.length > 0)
    throw invalid({ ...resource, group: resource.errorGroup ?? resource.group }, object.metadata.name, causes);
}

function refuseVersion(resource: ApiResource, before: ApiObject, given: string | undefined): void {
  const { name, resourceVersion } = before.metadata;
  if (given === undefined || given === '0') {
    if (resource.unconditionalUpdate) return;
    const message = 'Invalid value: 0: must be specified for an update';
    const cause = { reason: 'FieldValueInvalid', message, field: 'metadata.resourceVersion' };
    throw invalid({ ...resource, kind: resource.plural }, name, [cause]);
  }
  if (given !== resourceVersion) throw conflict(resource, name, modified);
}

/** The server really has no better word for this. */
function versionOfNew(): StatusError {
  return new StatusError(500, '', 'resourceVersion should not be set on objects to be created');
}

function refuseNamespace(store: Store, namespace: string, { group, plural }: ApiResource, name: string): void {
  const namespaces = { group: '', plural: 'namespaces' };
  const found = store.get(storageKey(namespaces), namespace);
  if (!found) throw notFound(namespaces, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  const qualified = group === '' ? plural : `${plural}.${group}`;
  const message = `${qualified} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`;
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  throw new StatusError(403, 'Forbidden', message, { details: { name, ...(group && { group }), kind: plural, causes: [cause] } });
}
