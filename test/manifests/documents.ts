/** The files of manifests/ as data, for tests of what can be said without an API server. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

const repository = fileURLToPath(new URL('../../', import.meta.url));

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

interface Reference {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

export interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly securityContext: { readonly capabilities: { readonly drop: readonly string[]; readonly add?: readonly string[] } };
}

/** What the tests look at, of any kind. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly PolicyRule[];
  readonly roleRef?: Reference;
  readonly subjects?: readonly Reference[];
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: object };
    readonly template?: {
      readonly metadata: { readonly labels: object };
      readonly spec: { readonly serviceAccountName: string; readonly containers: readonly Container[] };
    };
    readonly policyName?: string;
    readonly matchConditions?: readonly { readonly expression: string }[];
    readonly healthCheckExprs?: readonly Readonly<Record<'inProgress' | 'failed' | 'current', string>>[];
  };
}

export interface Kustomization {
  readonly kind: 'Kustomization' | 'Component';
  readonly resources: readonly string[];
  readonly images?: readonly { readonly name: string; readonly newTag: string }[];
}

/** Paths of all files below a folder of the repository, from the repository's root, sorted. */
export function filesIn(folder: string): string[] {
  return readdirSync(`${repository}${folder}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${parentPath}/${name}`.slice(repository.length))
    .sort();
}

export function textOf(path: string): string {
  return readFileSync(`${repository}${path}`, 'utf8');
}

/** As kubectl reads them. @throws Error for what is no YAML, the same key twice for instance */
export function manifestsIn(path: string): Manifest[] {
  return parseAllDocuments(textOf(path), { version: '1.1' }).map((document) => {
    for (const { message } of document.errors) throw new Error(`${path}: ${message}`);
    return document.toJS() as Manifest;
  });
}

export const isKustomization = (path: string) => path.endsWith('/kustomization.yaml');

/** Of what kustomize reads; the templates of the Helm chart are no YAML, and made from it. */
export const manifestFiles = filesIn('manifests').filter((path) => !path.startsWith('manifests/helm/'));

/** All objects that some way of installing applies, with those of components. */
export const applied = manifestFiles.filter((path) => path.endsWith('.yaml') && !isKustomization(path)).flatMap(manifestsIn);

export function kustomizationAt(folder: string): Kustomization {
  const [document] = manifestsIn(`${folder}/kustomization.yaml`);
  return document as unknown as Kustomization;
}

/** @throws Error when there is not exactly one */
export function theOne(kind: string, name: string): Manifest {
  const found = applied.filter((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} manifests are the ${kind} ${name}`);
  return only;
}

/** @throws Error for what runs no single container */
export function containerOf(manifest: Manifest): Container {
  const [only, ...others] = manifest.spec?.template?.spec.containers ?? [];
  if (only === undefined || others.length > 0) throw new Error(`${manifest.metadata.name} has not one container`);
  return only;
}
