/**
 * What the tables of defaults, flags and gates do not say by themselves of an upgrade of the kubelet.
 * Sources: its release notes, and pkg/kubelet/apis/config/v1beta1/defaults.go of the two releases that
 * differ. Kept by hand.
 */

/** Fields that do nothing while a feature gate is off, and are not refused then. */
export const fieldsOfGates: Readonly<Record<string, string>> = {
  memoryManagerPolicy: 'MemoryManager',
  memoryThrottlingFactor: 'MemoryQoS',
  qosReserved: 'QOSReserved',
};

/** Flags of the same kind. Until 1.23 a kubelet ignored them with a warning. */
export const flagsOfGates: Readonly<Record<string, string>> = {
  'image-credential-provider-bin-dir': 'KubeletCredentialProviders',
  'image-credential-provider-config': 'KubeletCredentialProviders',
};

/** Defaults that say in words what the kubelets before did without the field. */
export const saysTheSame: ReadonlySet<string> = new Set(['crashLoopBackOff.maxContainerRestartPeriod']);

/** How to keep what the releases before did, where the old value of the field does not say it. */
export const waysToStay: Readonly<Record<string, string>> = {
  imagePullCredentialsVerificationPolicy:
    'write imagePullCredentialsVerificationPolicy: NeverVerify to go on without it',
  memoryThrottlingFactor: 'write memoryThrottlingFactor: 0.9',
};

/** What follows from a new default, where it is not plain. */
export const consequences: Readonly<Record<string, string>> = {
  failCgroupV1: 'on a host with cgroup v1 the kubelet then does not start',
  imagePullCredentialsVerificationPolicy:
    'a pod without the credentials of an image that another pod has pulled then pulls it anew',
  memoryThrottlingFactor: 'without it memory.high is not set any more',
};
