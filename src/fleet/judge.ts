/** What kubelets make of the objects that select a node together, as the validator asks for it. */

import type { Problem } from '../api/problem.ts';
import type { KubeletConfig } from '../api/types.ts';

/** What one release of the kubelet refuses. */
export interface Judged {
  /** `1.36` */
  readonly release: string;
  /** With them it does not start. Each names the object that set its field. */
  readonly errors: readonly Problem[];
}

/**
 * Judges objects that were validated and have no conflict with each other.
 * @param version the kubelet's, as its node reports it; undefined if it is not known
 * @returns undefined if nothing says which kubelet will run, or if only the node knows what it is given
 */
export type Judge = (objects: readonly KubeletConfig[], version: string | undefined) => Judged | undefined;

/** For a fleet without anything to judge. */
export const judgesNothing: Judge = () => undefined;

/** A judge that is loaded when there is something to judge. */
export interface LazyJudge {
  /** Judges nothing as long as it is not loaded. */
  readonly judge: Judge;
  /** Loads it for objects with settings of a kubelet. */
  readonly prepare: (objects: readonly KubeletConfig[]) => Promise<void>;
}

/** @param load is called once */
export function lazyJudge(load: () => Promise<Judge>): LazyJudge {
  let loaded: Judge | undefined;
  return {
    judge: (objects, version) => loaded?.(objects, version),
    prepare: async (objects) => {
      if (loaded === undefined && hasSettings(objects)) loaded = await load();
    },
  };
}

function hasSettings(objects: readonly KubeletConfig[]): boolean {
  return objects.some(
    ({ spec: { kubelet, files, patches, computed } }) => (kubelet ?? files ?? patches ?? computed) !== undefined,
  );
}
