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
  /** Further nodes get a content only when a person approves them. */
  readonly isManual?: boolean;
  /** Nodes register with a taint that keeps pods away until they are configured. */
  readonly taintsNewNodes?: boolean;
  /** Nodes change only in the first of every so many minutes, 60 divided by a whole number, for `open` of them. */
  readonly windows?: { readonly every: number; readonly open: number } | undefined;
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
  'RetryAsked',
  'ObjectDeleted',
  'ApprovedByHand',
] as const;
export type FaultKind = (typeof faultKinds)[number];
