/**
 * The gates on which a gate depends: it may not be on while one of them is off. A gate that is locked on
 * cannot be what is missing, and is left out.
 *
 * Source: the panics of kubelet 1.36, with one gate after the other set against its default; they agree with
 * defaultKubernetesFeatureGateDependencies in pkg/features/kube_features.go of 1.36. Kept by hand:
 * `hack/new-minor` prints what a release needs.
 */
export const gateDependencies: Readonly<Record<string, readonly string[]>> = {
  "ClusterTrustBundleProjection": [
    "ClusterTrustBundle"
  ],
  "DRADeviceBindingConditions": [
    "DRAResourceClaimDeviceStatus"
  ],
  "DRADeviceTaintRules": [
    "DRADeviceTaints"
  ],
  "DRAResourceClaimGranularStatusAuthorization": [
    "DRAResourceClaimDeviceStatus"
  ],
  "DRAWorkloadResourceClaims": [
    "GenericWorkload"
  ],
  "ExtendWebSocketsToKubelet": [
    "NodeDeclaredFeatures"
  ],
  "GangScheduling": [
    "GenericWorkload"
  ],
  "GracefulNodeShutdownBasedOnPodPriority": [
    "GracefulNodeShutdown"
  ],
  "InPlacePodLevelResourcesVerticalScaling": [
    "NodeDeclaredFeatures",
    "PodLevelResources"
  ],
  "InPlacePodVerticalScalingInitContainers": [
    "NodeDeclaredFeatures"
  ],
  "MatchLabelKeysInPodTopologySpreadSelectorMerge": [
    "MatchLabelKeysInPodTopologySpread"
  ],
  "PodLevelResourceManagers": [
    "PodLevelResources"
  ],
  "ResourceHealthStatusMessage": [
    "ResourceHealthStatus"
  ],
  "RestartAllContainersOnContainerExits": [
    "ContainerRestartRules",
    "NodeDeclaredFeatures"
  ],
  "StaleControllerConsistencyDaemonSet": [
    "AtomicFIFO"
  ],
  "StaleControllerConsistencyJob": [
    "AtomicFIFO"
  ],
  "StaleControllerConsistencyReplicaSet": [
    "AtomicFIFO"
  ],
  "StaleControllerConsistencyStatefulSet": [
    "AtomicFIFO"
  ],
  "StorageVersionAPI": [
    "APIServerIdentity"
  ],
  "TopologyAwareWorkloadScheduling": [
    "GenericWorkload"
  ],
  "UnknownVersionInteroperabilityProxy": [
    "APIServerIdentity"
  ],
  "UserNamespacesHostNetworkSupport": [
    "NodeDeclaredFeatures"
  ],
  "WindowsGracefulNodeShutdown": [
    "GracefulNodeShutdown"
  ],
  "WorkloadAwarePreemption": [
    "GangScheduling"
  ],
  "WorkloadWithJob": [
    "GenericWorkload"
  ]
};
