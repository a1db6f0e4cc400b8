/** What the tests with Helm share: the chart, objects as data, and where two sets of them differ. */

import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

/** From the repository's root. */
export const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
export const chart = at('manifests/helm/kubelet-config');
export const namespaced = ['--namespace', 'kubelet-config'];
/** As in docs/helm.md. */
export const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

export interface Item {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
}

/** `Role default/agent` */
export const identity = ({ kind, metadata }: Item) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

/** By their identity, of a text in YAML. */
export const objectsIn = (text: string) =>
  new Map(
    parseAllDocuments(text)
      .map((document) => document.toJS() as Item | null)
      .filter((object) => object !== null)
      .map((object) => [identity(object), object]),
  );

/** An object of a user. */
export const kubeletConfig = (name: string) => ({
  apiVersion: 'kubelet-config.dev/v1alpha1',
  kind: 'KubeletConfig',
  metadata: { name },
  spec: { nodeSelector: { matchLabels: { role: name } }, launcher: { host: {} } },
});

/** Where two sets of objects differ: `Deployment ns/name spec.replicas`, or a whole object, with both values. */
export function differences(
  one: ReadonlyMap<string, unknown>,
  other: ReadonlyMap<string, unknown>,
): Record<string, [unknown, unknown]> {
  const found: Record<string, [unknown, unknown]> = {};
  const compare = (path: string, separator: string, before: unknown, after: unknown): void => {
    if (!isTree(before) || !isTree(after)) {
      if (before !== after) found[path] = [before, after];
      return;
    }
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(`${path}${separator}${key}`, '.', before[key], after[key]);
  };
  for (const name of new Set([...one.keys(), ...other.keys()])) compare(name, ' ', one.get(name), other.get(name));
  return found;
}

const isTree = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
