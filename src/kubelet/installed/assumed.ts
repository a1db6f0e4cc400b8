/** The kubelet to render for where no node can be looked at: the one that kubeadm's packages install. */

import type { InstalledKubelet } from './installed.ts';

const packageUnit = `[Unit]
Description=kubelet: The Kubernetes Node Agent

[Service]
ExecStart=/usr/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=10

[Install]
WantedBy=multi-user.target
`;

const kubeadmDropIn = `[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`;

/** kubeadm's unit and drop-in; what stands in its other files is not known. */
export function assumedKubelet(unit: string): InstalledKubelet {
  return {
    unit,
    texts: [
      { path: `/usr/lib/systemd/system/${unit}`, content: packageUnit },
      { path: `/usr/lib/systemd/system/${unit}.d/10-kubeadm.conf`, content: kubeadmDropIn },
    ],
    environmentFiles: new Map(),
    configurationFiles: new Map(),
    configurationDropIns: [],
  };
}
