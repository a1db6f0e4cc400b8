/** From a request to the body of its answer, for everything but watches. */

import { decodeObject, unreadable } from './decode.ts';
import { deleteObject } from './delete.ts';
import { evictPod } from './eviction.ts';
import { listObjects } from './list.ts';
import { isMap, without } from './object.ts';
import {
  type Answer,
  addressed,
  bodyOf,
  find,
  isDryRun,
  judgeUnknown,
  type ObjectRequest,
  optionsOf,
  stored,
} from './object-request.ts';
import { patchObject } from './patch-verb.ts';
import { conflict, notFound } from './status.ts';
import type { Store } from './store.ts';
import { createObject, updateObject } from './write.ts';

/** @throws StatusError */
export function answerObject(store: Store, request: ObjectRequest): Answer {
  const { route, query } = request;
  switch (route.verb) {
    case 'get':
      return { status: 200, body: stored(store, route) };
    case 'list':
    case 'watch':
      return { status: 200, body: listObjects(store, route, query) };
    case 'create':
      return create(store, request);
    case 'update':
      return update(store, request);
    case 'patch':
      return patchObject(store, request);
    case 'delete':
      return remove(store, request);
  }
}

function create(store: Store, request: ObjectRequest): Answer {
  const { route } = request;
  if (route.subresource === 'eviction') return evictPod(store, request);
  const { object, unknown } = decodeObject(route.resource, bodyOf(request));
  const warnings = judgeUnknown(request, unknown, (why) => unreadable(route.resource, why));
  const given = addressed(route, object);
  return { status: 201, body: createObject(store, route, given, optionsOf(request, 'Update')), warnings };
}

function update(store: Store, request: ObjectRequest): Answer {
  const { route } = request;
  const { resource } = route;
  const { object, unknown } = decodeObject(resource, bodyOf(request));
  const warnings = judgeUnknown(request, unknown, (why) => unreadable(resource, why));
  const given = addressed(route, object);
  const before = find(store, route);
  const options = optionsOf(request, 'Update');
  if (!before) {
    if (!resource.createOnUpdate) throw notFound(resource, route.name ?? '');
    const fresh = { ...given, metadata: without(given.metadata, 'resourceVersion', 'uid') };
    return { status: 201, body: createObject(store, route, fresh, options), warnings };
  }
  const { uid, name } = before.metadata;
  if (given.metadata.uid !== undefined && given.metadata.uid !== uid) {
    throw conflict(resource, name, `Precondition failed: UID in precondition: ${given.metadata.uid}, UID in object meta: ${uid}`);
  }
  return { status: 200, body: updateObject(store, route, before, given, options), warnings };
}

function remove(store: Store, request: ObjectRequest): Answer {
  const { route, query, now } = request;
  const body = request.text === '' ? {} : bodyOf(request);
  const options = isMap(body) ? body : {};
  const { uid, resourceVersion } = (options['preconditions'] ?? {}) as Record<string, string | undefined>;
  const policy = options['propagationPolicy'] ?? query.get('propagationPolicy');
  const propagationPolicy = typeof policy === 'string' ? policy : undefined;
  const dryRun = isDryRun(query) || Array.isArray(options['dryRun']);
  const { resource, namespace, name = '' } = route;
  return {
    status: 200,
    body: deleteObject(store, resource, namespace, name, { uid, resourceVersion, propagationPolicy, dryRun, now }),
  };
}
