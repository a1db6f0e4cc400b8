/** The taints and pods of a fleet in memory. An evicted pod ends when the test says so. */

import { isDeepStrictEqual } from 'node:util';
import type { Eviction, Fleet, FleetNode, FleetPod, FleetTaint } from '../../src/fleet/fleet.ts';

export interface FakePods extends Pick<Fleet, 'setTaint' | 'removeTaint' | 'pods' | 'evict'> {
  /** By the name of their node. */
  readonly running: Map<string, FleetPod[]>;
  /** By the name of a pod: the words of the budget that refuses its eviction. */
  readonly budgets: Map<string, string>;
  /** The first is taken and called after the next list of pods; it may put others there. */
  readonly afterList: (() => void)[];
  /** The containers of all pods that are being deleted have ended. */
  endPods(): void;
}

/** @param noted is called before each write with its words, `taint a r1` or `evict web`; may throw */
export function fakePods(nodes: Map<string, FleetNode>, noted: (words: string) => void): FakePods {
  const running = new Map<string, FleetPod[]>();
  const write = (words: string, node: FleetNode, change: (taints: readonly FleetTaint[]) => readonly FleetTaint[]) => {
    const stored = nodes.get(node.name);
    if (stored?.uid !== node.uid) return 'Stale' as const;
    const taints = change(stored.taints);
    if (isDeepStrictEqual(taints, stored.taints)) return 'Written' as const;
    noted(words);
    nodes.set(node.name, { ...stored, taints });
    return 'Written' as const;
  };
  const isOf = (taint: FleetTaint) => (one: FleetTaint) => one.key === taint.key && one.effect === taint.effect;
  const evict = (pod: FleetPod): Eviction => {
    const [node, all = []] = [...running].find(([, pods]) => pods.some(({ uid }) => uid === pod.uid)) ?? [];
    if (node === undefined) return 'Gone';
    const refused = fake.budgets.get(pod.name);
    if (refused !== undefined) return { refused };
    noted(`evict ${pod.name}`);
    running.set(
      node,
      all.map((one) => (one.uid === pod.uid ? { ...one, deleting: true } : one)),
    );
    return 'Evicted';
  };
  const fake: FakePods = {
    running,
    budgets: new Map(),
    afterList: [],
    endPods: () => {
      for (const [node, pods] of running)
        running.set(
          node,
          pods.filter(({ deleting }) => !deleting),
        );
    },
    setTaint: async (node, taint) =>
      write(`taint ${node.name} ${taint.value ?? ''}`, node, (before) => [...before.filter((one) => !isOf(taint)(one)), taint]),
    removeTaint: async (node, taint) =>
      write(`untaint ${node.name} ${taint.key}`, node, (before) =>
        before.filter((one) => !isOf(taint)(one) || one.value !== taint.value),
      ),
    pods: async (nodeName) => {
      const pods = running.get(nodeName) ?? [];
      fake.afterList.shift()?.();
      return pods;
    },
    evict: async (pod) => evict(pod),
  };
  return fake;
}
