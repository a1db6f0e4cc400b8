/** The verb `patch`, server-side apply among its kinds. */

import { type DecodedObject, decodeApplied, decodeObject, wholeSchema } from './decode.ts';
import { applyFields } from './managed-fields.ts';
import { type ApiObject, isMap, type JsonMap, without } from './object.ts';
import {
  type Answer,
  addressed,
  applyPatch,
  bodyOf,
  find,
  judgeUnknown,
  type ObjectRequest,
  optionsOf,
  stored,
} from './object-request.ts';
import { jsonPatched, mergePatched } from './patch.ts';
import { type ApiResource, apiVersionOf } from './resource.ts';
import type { ObjectRoute } from './route.ts';
import { badRequest, notFound, StatusError, unsupportedMediaType } from './status.ts';
import type { Store } from './store.ts';
import { schemaCauses } from './validate.ts';
import { createObject, emptyObject, updateObject, writerOf } from './write.ts';

/** @throws StatusError */
export function patchObject(store: Store, request: ObjectRequest): Answer {
  const { contentType, query } = request;
  if (query.has('force') && contentType !== applyPatch) {
    throw optionRefused('FieldValueForbidden', 'force', 'Forbidden: may not be specified for non-apply patch');
  }
  switch (contentType) {
    case 'application/json-patch+json':
      return patchWith(store, request, (object) => jsonPatched(object, bodyOf(request)));
    case 'application/merge-patch+json':
      return patchWith(store, request, (object) => mergePatched(object, bodyOf(request)));
    case applyPatch:
      return apply(store, request);
    default:
      throw unsupportedMediaType(['application/json-patch+json', 'application/merge-patch+json', applyPatch]);
  }
}

/** Built-in types are read again from what the patch made, and that fails otherwise than reading a body. */
function decodePatched(resource: ApiResource, patched: unknown): DecodedObject {
  try {
    return decodeObject(resource, patched);
  } catch (error) {
    const isUnreadable = resource.builtIn && error instanceof StatusError && error.code === 400;
    throw isUnreadable ? strictPatch(patched, error.message) : error;
  }
}

function patchWith(store: Store, request: ObjectRequest, change: (object: JsonMap) => unknown): Answer {
  const { route } = request;
  const before = stored(store, route);
  const patched = change(before);
  const { object, unknown } = decodePatched(route.resource, patched);
  const warnings = judgeUnknown(request, unknown, (why) => strictPatch(patched, why));
  return {
    status: 200,
    body: updateObject(store, route, before, addressed(route, object), optionsOf(request, 'Update')),
    warnings,
  };
}

function apply(store: Store, request: ObjectRequest): Answer {
  const { route, query } = request;
  const { resource, namespace, name = '', subresource } = route;
  if (!query.get('fieldManager'))
    throw optionRefused('FieldValueRequired', 'fieldManager', 'Required value: is required for apply patch');
  const applied = addressed(route, appliedObject(request));
  const before = find(store, route);
  if (!before && subresource) throw notFound(resource, name);
  const empty = emptyObject(resource, namespace, name);
  const bases = { live: before ?? empty, empty };
  const options = optionsOf(request, 'Apply');
  const force = query.get('force') === 'true';
  const merged = applyFields(wholeSchema(resource), bases, ownPart(route, applied), writerOf(route, options), force);
  const { object } = decodeObject(resource, merged);
  if (!before) return { status: 201, body: createObject(store, route, object, options) };
  const { resourceVersion, uid } = applied.metadata;
  const claims = { ...(resourceVersion !== undefined && { resourceVersion }), ...(uid !== undefined && { uid }) };
  const given = { ...object, metadata: { ...object.metadata, ...claims } };
  return { status: 200, body: updateObject(store, route, before, given, options) };
}

/** @throws StatusError 400; 500 for fields that the schema does not have, which are not dropped here as elsewhere */
function appliedObject(request: ObjectRequest): ApiObject {
  const { resource, namespace = '', name = '' } = request.route;
  const body = bodyOf(request);
  const metadata = isMap(body) ? body['metadata'] : undefined;
  if (isMap(metadata) && 'managedFields' in metadata) throw badRequest('metadata.managedFields must be nil');
  const { object, unknown } = decodeApplied(resource, body);
  const wrongType = schemaCauses(wholeSchema(resource), object).find(({ reason }) => reason === 'FieldValueTypeInvalid');
  const fault = unknown[0] === undefined ? wrongType?.message : `.${unknown[0]}: field not declared in schema`;
  if (fault === undefined) return object;
  const what = `${namespace}/${name}; ${apiVersionOf(resource)}, Kind=${resource.kind}`;
  throw new StatusError(500, '', `failed to create typed patch object (${what}): ${fault}`);
}

/** Who applies to one way in says nothing of what goes through the other. */
function ownPart({ resource, subresource }: ObjectRoute, applied: ApiObject): ApiObject {
  const { apiVersion, kind, metadata } = applied;
  if (subresource === undefined) return resource.hasStatus ? without(applied, 'status') : applied;
  const own = { apiVersion, kind, metadata: { name: metadata.name } };
  return { ...own, ...(resource.statusTakesMetadata && { metadata }), ...('status' in applied && { status: applied['status'] }) };
}

function strictPatch(patched: unknown, why: string): StatusError {
  const message = `Invalid value: ${JSON.stringify(JSON.stringify(patched))}: ${why}`;
  const causes = [{ reason: 'FieldValueInvalid', message, field: 'patch' }];
  return new StatusError(422, 'Invalid', ` "" is invalid: patch: ${message}`, { details: { causes } });
}

function optionRefused(reason: string, field: string, message: string): StatusError {
  return new StatusError(422, 'Invalid', `PatchOptions.meta.k8s.io "" is invalid: ${field}: ${message}`, {
    details: { group: 'meta.k8s.io', kind: 'PatchOptions', causes: [{ reason, message, field }] },
  });
}
