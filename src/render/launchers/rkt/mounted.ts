/** The volumes that a wrapper mounts already: one object then serves a fleet across releases of CoreOS. */

import type { Volume } from '../../../api/types.ts';
import type { SpecProblem } from '../../../desired/spec-problem.ts';
import type { ShippedVolume, ShippedWrapper } from '../../coreos.ts';
import type { RktFields } from './fields.ts';

/**
 * The fields without the volumes that the wrapper mounts itself in the same way, and a notice for each of
 * them. One with the name of the wrapper's own volume stays: rkt refuses the name, and a person must see it.
 */
export function withoutMounted(rkt: RktFields, wrapper: ShippedWrapper): { rkt: RktFields; notices: SpecProblem[] } {
  const isOwn = ({ name }: Volume) => wrapper.volumes.some((own) => own.name === name);
  const mounted = rkt.volumes.filter((volume) => !isOwn(volume) && wrapper.volumes.some((own) => isSameMount(volume, own)));
  return { rkt: { ...rkt, volumes: rkt.volumes.filter((volume) => !mounted.includes(volume)) }, notices: mounted.map(notice) };
}

function isSameMount({ hostPath, mountPath, readOnly = false, recursive }: Volume, own: ShippedVolume): boolean {
  const isSamePlace = plain(hostPath) === own.source && plain(mountPath) === own.target;
  return isSamePlace && readOnly === own.readOnly && recursive === undefined;
}

function plain(path: string | undefined): string | undefined {
  return path?.replace(/(.)\/$/, '$1');
}

function notice({ name, mountPath }: Volume): SpecProblem {
  return {
    severity: 'notice',
    code: 'MountedAlready',
    path: ['launcher', 'rkt', 'volumes', name],
    reason: `the kubelet-wrapper of this node mounts ${mountPath} itself in the same way, so this volume is left out`,
    remedy: 'nothing, if other nodes need it',
  };
}
