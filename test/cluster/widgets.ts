/** A kind of object without a meaning, for tests of what all custom resources have in common. */

import type { KubernetesObject, Resource } from '../../src/cluster/kubernetes-api.ts';

export interface Widget extends KubernetesObject {
  readonly spec?: { readonly size?: number; readonly parts?: Readonly<Record<string, string>> };
  readonly status?: { readonly phase?: string };
}

export const widgets: Resource<Widget> = { apiVersion: 'contract.kubelet-config.dev/v1', kind: 'Widget', plural: 'widgets' };

const text = { type: 'string' };

export const widgetsCrd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.contract.kubelet-config.dev' },
  spec: {
    group: 'contract.kubelet-config.dev',
    scope: 'Cluster',
    names: { kind: 'Widget', listKind: 'WidgetList', plural: 'widgets', singular: 'widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: { size: { type: 'integer' }, parts: { type: 'object', additionalProperties: text } },
              },
              status: { type: 'object', properties: { phase: text } },
            },
          },
        },
      },
    ],
  },
};
