/** A kubelet's /healthz in memory: it says what the test wants, and remembers where it was asked. */

import type { HealthzEndpoint } from '../../src/kubelet/healthz.ts';
import type { HealthzAnswer, HealthzProbe } from '../../src/node/ports/healthz.ts';

export interface MemoryHealthz {
  readonly probe: HealthzProbe;
  readonly asked: readonly HealthzEndpoint[];
  /** From now on, at this endpoint. */
  answer(answer: (endpoint: HealthzEndpoint) => HealthzAnswer): void;
}

export const healthy: HealthzAnswer = { kind: 'Ok' };
export const unhealthy: HealthzAnswer = { kind: 'NotOk', reason: 'http://127.0.0.1:10248/healthz answered 500: syncloop failed' };

export function memoryHealthz(): MemoryHealthz {
  const asked: HealthzEndpoint[] = [];
  let current: (endpoint: HealthzEndpoint) => HealthzAnswer = () => healthy;
  return {
    asked,
    answer: (next) => {
      current = next;
    },
    probe: async (endpoint) => {
      asked.push(endpoint);
      return current(endpoint);
    },
  };
}
