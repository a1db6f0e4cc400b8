/** Valid things to start a test from: each test changes the one thing it is about. */

import type { KubeletConfig, KubeletConfigSpec } from '../src/api/types.ts';

/** Selects every node; launched by the host's kubelet unless the test says otherwise. */
export function kubeletConfig(
  name: string,
  spec: Partial<KubeletConfigSpec> = {},
  metadata: Partial<KubeletConfig['metadata']> = {},
): KubeletConfig {
  return {
    apiVersion: 'kubelet-config.dev/v1alpha1',
    kind: 'KubeletConfig',
    metadata: { name, ...metadata },
    spec: { nodeSelector: { matchLabels: {} }, ...spec },
  };
}
