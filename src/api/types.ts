/** The TypeScript types of the KubeletConfig API, inferred from its schema. All of them are read-only. */

import type { Static } from 'typebox';
import type { FlagValue } from './schema/kubelet.ts';
import type { volumeSchema } from './schema/launchers/volume.ts';
import type { failureSchema, nodeKubeletSpecSchema, nodeKubeletStatusSchema, requestSchema } from './schema/node-kubelet.ts';
import type { apiVersion, kind, labelSelectorSchema, mergedFields, specSchema } from './schema/schema.ts';
import type { statusSchema, warningSchema } from './schema/status.ts';
import type { fileSchema } from './schema/unit.ts';

export type { FlagValue };

type DeepReadonly<Value> = Value extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
    : Value;

/**
 * Fields of KubeletConfiguration v1beta1. They have no types here: which exist depends on the kubelet's
 * version.
 */
export interface KubeletConfiguration {
  readonly [field: string]: unknown;
}

export type LabelSelector = DeepReadonly<Static<typeof labelSelectorSchema>>;
export type Volume = DeepReadonly<Static<typeof volumeSchema>>;
export type ExtraFile = DeepReadonly<Static<typeof fileSchema>>;
export type KubeletConfigStatus = DeepReadonly<Static<typeof statusSchema>>;

type StaticSpec = DeepReadonly<Static<typeof specSchema>>;

export interface KubeletSpec extends Omit<NonNullable<StaticSpec['kubelet']>, 'configuration'> {
  readonly configuration?: KubeletConfiguration;
}

export interface KubeletConfigSpec extends Omit<StaticSpec, 'kubelet'> {
  readonly kubelet?: KubeletSpec;
}

/** `spec.launcher`: the fields of each launcher by its name. */
export type LauncherFields = NonNullable<KubeletConfigSpec['launcher']>;
export type RktLauncher = NonNullable<LauncherFields['rkt']>;
export type PodmanLauncher = NonNullable<LauncherFields['podman']>;

/** The fields of one node that several objects can set together. */
export type MergedSpec = Pick<KubeletConfigSpec, (typeof mergedFields)[number]>;

/** The fields of Kubernetes' ObjectMeta that are used here. */
export interface Metadata {
  readonly name: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly uid: string;
  }[];
}

export interface KubeletConfig {
  readonly apiVersion: typeof apiVersion;
  readonly kind: typeof kind;
  readonly metadata: Metadata;
  readonly spec: KubeletConfigSpec;
  readonly status?: KubeletConfigStatus;
}

export type NodeKubeletSpec = DeepReadonly<Static<typeof nodeKubeletSpecSchema>>;
export type NodeKubeletStatus = DeepReadonly<Static<typeof nodeKubeletStatusSchema>>;
/** The settings of a kubelet, as its agent reports them. */
export type SettingsInUse = NonNullable<NodeKubeletStatus['inUse']>;
/** One disruption that an agent asks for. */
export type DisruptionRequest = DeepReadonly<Static<typeof requestSchema>>;
export type RememberedFailure = DeepReadonly<Static<typeof failureSchema>>;
export type Warning = DeepReadonly<Static<typeof warningSchema>>;
export type Condition = NonNullable<KubeletConfigStatus['conditions']>[number];

export interface NodeKubelet {
  readonly apiVersion: typeof apiVersion;
  readonly kind: 'NodeKubelet';
  readonly metadata: Metadata;
  readonly spec?: NodeKubeletSpec;
  readonly status?: NodeKubeletStatus;
}

/** Labels of a Node: key → value. */
export type Labels = Readonly<Record<string, string>>;
