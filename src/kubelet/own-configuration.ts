/**
 * Files with a KubeletConfiguration that an object brings along and names with the flags `config` and
 * `config-dir`. They are checked like kubelet.configuration.
 */

import { posix } from 'node:path';
import { absolutePath } from '../api/kubelet-paths.ts';
import { withoutNulls } from '../api/nulls.ts';
import { type FieldPath, formatPath } from '../api/problem.ts';
import type { EffectiveSpec } from '../desired/defaults.ts';
import { caution, refusal, type SpecProblem } from '../desired/spec-problem.ts';
import { kubeletProblems } from './kubelet-problems.ts';
import { type PlainConfiguration, type PlainFault, readPlainConfiguration } from './plain-configuration.ts';
import { knownRelease, releaseOf } from './release.ts';
import { readsDropIns } from './settings/configuration.ts';

type Spec = Pick<EffectiveSpec, 'kubelet' | 'files'>;
type File = EffectiveSpec['files'][number];

const firstWithFile = knownRelease('1.10');

/** The files that an object brings along. */
export interface OwnConfiguration {
  /** Undefined if the flag `config` names none of them, or a directory of static pods. */
  readonly main: PlainConfiguration | undefined;
  /** Those in the directory of the flag `config-dir`, in the order of their names; empty if it names none. */
  readonly dropIns: readonly PlainConfiguration[];
}

/** The files as the kubelet reads them. */
export function ownConfiguration(spec: Spec): OwnConfiguration {
  const file = ownFile(spec);
  return { main: file && readFile(file), dropIns: ownDropIns(spec).map(readFile) };
}

function readFile({ path, content }: File): PlainConfiguration {
  return readPlainConfiguration(path, content);
}

function ownFile({ kubelet, files }: Spec): File | undefined {
  const { config } = kubelet.flags;
  if (typeof config !== 'string' || config === '' || kubelet.configuration !== undefined) return undefined;
  const release = kubelet.version === undefined ? undefined : releaseOf(kubelet.version);
  if (release !== undefined && release < firstWithFile) return undefined;
  return files.find(({ path }) => path === absolutePath(config, '/'));
}

function ownDropIns({ kubelet, files }: Spec): File[] {
  const directory = kubelet.flags['config-dir'];
  if (typeof directory !== 'string' || directory === '') return [];
  if (kubelet.version !== undefined && !readsDropIns(releaseOf(kubelet.version), true)) return [];
  const folder = absolutePath(directory, '/');
  return files
    .filter(({ path }) => posix.dirname(path) === folder && path.endsWith('.conf'))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The spec with the content of such a file in place of kubelet.configuration; else the spec itself. */
export function withOwnConfiguration<Whole extends Spec>(spec: Whole): Whole {
  const { main } = ownConfiguration(spec);
  if (main === undefined || main.refused.length > 0) return spec;
  return { ...spec, kubelet: { ...spec.kubelet, configuration: withoutNulls(main.fields), configurationPath: main.path } };
}

/**
 * The problems of flags and configuration, also of such files. Paths begin below spec.
 *
 * @param version the kubelet that will run; undefined if nothing says which
 */
export function versionedProblems(spec: Spec, version: string | undefined): SpecProblem[] {
  const { version: _said, ...kubelet } = spec.kubelet;
  const versioned = { ...spec, kubelet: { ...kubelet, ...(version !== undefined && { version }) } };
  const { main, dropIns } = ownConfiguration(versioned);
  return [
    ...kubeletProblems(spec.kubelet, version),
    ...[...(main ? [main] : []), ...dropIns].flatMap((file) => fileProblems(file, versioned.kubelet)),
  ];
}

/** A file that the kubelet cannot read keeps it from starting. */
function fileProblems({ path, fields, refused, odd }: PlainConfiguration, kubelet: Spec['kubelet']): SpecProblem[] {
  const place = ['files', path, 'content'];
  const said = ({ field, reason }: PlainFault) => (isOfWhole(field) ? reason : `${formatPath(field)}: ${reason}`);
  const found = kubeletProblems({ ...kubelet, configuration: withoutNulls(fields) }, kubelet.version);
  return [
    ...refused.map((one) =>
      refusal('ConfigurationInvalid', place, `${said(one)}: the kubelet does not start with it`, one.remedy),
    ),
    ...odd.map((one) => caution('ConfigurationInvalid', place, said(one), one.remedy)),
    // What is found in kubelet.configuration is said of the file, with the name of its field.
    ...found
      .filter(({ path: [first, second] }) => first === 'kubelet' && second === 'configuration')
      .map((problem) => ({ ...problem, path: place, reason: `${formatPath(problem.path.slice(2))}: ${problem.reason}` })),
  ];
}

function isOfWhole([first]: FieldPath): boolean {
  return first === undefined || first === 'apiVersion' || first === 'kind';
}
