/** What is on a node before kubelet-config: a network, containerd, CNI, and a kubelet as kubeadm sets it up. Pure. */

import { config, flagsFile, kubeadmUnits } from '../cluster/kubeadm-node.ts';
import { assetsInGuest } from '../cluster/kubelet-machine.ts';
import { pretendedKernel } from '../cluster/pretended-kernel.ts';
import { pauseImage } from './images.ts';
import { gateway, nodeAddress, podRange } from './network.ts';

/** In a throwaway machine these are forgotten when it boots. */
const preparation = (number: number) => `#!/bin/bash
set -e
ip link set host0 up
ip address add ${nodeAddress(number)}/24 dev host0
ip route add default via ${gateway}
${pretendedKernel}
`;

const preparationUnit = `[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/bash /usr/local/sbin/prepare-node
[Install]
WantedBy=multi-user.target
`;

/** Its images are on a disk: they outlive a power cut. The kernel of this machine may leave cgroup2 without controllers. */
const containerd = `version = 2
root = "/disk/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  disable_cgroup = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
`;

/** As Debian's, without what a throwaway machine may not: modprobe, and a lower OOM score. */
const containerdUnit = `[Unit]
After=prepare-node.service
Requires=prepare-node.service
[Service]
ExecStart=/usr/bin/containerd
Type=notify
Delegate=yes
KillMode=process
Restart=always
RestartSec=1
[Install]
WantedBy=multi-user.target
`;

const cni = (number: number) => ({
  cniVersion: '1.0.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: podRange(number) }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
  ],
});

const kubeletConfiguration = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}}
authorization: {mode: Webhook}
cgroupDriver: cgroupfs
cgroupsPerQOS: false
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
enforceNodeAllocatable: []
failCgroupV1: false
failSwapOn: false
makeIPTablesUtilChains: false
nodeStatusUpdateFrequency: 5s
resolvConf: ""
`;

/** @param number of the node, from 1 @returns by path */
export const nodeFiles = (name: string, number: number): Readonly<Record<string, string>> => ({
  ...kubeadmUnits(`${assetsInGuest}/kubelet`),
  [flagsFile]: `KUBELET_KUBEADM_ARGS="--hostname-override=${name} --node-ip=${nodeAddress(number)}"\n`,
  '/etc/default/kubelet': 'KUBELET_EXTRA_ARGS=\n',
  [config]: kubeletConfiguration,
  '/usr/local/sbin/prepare-node': preparation(number),
  '/etc/systemd/system/prepare-node.service': preparationUnit,
  '/etc/systemd/system/containerd.service': containerdUnit,
  '/etc/containerd/config.toml': containerd,
  '/etc/cni/net.d/10-pods.conflist': JSON.stringify(cni(number)),
});
