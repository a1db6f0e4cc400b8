/** The kubelet's /healthz. `src/host` asks it over HTTP, `test/fakes` in memory. */

import type { HealthzEndpoint } from '../../kubelet/healthz.ts';

/** What the kubelet answers at its `/healthz`. */
export type HealthzAnswer = { readonly kind: 'Ok' } | { readonly kind: 'NotOk'; readonly reason: string };

/** Asks once and waits at most two seconds. Never throws: an endpoint that cannot be reached is NotOk. */
export type HealthzProbe = (endpoint: HealthzEndpoint) => Promise<HealthzAnswer>;
