/** A request for an object, and what can be read from it alone. */

import { parse } from 'yaml';
import { type ApiObject, without } from './object.ts';
import { storageKey } from './resource.ts';
import type { ObjectRoute } from './route.ts';
import { badRequest, notFound, StatusError, unsupportedMediaType } from './status.ts';
import { objectKey, type Store } from './store.ts';
import type { WriteOptions } from './write.ts';

export interface Answer {
  readonly status: number;
  readonly body: object | string;
  readonly warnings?: readonly string[];
}

export interface ObjectRequest {
  readonly route: ObjectRoute;
  readonly query: URLSearchParams;
  /** Without parameters. */
  readonly contentType: string;
  readonly text: string;
  readonly userAgent: string;
  readonly now: number;
  readonly uid: () => string;
}

export const applyPatch = 'application/apply-patch+yaml';

/** @throws StatusError 404 */
export function stored(store: Store, route: ObjectRoute): ApiObject {
  const { resource, namespace, name = '' } = route;
  const object = store.get(storageKey(resource), objectKey(namespace, name));
  if (!object) throw notFound(resource, name);
  return object;
}

export function find(store: Store, { resource, namespace, name = '' }: ObjectRoute): ApiObject | undefined {
  return store.get(storageKey(resource), objectKey(namespace, name));
}

const longestBody = 3 * 1024 * 1024;

/** @throws StatusError 400, 413, 415 */
export function bodyOf({ text, contentType, route }: ObjectRequest): unknown {
  if (text.length > longestBody)
    throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${longestBody}`);
  try {
    switch (contentType) {
      case '':
      case 'application/json':
      case 'application/json-patch+json':
      case 'application/merge-patch+json':
        return JSON.parse(text);
      case 'application/yaml':
      case applyPatch:
        return parse(text, { version: '1.1' });
    }
  } catch (error) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${route.resource.kind}): couldn't get version/kind; ${String(error)}`,
    );
  }
  throw unsupportedMediaType(['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']);
}

/** The object with the namespace of the path. @throws StatusError 400 when it says another name or namespace than the path */
export function addressed({ namespace, name }: ObjectRoute, object: ApiObject): ApiObject {
  const { metadata } = object;
  if (name !== undefined && metadata.name !== undefined && metadata.name !== name)
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  if (name !== undefined && metadata.name === undefined)
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (namespace === undefined) return { ...object, metadata: without(metadata, 'namespace') };
  if (metadata.namespace !== undefined && metadata.namespace !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  return { ...object, metadata: { ...metadata, namespace } };
}

const longestManager = 128;

export function optionsOf({ query, userAgent, now, uid }: ObjectRequest, operation: 'Apply' | 'Update'): WriteOptions {
  const manager = query.get('fieldManager') || (userAgent.split('/')[0] ?? '').slice(0, longestManager) || 'unknown';
  return { manager, operation, dryRun: isDryRun(query), now, uid };
}

export function isDryRun(query: URLSearchParams): boolean {
  return query.getAll('dryRun').includes('All');
}

/** @returns what the answer warns of */
export function judgeUnknown(
  { query }: ObjectRequest,
  unknown: readonly string[],
  refusal: (why: string) => Error,
): readonly string[] {
  const texts = unknown.map((path) => `unknown field "${path}"`);
  switch (query.get('fieldValidation') ?? 'Warn') {
    case 'Ignore':
      return [];
    case 'Strict':
      if (texts.length > 0) throw refusal(`strict decoding error: ${texts.join(', ')}`);
      return [];
    default:
      return texts;
  }
}
