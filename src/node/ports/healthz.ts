/** The kubelet's /healthz. `src/host` implements it; `test/fakes` in memory. */

import type { HealthzEndpoint } from '../../kubelet/healthz.ts';

/** What the kubelet says of itself at its `/healthz`. */
export type HealthzAnswer = { readonly kind: 'Ok' } | { readonly kind: 'NotOk'; readonly reason: string };

/** Asks once, and not for longer than two seconds. Never throws. */
export type HealthzProbe = (endpoint: HealthzEndpoint) => Promise<HealthzAnswer>;
