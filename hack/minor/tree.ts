/** The files of a tree of Kubernetes that say what its kubelet takes, and what is read out of them. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Release, releaseOf } from '../../src/kubelet/release.ts';
import { type Field, fieldsOfConfiguration } from './fields.ts';
import { type Flag, flagsOf, notDeprecated } from './flags.ts';
import { dependenciesOf, type Gates, gateConstants, gatesOf } from './gates.ts';
import { UnexpectedGo } from './go-text.ts';

/** What cannot be used: which file, and why. */
export class Unreadable extends Error {
  constructor(path: string, reason: string, cause?: unknown) {
    super(`${path}: ${reason}`, { cause });
  }
}

/** What the kubelet of one release takes. */
export interface Kubelet {
  readonly release: Release;
  readonly gates: Gates;
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  readonly fields: readonly Field[];
  readonly flags: readonly Flag[];
  /**
   * Gates of Kubernetes that stand in none of the files that are read: in a new one, or not of the
   * kubelet.
   */
  readonly gatesElsewhere: readonly string[];
}

const staging = 'staging/src/k8s.io';
const kubeFeatures = 'pkg/features/kube_features.go';
/**
 * The packages whose gates the kubelet registers. Those of the controller manager are among them:
 * pkg/cluster/ports, which has the kubelet's ports, imports their registration.
 */
const gateFiles = [
  kubeFeatures,
  `${staging}/apiserver/pkg/features/kube_features.go`,
  `${staging}/apiextensions-apiserver/pkg/features/kube_features.go`,
  `${staging}/client-go/features/known_features.go`,
  `${staging}/controller-manager/pkg/features/kube_features.go`,
  `${staging}/component-base/featuregate/feature_gate.go`,
  `${staging}/component-base/logs/api/v1/kube_features.go`,
  `${staging}/component-base/metrics/features/kube_features.go`,
  `${staging}/component-base/zpages/features/kube_features.go`,
];
/** Kubernetes' own list of the gates of all its components, by the names of their constants. */
const listOfGates = 'test/compatibility_lifecycle/reference/versioned_feature_list.yaml';
/** The kubelet's own types, then those of other packages that they hold. */
const typeFiles = [
  `${staging}/kubelet/config/v1beta1/types.go`,
  `${staging}/component-base/logs/api/v1/types.go`,
  `${staging}/component-base/tracing/api/v1/types.go`,
  `${staging}/api/core/v1/types.go`,
];
const optionsDirectory = 'cmd/kubelet/app/options';
const loggingOptions = `${staging}/component-base/logs/api/v1/options.go`;
const versionFile = `${staging}/component-base/version/base.go`;

/**
 * Reads a tree of 1.36 or later: the sources of earlier releases are laid out in other ways.
 * @param root a checkout of Kubernetes, or its unpacked archive
 * @param given the release; undefined: what the tree says
 * @throws Unreadable for a file that is missing or that is written in another way than expected
 */
export function readTree(root: string, given: Release | undefined): Kubelet {
  const release = given ?? releaseOfTree(root);
  const sources = gateFiles.map((path) => [path, read(root, path)] as const);
  const shared = new Map(sources.flatMap(([, source]) => [...gateConstants(source)]));
  const constants = (source: string) => new Map([...shared, ...gateConstants(source)]);
  const gates = sources.flatMap(([path, source]) => [...within(root, path, () => gatesOf(source, constants(source), release))]);
  const own = read(root, kubeFeatures);
  const types = typeFiles.map((path) => read(root, path));
  return {
    release,
    gates: new Map(gates),
    dependencies: within(root, kubeFeatures, () => dependenciesOf(own, constants(own))),
    fields: within(root, typeFiles[0] ?? '', () => fieldsOfConfiguration(types)),
    flags: flagsOfTree(root),
    gatesElsewhere: [...read(root, listOfGates).matchAll(/^- name: (\w+)/gm)]
      .map(([, constant = '']) => constant)
      .filter((constant) => !shared.has(constant)),
  };
}

function releaseOfTree(root: string): Release {
  const [, version] = /DefaultKubeBinaryVersion\s*=\s*"(\d+\.\d+)"/.exec(read(root, versionFile)) ?? [];
  const release = version === undefined ? undefined : releaseOf(version);
  if (release === undefined) {
    throw new Unreadable(join(root, versionFile), 'does not say which release this is: give it with --release');
  }
  return release;
}

function flagsOfTree(root: string): Flag[] {
  const names = within(root, optionsDirectory, () => readdirSync(join(root, optionsDirectory)));
  const own = names
    .filter((name) => name.endsWith('.go') && !name.endsWith('_test.go'))
    .map((name) => `${optionsDirectory}/${name}`)
    .map((path) => [path, read(root, path)] as const)
    .filter(([path, source]) => isForLinux(path, source));
  const excepted = own.map(([, source]) => notDeprecated(source)).find((found) => found !== undefined) ?? new Set();
  const logging = within(root, loggingOptions, () => flagsOf(read(root, loggingOptions), 'Logging.'));
  const flags = [
    ...own.flatMap(([path, source]) => within(root, path, () => flagsOf(source))),
    ...logging.map((flag) => ({ ...flag, deprecated: !excepted.has(flag.name) })),
    ...['help', 'version'].map((name): Flag => {
      const type = name === 'help' ? 'bool' : 'version';
      return { name, type, repeatable: false, deprecated: false, goPath: undefined };
    }),
  ];
  if (flags.length < 50) throw new Unreadable(join(root, optionsDirectory), `only ${flags.length} flags were found`);
  return flags;
}

function isForLinux(path: string, source: string): boolean {
  const [, constraint] = /^\/\/go:build (.*)$/m.exec(source) ?? [];
  return !path.endsWith('_windows.go') && constraint !== 'windows' && constraint !== '!linux';
}

function read(root: string, path: string): string {
  return within(root, path, () => readFileSync(join(root, path), 'utf8'));
}

/** Runs `look`; what fails in it is told with the name of the file. */
function within<T>(root: string, path: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (error instanceof UnexpectedGo) throw new Unreadable(join(root, path), error.message, error);
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new Unreadable(join(root, path), 'is not there: is this a tree of Kubernetes?', error);
    if (code === 'ENOTDIR' || code === 'EACCES' || code === 'EISDIR')
      throw new Unreadable(join(root, path), `cannot be read (${code})`, error);
    throw error;
  }
}
