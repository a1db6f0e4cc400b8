/** One kind of object as the double serves it, and those that a CustomResourceDefinition adds. */

import type { ApiObject } from './object.ts';
import type { Rule } from './rules.ts';
import type { Cause } from './status.ts';

/** An OpenAPI v3 schema as far as CustomResourceDefinitions use it. */
export interface Schema {
  readonly [keyword: string]: unknown;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'granular' | 'atomic';
  readonly 'x-kubernetes-validations'?: readonly Rule[];
}

export interface ApiResource {
  /** Empty for the core group. */
  readonly group: string;
  /** What a refusal calls the group, if otherwise: the server names the one in which it keeps the object. */
  readonly errorGroup?: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly schema: Schema;
  /** Compiled into the server; others come from a CustomResourceDefinition. */
  readonly builtIn: boolean;
  readonly hasStatus: boolean;
  /** Whether metadata.generation counts changes of the spec. */
  readonly hasGeneration: boolean;
  /** What a PUT that names no resourceVersion does. */
  readonly unconditionalUpdate: boolean;
  readonly createOnUpdate: boolean;
  /** Whether a new object may come with a status though there is a subresource for it. */
  readonly statusAtCreation: boolean;
  /** Whether a write to /status may change labels, annotations and finalizers too. */
  readonly statusTakesMetadata: boolean;
  /** Paths like `status.phase` that field selectors may name besides metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[];
  /** What the server itself adds to a new object. */
  readonly completeNew: (object: ApiObject) => ApiObject;
  /** Rules that the schema cannot say. Without `before` the object is new. */
  readonly causes: (object: ApiObject, before: ApiObject | undefined) => readonly Cause[];
}

export function apiVersionOf({ group, version }: Pick<ApiResource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The same in every version of a resource: what is stored under. */
export function storageKey({ group, plural }: Pick<ApiResource, 'group' | 'plural'>): string {
  return `${group}/${plural}`;
}

interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly subresources?: { readonly status?: object };
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
  readonly schema: { readonly openAPIV3Schema: Schema };
}

interface Crd {
  readonly kind: 'CustomResourceDefinition';
  readonly spec: {
    readonly group: string;
    readonly scope: 'Cluster' | 'Namespaced';
    readonly names: { readonly kind: string; readonly listKind?: string; readonly plural: string };
    readonly versions: readonly CrdVersion[];
  };
}

/** One for each version that is served. @throws Error when it is no CustomResourceDefinition */
export function resourcesOf(definition: object): ApiResource[] {
  const { kind, spec } = definition as Crd;
  if (kind !== 'CustomResourceDefinition') throw new Error(`not a CustomResourceDefinition but ${kind}`);
  const { group, scope, names } = spec;
  return spec.versions
    .filter(({ served }) => served)
    .map(({ name, subresources, selectableFields, schema }) => ({
      group,
      version: name,
      kind: names.kind,
      listKind: names.listKind ?? `${names.kind}List`,
      plural: names.plural,
      namespaced: scope === 'Namespaced',
      schema: schema.openAPIV3Schema,
      builtIn: false,
      hasStatus: subresources?.status !== undefined,
      hasGeneration: true,
      unconditionalUpdate: false,
      createOnUpdate: false,
      statusAtCreation: false,
      statusTakesMetadata: false,
      selectableFields: (selectableFields ?? []).map(({ jsonPath }) => jsonPath.replace(/^\./, '')),
      completeNew: (object) => object,
      causes: () => [],
    }));
}
