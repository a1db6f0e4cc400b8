/** What the proof asks of a kubelet, and what may be missing from it. */

import type { HealthzEndpoint } from '../../kubelet/healthz.ts';
import type { Verdict } from './verdict.ts';

/** What is asked of a kubelet. */
export interface Health {
  readonly timeoutSeconds: number;
  /** How long its own probes must have passed without a break. */
  readonly minReadySeconds: number;
  /** Where it answers; absent where it does not, and its unit alone has to do. */
  readonly healthz?: HealthzEndpoint | undefined;
}

/** What keeps a kubelet from being proved. Unproven: it is well by its own probes, and the cluster cannot be asked. */
export type Shortfall = Verdict | { readonly kind: 'Unproven'; readonly reason: string };
