/** What a request's method and path ask for. */

import { type ApiResource, apiVersionOf } from './resource.ts';
import { methodNotAllowed, notFound, unknownResource } from './status.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

export type Route =
  | { readonly type: 'Version' | 'Health' | 'SelfSubjectReview' | 'Unknown' }
  | {
      readonly type: 'Object';
      readonly verb: Verb;
      readonly resource: ApiResource;
      readonly namespace: string | undefined;
      /** Absent for list, watch and create. */
      readonly name: string | undefined;
      readonly subresource: 'status' | 'eviction' | undefined;
    };

export type ObjectRoute = Extract<Route, { type: 'Object' }>;

const healthPaths = ['/readyz', '/livez', '/healthz'];

/** @throws StatusError 404 or 405 */
export function routeOf(resources: readonly ApiResource[], method: string, url: URL): Route {
  const { pathname } = url;
  if (pathname === '/version') return { type: 'Version' };
  if (healthPaths.includes(pathname)) return { type: 'Health' };
  if (pathname === '/apis/authentication.k8s.io/v1/selfsubjectreviews') {
    if (method !== 'POST') throw methodNotAllowed();
    return { type: 'SelfSubjectReview' };
  }
  const [, root, ...parts] = pathname.split('/').map(decodeURIComponent);
  const apiVersion = root === 'api' ? parts.shift() : root === 'apis' ? parts.splice(0, 2).join('/') : undefined;
  const inGroup = resources.filter((resource) => apiVersionOf(resource) === apiVersion);
  if (inGroup.length === 0 || parts.length === 0) return { type: 'Unknown' };
  const found = objectPath(inGroup, parts);
  if (!found) {
    // Groups that a CustomResourceDefinition adds have another server behind them, with words of its own.
    if (inGroup.some(({ builtIn }) => builtIn)) throw unknownResource();
    return { type: 'Unknown' };
  }
  return { type: 'Object', verb: verbOf(method, found, url.searchParams), ...found };
}

type ObjectPath = Pick<ObjectRoute, 'resource' | 'namespace' | 'name' | 'subresource'>;

function objectPath(resources: readonly ApiResource[], parts: readonly string[]): ObjectPath | undefined {
  const [first, namespace, plural, ...others] = parts;
  const named = resources.find((resource) => resource.namespaced && resource.plural === plural);
  if (first === 'namespaces' && namespace !== undefined && named) return withName(named, namespace, others);
  const resource = resources.find((known) => known.plural === first);
  // Across all namespaces there are only lists and watches.
  if (!resource || (resource.namespaced && parts.length > 1)) return undefined;
  return withName(resource, undefined, parts.slice(1));
}

/** @throws StatusError 404 for an unknown subresource of a custom resource, as if the object itself weren't there */
function withName(resource: ApiResource, namespace: string | undefined, rest: readonly string[]): ObjectPath | undefined {
  const [name, subresource, ...more] = rest;
  const path = { resource, namespace, name, subresource: undefined };
  if (subresource === undefined) return path;
  if (subresource === 'eviction' && resource.plural === 'pods' && more.length === 0) return { ...path, subresource };
  if (subresource !== 'status' || !resource.hasStatus || more.length > 0) {
    if (!resource.builtIn) throw notFound(resource, name ?? '');
    return undefined;
  }
  return { ...path, subresource };
}

function verbOf(method: string, { resource, namespace, name, subresource }: ObjectPath, query: URLSearchParams): Verb {
  // One can only ask for an eviction: it is no object that is kept.
  if (subresource === 'eviction') {
    if (method === 'POST') return 'create';
    throw methodNotAllowed();
  }
  const isEverywhere = resource.namespaced && namespace === undefined;
  switch (method) {
    case 'GET':
      if (name !== undefined) return 'get';
      return ['1', 'true'].includes(query.get('watch') ?? '') ? 'watch' : 'list';
    case 'POST':
      if (name === undefined && !isEverywhere) return 'create';
      break;
    case 'PUT':
      if (name !== undefined) return 'update';
      break;
    case 'PATCH':
      if (name !== undefined) return 'patch';
      break;
    case 'DELETE':
      if (name !== undefined && subresource === undefined) return 'delete';
      break;
  }
  throw methodNotAllowed();
}
