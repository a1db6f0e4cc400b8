/** The signs of health that a proof asks of a kubelet, and how they may fall short. */

import type { HealthzEndpoint } from '../../kubelet/healthz.ts';
import type { Verdict } from './verdict.ts';

/** The `spec.health` of a revision, with the endpoint that its kubelet answers at. */
export interface Health {
  /** Seconds within which the kubelet must be proved. */
  readonly timeoutSeconds: number;
  /** Seconds for which the unit and /healthz must stay good without a break. */
  readonly minReadySeconds: number;
  /** Absent if the kubelet has no port for /healthz; other signs then take its place. */
  readonly healthz?: HealthzEndpoint | undefined;
}

/**
 * Why a kubelet is not proved. Unproven: its unit and /healthz are good, but the cluster cannot be asked
 * about its Node.
 */
export type Shortfall = Verdict | { readonly kind: 'Unproven'; readonly reason: string };

/** What a proof waits for at one moment. */
export interface Awaited {
  /** As in "waiting for Node Ready". */
  readonly what: string;
  /** Seconds since the proof began. */
  readonly elapsedSeconds: number;
  /** Seconds within which the kubelet must be proved. */
  readonly timeoutSeconds: number;
}
