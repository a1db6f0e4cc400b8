/** Pods of a node: each test changes the one thing it is about. */

import type { FleetPod } from '../../../src/fleet/fleet.ts';

/** Of a ReplicaSet, running, without local data. */
export function pod(name: string, partial: Partial<FleetPod> = {}): FleetPod {
  return {
    namespace: 'shop',
    name,
    uid: `uid-${name}`,
    controller: 'ReplicaSet',
    isMirror: false,
    isFinished: false,
    deleting: false,
    hasEmptyDir: false,
    toleratesDraining: 'No',
    ...partial,
  };
}

/** A pod that no controller makes again. */
export function bare(name: string, partial: Partial<FleetPod> = {}): FleetPod {
  const { controller: _none, ...others } = pod(name, partial);
  return others;
}
