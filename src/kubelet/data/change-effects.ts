/**
 * What a change of a setting does besides the restart of the kubelet, from the kubelet's own
 * documentation and source (k8s.io/kubernetes pkg/kubelet, cmd/kubelet/app). A setting that is not here
 * takes effect with the restart, and for everything at once. Kept by hand.
 */

export type EffectKind =
  /**
   * The node should be drained before: pods that run already would not fit the new setting. With
   * rollout.drain the controller does it.
   */
  | 'Drain'
  /** The kubelet's state file of the old policy is set aside, and pinned pods get CPUs or memory anew. */
  | 'State'
  /** The kubelet admits running pods anew when it starts; what does not fit any more is rejected. */
  | 'Admission'
  /** Only pods that start afterwards get it. */
  | 'NewPods'
  /** Only a Node that registers afterwards gets it. */
  | 'NewNode'
  /** The kubelet reads the content of the file again by itself; only another path needs the restart. */
  | 'OwnReload';

export interface ChangeEffect {
  /** A field (with everything below it) or a flag with its dashes. */
  readonly setting: string;
  readonly kind: EffectKind;
  /** A sentence without a full stop. */
  readonly why: string;
}

export const changeEffects: readonly ChangeEffect[] = [
  { setting: 'cgroupDriver', kind: 'Drain', why: 'running pods keep cgroups that the other driver does not find' },
  { setting: 'cgroupRoot', kind: 'Drain', why: 'running pods stay below the old cgroup' },
  { setting: 'cgroupsPerQOS', kind: 'Drain', why: 'running pods stay in cgroups of the other layout' },
  { setting: 'containerRuntimeEndpoint', kind: 'Drain', why: 'the other runtime does not know the pods that run' },
  { setting: 'enableControllerAttachDetach', kind: 'Drain', why: 'volumes of running pods may refuse to detach' },
  { setting: 'userNamespaces.idsPerPod', kind: 'Drain', why: 'all containers of the node must be made anew' },
  { setting: '--container-runtime', kind: 'Drain', why: 'the other runtime does not know the pods that run' },
  { setting: '--root-dir', kind: 'Drain', why: 'volumes of running pods stay mounted below the old directory' },
  { setting: '--hostname-override', kind: 'Drain', why: 'the node registers under another name, and its pods belong to the old one' },
  { setting: 'failSwapOn', kind: 'Drain', why: 'running containers keep the swap limits that they started with' },
  { setting: 'memorySwap', kind: 'Drain', why: 'running containers keep the swap limits that they started with' },
  { setting: 'cpuManagerPolicy', kind: 'State', why: 'drain the node first if it runs pods with exclusive CPUs' },
  { setting: 'cpuManagerPolicyOptions', kind: 'State', why: 'drain the node first if it runs pods with exclusive CPUs' },
  { setting: 'reservedSystemCPUs', kind: 'State', why: 'the reserved CPUs are part of the state file' },
  { setting: 'memoryManagerPolicy', kind: 'State', why: 'drain the node first if it runs guaranteed pods' },
  { setting: 'reservedMemory', kind: 'State', why: 'the reserved memory is part of the state file' },
  { setting: 'topologyManagerPolicy', kind: 'Admission', why: 'pods that are not aligned as the new policy asks are rejected' },
  { setting: 'topologyManagerScope', kind: 'Admission', why: 'pods that are not aligned as the new scope asks are rejected' },
  { setting: 'maxPods', kind: 'Admission', why: 'with fewer than run, some of them are rejected with OutOfpods' },
  { setting: 'podsPerCore', kind: 'Admission', why: 'with fewer than run, some of them are rejected with OutOfpods' },
  { setting: 'kubeReserved', kind: 'Admission', why: 'pods that do not fit into what is left are rejected with OutOfcpu or OutOfmemory' },
  { setting: 'systemReserved', kind: 'Admission', why: 'pods that do not fit into what is left are rejected with OutOfcpu or OutOfmemory' },
  { setting: 'evictionHard', kind: 'Admission', why: 'its memory and disk are taken from what pods may ask for' },
  { setting: 'allowedUnsafeSysctls', kind: 'Admission', why: 'pods with a sysctl that is not allowed any more are rejected' },
  { setting: 'clusterDNS', kind: 'NewPods', why: 'a pod has the resolv.conf that it started with' },
  { setting: 'clusterDomain', kind: 'NewPods', why: 'a pod has the resolv.conf that it started with' },
  { setting: 'resolvConf', kind: 'NewPods', why: 'a pod has the resolv.conf that it started with' },
  { setting: 'podPidsLimit', kind: 'NewPods', why: 'the limit is set when the cgroup of a pod is made' },
  { setting: 'cpuCFSQuota', kind: 'NewPods', why: 'the quota is set when a container is made' },
  { setting: 'cpuCFSQuotaPeriod', kind: 'NewPods', why: 'the period is set when a container is made' },
  { setting: 'seccompDefault', kind: 'NewPods', why: 'the profile is set when a container is made' },
  { setting: 'containerLogMaxSize', kind: 'NewPods', why: 'with some runtimes the size is set when a container is made' },
  { setting: 'podLogsDir', kind: 'Drain', why: 'logs of running pods stay in the old directory' },
  { setting: 'registerWithTaints', kind: 'NewNode', why: 'a Node that is there keeps its taints; use kubectl taint' },
  { setting: '--node-labels', kind: 'NewNode', why: 'a Node that is there keeps its labels; use kubectl label' },
  { setting: 'providerID', kind: 'NewNode', why: 'the provider ID of a Node that is there does not change' },
  { setting: 'registerNode', kind: 'NewNode', why: 'a Node that is there stays registered' },
  { setting: 'authentication.x509.clientCAFile', kind: 'OwnReload', why: 'the kubelet watches the content of the file' },
  { setting: 'tlsCertFile', kind: 'OwnReload', why: 'from 1.31 on the kubelet watches the content of the file' },
  { setting: 'tlsPrivateKeyFile', kind: 'OwnReload', why: 'from 1.31 on the kubelet watches the content of the file' },
];
