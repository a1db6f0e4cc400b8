/**
 * The feature gates that the kubelet knows, in every release from 1.4 to 1.37. One line for each: name,
 * first and last release, then for each change the release, the stage, the default, and whether it is
 * locked. `gaps` are releases in between of which we do not know whether they have it; `sampled` is the
 * first release in whose tree it was seen, where its own history says another one: a later patch release may
 * have brought it.
 *
 * Source: pkg/features/kube_features.go of Kubernetes and the packages whose gates the kubelet registers
 * with it (hack/minor/tree.ts names them), trees of 1.4 to 1.36; 1.37 from the release notes of 1.37.0.
 * Each line was held against the last patch releases of 1.25 to 1.35, since a newer tree may tell
 * otherwise how a gate stood before.
 * Kept by hand: `hack/new-minor` prints the lines that a release needs, and checks the newest ones.
 */
export const featureGates = `
APIListChunking 1.8-1.32 1.8:alpha:off 1.9:beta:on 1.29:stable:on:locked
APIPriorityAndFairness 1.17-1.30 1.17:alpha:off 1.20:beta:on 1.29:stable:on:locked
APIResponseCompression 1.8- 1.8:alpha:off 1.16:beta:on
APISelfSubjectReview 1.26-1.29 1.26:alpha:off 1.27:beta:on 1.28:stable:on:locked
APIServerIdentity 1.20- 1.20:alpha:off 1.26:beta:on
APIServerTracing 1.22-1.36 1.22:alpha:off 1.27:beta:on 1.34:stable:on:locked
APIServingWithRoutine 1.30- 1.30:alpha:off
Accelerators 1.6-1.10 1.6:alpha:off
AdmissionWebhookMatchConditions 1.27-1.32 1.27:alpha:off 1.28:beta:on 1.30:stable:on:locked
AdvancedAuditing 1.7-1.27 1.7:alpha:off 1.8:beta:on 1.12:stable:on 1.27:stable:on:locked
AffinityInAnnotations 1.6-1.7 1.6:alpha:off
AggregatedDiscoveryEndpoint 1.26-1.32 1.26:alpha:off 1.27:beta:on 1.30:stable:on:locked
AggregatedDiscoveryRemoveBetaType 1.33- 1.33:deprecated:on 1.35:deprecated:on:locked
AllAlpha 1.4- 1.4:alpha:off
AllBeta 1.17- 1.17:beta:off
AllowDNSOnlyNodeCSR 1.31- 1.31:deprecated:off
AllowExtTrafficLocalEndpoints 1.4-1.9 1.4:alpha:off 1.5:beta:on 1.7:stable:on
AllowInsecureBackendProxy 1.17-1.22 1.17:beta:on 1.21:stable:on:locked
AllowInsecureKubeletCertificateSigningRequests 1.31- 1.31:deprecated:off
AllowOverwriteTerminationGracePeriodSeconds 1.32- 1.32:deprecated:off 1.35:deprecated:off:locked
AllowParsingUserUIDFromCertAuth 1.33- 1.33:beta:on
AllowServiceExternalIPs 1.36- 1.36:stable:on
AllowServiceLBStatusOnNonLB 1.29-1.34 1.29:deprecated:off 1.32:deprecated:off:locked
AllowUnsafeMalformedObjectDeletion 1.32- 1.32:alpha:off 1.37:beta:on
AnonymousAuthConfigurableEndpoints 1.31-1.36 1.31:alpha:off 1.32:beta:on 1.34:stable:on:locked
AnyVolumeDataSource 1.18-1.36 1.18:alpha:off 1.24:beta:on 1.33:stable:on:locked
AppArmor 1.4-1.32 1.4:beta:on 1.31:stable:on:locked
AppArmorFields 1.30-1.32 1.30:beta:on 1.31:stable:on:locked
AtomicFIFO 1.36- 1.36:beta:on
AttachVolumeLimit 1.11-1.20 1.11:alpha:off 1.12:beta:off 1.13:beta:on 1.17:stable:on:locked
AuthorizeNodeWithSelectors 1.31-1.36 1.31:alpha:off 1.32:beta:on 1.34:stable:on:locked
AuthorizePodWebsocketUpgradeCreatePermission 1.35- 1.35:beta:on
AuthorizeWithSelectors 1.31-1.36 1.31:alpha:off 1.32:beta:on 1.34:stable:on:locked
BalanceAttachedNodeVolumes 1.11-1.21 1.11:alpha:off
BlockVolume 1.9-1.20 1.9:alpha:off 1.13:beta:on 1.18:stable:on:locked
BoundServiceAccountTokenVolume 1.13-1.22 1.13:alpha:off 1.21:beta:on 1.22:stable:on:locked
BtreeWatchCache 1.32-1.36 1.32:beta:on 1.33:stable:on:locked
CBORServingAndStorage 1.32- 1.32:alpha:off
CPUManager 1.8-1.32 1.8:alpha:off 1.10:beta:on 1.26:stable:on:locked
CPUManagerPolicyAlphaOptions 1.23- 1.23:alpha:off
CPUManagerPolicyBetaOptions 1.23- 1.23:beta:on
CPUManagerPolicyOptions 1.22- 1.22:alpha:off 1.23:beta:on 1.33:stable:on:locked
CRDObservedGenerationTracking 1.35- 1.35:beta:off 1.36:beta:on
CRDValidationRatcheting 1.28- 1.28:alpha:off 1.30:beta:on 1.33:stable:on:locked
CRIContainerLogRotation 1.10-1.21 1.10:alpha:off 1.11:beta:on 1.21:stable:on:locked
CRIListStreaming 1.36- 1.36:alpha:off
CSIBlockVolume 1.11-1.20 1.11:alpha:off 1.14:beta:on 1.18:stable:on:locked
CSIDriverRegistry 1.12-1.20 1.12:alpha:off 1.14:beta:on 1.18:stable:on:locked
CSIInlineVolume 1.14-1.26 1.14:alpha:off 1.16:beta:on 1.25:stable:on:locked
CSIMigration 1.14-1.26 1.14:alpha:off 1.17:beta:on 1.25:stable:on:locked
CSIMigrationAWS 1.14-1.26 1.14:alpha:off 1.17:beta:off 1.23:beta:on 1.25:stable:on:locked
CSIMigrationAWSComplete 1.17-1.20 1.17:alpha:off
CSIMigrationAzureDisk 1.15-1.26 1.15:alpha:off 1.19:beta:off 1.23:beta:on 1.24:stable:on 1.25:stable:on:locked
CSIMigrationAzureDiskComplete 1.17-1.20 1.17:alpha:off
CSIMigrationAzureFile 1.15-1.29 1.15:alpha:off 1.21:beta:off 1.24:beta:on 1.26:stable:on 1.27:stable:on:locked
CSIMigrationAzureFileComplete 1.17-1.20 1.17:alpha:off
CSIMigrationGCE 1.14-1.27 1.14:alpha:off 1.17:beta:off 1.23:beta:on 1.25:stable:on:locked
CSIMigrationGCEComplete 1.17-1.20 1.17:alpha:off
CSIMigrationOpenStack 1.14-1.25 1.14:alpha:off 1.18:beta:off 1.21:beta:on 1.24:stable:on:locked
CSIMigrationOpenStackComplete 1.17-1.20 1.17:alpha:off
CSIMigrationPortworx 1.23-1.35 1.23:alpha:off 1.25:beta:off 1.31:beta:on 1.33:stable:on:locked
CSIMigrationRBD 1.24-1.30 1.24:alpha:off 1.28:deprecated:off
CSIMigrationvSphere 1.19-1.28 1.19:beta:off 1.25:beta:on 1.26:stable:on:locked
CSIMigrationvSphereComplete 1.19-1.21 1.19:beta:off
CSINodeExpandSecret 1.25-1.30 1.25:alpha:off 1.27:beta:on 1.29:stable:on:locked
CSINodeInfo 1.12-1.20 1.12:alpha:off 1.14:beta:on 1.17:stable:on:locked
CSIPersistentVolume 1.9-1.15 1.9:alpha:off 1.10:beta:on 1.13:stable:on 1.14:stable:on:locked
CSIServiceAccountToken 1.20-1.24 1.20:alpha:off 1.21:beta:on 1.22:stable:on:locked
CSIServiceAccountTokenSecrets 1.35- 1.35:beta:on 1.36:stable:on:locked
CSIStorageCapacity 1.19-1.27 1.19:alpha:off 1.21:beta:on 1.24:stable:on:locked
CSIVolumeFSGroupPolicy 1.19-1.24 1.19:alpha:off 1.20:beta:on 1.23:stable:on:locked
CSIVolumeHealth 1.21- 1.21:alpha:off
CSRDuration 1.22-1.25 1.22:beta:on 1.24:stable:on:locked
ChangeContainerStatusOnKubeletRestart 1.35- 1.35:deprecated:off
ClearingNominatedNodeNameAfterBinding 1.34- 1.34:alpha:off 1.35:beta:on
ClientsAllowCARotation 1.36- 1.36:beta:on
ClientsAllowCBOR 1.32- 1.32:alpha:off
ClientsAllowTLSCacheGC 1.36- 1.36:beta:on
ClientsPreferCBOR 1.32- 1.32:alpha:off
CloudControllerManagerWatchBasedRoutesReconciliation 1.35- 1.35:alpha:off
CloudControllerManagerWebhook 1.27- 1.27:alpha:off
CloudDualStackNodeIPs 1.27-1.31 1.27:alpha:off 1.29:beta:on 1.30:stable:on:locked
ClusterTrustBundle 1.27- 1.27:alpha:off 1.33:beta:off 1.37:stable:on
ClusterTrustBundleProjection 1.29- 1.29:alpha:off 1.33:beta:off 1.37:stable:on
ComponentFlagz 1.32- 1.32:alpha:off 1.36:beta:on
ComponentSLIs 1.26-1.34 1.26:alpha:off 1.27:beta:on 1.32:stable:on:locked
ComponentStatusz 1.32- 1.32:alpha:off 1.36:beta:on
CompositePodGroup 1.37- 1.37:alpha:off
ConcurrentWatchObjectDecode 1.31- 1.31:beta:off 1.37:beta:on
ConfigurableFSGroupPolicy 1.18-1.24 1.18:alpha:off 1.20:beta:on 1.23:stable:on:locked
ConsistentHTTPGetHandlers 1.26-1.30 1.26:stable:on 1.30:stable:on:locked
ConsistentListFromCache 1.28-1.36 1.28:alpha:off 1.31:beta:on 1.34:stable:on:locked
ConsistentListFromCacheSkipTimeoutFallback 1.37- 1.37:alpha:off
ConstrainedImpersonation 1.35- 1.35:alpha:off 1.36:beta:on
ContainerCheckpoint 1.25- 1.25:alpha:off 1.30:beta:on
ContainerRestartRules 1.34- 1.34:alpha:off 1.35:beta:on
ContainerStopSignals 1.33- 1.33:alpha:off
ContextualLogging 1.24- 1.24:alpha:off 1.30:beta:on
ControllerManagerLeaderMigration 1.22-1.26 1.22:beta:on 1.24:stable:on:locked gaps=1.25
ControllerManagerReleaseLeaderElectionLockOnExit 1.36- 1.36:alpha:off
CoordinatedLeaderElection 1.31- 1.31:alpha:off 1.33:beta:off
CronJobControllerV2 1.20-1.22 1.20:alpha:off 1.21:beta:on 1.22:stable:on:locked
CronJobTimeZone 1.24-1.28 1.24:alpha:off 1.25:beta:on 1.27:stable:on:locked
CronJobsScheduledAnnotation 1.28-1.34 1.28:beta:on 1.32:stable:on:locked
CrossNamespaceVolumeDataSource 1.26- 1.26:alpha:off
CustomCPUCFSQuotaPeriod 1.12- 1.12:alpha:off 1.36:stable:on
CustomPodDNS 1.9-1.15 1.9:alpha:off 1.10:beta:on 1.14:stable:on:locked
CustomResourceDefaulting 1.15-1.17 1.15:alpha:off 1.16:beta:on 1.17:stable:on:locked
CustomResourceFieldSelectors 1.30- 1.30:alpha:off 1.31:beta:on 1.32:stable:on:locked
CustomResourcePublishOpenAPI 1.14-1.17 1.14:alpha:off 1.15:beta:on 1.16:stable:on:locked
CustomResourceSubresources 1.11-1.17 1.11:beta:on 1.16:stable:on:locked gaps=1.12
CustomResourceValidation 1.8-1.17 1.8:alpha:off 1.11:beta:on 1.16:stable:on:locked gaps=1.9,1.10,1.12
CustomResourceValidationExpressions 1.23-1.30 1.23:alpha:off 1.25:beta:on 1.29:stable:on:locked
CustomResourceWebhookConversion 1.13-1.17 1.13:alpha:off 1.15:beta:on 1.16:stable:on:locked
DRAAdminAccess 1.32- 1.32:alpha:off 1.34:beta:on 1.36:stable:on:locked
DRAConsumableCapacity 1.34- 1.34:alpha:off 1.36:beta:on
DRAControlPlaneController 1.31-1.31 1.31:alpha:off
DRADerivedAttributes 1.37- 1.37:alpha:off
DRADeviceBindingConditions 1.34- 1.34:alpha:off 1.36:beta:on
DRADeviceCompatibilityGroups 1.37- 1.37:alpha:off
DRADeviceTaintRules 1.35- 1.35:alpha:off 1.36:beta:off 1.37:stable:on
DRADeviceTaints 1.33- 1.33:alpha:off 1.36:beta:on 1.37:stable:on
DRAExtendedResource 1.34- 1.34:alpha:off 1.36:beta:on 1.37:stable:on:locked
DRAFractionalCapacityRange 1.37- 1.37:beta:on
DRAListTypeAttributes 1.36- 1.36:alpha:off
DRANodeAllocatableResources 1.36- 1.36:alpha:off
DRAOptionalNodeOperations 1.37- 1.37:alpha:off
DRAPartitionableDevices 1.33- 1.33:alpha:off 1.36:beta:on
DRAPartitionableDevicesType 1.37- 1.37:alpha:off
DRAPrioritizedList 1.33- 1.33:alpha:off 1.34:beta:on 1.36:stable:on 1.37:stable:on:locked
DRAResourceClaimDeviceStatus 1.32- 1.32:alpha:off 1.33:beta:on 1.37:stable:on:locked
DRAResourceClaimGranularStatusAuthorization 1.36- 1.36:beta:on
DRAResourcePoolStatus 1.36- 1.36:alpha:off
DRASchedulerFilterTimeout 1.34- 1.34:beta:on
DRAWorkloadResourceClaims 1.36- 1.36:alpha:off
DaemonSetUpdateSurge 1.21-1.26 1.21:alpha:off 1.22:beta:on 1.25:stable:on:locked
DebugContainers 1.8-1.15 1.8:alpha:off
DeclarativeValidation 1.33- 1.33:beta:on 1.36:stable:on:locked
DeclarativeValidationBeta 1.36- 1.36:beta:on
DeclarativeValidationTakeover 1.33- 1.33:beta:off 1.36:deprecated:off 1.37:deprecated:off:locked
DefaultHostNetworkHostPortsInPodTemplates 1.28-1.30 1.28:deprecated:off
DefaultIngressClass 1.18-1.19 1.18:beta:on 1.19:stable:on:locked
DefaultPodSysctls 1.37- 1.37:alpha:off
DefaultPodTopologySpread 1.19-1.25 1.19:alpha:off 1.20:beta:on 1.24:stable:on:locked
DelegateFSGroupToCSIDriver 1.22-1.27 1.22:alpha:off 1.23:beta:on 1.26:stable:on:locked
DeploymentReplicaSetTerminatingReplicas 1.33- 1.33:alpha:off 1.35:beta:on
DetectCacheInconsistency 1.34- 1.34:beta:on
DevicePluginCDIDevices 1.28-1.33 1.28:alpha:off 1.29:beta:on 1.31:stable:on:locked
DevicePlugins 1.8-1.27 1.8:alpha:off 1.10:beta:on 1.26:stable:on:locked
DisableAcceleratorUsageMetrics 1.19-1.27 1.19:alpha:off 1.20:beta:on 1.25:stable:on:locked
DisableAllocatorDualWrite 1.31- 1.31:alpha:off 1.33:beta:off 1.34:stable:on 1.35:stable:on:locked
DisableCPUQuotaWithExclusiveCPUs 1.33- 1.33:beta:on 1.36:deprecated:on 1.37:deprecated:on:locked
DisableCloudProviders 1.22-1.32 1.22:alpha:off 1.29:beta:on 1.31:stable:on:locked
DisableKubeletCloudCredentialProviders 1.23-1.32 1.23:alpha:off 1.29:beta:on 1.31:stable:on:locked
DisableNodeKubeProxyVersion 1.29- 1.29:alpha:off 1.31:deprecated:off 1.33:deprecated:on 1.36:deprecated:on:locked
DownwardAPIHugePages 1.20-1.28 1.20:alpha:off 1.21:beta:off 1.23:beta:on 1.27:stable:on:locked
DryRun 1.12-1.27 1.12:alpha:off 1.13:beta:on 1.19:stable:on 1.26:stable:on:locked
DynamicAuditing 1.13-1.18 1.13:alpha:off
DynamicKubeletConfig 1.4-1.25 1.4:alpha:off 1.11:beta:on 1.22:deprecated:off
DynamicProvisioningScheduling 1.11-1.11 1.11:alpha:off
DynamicResourceAllocation 1.26- 1.26:alpha:off 1.32:beta:off 1.34:stable:on 1.35:stable:on:locked
DynamicVolumeProvisioning 1.4-1.7 1.4:alpha:on
EfficientWatchResumption 1.20-1.32 1.20:alpha:off 1.21:beta:on 1.24:stable:on:locked
ElasticIndexedJob 1.27-1.33 1.27:beta:on 1.31:stable:on:locked
EnableAggregatedDiscoveryTimeout 1.16-1.16 1.16:deprecated:on
EnableEquivalenceClassCache 1.8-1.13 1.8:alpha:off
EndpointSlice 1.16-1.24 1.16:alpha:off 1.17:beta:off 1.18:beta:on 1.21:stable:on:locked
EndpointSliceNodeName 1.20-1.24 1.20:alpha:off 1.21:stable:on:locked
EndpointSliceProxying 1.18-1.24 1.18:alpha:off 1.19:beta:on 1.22:stable:on:locked
EndpointSliceTerminatingCondition 1.20-1.27 1.20:alpha:off 1.23:beta:on 1.26:stable:on:locked
EnvFiles 1.34- 1.34:alpha:off 1.35:beta:on
EphemeralContainers 1.16-1.26 1.16:alpha:off 1.23:beta:on 1.25:stable:on:locked
EtcdRangeStream 1.37- 1.37:beta:on
EvenPodsSpread 1.16-1.20 1.16:alpha:off 1.18:beta:on 1.19:stable:on:locked
EventedPLEG 1.26- 1.26:alpha:off
EvictionRequestAPI 1.37- 1.37:alpha:off
ExcludeAdmissionWebhookVirtualResources 1.37- 1.37:beta:on
ExecProbeTimeout 1.20- 1.20:stable:on 1.35:stable:on:locked
ExpandCSIVolumes 1.14-1.26 1.14:alpha:off 1.16:beta:on 1.24:stable:on
ExpandInUsePersistentVolumes 1.11-1.26 1.11:alpha:off 1.15:beta:on 1.24:stable:on
ExpandPersistentVolumes 1.8-1.26 1.8:alpha:off 1.11:beta:on 1.24:stable:on
ExpandedDNSConfig 1.22-1.29 1.22:alpha:off 1.26:beta:on 1.28:stable:on:locked
ExperimentalCriticalPodAnnotation 1.4-1.15 1.4:alpha:off
ExperimentalHostUserNamespaceDefaulting 1.5-1.29 1.5:alpha:off 1.6:beta:off 1.28:deprecated:off:locked
ExtendWebSocketsToKubelet 1.36- 1.36:beta:on
ExternalPolicyForExternalIP 1.18-1.21 1.18:stable:off 1.19:stable:on 1.20:stable:on:locked
ExternalServiceAccountTokenSigner 1.32- 1.32:alpha:off 1.34:beta:on 1.36:stable:on:locked
GCERegionalPersistentDisk 1.10-1.16 1.10:beta:on 1.13:stable:on 1.15:stable:on:locked
GRPCContainerProbe 1.23-1.28 1.23:alpha:off 1.24:beta:on 1.27:stable:on:locked
GRPCContainerProbeTLS 1.37- 1.37:alpha:off
GangScheduling 1.35-1.36 1.35:alpha:off
GenericEphemeralVolume 1.19-1.24 1.19:alpha:off 1.21:beta:on 1.23:stable:on:locked
GenericWorkload 1.35- 1.35:alpha:off 1.37:beta:off
GitRepoVolumeDriver 1.33- 1.33:deprecated:off 1.36:deprecated:off:locked
GracefulNodeShutdown 1.20- 1.20:alpha:off 1.21:beta:on
GracefulNodeShutdownBasedOnPodPriority 1.23- 1.23:alpha:off 1.24:beta:on
H2CContainerProbe 1.37- 1.37:alpha:off
HPAConfigurableTolerance 1.33- 1.33:alpha:off 1.35:beta:on 1.37:stable:on:locked
HPAContainerMetrics 1.20-1.31 1.20:alpha:off 1.27:beta:on 1.30:stable:on:locked
HPAGeneration 1.37- 1.37:beta:on
HPAOptimizedSelectorStore 1.37- 1.37:beta:on
HPAScaleToZero 1.16- 1.16:alpha:off 1.37:beta:on
HonorPVReclaimPolicy 1.23-1.35 1.23:alpha:off 1.31:beta:on 1.33:stable:on:locked
HostnameOverride 1.34- 1.34:alpha:off 1.35:beta:on 1.37:stable:on:locked
HugePageStorageMediumSize 1.18-1.23 1.18:alpha:off 1.19:beta:on 1.22:stable:on:locked
HugePages 1.8-1.15 1.8:alpha:off 1.10:beta:on 1.14:stable:on:locked
HugepageAwareEviction 1.37- 1.37:beta:on
HyperVContainer 1.10-1.20 1.10:alpha:off 1.20:deprecated:off
IPTablesOwnershipCleanup 1.25-1.29 1.25:alpha:off 1.27:beta:on 1.28:stable:on:locked
IPv6DualStack 1.16-1.24 1.16:alpha:off 1.21:beta:on 1.23:stable:on:locked
IdentifyPodOS 1.23-1.26 1.23:alpha:off 1.24:beta:on 1.25:stable:on:locked
ImageMaximumGCAge 1.29- 1.29:alpha:off 1.30:beta:on 1.35:stable:on:locked
ImageVolume 1.31- 1.31:alpha:off 1.33:beta:off 1.35:beta:on 1.36:stable:on:locked
ImageVolumeWithDigest 1.35- 1.35:alpha:off sampled=1.36
ImmutableEphemeralVolumes 1.18-1.23 1.18:alpha:off 1.19:beta:on 1.21:stable:on:locked
InOrderInformers 1.33- 1.33:beta:on 1.36:stable:on:locked
InOrderInformersBatchProcess 1.35- 1.35:beta:on
InPlacePodLevelResourcesVerticalScaling 1.35- 1.35:alpha:off 1.36:beta:on
InPlacePodVerticalScaling 1.27- 1.27:alpha:off 1.33:beta:on 1.35:stable:on:locked
InPlacePodVerticalScalingAllocatedStatus 1.32-1.35 1.32:alpha:off 1.33:deprecated:off
InPlacePodVerticalScalingExclusiveCPUs 1.32- 1.32:alpha:off
InPlacePodVerticalScalingExclusiveMemory 1.34- 1.34:alpha:off
InPlacePodVerticalScalingInitContainers 1.36- 1.36:beta:on 1.37:stable:on:locked
InPlacePodVerticalScalingMemoryBackedVolumes 1.37- 1.37:alpha:off
InPlacePodVerticalScalingSchedulerPreemption 1.37- 1.37:alpha:off
InTreePluginAWSUnregister 1.21-1.30 1.21:alpha:off
InTreePluginAzureDiskUnregister 1.21-1.30 1.21:alpha:off
InTreePluginAzureFileUnregister 1.21-1.30 1.21:alpha:off
InTreePluginGCEUnregister 1.21-1.30 1.21:alpha:off
InTreePluginOpenStackUnregister 1.21-1.30 1.21:alpha:off
InTreePluginPortworxUnregister 1.23-1.35 1.23:alpha:off
InTreePluginRBDUnregister 1.23-1.30 1.23:alpha:off 1.28:deprecated:off
InTreePluginvSphereUnregister 1.21-1.30 1.21:alpha:off
IndexedJob 1.21-1.25 1.21:alpha:off 1.22:beta:on 1.24:stable:on:locked
InformerResourceVersion 1.30- 1.30:alpha:off 1.35:stable:on
IngressClassNamespacedParams 1.21-1.24 1.21:alpha:off 1.22:beta:on 1.23:stable:on:locked
Initializers 1.8-1.13 1.8:alpha:off
InterPodAffinityHostnameFastPath 1.37- 1.37:alpha:off
JobBackoffLimitPerIndex 1.28-1.36 1.28:alpha:off 1.29:beta:on 1.33:stable:on:locked
JobManagedBy 1.30- 1.30:alpha:off 1.32:beta:on 1.35:stable:on:locked
JobMutableNodeSchedulingDirectives 1.23-1.28 1.23:beta:on 1.27:stable:on:locked
JobPodFailurePolicy 1.25-1.32 1.25:alpha:off 1.26:beta:on 1.31:stable:on:locked
JobPodReplacementPolicy 1.28-1.36 1.28:alpha:off 1.29:beta:on 1.34:stable:on:locked
JobReadyPods 1.23-1.30 1.23:alpha:off 1.24:beta:on 1.29:stable:on:locked
JobSuccessPolicy 1.30-1.36 1.30:alpha:off 1.31:beta:on 1.33:stable:on:locked
JobTrackingWithFinalizers 1.22-1.28 1.22:alpha:off 1.23:beta:on 1.24:beta:off 1.25:beta:on 1.26:stable:on:locked
KMSv1 1.28- 1.28:deprecated:on 1.29:deprecated:off
KMSv2 1.25-1.31 1.25:alpha:off 1.27:beta:on 1.29:stable:on:locked
KMSv2KDF 1.28-1.31 1.28:beta:off 1.29:stable:on:locked
KubeProxyDrainingTerminatingNodes 1.28-1.32 1.28:alpha:off 1.30:beta:on 1.31:stable:on:locked
KubeProxyIPVS 1.37- 1.37:deprecated:on
KubeProxyNFTablesLocalhostNodePorts 1.37- 1.37:alpha:off
KubeletAllocatedPodsEndpoint 1.37- 1.37:alpha:off
KubeletCgroupDriverFromCRI 1.28- 1.28:alpha:off 1.31:beta:on 1.34:stable:on:locked
KubeletConfigFile 1.8-1.9 1.8:alpha:off
KubeletCrashLoopBackOffMax 1.32- 1.32:alpha:off 1.35:beta:on
KubeletCredentialProviders 1.20-1.27 1.20:alpha:off 1.24:beta:on 1.26:stable:on:locked
KubeletEnsureSecretPulledImages 1.33- 1.33:alpha:off 1.35:beta:on
KubeletFineGrainedAuthz 1.32- 1.32:alpha:off 1.33:beta:on 1.36:stable:on:locked
KubeletInUserNamespace 1.22- 1.22:alpha:off
KubeletPSI 1.33- 1.33:alpha:off 1.34:beta:on 1.36:stable:on:locked
KubeletPluginsWatcher 1.11-1.15 1.11:alpha:off 1.12:beta:on 1.13:stable:on 1.14:stable:on:locked
KubeletPodResources 1.13-1.29 1.13:alpha:off 1.15:beta:on 1.28:stable:on:locked
KubeletPodResourcesDynamicResources 1.27- 1.27:alpha:off 1.34:beta:on 1.36:stable:on:locked
KubeletPodResourcesGet 1.27- 1.27:alpha:off 1.34:beta:on 1.36:stable:on:locked
KubeletPodResourcesGetAllocatable 1.21-1.29 1.21:alpha:off 1.23:beta:on 1.28:stable:on:locked gaps=1.29
KubeletPodResourcesListUseActivePods 1.34- 1.34:deprecated:on
KubeletRegistrationGetOnExistsOnly 1.32- 1.32:deprecated:off
KubeletSeparateDiskGC 1.29- 1.29:alpha:off 1.31:beta:on
KubeletServiceAccountTokenForCredentialProviders 1.33- 1.33:alpha:off 1.34:beta:on
KubeletTracing 1.25- 1.25:alpha:off 1.27:beta:on 1.34:stable:on:locked
LegacyNodeRoleBehavior 1.16-1.20 1.16:alpha:on 1.19:beta:on
LegacyServiceAccountTokenCleanUp 1.28-1.31 1.28:alpha:off 1.29:beta:on 1.30:stable:on:locked
LegacyServiceAccountTokenNoAutoGeneration 1.24-1.28 1.24:beta:on 1.26:stable:on 1.27:stable:on:locked
LegacyServiceAccountTokenTracking 1.26-1.29 1.26:alpha:off 1.27:beta:on 1.28:stable:on:locked
LegacySidecarContainers 1.33-1.33 1.33:deprecated:off
ListFromCacheSnapshot 1.33- 1.33:alpha:off 1.34:beta:on
LoadBalancerIPMode 1.29-1.34 1.29:alpha:off 1.30:beta:on 1.32:stable:on:locked
LocalStorageCapacityIsolation 1.7-1.26 1.7:alpha:off 1.10:beta:on 1.25:stable:on:locked
LocalStorageCapacityIsolationFSQuotaMonitoring 1.15- 1.15:alpha:off 1.31:beta:off
LogarithmicScaleDown 1.21-1.36 1.21:alpha:off 1.22:beta:on 1.31:stable:on:locked
LoggingAlphaOptions 1.24- 1.24:alpha:off sampled=1.25
LoggingBetaOptions 1.24- 1.24:beta:on sampled=1.25
ManifestBasedAdmissionControlConfig 1.36- 1.36:alpha:off 1.37:beta:on
MatchLabelKeysInPodAffinity 1.29- 1.29:alpha:off 1.31:beta:on 1.33:stable:on:locked
MatchLabelKeysInPodTopologySpread 1.25- 1.25:alpha:off 1.27:beta:on
MatchLabelKeysInPodTopologySpreadSelectorMerge 1.34- 1.34:beta:on
MaxUnavailableStatefulSet 1.24- 1.24:alpha:off 1.35:beta:off 1.37:beta:on
MemoryManager 1.21-1.35 1.21:alpha:off 1.22:beta:on 1.32:stable:on:locked
MemoryQoS 1.22- 1.22:alpha:off 1.37:beta:on
MinDomainsInPodTopologySpread 1.24-1.31 1.24:alpha:off 1.25:beta:off 1.27:beta:on 1.30:stable:on:locked
MinimizeIPTablesRestore 1.26-1.29 1.26:alpha:off 1.27:beta:on 1.28:stable:on:locked
MixedProtocolLBService 1.20-1.27 1.20:alpha:off 1.24:beta:on 1.26:stable:on:locked
MountContainers 1.9-1.16 1.9:alpha:off
MountPropagation 1.8-1.13 1.8:alpha:off 1.10:beta:on 1.12:stable:on
MultiCIDRRangeAllocator 1.25-1.28 1.25:alpha:off
MultiCIDRServiceAllocator 1.27- 1.27:alpha:off 1.31:beta:off 1.33:stable:on 1.34:stable:on:locked
MutableCSINodeAllocatableCount 1.33- 1.33:alpha:off 1.34:beta:off 1.35:beta:on 1.36:stable:on:locked
MutablePVNodeAffinity 1.35- 1.35:alpha:off
MutablePodResourcesForSuspendedJobs 1.35- 1.35:alpha:off 1.36:beta:on
MutableSchedulingDirectivesForSuspendedJobs 1.35- 1.35:alpha:off 1.36:beta:on
MutatingAdmissionPolicy 1.32- 1.32:alpha:off 1.34:beta:off 1.36:stable:on sampled=1.30
NFTablesProxyMode 1.29- 1.29:alpha:off 1.31:beta:on 1.33:stable:on:locked
NamespaceDefaultLabelName 1.21-1.23 1.21:beta:on 1.22:stable:on:locked
NativeHistograms 1.36- 1.36:alpha:off 1.37:beta:on
NetworkPolicyEndPort 1.21-1.26 1.21:alpha:off 1.22:beta:on 1.25:stable:on:locked
NetworkPolicyStatus 1.24-1.27 1.24:alpha:off
NewVolumeManagerReconstruction 1.27-1.31 1.27:beta:on 1.30:stable:on:locked
NodeControllerLeaseCircuitBreaker 1.37- 1.37:beta:on
NodeDeclaredFeatures 1.35- 1.35:alpha:off 1.36:beta:on 1.37:stable:on:locked
NodeDisruptionExclusion 1.16-1.21 1.16:alpha:off 1.19:beta:on 1.21:stable:on:locked
NodeInclusionPolicyInPodTopologySpread 1.25- 1.25:alpha:off 1.26:beta:on 1.33:stable:on:locked
NodeLease 1.12-1.22 1.12:alpha:off 1.14:beta:on 1.17:stable:on:locked
NodeLifecycleConditions 1.37- 1.37:alpha:off
NodeLogQuery 1.27- 1.27:alpha:off 1.30:beta:off 1.36:stable:on:locked
NodeOutOfServiceVolumeDetach 1.24-1.31 1.24:alpha:off 1.26:beta:on 1.28:stable:on:locked
NodeSwap 1.22- 1.22:alpha:off 1.28:beta:off 1.30:beta:on 1.34:stable:on:locked
NodeSwapEnabled 1.22-1.22 1.22:alpha:off
NominatedNodeNameForExpectation 1.34- 1.34:alpha:off 1.35:beta:on
NonPreemptingPriority 1.15-1.25 1.15:alpha:off 1.19:beta:on 1.24:stable:on:locked
OpenAPIEnums 1.23- 1.23:alpha:off 1.24:beta:on
OpenAPIV3 1.23-1.28 1.23:alpha:off 1.24:beta:on 1.27:stable:on:locked
OpportunisticBatching 1.35- 1.35:beta:on
OrderedNamespaceDeletion 1.30-1.36 1.30:beta:off 1.33:beta:on 1.34:stable:on:locked
PDBUnhealthyPodEvictionPolicy 1.26-1.32 1.26:alpha:off 1.27:beta:on 1.31:stable:on:locked
PLEGOnDemandRelist 1.36- 1.36:beta:on 1.37:stable:on:locked
PVCProtection 1.9-1.9 1.9:alpha:off
PersistentLocalVolumes 1.7-1.16 1.7:alpha:off 1.10:beta:on 1.14:stable:on:locked
PersistentVolumeClaimUnusedSinceTime 1.36- 1.36:alpha:off 1.37:beta:on
PersistentVolumeLastPhaseTransitionTime 1.28-1.32 1.28:alpha:off 1.29:beta:on 1.31:stable:on:locked
PodAffinityNamespaceSelector 1.21-1.25 1.21:alpha:off 1.22:beta:on 1.24:stable:on:locked
PodAndContainerStatsFromCRI 1.23- 1.23:alpha:off
PodCertificateRequest 1.34- 1.34:alpha:off 1.35:beta:off 1.37:stable:on
PodDeletionCost 1.21- 1.21:alpha:off 1.22:beta:on
PodDisruptionBudget 1.17-1.24 1.17:beta:on 1.21:stable:on:locked
PodDisruptionConditions 1.25-1.33 1.25:alpha:off 1.26:beta:on 1.31:stable:on:locked
PodGroupPreemptionPolicy 1.37- 1.37:alpha:off
PodHasNetworkCondition 1.25-1.27 1.25:alpha:off
PodHostIPs 1.28-1.31 1.28:alpha:off 1.29:beta:on 1.30:stable:on:locked
PodIndexLabel 1.28-1.34 1.28:beta:on 1.32:stable:on:locked
PodLevelResourceManagers 1.36- 1.36:alpha:off
PodLevelResources 1.32- 1.32:alpha:off 1.34:beta:on
PodLevelResourcesFixDefaulting 1.37- 1.37:beta:on
PodLevelResourcesFixKubeletQOSClass 1.37- 1.37:beta:on
PodLifecycleSleepAction 1.29-1.36 1.29:alpha:off 1.30:beta:on 1.34:stable:on:locked
PodLifecycleSleepActionAllowZero 1.32-1.36 1.32:alpha:off 1.33:beta:on 1.34:stable:on:locked
PodLogsQuerySplitStreams 1.32- 1.32:alpha:off
PodObservedGenerationTracking 1.33- 1.33:alpha:off 1.34:beta:on 1.35:stable:on:locked
PodOverhead 1.16-1.25 1.16:alpha:off 1.18:beta:on 1.24:stable:on:locked
PodPriority 1.8-1.17 1.8:alpha:off 1.11:beta:on 1.14:stable:on 1.16:stable:on:locked
PodReadinessGates 1.11-1.15 1.11:beta:off 1.12:beta:on 1.14:stable:on:locked
PodReadyToStartContainersCondition 1.28- 1.28:alpha:off 1.29:beta:on 1.37:stable:on:locked
PodSchedulingReadiness 1.26- 1.26:alpha:off 1.27:beta:on 1.30:stable:on:locked
PodSecurity 1.22-1.27 1.22:alpha:off 1.23:beta:on 1.25:stable:on:locked
PodShareProcessNamespace 1.10-1.18 1.10:alpha:off 1.12:beta:on 1.17:stable:on:locked
PodTopologyLabelsAdmission 1.33- 1.33:alpha:off 1.35:beta:on
PodsAPI 1.36- 1.36:alpha:off
PortForwardWebsockets 1.30- 1.30:alpha:off 1.31:beta:on
PreferNominatedNode 1.21-1.25 1.21:alpha:off 1.22:beta:on 1.24:stable:on:locked
PreferSameTrafficDistribution 1.33- 1.33:alpha:off 1.34:beta:on 1.35:stable:on:locked
PreventStaticPodAPIReferences 1.34-1.36 1.34:beta:on
ProbeHostPodSecurityStandards 1.34-1.34 1.34:stable:on:locked
ProbeTerminationGracePeriod 1.21-1.28 1.21:alpha:off 1.23:beta:off 1.25:beta:on 1.28:stable:on:locked
ProcMountType 1.12- 1.12:alpha:off 1.31:beta:off 1.33:beta:on 1.36:stable:on:locked
ProxyTerminatingEndpoints 1.22-1.29 1.22:alpha:off 1.26:beta:on 1.28:stable:on:locked
QOSReserved 1.11- 1.11:alpha:off
ReadOnlyAPIDataVolumes 1.8-1.11 1.8:deprecated:on
ReadWriteOncePod 1.22-1.30 1.22:alpha:off 1.27:beta:on 1.29:stable:on:locked
RecoverVolumeExpansionFailure 1.23- 1.23:alpha:off 1.32:beta:on 1.34:stable:on:locked
RecursiveReadOnlyMounts 1.30- 1.30:alpha:off 1.31:beta:on 1.33:stable:on:locked
ReduceDefaultCrashLoopBackOffDecay 1.33- 1.33:alpha:off
RelaxedDNSSearchValidation 1.32-1.36 1.32:alpha:off 1.33:beta:on 1.34:stable:on:locked
RelaxedEnvironmentVariableValidation 1.30- 1.30:alpha:off 1.32:beta:on 1.34:stable:on:locked
RelaxedServiceNameValidation 1.34- 1.34:alpha:off 1.36:beta:on 1.37:stable:on:locked
ReloadKubeletClientCAFile 1.36- 1.36:beta:on
ReloadKubeletServerCertificateFile 1.31- 1.31:beta:on
RemainingItemCount 1.15-1.32 1.15:alpha:off 1.16:beta:on 1.29:stable:on:locked
RemoteRequestHeaderUID 1.32- 1.32:alpha:off 1.33:beta:on
RemoveSelfLink 1.16-1.29 1.16:alpha:off 1.20:beta:on 1.24:stable:on:locked
RequestManagement 1.15-1.16 1.15:alpha:off
ResilientWatchCacheInitialization 1.31-1.36 1.31:beta:on 1.34:stable:on:locked
ResourceHealthStatus 1.31- 1.31:alpha:off 1.36:beta:on
ResourceHealthStatusMessage 1.36- 1.36:beta:on
ResourceLimitsPriorityFunction 1.9-1.18 1.9:alpha:off
ResourceQuotaScopeSelectors 1.11-1.17 1.11:alpha:off 1.12:beta:on 1.17:stable:on:locked
RestartAllContainersOnContainerExits 1.35- 1.35:alpha:off 1.36:beta:on
RetroactiveDefaultStorageClass 1.25-1.28 1.25:alpha:off 1.26:beta:on 1.28:stable:on
RetryGenerateName 1.30-1.36 1.30:alpha:off 1.31:beta:on 1.32:stable:on:locked
RootCAConfigMap 1.20-1.21 1.20:beta:on 1.21:stable:on:locked
Rootless 1.19-1.21 1.19:alpha:off
RotateKubeletClientCertificate 1.7-1.20 1.7:alpha:off 1.8:beta:on 1.19:stable:on:locked
RotateKubeletServerCertificate 1.7- 1.7:alpha:off 1.12:beta:on
RunAsGroup 1.10-1.21 1.10:alpha:off 1.14:beta:on 1.21:stable:on:locked
RuntimeClass 1.12-1.23 1.12:alpha:off 1.14:beta:on 1.20:stable:on:locked
RuntimeClassInImageCriApi 1.29- 1.29:alpha:off
SCTPSupport 1.12-1.21 1.12:alpha:off 1.19:beta:on 1.20:stable:on:locked
SELinuxChangePolicy 1.32- 1.32:alpha:off 1.33:beta:on 1.36:stable:on:locked
SELinuxMount 1.30- 1.30:alpha:off 1.33:beta:off 1.37:stable:on
SELinuxMountReadWriteOncePod 1.25- 1.25:alpha:off 1.27:beta:off 1.28:beta:on 1.36:stable:on:locked
ScheduleDaemonSetPods 1.10-1.17 1.10:alpha:off 1.12:beta:on 1.17:stable:on:locked
SchedulerAsyncAPICalls 1.34- 1.34:beta:off
SchedulerAsyncPreemption 1.32- 1.32:alpha:off 1.33:beta:on
SchedulerPopFromBackoffQ 1.33- 1.33:beta:on
SchedulerQueueingHints 1.28-1.36 1.28:beta:off 1.32:beta:on 1.34:stable:on:locked
SeccompDefault 1.22-1.28 1.22:alpha:off 1.25:beta:on 1.27:stable:on:locked
SecurityContextDeny 1.27-1.29 1.27:alpha:off
SelectorIndex 1.18-1.24 1.18:alpha:off 1.19:beta:on 1.20:stable:on:locked
SeparateCacheWatchRPC 1.28- 1.28:beta:on 1.33:deprecated:off 1.36:deprecated:off:locked
SeparateTaintEvictionController 1.29- 1.29:beta:on 1.34:stable:on:locked
ServerSideApply 1.14-1.31 1.14:alpha:off 1.16:beta:on 1.22:stable:on 1.26:stable:on:locked
ServerSideFieldValidation 1.23-1.31 1.23:alpha:off 1.25:beta:on 1.27:stable:on:locked
ServiceAccountIssuerDiscovery 1.18-1.22 1.18:alpha:off 1.20:beta:on 1.21:stable:on:locked
ServiceAccountNodeAudienceRestriction 1.32- 1.32:beta:off 1.33:beta:on
ServiceAccountTokenJTI 1.29- 1.29:alpha:off 1.30:beta:on 1.32:stable:on:locked
ServiceAccountTokenNodeBinding 1.29- 1.29:alpha:off 1.31:beta:on 1.33:stable:on:locked
ServiceAccountTokenNodeBindingValidation 1.29- 1.29:alpha:off 1.30:beta:on 1.32:stable:on:locked
ServiceAccountTokenPodNodeInfo 1.29- 1.29:alpha:off 1.30:beta:on 1.32:stable:on:locked
ServiceAppProtocol 1.18-1.21 1.18:alpha:off 1.19:beta:on 1.20:stable:on:locked
ServiceCIDRStatusFieldWiping 1.36- 1.36:deprecated:on
ServiceIPStaticSubrange 1.24-1.27 1.24:alpha:off 1.25:beta:on 1.26:stable:on:locked
ServiceInternalTrafficPolicy 1.21-1.27 1.21:alpha:off 1.22:beta:on 1.26:stable:on:locked
ServiceLBNodePortControl 1.20-1.25 1.20:alpha:off 1.22:beta:on 1.24:stable:on:locked
ServiceLoadBalancerClass 1.21-1.25 1.21:alpha:off 1.22:beta:on 1.24:stable:on:locked
ServiceLoadBalancerFinalizer 1.15-1.19 1.15:alpha:off 1.16:beta:on 1.17:stable:on:locked
ServiceNodeExclusion 1.8-1.20 1.8:alpha:off 1.19:beta:on
ServiceNodePortStaticSubrange 1.27-1.30 1.27:alpha:off 1.28:beta:on 1.29:stable:on:locked
ServiceProxyAllowExternalIPs 1.8-1.11 1.8:deprecated:off
ServiceTopology 1.17-1.21 1.17:alpha:off
ServiceTrafficDistribution 1.30-1.35 1.30:alpha:off 1.31:beta:on 1.33:stable:on:locked
SetHostnameAsFQDN 1.19-1.23 1.19:alpha:off 1.20:beta:on 1.22:stable:on:locked
ShardedListAndWatch 1.36- 1.36:alpha:off
SidecarContainers 1.28-1.36 1.28:alpha:off 1.29:beta:on 1.33:stable:on:locked
SizeBasedListCostEstimate 1.34- 1.34:beta:on
SizeMemoryBackedVolumes 1.20-1.34 1.20:alpha:off 1.22:beta:on 1.32:stable:on:locked
SkipReadOnlyValidationGCE 1.28-1.30 1.28:alpha:off 1.29:deprecated:on
StableLoadBalancerNodeSet 1.27-1.31 1.27:beta:on 1.30:stable:on:locked
StaleControllerConsistencyDaemonSet 1.36- 1.36:beta:on
StaleControllerConsistencyHPA 1.37- 1.37:beta:on
StaleControllerConsistencyJob 1.36- 1.36:beta:on
StaleControllerConsistencyReplicaSet 1.36- 1.36:beta:on
StaleControllerConsistencyStatefulSet 1.36- 1.36:beta:on
StartupProbe 1.16-1.22 1.16:alpha:off 1.18:beta:on 1.20:stable:on:locked
StatefulSetAutoDeletePVC 1.22-1.34 1.22:alpha:off 1.27:beta:on 1.32:stable:on:locked
StatefulSetMinReadySeconds 1.22-1.26 1.22:alpha:off 1.23:beta:on 1.25:stable:on:locked
StatefulSetRecreateStrategy 1.37- 1.37:alpha:off
StatefulSetSemanticRevisionComparison 1.34- 1.34:beta:on
StatefulSetStartOrdinal 1.26-1.33 1.26:alpha:off 1.27:beta:on 1.31:stable:on:locked
StorageCapacityScoring 1.33- 1.33:alpha:off 1.37:beta:on
StorageNamespaceIndex 1.30- 1.30:beta:on 1.33:deprecated:on
StorageObjectInUseProtection 1.10-1.24 1.10:beta:on 1.11:stable:on 1.23:stable:on:locked
StorageVersionAPI 1.20- 1.20:alpha:off
StorageVersionHash 1.14- 1.14:alpha:off 1.15:beta:on
StorageVersionMigrator 1.30- 1.30:alpha:off 1.35:beta:off 1.37:stable:on
StreamingCollectionEncodingToJSON 1.33-1.36 1.33:beta:on 1.34:stable:on:locked sampled=1.29
StreamingCollectionEncodingToProtobuf 1.33-1.36 1.33:beta:on 1.34:stable:on:locked sampled=1.29
StreamingProxyRedirects 1.5-1.23 1.5:alpha:off 1.6:beta:on 1.18:deprecated:on 1.22:deprecated:off
StrictCostEnforcementForVAP 1.30-1.34 1.30:beta:off 1.32:stable:on:locked
StrictCostEnforcementForWebhooks 1.30-1.34 1.30:beta:off 1.32:stable:on:locked
StrictIPCIDRValidation 1.33- 1.33:alpha:off 1.36:beta:on
StructuredAuthenticationConfiguration 1.29-1.36 1.29:alpha:off 1.30:beta:on 1.34:stable:on:locked sampled=1.28
StructuredAuthenticationConfigurationEgressSelector 1.34- 1.34:beta:on
StructuredAuthenticationConfigurationJWKSMetrics 1.35- 1.35:beta:on
StructuredAuthorizationConfiguration 1.29-1.35 1.29:alpha:off 1.30:beta:on 1.32:stable:on:locked
SupplementalGroupsPolicy 1.31- 1.31:alpha:off 1.33:beta:on 1.35:stable:on:locked
SupportIPVSProxyMode 1.8-1.19 1.8:alpha:off 1.9:beta:off 1.10:beta:on 1.11:stable:on
SupportNodePidsLimit 1.14-1.22 1.14:alpha:off 1.15:beta:on 1.20:stable:on:locked
SupportNoneCgroupDriver 1.16-1.21 1.16:alpha:off
SupportPodPidsLimit 1.10-1.22 1.10:alpha:off 1.14:beta:on 1.20:stable:on:locked
SuspendJob 1.21-1.25 1.21:alpha:off 1.22:beta:on 1.24:stable:on:locked
Sysctls 1.11-1.22 1.11:beta:on 1.21:stable:on:locked
SystemdWatchdog 1.32- 1.32:beta:on 1.35:stable:on:locked
TTLAfterFinished 1.12-1.24 1.12:alpha:off 1.21:beta:on 1.23:stable:on:locked
TaintBasedEvictions 1.6-1.19 1.6:alpha:off 1.13:beta:on 1.18:stable:on:locked
TaintNodesByCondition 1.8-1.17 1.8:alpha:off 1.12:beta:on 1.17:stable:on:locked
TaintTolerationComparisonOperators 1.35- 1.35:alpha:off
TokenRequest 1.10-1.20 1.10:alpha:off 1.12:beta:on 1.20:stable:on:locked
TokenRequestProjection 1.11-1.20 1.11:alpha:off 1.12:beta:on 1.20:stable:on:locked
TokenRequestServiceAccountUIDValidation 1.34- 1.34:beta:on
TopologyAwareHints 1.21-1.35 1.21:alpha:off 1.23:beta:off 1.24:beta:on 1.33:stable:on:locked
TopologyAwareWorkloadScheduling 1.36- 1.36:alpha:off
TopologyManager 1.16-1.28 1.16:alpha:off 1.18:beta:on 1.27:stable:on:locked
TopologyManagerPolicyAlphaOptions 1.26- 1.26:alpha:off
TopologyManagerPolicyBetaOptions 1.26- 1.26:beta:off 1.28:beta:on
TopologyManagerPolicyOptions 1.26- 1.26:alpha:off 1.28:beta:on 1.32:stable:on 1.36:stable:on:locked
TranslateStreamCloseWebsocketRequests 1.29- 1.29:alpha:off 1.30:beta:on
UnauthenticatedHTTP2DOSMitigation 1.25- 1.25:beta:off 1.29:beta:on sampled=1.26
UnknownVersionInteroperabilityProxy 1.28- 1.28:alpha:off 1.36:beta:on
UnlockWhileProcessingFIFO 1.36- 1.36:beta:on
UserNamespacesHostNetworkSupport 1.35- 1.35:alpha:off
UserNamespacesPodSecurityStandards 1.29-1.34 1.29:alpha:off
UserNamespacesStatelessPodsSupport 1.25-1.27 1.25:alpha:off
UserNamespacesSupport 1.25- 1.25:alpha:off 1.30:beta:off 1.33:beta:on 1.36:stable:on:locked sampled=1.28
ValidateProxyRedirects 1.12-1.23 1.12:alpha:off 1.14:beta:on 1.22:deprecated:on
ValidatingAdmissionPolicy 1.26-1.31 1.26:alpha:off 1.28:beta:off 1.30:stable:on:locked
VolumeAttributesClass 1.29- 1.29:alpha:off 1.31:beta:off 1.34:stable:on 1.36:stable:on:locked
VolumeBindMountOptions 1.37- 1.37:alpha:off
VolumeCapacityPriority 1.21-1.32 1.21:alpha:off
VolumeLimitScaling 1.35- 1.35:alpha:off 1.37:beta:on
VolumePVCDataSource 1.15-1.20 1.15:alpha:off 1.16:beta:on 1.18:stable:on:locked
VolumeScheduling 1.9-1.15 1.9:alpha:off 1.10:beta:on 1.13:stable:on 1.14:stable:on:locked
VolumeSnapshotDataSource 1.12-1.21 1.12:alpha:off 1.17:beta:on 1.20:stable:on:locked
VolumeSubpath 1.8-1.24 1.8:stable:on 1.23:stable:on:locked
VolumeSubpathEnvExpansion 1.11-1.18 1.11:alpha:off 1.15:beta:on 1.17:stable:on:locked
WarningHeaders 1.19-1.23 1.19:beta:on 1.22:stable:on:locked
WatchBookmark 1.15-1.32 1.15:alpha:off 1.16:beta:on 1.17:stable:on:locked
WatchCacheInitializationPostStartHook 1.31- 1.31:beta:off 1.36:beta:on 1.37:stable:on:locked
WatchFromStorageWithoutResourceVersion 1.27-1.35 1.27:beta:off 1.33:deprecated:off:locked
WatchList 1.27- 1.27:alpha:off 1.32:beta:on 1.33:beta:off 1.34:beta:on
WatchListClient 1.30- 1.30:beta:off 1.35:beta:on
WatchListCompression 1.37- 1.37:beta:on
WebhookRoundTripLoadBalancing 1.37- 1.37:beta:on
WinDSR 1.14- 1.14:alpha:off 1.33:beta:on 1.34:stable:on:locked
WinOverlay 1.14- 1.14:alpha:off 1.20:beta:on 1.34:stable:on:locked
WindowsCPUAndMemoryAffinity 1.32- 1.32:alpha:off
WindowsEndpointSliceProxying 1.19-1.24 1.19:alpha:off 1.21:beta:on 1.22:stable:on:locked
WindowsGMSA 1.14-1.20 1.14:alpha:off 1.16:beta:on 1.18:stable:on:locked
WindowsGracefulNodeShutdown 1.32- 1.32:alpha:off 1.34:beta:on
WindowsHostNetwork 1.26- 1.26:alpha:on 1.33:deprecated:off
WindowsHostProcessContainers 1.22-1.27 1.22:alpha:off 1.23:beta:on 1.26:stable:on:locked
WindowsRunAsUserName 1.16-1.20 1.16:alpha:off 1.17:beta:on 1.18:stable:on:locked
WorkloadAwarePreemption 1.36-1.36 1.36:alpha:off
WorkloadWithJob 1.36- 1.36:alpha:off
ZeroLimitedNominalConcurrencyShares 1.29-1.31 1.29:beta:off 1.30:stable:on:locked
csiMigrationRBD 1.23-1.23 1.23:alpha:off
`;

export const oldestGates = '1.4';
export const newestGates = '1.37';
