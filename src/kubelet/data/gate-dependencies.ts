/**
 * The gates on which a gate depends: it may not be on while one of them is off. From the panics of kubelet
 * 1.36, with one gate after the other set against its default.
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
