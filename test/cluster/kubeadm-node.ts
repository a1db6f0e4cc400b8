/** The files by which kubeadm's packages start a kubelet. */

export const flagsFile = '/var/lib/kubelet/kubeadm-flags.env';
export const config = '/var/lib/kubelet/config.yaml';

/** @param program the kubelet @returns the unit and its drop-in, by path */
export const kubeadmUnits = (program: string): Readonly<Record<string, string>> => ({
  '/usr/lib/systemd/system/kubelet.service': `[Unit]
Description=kubelet: The Kubernetes Node Agent
[Service]
ExecStart=${program}
Restart=always
StartLimitInterval=0
RestartSec=1
[Install]
WantedBy=multi-user.target
`,
  '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf': `[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=${config}"
EnvironmentFile=-${flagsFile}
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=${program} $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`,
});
