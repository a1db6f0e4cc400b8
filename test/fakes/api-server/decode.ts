/** From the body of a request to an object: of the right kind, pruned, with defaults, not yet validated. */

import { metadataSchema } from './metadata.ts';
import { type ApiObject, isMap, type JsonMap, type Metadata } from './object.ts';
import { type ApiResource, apiVersionOf, type Schema } from './resource.ts';
import { asGoWrites, pruned, withDefaults } from './schema.ts';
import { badRequest, invalid } from './status.ts';
import { schemaCauses } from './validate.ts';

export interface DecodedObject {
  readonly object: ApiObject;
  /** Fields that were dropped because nobody knows them. */
  readonly unknown: readonly string[];
}

const schemas = new WeakMap<ApiResource, Schema>();

/** With the fields that every object has. */
export function wholeSchema(resource: ApiResource): Schema {
  const known = schemas.get(resource);
  if (known) return known;
  const text: Schema = { type: 'string' };
  const properties = { ...resource.schema.properties, apiVersion: text, kind: text, metadata: metadataSchema };
  const whole = { ...resource.schema, properties };
  schemas.set(resource, whole);
  return whole;
}

/** @throws StatusError 400 when it cannot be read as this kind of object, 422 for a custom resource of another kind */
export function decodeObject(resource: ApiResource, body: unknown): DecodedObject {
  const { object, unknown } = decodeApplied(resource, body);
  return { object: withDefaults(wholeSchema(resource), object) as ApiObject, unknown };
}

/** Without defaults: who applies speaks only of what is there. @throws StatusError like `decodeObject` */
export function decodeApplied(resource: ApiResource, body: unknown): DecodedObject {
  const typed = withType(resource, body);
  const metadata = typed['metadata'] ?? {};
  if (!isMap(metadata)) throw unreadable(resource, 'json: cannot unmarshal metadata into Go value of type v1.ObjectMeta');
  const { value, unknown } = pruned(wholeSchema(resource), { ...typed, metadata });
  refuseWrongTypes(resource, value);
  const object = { ...value, metadata: withoutEmpty(value['metadata'] as Metadata) };
  const written = resource.builtIn ? asGoWrites(wholeSchema(resource), object) : object;
  return { object: written as ApiObject, unknown };
}

export function unreadable({ kind, version }: ApiResource, why: string): Error {
  return badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`);
}

function withType(resource: ApiResource, body: unknown): JsonMap {
  const { kind, builtIn } = resource;
  const apiVersion = apiVersionOf(resource);
  const missing = (name: string) =>
    badRequest(`the object provided is unrecognized (must be of type ${kind}): Object '${name}' is missing`);
  if (!isMap(body)) throw missing('Kind');
  const found = { apiVersion: body['apiVersion'] || undefined, kind: body['kind'] || undefined };
  if (builtIn) {
    const read = { apiVersion: found.apiVersion ?? apiVersion, kind: found.kind ?? kind };
    if (read.apiVersion !== apiVersion) throw wrongVersion(read.apiVersion, apiVersion);
    if (read.kind !== kind) throw unreadable({ ...resource }, `${String(read.kind)} is none`);
    return { ...body, ...read };
  }
  if (found.kind === undefined) throw missing('Kind');
  if (found.apiVersion === undefined) throw missing('apiVersion');
  if (found.apiVersion !== apiVersion) throw wrongVersion(found.apiVersion, apiVersion);
  if (found.kind === kind) return body;
  const name = isMap(body['metadata']) ? String(body['metadata']['name'] ?? '') : '';
  const message = `Invalid value: ${JSON.stringify(found.kind)}: must be ${kind}`;
  throw invalid({ ...resource, kind: String(found.kind) }, name, [{ reason: 'FieldValueInvalid', message, field: 'kind' }]);
}

function wrongVersion(found: unknown, expected: string): Error {
  return badRequest(`the API version in the data (${String(found)}) does not match the expected API version (${expected})`);
}

/** What Go could not read into its types is no object; of a custom resource that goes only for the metadata. */
function refuseWrongTypes(resource: ApiResource, value: JsonMap): void {
  const [schema, part] = resource.builtIn ? [wholeSchema(resource), value] : [metadataSchema, value['metadata']];
  const wrong = schemaCauses(schema, part).find(({ reason }) => reason === 'FieldValueTypeInvalid');
  // A time of another form: the message says it as Go does.
  if (wrong?.message.startsWith('parsing time')) throw unreadable(resource, wrong.message);
  if (wrong) throw unreadable(resource, `json: cannot unmarshal ${wrong.field}: ${wrong.message}`);
}

/** Go leaves out what is empty. */
function withoutEmpty(metadata: Metadata): Metadata {
  const kept = Object.entries(metadata).filter(([, value]) => {
    if (value === '' || value === null) return false;
    return typeof value !== 'object' || Object.keys(value).length > 0;
  });
  return Object.fromEntries(kept) as unknown as Metadata;
}
