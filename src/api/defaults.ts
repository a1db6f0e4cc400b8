/**
 * What a merged field means when no object sets it. Applied once, after the merge, and never by the API server.
 * A launcher's defaults are with its schema (schema/launchers) and are applied by the launcher itself (render/launchers).
 */
export const mergedDefaults = {
  kubelet: { configurationPath: '/etc/kubernetes/kubelet-config.yaml' },
  unit: { name: 'kubelet.service', mode: 'Replace' },
  file: { mode: '0644', content: '' },
  health: { timeoutSeconds: 120, minReadySeconds: 10 },
  drift: 'Repair',
} as const;
