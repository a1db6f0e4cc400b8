/** The kubelet's /healthz. `src/host` asks it over HTTP, `test/fakes` in memory. */

import type { HealthzEndpoint } from '../../kubelet/healthz.ts';

/** What the kubelet answers at its `/healthz`. */
export type HealthzAnswer =
  /** `socket` names the socket that answered; absent if it is not known. */
  | { readonly kind: 'Ok'; readonly socket?: string }
  | { readonly kind: 'NotOk'; readonly reason: string }
  /** Another program listens there, so its answer would say nothing about the kubelet. */
  | { readonly kind: 'PortTaken'; readonly reason: string };

/** Asks once and waits at most two seconds. Never throws: an endpoint that cannot be reached is NotOk. */
export type HealthzProbe = (endpoint: HealthzEndpoint) => Promise<HealthzAnswer>;

/**
 * Why the port cannot be the kubelet's: another user's program listens there. Undefined if it is free, or
 * root's. Asks the kernel and nobody else.
 */
export type PortTaken = (endpoint: HealthzEndpoint) => string | undefined;

/**
 * Whose a listening socket is. Unit: a process of the unit has it. Other: the unit runs a kubelet, which has
 * not got it. Unknown: the unit's kubelet is not among its processes, as in a container, or nobody could be
 * asked.
 */
export type SocketOwner = (unit: string, socket: string) => Promise<'Unit' | 'Other' | 'Unknown'>;
