/** Paths of the API server. */

import type { KubernetesObject, Resource } from './kubernetes-api.ts';

/**
 * The path of a resource or object: `/api/v1/nodes`,
 * `/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/controller`.
 */
export function pathOf(resource: Resource<KubernetesObject>, name?: string, subresource?: string): string {
  const { apiVersion, namespace, plural } = resource;
  // The core group is older than API groups, and has a root of its own.
  const root = apiVersion.includes('/') ? 'apis' : 'api';
  const place = namespace === undefined ? [] : ['namespaces', encodeURIComponent(namespace)];
  const object = [name, subresource].filter((part) => part !== undefined).map(encodeURIComponent);
  return ['', root, apiVersion, ...place, plural, ...object].join('/');
}

export type Query = Readonly<Record<string, string | undefined>>;

/** The path with a query string. Undefined values are left out. */
export function withQuery(path: string, query: Query): string {
  const parts = Object.entries(query).filter((part): part is [string, string] => part[1] !== undefined);
  return parts.length === 0 ? path : `${path}?${new URLSearchParams(parts)}`;
}
