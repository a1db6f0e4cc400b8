/** The settings of one run. */

export interface Settings {
  readonly seed: number;
  readonly nodes: number;
  readonly objects: number;
  readonly controllers: number;
  /** Minutes of virtual time in which faults happen. */
  readonly minutes: number;
  /** Minutes of virtual time after them in which everything has to come to rest. */
  readonly patience: number;
  readonly maxUnavailable: number | string;
  readonly maxFailures: number;
  readonly canary: { readonly count: number; readonly soakSeconds: number } | undefined;
  readonly batches: 'Doubling' | 'Full';
  /** From 0 to 1: the part of the nodes on which the new content fails. */
  readonly failRate: number;
  /** From 0 to 1: the part of the nodes whose kubelets start ten times slower. */
  readonly slowRate: number;
  /** How often each happens, per hour of virtual time; nothing for never. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** Of all answers and of all requests. */
  readonly lostAnswers: number;
  readonly lateRequests: number;
  /** What is left out, to see that the checks find it. */
  readonly mutation?: Mutation | undefined;
}

/**
 * NoFence: agents claim what any controller has approved. NoFailures: controllers do not see that anything
 * failed. NoPlaces: controllers see a limit that nobody has set.
 */
export type Mutation = 'NoFence' | 'NoFailures' | 'NoPlaces';

export const faultKinds = [
  'AgentCrash',
  'AgentCutOff',
  'ControllerCrash',
  'ControllerCutOff',
  'ControllerFrozen',
  'ControllerBlind',
  'LeaseDeleted',
  'KubeletDown',
  'Reboot',
  'NodeDeleted',
  'NodeRemoved',
  'NodeAdded',
  'Relabelled',
  'Held',
  'Cordoned',
  'NewContent',
  'BadContent',
  'Paused',
  'Limit',
] as const;
export type FaultKind = (typeof faultKinds)[number];
