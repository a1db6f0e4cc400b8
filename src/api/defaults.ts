/** What a merged field means when no object sets it. Applied once, after the merge, and never by the API server. */
export const mergedDefaults = {
  kubelet: { configurationPath: '/etc/kubernetes/kubelet-config.yaml' },
  rkt: {
    binary: '/usr/bin/rkt',
    uuidFile: '/var/lib/kubelet-config/kubelet-pod.uuid',
    wrapper: { path: '/opt/bin/kubelet-wrapper', source: 'Auto' },
  },
  podman: { binary: '/usr/bin/podman' },
  host: { binary: '/usr/bin/kubelet' },
  existing: { argsVariable: 'KUBELET_EXTRA_ARGS' },
  volume: { readOnly: false, recursive: false, empty: { mode: '0755', uid: 0, gid: 0 } },
  unit: { name: 'kubelet.service', mode: 'Replace' },
  file: { mode: '0644', content: '' },
  health: { timeoutSeconds: 120, minReadySeconds: 10 },
  drift: 'Repair',
} as const;
