/** ConfigMaps: a kind of objects in a namespace that every API server has. */

import type { KubernetesObject, Resource } from '../../src/cluster/kubernetes-api.ts';

export interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

export function configMaps(namespace: string): Resource<ConfigMap> {
  return { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespace };
}
