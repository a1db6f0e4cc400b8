/** Writes the volumes of an object as words of rkt, exactly, or says why that is impossible. */

import type { Refusal } from '../go/parsed.ts';
import { cleanPath, percentEncode } from '../go/text.ts';
import { acNameRefusal } from './names.ts';

export interface RktVolume {
  readonly name: string;
  /** Either this or `empty` is set. */
  readonly hostPath?: string;
  readonly empty?: { readonly mode?: string; readonly uid?: number; readonly gid?: number };
  /**
   * Absolute path in the image. Without it, rkt mounts the volume only where the image asks for one of that
   * name.
   */
  readonly mountPath?: string;
  readonly readOnly?: boolean;
  readonly recursive?: boolean;
}

type RktVolumeField = 'name' | 'hostPath' | 'empty' | 'empty.mode' | 'empty.uid' | 'empty.gid' | 'mountPath';

export interface RktVolumeFinding extends Refusal {
  readonly severity: 'error' | 'warning';
  /** The index in the volumes that were checked. */
  readonly volume: number;
  readonly field: RktVolumeField;
}

export type Stage1Flavour = 'fly' | 'other';

export class RktVolumeError extends Error {
  override readonly name = 'RktVolumeError';
  readonly findings: readonly RktVolumeFinding[];

  constructor(findings: readonly RktVolumeFinding[]) {
    super(findings.map(({ field, reason, remedy }) => `${field}: ${reason}; ${remedy}`).join('\n'));
    this.findings = findings;
  }
}

/**
 * The value of `--volume`.
 * @throws RktVolumeError if rkt has no words for the volume; `checkVolumes` finds that before
 */
export function volumeArgument(volume: RktVolume): string {
  refuseUnspeakable(volume);
  const { name, hostPath, empty, readOnly, recursive } = volume;
  const kind =
    hostPath === undefined
      ? [['kind', 'empty']]
      : [
          ['kind', 'host'],
          ['source', hostPath],
        ];
  const pairs = [
    ...kind,
    ...present('readOnly', readOnly),
    ...present('recursive', recursive),
    ...present('mode', empty?.mode),
    ...present('uid', empty?.uid),
    ...present('gid', empty?.gid),
  ];
  return [name, ...pairs.map(([key, value]) => `${key}=${value}`)].join(',');
}

/**
 * The value of `--mount`; undefined for a volume without a mountPath. rkt decodes it, so all characters that
 * separate or decode are encoded, also those of the shell.
 * @throws RktVolumeError as `volumeArgument`
 */
export function mountArgument(volume: RktVolume): string | undefined {
  refuseUnspeakable(volume);
  if (volume.mountPath === undefined) return undefined;
  return `volume=${volume.name},target=${encodeTarget(volume.mountPath)}`;
}

/** The path as a part of `--mount`. */
export function encodeTarget(path: string): string {
  return percentEncode(path, /[A-Za-z0-9/._~:@=-]/);
}

function present(key: string, value: string | number | boolean | undefined): string[][] {
  return value === undefined ? [] : [[key, String(value)]];
}

function refuseUnspeakable(volume: RktVolume): void {
  const findings = volumeFindings(volume, 0, 'other');
  if (findings.length > 0) throw new RktVolumeError(findings);
}

/** Findings about volumes that rkt refuses or has no words for. `other` is for every stage1 image but fly. */
export function checkVolumes(volumes: readonly RktVolume[], flavour: Stage1Flavour = 'fly'): RktVolumeFinding[] {
  return volumes.flatMap((volume, index) => [
    ...volumeFindings(volume, index, flavour),
    ...neighbourFindings(volume, index, volumes.slice(0, index)),
  ]);
}

function neighbourFindings(volume: RktVolume, index: number, before: readonly RktVolume[]): RktVolumeFinding[] {
  const findings: RktVolumeFinding[] = [];
  if (before.some(({ name }) => name === volume.name)) {
    const refusal = {
      reason: `duplicate volume name ${JSON.stringify(volume.name)}`,
      remedy: 'give each volume a name of its own',
    };
    findings.push({ severity: 'error', volume: index, field: 'name', ...refusal });
  }
  const path = volume.mountPath;
  if (path !== undefined && before.some(({ mountPath }) => mountPath !== undefined && cleanPath(mountPath) === cleanPath(path))) {
    const refusal = {
      reason: 'another volume is mounted there; rkt drops this mount in silence',
      remedy: 'mount one volume at each path',
    };
    findings.push({ severity: 'warning', volume: index, field: 'mountPath', ...refusal });
  }
  return findings;
}

function volumeFindings(volume: RktVolume, index: number, flavour: Stage1Flavour): RktVolumeFinding[] {
  const found: [RktVolumeField, Refusal | undefined][] = [
    ['name', acNameRefusal(volume.name)],
    ['hostPath', kindRefusal(volume)],
    ['hostPath', volume.hostPath === undefined ? undefined : hostPathRefusal(volume.hostPath)],
    ['empty', flavour === 'fly' ? flyRefusal(volume) : undefined],
    ['empty.mode', modeRefusal(volume.empty?.mode)],
    ['empty.uid', numberRefusal(volume.empty?.uid)],
    ['empty.gid', numberRefusal(volume.empty?.gid)],
    ['mountPath', volume.mountPath === undefined ? undefined : mountPathRefusal(volume, volume.mountPath)],
  ];
  return found.flatMap(([field, refusal]) => (refusal ? [{ severity: 'error' as const, volume: index, field, ...refusal }] : []));
}

function kindRefusal({ hostPath, empty }: RktVolume): Refusal | undefined {
  if ((hostPath === undefined) !== (empty === undefined)) return undefined;
  return { reason: 'a volume is a path of the host or empty', remedy: 'set exactly one of hostPath and empty' };
}

function hostPathRefusal(path: string): Refusal | undefined {
  if (path.includes(',')) {
    return {
      reason: 'rkt reads a comma in a path as the end of it and has no escape',
      remedy: 'use a path without a comma, for example a symbolic link',
    };
  }
  return pathRefusal(path, 'source for host volume must be absolute path');
}

function mountPathRefusal({ hostPath }: RktVolume, path: string): Refusal | undefined {
  if (cleanPath(path) === '/' && cleanPath(hostPath ?? '') !== '/') {
    return { reason: 'the mount covers / of the image and with it the kubelet', remedy: 'mount it at a path below /' };
  }
  return pathRefusal(path, 'the path in the image must be absolute');
}

function pathRefusal(path: string, notAbsolute: string): Refusal | undefined {
  if (!path.startsWith('/')) return { reason: notAbsolute, remedy: 'begin the path with /' };
  if (/[\0\p{Surrogate}]/u.test(path))
    return { reason: 'no word of a command line can hold this path', remedy: 'remove NUL and broken characters' };
  return undefined;
}

function flyRefusal({ empty, mountPath }: RktVolume): Refusal | undefined {
  if (empty === undefined || mountPath === undefined) return undefined;
  return { reason: 'stage1-fly makes no empty volumes', remedy: 'use a hostPath with a directory made for it' };
}

function modeRefusal(mode: string | undefined): Refusal | undefined {
  if (mode === undefined || /^[0-7]{1,4}$/.test(mode)) return undefined;
  return { reason: 'the mode is no octal number', remedy: 'write for example "0755"' };
}

function numberRefusal(id: number | undefined): Refusal | undefined {
  if (id === undefined || (Number.isInteger(id) && id >= 0 && id < 2 ** 32)) return undefined;
  return { reason: 'the id is no whole number', remedy: 'write a number from 0 to 4294967295' };
}
