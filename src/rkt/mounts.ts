/**
 * Findings about the volumes and mounts of a run together (common/apps `Validate`, appc/spec schema/pod.go,
 * stage0/run.go `MergeMounts`).
 */

import { cleanPath, quoted } from '../go/text.ts';
import { error, type RktFinding, warning } from './finding.ts';
import type { Occurrence } from './flags.ts';
import type { RunWords } from './run-words.ts';
import { all } from './select.ts';
import { type MountValue, parseMount, parseVolume, type VolumeValue } from './volume-grammar.ts';

export interface Volume extends VolumeValue {
  readonly at: Occurrence;
}

export interface Mount extends MountValue {
  readonly at: Occurrence;
}

/** The volumes of a run that can be read. */
export function volumesOf(run: RunWords): readonly Volume[] {
  return all(run, 'volume').flatMap((at) => {
    const parsed = parseVolume(at.value);
    return parsed.ok ? [{ ...parsed.value, at }] : [];
  });
}

function mountsOf(run: RunWords): readonly Mount[] {
  return all(run, 'mount').flatMap((at) => {
    const parsed = parseMount(at.value);
    return parsed.ok ? [{ ...parsed.value, at }] : [];
  });
}

/** The mounts of one image: its own come first, and of several at one path rkt keeps the first. */
export function mountsOfImage(
  run: RunWords,
  image: number,
): { readonly kept: readonly Mount[]; readonly dropped: readonly Mount[] } {
  const mounts = mountsOf(run);
  const merged = [...mounts.filter(({ at }) => at.image === image), ...mounts.filter(({ at }) => at.image < 0)];
  const kept = merged.filter((mount, index) => merged.findIndex((other) => samePath(other, mount)) === index);
  return { kept, dropped: merged.filter((mount) => !kept.includes(mount)) };
}

function samePath(one: MountValue, other: MountValue): boolean {
  return cleanPath(one.target) === cleanPath(other.target);
}

/** Mounts without a volume, volumes with one name, and mounts that rkt drops. */
export function mountFindings(run: RunWords): RktFinding[] {
  return [...danglingFindings(run), ...duplicateVolumes(run), ...shadowedMounts(run)];
}

function danglingFindings(run: RunWords): RktFinding[] {
  // A volume that cannot be read has a finding of its own, so its mounts need none.
  if (volumesOf(run).length < all(run, 'volume').length) return [];
  const names = volumesOf(run).map(({ name }) => name);
  return mountsOf(run)
    .filter(({ volume }) => !names.includes(volume))
    .map(({ at, target, volume }) =>
      error(
        at.valueWord,
        `dangling mount point ${quoted(target)}: volume ${quoted(volume)} not found`,
        'name a volume that a --volume defines',
      ),
    );
}

/** rkt refuses them since 1.26. The names of the wrapper's own volumes begin with `coreos-`. */
function duplicateVolumes(run: RunWords): RktFinding[] {
  const volumes = volumesOf(run);
  return volumes
    .filter((volume, index) => volumes.findIndex(({ name }) => name === volume.name) < index)
    .map(({ at, name }) => error(at.valueWord, `duplicate volume name ${quoted(name)}`, 'give each volume a name of its own'));
}

function shadowedMounts(run: RunWords): RktFinding[] {
  return run.images.flatMap((_, image) => {
    const { kept, dropped } = mountsOfImage(run, image);
    return dropped
      .filter((mount) => !kept.some((other) => samePath(mount, other) && other.volume === mount.volume))
      .map(({ at, target }) =>
        warning(
          at.valueWord,
          `another volume is mounted at ${quoted(target)}; rkt drops this mount in silence`,
          'mount one volume at each path',
        ),
      );
  });
}
