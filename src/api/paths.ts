/** The places on a host where an object may write. The agent's flags can allow more; an object cannot. */

import { dropInDirectory, unitPath } from '../systemd/load-path.ts';

/**
 * The paths that the agent allows: `unit` is the one unit that it manages, `extraPaths` are more files or
 * directories.
 */
export interface PathAllowance {
  readonly unit: string;
  readonly extraPaths: readonly string[];
  /** Files of the host that expressions in `computed` may read, besides those that all may. */
  readonly factFiles?: readonly string[];
}

export const defaultAllowance: PathAllowance = { unit: 'kubelet.service', extraPaths: [] };

/** Places that the spec gives to the kubelet; no object may write there. */
export interface ProtectedPaths {
  /** Static pods pass no admission check, so a file written there could get any privilege on the node. */
  readonly staticPods: readonly string[];
  readonly kubeconfigs: readonly string[];
  /** Directories with settings that no check of ours sees. */
  readonly configurations: readonly string[];
  readonly keys: readonly string[];
}

const noProtectedPaths: ProtectedPaths = { staticPods: [], kubeconfigs: [], configurations: [], keys: [] };

/** The places that are protected on every node. */
export const defaultPlaces = {
  staticPods: '/etc/kubernetes/manifests',
  keys: '/etc/kubernetes/pki',
  /** Where kubelet.configuration of the launcher `existing` is written, alone. */
  configurations: '/etc/kubernetes/kubelet-config.d',
} as const;

/**
 * Whether a path is the directory or stands below it. It compares components: `/opt/binary` is not below
 * `/opt/bin`.
 */
export function isAtOrBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}

/** Whether one of two paths is a directory on the way to the other, so that not both can be files. */
export function excludeEachOther(one: string, other: string): boolean {
  return one !== other && (isAtOrBelow(one, other) || isAtOrBelow(other, one));
}

/** Whether a path is absolute, without empty, `.` or `..` components, and without a slash at the end. */
export function isNormalPath(path: string): boolean {
  return /^(\/[^/]+)+$/.test(path) && !/\/\.{1,2}(\/|$)/.test(path);
}

/** The directories below which every object may write. */
export function allowedDirectories({ unit }: PathAllowance): readonly string[] {
  return ['/opt/bin', '/etc/kubernetes', dropInDirectory(unit), '/var/lib/kubelet-config/files'];
}

/** Why an object may not write to a path, in words that follow the path; undefined if it may. */
export function pathRefusal(
  path: string,
  allowance: PathAllowance,
  named: ProtectedPaths = noProtectedPaths,
): string | undefined {
  if (!isNormalPath(path)) return 'is not an absolute path without empty, . or .. components and without a slash at the end';
  if (isBehindTheKernel(path)) return 'is below /proc or /dev, where paths lead anywhere';
  return protectedRefusal(path, allowance, named) ?? placeRefusal(path, allowance);
}

/**
 * Whether a path leads into /proc or /dev. The kernel makes links there that lead to every place of the host
 * (`/proc/self/root/etc`), so what stands there cannot be told from the path. `/dev/null` leads nowhere.
 */
export function isBehindTheKernel(path: string): boolean {
  return path !== '/dev/null' && ['/proc', '/dev'].some((directory) => isAtOrBelow(path, directory));
}

function placeRefusal(path: string, allowance: PathAllowance): string | undefined {
  const isOwn = path === unitPath(allowance.unit);
  const isInside = allowedDirectories(allowance).some((directory) => path !== directory && isAtOrBelow(path, directory));
  const isExtra = allowance.extraPaths.some((extra) => isAtOrBelow(path, extra));
  return isOwn || isInside || isExtra ? undefined : 'is not in a place where objects may write';
}

/** Why no object may write to a path, whatever the allowance; undefined if it is not protected. */
export function protectedRefusal(path: string, { extraPaths }: PathAllowance, named = noProtectedPaths): string | undefined {
  const all = (what: string, places: readonly string[]) => places.map((place) => ({ place, what }));
  const directories = [
    ...all('is in the directory of static pods', [defaultPlaces.staticPods, ...named.staticPods]),
    ...all('is in a directory from which the kubelet reads its configuration', [
      defaultPlaces.configurations,
      ...named.configurations,
    ]),
    ...all("is in the directory of the cluster's keys", [defaultPlaces.keys, ...named.keys]),
  ];
  // --allow-path=/etc does not open the keys in it: that takes a flag that names their directory.
  const isNamed = (place: string) => extraPaths.some((extra) => isAtOrBelow(path, extra) && isAtOrBelow(extra, place));
  const hit = directories.find(({ place }) => isAtOrBelow(path, place) && !isNamed(place));
  if (hit) return hit.what;
  return isKubeconfig(path, named) && !extraPaths.includes(path) ? 'is a kubeconfig' : undefined;
}

/**
 * The names that kubeadm uses count only below /etc/kubernetes: elsewhere `kubelet.conf` may be a drop-in of
 * the unit.
 */
function isKubeconfig(path: string, { kubeconfigs }: ProtectedPaths): boolean {
  if (kubeconfigs.includes(path) || path.includes('kubeconfig')) return true;
  const name = path.slice(path.lastIndexOf('/') + 1);
  return isAtOrBelow(path, '/etc/kubernetes') && kubeadmNames.includes(name);
}

const kubeadmNames = [
  'kubelet.conf',
  'admin.conf',
  'super-admin.conf',
  'bootstrap-kubelet.conf',
  'controller-manager.conf',
  'scheduler.conf',
];
