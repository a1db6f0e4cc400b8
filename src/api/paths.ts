/** Where on a host an object may write. The agent's flags can widen it, an object never can. */

/** What the agent allows. `unit` is the one unit it manages, `extraPaths` are further files or directories. */
export interface PathAllowance {
  readonly unit: string;
  readonly extraPaths: readonly string[];
}

export const defaultAllowance: PathAllowance = { unit: 'kubelet.service', extraPaths: [] };

/** Places of the kubelet that this effective spec names, and that nobody may write to through it. */
export interface ProtectedPaths {
  /** Static pods run with any privilege on any node: whoever writes one is past every admission check. */
  readonly staticPods: readonly string[];
  readonly kubeconfigs: readonly string[];
}

const noProtectedPaths: ProtectedPaths = { staticPods: [], kubeconfigs: [] };

/** By component: `/opt/binary` is not below `/opt/bin`. */
export function isAtOrBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}

/** Absolute, without empty, `.` and `..` components and without a slash at the end. */
export function isNormalPath(path: string): boolean {
  return /^(\/[^/]+)+$/.test(path) && !/\/\.{1,2}(\/|$)/.test(path);
}

export function allowedDirectories({ unit }: PathAllowance): readonly string[] {
  return ['/opt/bin', '/etc/kubernetes', `/etc/systemd/system/${unit}.d`, '/var/lib/kubelet-config/files'];
}

export function allowedPath(path: string, allowance: PathAllowance, named: ProtectedPaths = noProtectedPaths): boolean {
  return pathRefusal(path, allowance, named) === undefined;
}

/** Why an object may not write to a path, in words that follow "the path"; undefined when it may. */
export function pathRefusal(
  path: string,
  allowance: PathAllowance,
  named: ProtectedPaths = noProtectedPaths,
): string | undefined {
  if (!isNormalPath(path)) return 'is not a normal absolute path (no empty, . or .. components, no slash at the end)';
  return protectedRefusal(path, allowance, named) ?? placeRefusal(path, allowance);
}

function placeRefusal(path: string, allowance: PathAllowance): string | undefined {
  const isOwn = path === `/etc/systemd/system/${allowance.unit}`;
  const isInside = allowedDirectories(allowance).some((directory) => path !== directory && isAtOrBelow(path, directory));
  const isExtra = allowance.extraPaths.some((extra) => isAtOrBelow(path, extra));
  return isOwn || isInside || isExtra ? undefined : 'is outside the places an object may write to';
}

function protectedRefusal(path: string, { extraPaths }: PathAllowance, named: ProtectedPaths): string | undefined {
  const directories = [
    ...['/etc/kubernetes/manifests', ...named.staticPods].map((place) => ({ place, what: 'is in the directory of static pods' })),
    { place: '/etc/kubernetes/pki', what: "is among the cluster's keys" },
  ];
  // To widen the allowance to /etc is not to open the keys in it: that takes a flag which names them.
  const isNamed = (place: string) => extraPaths.some((extra) => isAtOrBelow(path, extra) && isAtOrBelow(extra, place));
  const hit = directories.find(({ place }) => isAtOrBelow(path, place) && !isNamed(place));
  if (hit) return hit.what;
  return isKubeconfig(path, named) && !extraPaths.includes(path) ? 'is a kubeconfig' : undefined;
}

/** kubeadm's names are kubeconfigs below /etc/kubernetes only: elsewhere `kubelet.conf` may be a drop-in of the unit. */
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
