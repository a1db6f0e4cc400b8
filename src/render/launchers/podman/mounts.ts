/** What the kubelet sees of the host: the mounts of CoreOS's kubelet-wrapper, and the object's volumes. */

import type { Volume } from '../../../api/types.ts';
import { refusal, type SpecProblem } from '../../../desired/spec-problem.ts';

export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly options: readonly string[];
}

/** Where distributions keep the certificates to which the links in /etc/ssl/certs lead. */
export const certificateStores = ['/usr/share/ca-certificates', '/etc/pki', '/var/lib/ca-certificates'] as const;

/**
 * The mounts of the last kubelet-wrapper, with the stores of today's container runtimes. What the host mounts
 * later is seen (`rslave`), and what the kubelet mounts below /var/lib/kubelet, the host and the pods see
 * (`rshared`). stage1-fly of rkt gave /dev and /sys of the host as well.
 */
export function ownMounts(certificateStore: string): Mount[] {
  const same = (path: string, ...options: string[]): Mount => ({ source: path, target: path, options });
  return [
    same('/dev', 'rslave'),
    same('/sys', 'rslave'),
    same('/etc/kubernetes'),
    same('/etc/ssl/certs', 'ro'),
    same(certificateStore, 'ro'),
    same('/var/lib/docker', 'rslave'),
    same('/var/lib/containerd', 'rslave'),
    same('/var/lib/containers', 'rslave'),
    same('/var/lib/kubelet', 'rshared'),
    same('/var/log'),
    { source: '/usr/lib/os-release', target: '/etc/os-release', options: ['ro'] },
    same('/run', 'rslave'),
    same('/lib/modules', 'ro'),
    same('/etc/machine-id', 'ro'),
  ];
}

/** The directories that podman refuses to mount where they are missing: the unit makes them. */
export function madeDirectories(certificateStore: string): string[] {
  const others = ['/dev', '/sys', '/run', '/usr/lib/os-release', '/etc/machine-id'];
  const mounted = ownMounts(certificateStore).map(({ source }) => source);
  return [...mounted.filter((path) => !others.includes(path)), '/run/kubelet'];
}

/** A volume at a path that we mount takes the place of ours, and keeps how mounts go in and out there. */
export function withVolumes(own: readonly Mount[], volumes: readonly Volume[]): { words: string[]; notices: SpecProblem[] } {
  const same = volumes.filter((volume) => own.some((mount) => isSameMount(volume, mount)));
  const others = volumes.filter((volume) => !same.includes(volume)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const targets = others.map(({ mountPath }) => plain(mountPath ?? ''));
  const words = own.filter(({ target }) => !targets.includes(target)).map(mountWord);
  return { words: [...words, ...others.map((volume) => volumeWord(volume, own))], notices: same.map(mountedAlready) };
}

function isSameMount({ hostPath, mountPath, readOnly = false, recursive }: Volume, own: Mount): boolean {
  const isSamePlace = hostPath !== undefined && plain(hostPath) === own.source && plain(mountPath ?? '') === own.target;
  return isSamePlace && readOnly === own.options.includes('ro') && recursive !== false;
}

function plain(path: string): string {
  return path.replace(/(.)\/$/, '$1');
}

function mountWord({ source, target, options }: Mount): string {
  return `--volume=${[source, target, ...(options.length > 0 ? [options.join(',')] : [])].join(':')}`;
}

function volumeWord(
  { hostPath = '', empty, mountPath = '', readOnly = false, recursive = false }: Volume,
  own: readonly Mount[],
): string {
  const access = readOnly ? ['ro'] : [];
  if (empty !== undefined)
    return `--tmpfs=${mountPath}:${['rw', 'exec', 'dev', 'suid', 'notmpcopyup', `mode=${empty.mode ?? '0755'}`].join(',')}`;
  const replaced = own.find(({ target }) => target === plain(mountPath));
  const spread = replaced?.options.filter((option) => option !== 'ro') ?? [];
  const propagation = spread.length > 0 ? spread : recursive ? ['rslave'] : [];
  const options = [...access, recursive ? 'rbind' : 'bind', ...propagation];
  if (!`${hostPath}${mountPath}`.includes(':')) return mountWord({ source: hostPath, target: mountPath, options });
  const words = [...(readOnly ? ['readonly'] : []), ...(recursive ? [] : ['bind-nonrecursive=true'])];
  const named = propagation.map((one) => `bind-propagation=${one}`);
  return `--mount=${[`type=bind,source=${hostPath},target=${mountPath}`, ...words, ...named].join(',')}`;
}

const path = (name: string, ...field: string[]) => ['launcher', 'podman', 'volumes', name, ...field];

function mountedAlready({ name, mountPath }: Volume): SpecProblem {
  const reason = `the launcher mounts ${mountPath} itself in the same way, so this volume is left out`;
  return { severity: 'notice', code: 'MountedAlready', path: path(name), reason, remedy: 'nothing; you may remove it' };
}

/** Refuses volumes that podman has no words for. */
export function volumeProblems(volumes: readonly Volume[]): SpecProblem[] {
  return volumes.flatMap((volume, index) => [
    ...placeProblems(volume),
    ...(volume.empty === undefined ? [] : emptyProblems(volume)),
    ...twice(volume, volumes.slice(0, index)),
  ]);
}

function placeProblems({ name, hostPath = '', mountPath, readOnly, recursive }: Volume): SpecProblem[] {
  if (readOnly === true && recursive === true) {
    const reason = 'podman makes only the volume itself read-only, and what is mounted below it stays writable';
    return [refusal('PodmanRefuses', path(name, 'recursive'), reason, 'remove recursive or readOnly')];
  }
  if (mountPath === undefined)
    return [refusal('PodmanRefuses', path(name, 'mountPath'), 'podman mounts no volume without a place', 'set mountPath')];
  if (plain(mountPath) === '/')
    return [refusal('PodmanRefuses', path(name, 'mountPath'), 'the volume would hide the whole image', 'choose a path below /')];
  const both = `${hostPath}${mountPath}`;
  if (!both.includes(':') || !/[,"]/.test(both)) return [];
  const reason = 'podman has no way to write a path with a colon and one with a comma or quote in the same volume';
  return [refusal('PodmanRefuses', path(name), reason, 'choose other paths')];
}

function emptyProblems({ name, empty, mountPath = '', readOnly }: Volume): SpecProblem[] {
  const owner = (empty?.uid ?? 0) !== 0 || (empty?.gid ?? 0) !== 0;
  return [
    ...(owner
      ? [refusal('PodmanRefuses', path(name, 'empty'), 'an empty directory in podman belongs to root', 'remove uid and gid')]
      : []),
    ...(readOnly === true
      ? [refusal('PodmanRefuses', path(name, 'readOnly'), 'nobody could write to it', 'remove readOnly')]
      : []),
    ...(mountPath.includes(':')
      ? [refusal('PodmanRefuses', path(name, 'mountPath'), 'podman reads a colon as the end of the path', 'choose another path')]
      : []),
  ];
}

function twice({ name, mountPath }: Volume, before: readonly Volume[]): SpecProblem[] {
  const other =
    mountPath !== undefined && before.find((one) => one.mountPath !== undefined && plain(one.mountPath) === plain(mountPath));
  if (!other) return [];
  const reason = `the volume ${other.name} is mounted at ${mountPath} already`;
  return [refusal('PodmanRefuses', path(name, 'mountPath'), reason, 'give each volume a path of its own')];
}
