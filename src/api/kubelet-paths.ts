/**
 * The paths that a kubelet is told of: where it counts relative ones from, and which of them no object may
 * write to. Pure.
 */

import { posix } from 'node:path';
import { coerce, lt } from 'semver';
import { isJsonMap, type Json, type JsonMap } from './json.ts';
import type { ProtectedPaths } from './paths.ts';
import type { FieldPath } from './problem.ts';

/** Flags that name a place, by the kind of the place. */
const placeFlags: Readonly<Record<string, keyof ProtectedPaths>> = {
  'pod-manifest-path': 'staticPods',
  // Kubelets from 1.9 to 1.18 start the pods that they find there.
  'bootstrap-checkpoint-path': 'staticPods',
  kubeconfig: 'kubeconfigs',
  'bootstrap-kubeconfig': 'kubeconfigs',
  'experimental-bootstrap-kubeconfig': 'kubeconfigs',
  'auth-path': 'kubeconfigs',
  'config-dir': 'configurations',
  'init-config-dir': 'configurations',
  'dynamic-config-dir': 'configurations',
};

/**
 * The fields of KubeletConfiguration that hold a path (KubeletConfigurationPathRefs in
 * pkg/kubelet/apis/config/helpers.go). The kubelet counts a relative one from the folder of the file.
 */
const pathFields: readonly FieldPath[] = [
  ['staticPodPath'],
  ['authentication', 'x509', 'clientCAFile'],
  ['tlsCertFile'],
  ['tlsPrivateKeyFile'],
  ['resolvConf'],
  ['volumePluginDir'],
  ['podLogsDir'],
];

/** The absolute path without `.`, `..`, double slashes and a slash at its end. */
export function absolutePath(path: string, folder: string): string {
  return posix.resolve('/', folder, path);
}

/**
 * The value of a flag as it is written on the command line: a path that the object must not write to becomes
 * absolute, so that a WorkingDirectory= cannot move it. The kubelet starts in `/`.
 */
export function absoluteFlagValue(flag: string, value: unknown): unknown {
  const isPlace = Object.hasOwn(placeFlags, flag) || flag === 'config';
  return isPlace && typeof value === 'string' && isRelative(value) ? absolutePath(value, '/') : value;
}

/** The configuration with absolute paths. @param folder that of the file, from which relative ones count */
export function absoluteConfiguration(configuration: JsonMap, folder: string): JsonMap {
  return pathFields.reduce<JsonMap>((whole, path) => withAbsolute(whole, path, folder), configuration);
}

function withAbsolute(map: JsonMap, [name = '', ...rest]: FieldPath, folder: string): JsonMap {
  const value = Object.hasOwn(map, name) ? map[name] : undefined;
  const changed = absoluteField(value, rest, folder);
  return changed === value ? map : { ...map, [name]: changed as Json };
}

function absoluteField(value: Json | undefined, rest: FieldPath, folder: string): Json | undefined {
  if (rest.length > 0) return isJsonMap(value) ? withAbsolute(value, rest, folder) : value;
  return typeof value === 'string' && isRelative(value) ? absolutePath(value, folder) : value;
}

/** The kubelet takes the empty text for no path. */
function isRelative(path: string): boolean {
  return path !== '' && !path.startsWith('/');
}

/** What a spec says of the kubelet's paths; its shape may be wrong. */
export interface KubeletWords {
  readonly flags: JsonMap;
  readonly version?: string | undefined;
  readonly configuration?: JsonMap | undefined;
  readonly configurationPath: string;
  /** Paths of extra files that hold a KubeletConfiguration. */
  readonly configurationFiles: readonly string[];
  /** Directories of the host that the kubelet sees elsewhere: the volumes of its container. */
  readonly mounts: readonly { readonly hostPath: string; readonly mountPath: string }[];
}

/** A place that the spec names to the kubelet. */
export interface NamedPlace {
  readonly kind: keyof ProtectedPaths;
  /** The field that names it, below `kubelet`. */
  readonly field: FieldPath;
  /** The paths on the host that it may stand for, absolute and normal. */
  readonly paths: readonly string[];
}

/** The places that a spec names to the kubelet, in the order of its fields. */
export function namedPlaces(words: KubeletWords): NamedPlace[] {
  const { flags, configuration, configurationPath, mounts } = words;
  const place = (kind: keyof ProtectedPaths, field: FieldPath, value: unknown, folder: string): NamedPlace[] => {
    const texts = [value].flat().filter((text): text is string => typeof text === 'string' && text !== '');
    const paths = texts.flatMap((text) => seenAs(absolutePath(text, folder), mounts));
    return paths.length === 0 ? [] : [{ kind, field, paths }];
  };
  const folder = posix.dirname(configurationPath);
  return [
    ...Object.entries(flags).flatMap(([flag, value]) => {
      const kind = flag === 'config' && configNamesStaticPods(words) ? 'staticPods' : kindOf(flag);
      return kind === undefined ? [] : place(kind, ['flags', flag], value, '/');
    }),
    ...place('staticPods', ['configuration', 'staticPodPath'], configuration?.['staticPodPath'], folder),
  ];
}

function kindOf(flag: string): keyof ProtectedPaths | undefined {
  return Object.hasOwn(placeFlags, flag) ? placeFlags[flag] : undefined;
}

/** The path itself, and the paths on the host that a volume shows there. */
function seenAs(path: string, mounts: KubeletWords['mounts']): string[] {
  const behind = mounts.flatMap(({ hostPath, mountPath }) => {
    const below = posix.relative(absolutePath(mountPath, '/'), path);
    return below === '..' || below.startsWith('../') ? [] : [absolutePath(below, hostPath)];
  });
  return [...new Set([path, ...behind])];
}

/** Adds up the paths of the places by their kind. */
export function protectedPathsOf(places: readonly NamedPlace[]): ProtectedPaths {
  const of = (kind: keyof ProtectedPaths) => places.filter((place) => place.kind === kind).flatMap(({ paths }) => paths);
  return { staticPods: of('staticPods'), kubeconfigs: of('kubeconfigs'), configurations: of('configurations'), keys: [] };
}

/** `--config` named the static pod directory until 1.5; since 1.8 it names the KubeletConfiguration file. */
function configNamesStaticPods({ version, flags, configurationPath, configurationFiles }: KubeletWords): boolean {
  const parsed = version === undefined ? null : coerce(version);
  if (parsed) return lt(parsed, '1.8.0');
  const { config } = flags;
  return typeof config !== 'string' || ![configurationPath, ...configurationFiles].includes(absolutePath(config, '/'));
}
