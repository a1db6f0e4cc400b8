/** A kubelet's own server in memory: it says what the test wants, and remembers where it was asked. */

import type { JsonMap } from '../../src/api/json.ts';
import type { KubeletServer } from '../../src/kubelet/server.ts';
import type { AskKubelet, RunningConfiguration, RunningHealth } from '../../src/node/ports/running-kubelet.ts';

export interface MemoryKubeletServer {
  readonly ask: AskKubelet;
  /** The servers that were asked, in order. */
  readonly asked: readonly KubeletServer[];
  /** From now on the kubelet has this configuration. */
  runs(configuration: JsonMap): void;
  /** From now on it answers this. */
  answer(answers: { readonly configuration?: RunningConfiguration; readonly healthz?: RunningHealth }): void;
}

export const refusing = { kind: 'Unknown', reason: 'the kubelet does not let this user read /configz' } as const;

/** A server that lets nobody read anything until the test says so. */
export function memoryKubeletServer(): MemoryKubeletServer {
  const asked: KubeletServer[] = [];
  let configuration: RunningConfiguration = refusing;
  let healthz: RunningHealth = refusing;
  return {
    asked,
    runs: (fields) => {
      configuration = { kind: 'Read', configuration: fields };
    },
    answer: (answers) => {
      configuration = answers.configuration ?? configuration;
      healthz = answers.healthz ?? healthz;
    },
    ask: {
      configuration: async (server) => {
        asked.push(server);
        return configuration;
      },
      healthz: async (server) => {
        asked.push(server);
        return healthz;
      },
    },
  };
}
