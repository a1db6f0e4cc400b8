/**
 * The values of merged fields that no object sets. They are applied once, after the merge; the API server has
 * none. The defaults of a launcher stand beside its schema (schema/launchers), and the launcher itself
 * applies them.
 */
export const mergedDefaults = {
  kubelet: { configurationPath: '/etc/kubernetes/kubelet-config.yaml' },
  unit: { name: 'kubelet.service', mode: 'Replace' },
  file: { mode: '0644', content: '' },
  health: { timeoutSeconds: 120, minReadySeconds: 10 },
  drift: 'Repair',
} as const;
