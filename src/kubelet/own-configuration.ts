/**
 * A KubeletConfiguration that an object brings along as an extra file and names with the flag `config`. It is
 * checked like kubelet.configuration.
 */

import { isJsonMap, type JsonMap } from '../api/json.ts';
import { absolutePath } from '../api/kubelet-paths.ts';
import { type FieldPath, formatPath } from '../api/problem.ts';
import type { EffectiveSpec } from '../desired/defaults.ts';
import { refusal, type SpecProblem } from '../desired/spec-problem.ts';
import { type Manifests, readManifests } from '../manifest/read/read.ts';
import { kubeletProblems } from './kubelet-problems.ts';
import { knownRelease, releaseOf } from './release.ts';

type Spec = Pick<EffectiveSpec, 'kubelet' | 'files'>;

const firstWithFile = knownRelease('1.10');

/** The extra file that the flag `config` names; undefined if it names none, or a directory of static pods. */
function ownFile({ kubelet, files }: Spec): EffectiveSpec['files'][number] | undefined {
  const { config } = kubelet.flags;
  if (typeof config !== 'string' || config === '' || kubelet.configuration !== undefined) return undefined;
  const release = kubelet.version === undefined ? undefined : releaseOf(kubelet.version);
  if (release !== undefined && release < firstWithFile) return undefined;
  return files.find(({ path }) => path === absolutePath(config, '/'));
}

/** The spec with the content of such a file in place of kubelet.configuration; else the spec itself. */
export function withOwnConfiguration<Whole extends Spec>(spec: Whole): Whole {
  const file = ownFile(spec);
  const value = file && contentOf(file).documents[0]?.value;
  if (file === undefined || !isJsonMap(value)) return spec;
  return { ...spec, kubelet: { ...spec.kubelet, configuration: value, configurationPath: file.path } };
}

function contentOf({ path, content }: EffectiveSpec['files'][number]): Manifests {
  return readManifests(content, path);
}

/**
 * The problems of flags and configuration, also of one in an extra file. Paths begin below spec.
 *
 * @param version the kubelet that will run; undefined if nothing says which
 */
export function versionedProblems(spec: Spec, version: string | undefined): SpecProblem[] {
  const { version: _said, ...kubelet } = spec.kubelet;
  const versioned = { ...spec, kubelet: { ...kubelet, ...(version !== undefined && { version }) } };
  return [...kubeletProblems(spec.kubelet, version), ...ownConfigurationProblems(versioned)];
}

/** The problems of such a file: one that the kubelet cannot read keeps it from starting. */
function ownConfigurationProblems(spec: Spec): SpecProblem[] {
  const file = ownFile(spec);
  if (file === undefined) return [];
  const place = ['files', file.path, 'content'];
  const { documents, problems } = contentOf(file);
  if (problems.length > 0) return problems.map(({ reason, remedy }) => refusal('ConfigurationInvalid', place, reason, remedy));
  const value = documents[0]?.value;
  if (!isJsonMap(value)) return [wrongKind(place)];
  return [...identityProblems(value, place), ...fieldProblemsIn(value, spec.kubelet, place)];
}

function identityProblems(value: JsonMap, place: FieldPath): SpecProblem[] {
  const isKnown = value['kind'] === 'KubeletConfiguration' && value['apiVersion'] === 'kubelet.config.k8s.io/v1beta1';
  return isKnown ? [] : [wrongKind(place)];
}

function wrongKind(place: FieldPath): SpecProblem {
  const reason = 'the flag config names this file, and the kubelet takes it only as a KubeletConfiguration';
  const remedy = 'begin it with apiVersion: kubelet.config.k8s.io/v1beta1 and kind: KubeletConfiguration';
  return refusal('ConfigurationInvalid', place, reason, remedy);
}

/** What is found in kubelet.configuration is said of the file, with the name of its field. */
function fieldProblemsIn(configuration: JsonMap, kubelet: Spec['kubelet'], place: FieldPath): SpecProblem[] {
  const found = kubeletProblems({ ...kubelet, configuration }, kubelet.version);
  return found
    .filter(({ path: [first, second] }) => first === 'kubelet' && second === 'configuration')
    .map((problem) => ({ ...problem, path: place, reason: `${formatPath(problem.path.slice(2))}: ${problem.reason}` }));
}
