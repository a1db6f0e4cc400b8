/** Selects the KubeletConfigs among the documents of manifests, and reports the others. */

import { isJsonMap } from '../../api/json.ts';
import type { Problem } from '../../api/problem.ts';
import { apiVersion, group, kind } from '../../api/schema/schema.ts';
import type { KubeletConfig } from '../../api/types.ts';
import { error, nearest, show } from '../../api/validate/parts.ts';
import type { ManifestDocument } from './read.ts';

/** A document with the right kind and apiVersion; the other fields are unknown. */
type KubeletConfigClaim = { readonly [field in keyof KubeletConfig]?: unknown } & Pick<KubeletConfig, 'apiVersion' | 'kind'>;

/** A document whose kind and apiVersion are those of a KubeletConfig. */
export interface KubeletConfigDocument extends ManifestDocument {
  readonly value: KubeletConfigClaim;
  /** `metadata.name`; '' if there is none. */
  readonly name: string;
}

export interface Selection {
  readonly objects: readonly KubeletConfigDocument[];
  readonly problems: readonly Problem[];
}

/**
 * Selects the KubeletConfigs.
 * @param documents those of all files together: a name may be used only once among them
 */
export function selectKubeletConfigs(documents: readonly ManifestDocument[]): Selection {
  const objects: KubeletConfigDocument[] = [];
  const problems: Problem[] = [];
  const named = new Map<string, KubeletConfigDocument>();
  for (const document of documents) {
    const problem = problemOf(document.value);
    if (problem !== undefined) {
      problems.push({ ...problem, position: document.locate(problem.path, 'Value') });
      continue;
    }
    const object = claimOf(document);
    const earlier = object.name === '' ? undefined : named.get(object.name);
    if (earlier !== undefined) problems.push(duplicateName(object, earlier));
    else named.set(object.name, object);
    objects.push(object);
  }
  return { objects, problems };
}

function claimOf({ value, nulls, file, locate }: ManifestDocument): KubeletConfigDocument {
  const fields = isJsonMap(value) ? value : {};
  const metadata = fields['metadata'];
  const name = isJsonMap(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : '';
  return { value: { ...fields, apiVersion, kind }, nulls, name, file, locate };
}

/** Why a document is not a KubeletConfig; undefined if it is one. */
function problemOf(value: unknown): Problem | undefined {
  if (!isJsonMap(value)) {
    const reason = `expected a Kubernetes object, found ${show(value)}`;
    return error('WrongKind', [], reason, `write a map with apiVersion: ${apiVersion} and kind: ${kind}`);
  }
  if (value['version'] === 'v1alpha1' && isJsonMap(value['machine'])) return ofTalos();
  return (
    missingText('apiVersion', value['apiVersion'], apiVersion) ?? missingText('kind', value['kind'], kind) ?? typeProblem(value)
  );
}

function missingText(field: string, text: unknown, wanted: string): Problem | undefined {
  if (typeof text === 'string' && text !== '') return undefined;
  const reason = text === undefined ? `${field} is missing` : `expected text for ${field}, found ${show(text)}`;
  return error('WrongKind', [field], reason, `write ${field}: ${wanted}`);
}

function typeProblem(value: { readonly [key: string]: unknown }): Problem | undefined {
  const [version, found] = [String(value['apiVersion']), String(value['kind'])];
  const ofOthers = kubeletObjectOfOthers(version, found, value);
  if (ofOthers) return skipped(version, found, ofOthers);
  if (version === apiVersion) return found === kind ? undefined : kindProblem(found);
  if (meansOurGroup(version) && isNearKind(found)) {
    return error(
      'WrongApiVersion',
      ['apiVersion'],
      `the apiVersion ${show(version)} is not known`,
      `write apiVersion: ${apiVersion}`,
    );
  }
  return skipped(version, found, 'nothing, if it is meant for another program');
}

/** Of a KubeletConfig of Talos, which has them at the top and no spec. */
const fieldsOfTalos: readonly string[] = ['config', 'extraConfig', 'extraArgs', 'image', 'clusterDNS'];

/** How an object that others have for kubelets is written here; undefined for any other object. */
function kubeletObjectOfOthers(version: string, found: string, value: object): string | undefined {
  if (found === 'KubeletConfiguration' && version.startsWith('kubelet.config.k8s.io/'))
    return `this is the kubelet's own file; put its fields under spec.kubelet.configuration of a ${kind} of ${apiVersion}`;
  if (found !== kind) return undefined;
  if (version.startsWith('machineconfiguration.openshift.io/'))
    return `this is OpenShift's; in one of ${apiVersion} its kubeletConfig is kubelet.configuration, and nodeSelector names nodes instead of pools`;
  if (version === 'v1alpha1' && fieldsOfTalos.some((name) => name in value))
    return `this is Talos's; in one of ${apiVersion} its config is spec.kubelet.configuration, and its extraArgs are spec.kubelet.flags`;
  return undefined;
}

/** Its machine configuration has neither apiVersion nor kind. */
function ofTalos(): Problem {
  const remedy = `in a ${kind} of ${apiVersion} its machine.kubelet.extraConfig is spec.kubelet.configuration, and its extraArgs are spec.kubelet.flags`;
  return { ...error('SkippedKind', ['machine'], 'skipped a machine configuration of Talos', remedy), severity: 'notice' };
}

/**
 * A version without a group is a mistake. The group of another project is not: OpenShift has a KubeletConfig
 * too.
 */
function meansOurGroup(version: string): boolean {
  return !version.includes('/') || version.startsWith(`${group}/`) || nearest(version.slice(0, 100), [apiVersion]) !== undefined;
}

/**
 * In our apiVersion a person can mean only one kind. NodeKubelets come from `kubectl get -o yaml` and are
 * skipped.
 */
function kindProblem(found: string): Problem {
  if (found === 'NodeKubelet') return skipped(apiVersion, found, 'nothing: the controller and the agents write these');
  const remedy = isNearKind(found) ? `did you mean kind: ${kind}?` : `write kind: ${kind}, or correct the apiVersion`;
  return error('WrongKind', ['kind'], `there is no kind ${show(found)} in ${apiVersion}`, remedy);
}

/** A typing error, or the kubelet's own KubeletConfiguration. */
function isNearKind(found: string): boolean {
  return found.toLowerCase().startsWith(kind.toLowerCase()) || nearest(found.slice(0, 100), [kind]) !== undefined;
}

function skipped(version: string, found: string, remedy: string): Problem {
  return { ...error('SkippedKind', ['kind'], `skipped a ${found} of ${version}`, remedy), severity: 'notice' };
}

function duplicateName(object: KubeletConfigDocument, earlier: KubeletConfigDocument): Problem {
  const path = ['metadata', 'name'];
  const other = earlier.locate(path, 'Value');
  const reason = `the name ${object.name} is already used at ${other.file}:${other.line}:${other.column}`;
  const problem = error('DuplicateName', path, reason, 'rename one of the two, or remove it');
  return { ...problem, object: object.name, position: object.locate(path, 'Value') };
}
