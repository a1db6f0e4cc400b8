/**
 * The tables against what public sources count and lock: Kubernetes' own sources from 1.17 to 1.36
 * (pkg/features and staging/src/k8s.io for gates, cmd/kubelet/app/options for flags, the types of
 * kubelet.config.k8s.io/v1beta1 for fields) and the release notes of 1.37.0. Begin, end and lock of
 * each gate of 1.26 to 1.36 were held against the list in Gardener's pkg/utils/validation/features,
 * which is kept from test/compatibility_lifecycle/reference/versioned_feature_list.yaml of each
 * release. That list tells how a gate stood at first in the words of the newest release: of
 * TopologyManagerPolicyOptions it says that 1.32 locks it, and the sources of 1.32 to 1.35 do not. The
 * numbers were counted there, not in our tables: if one differs, look which of both is wrong.
 */

import { describe, expect, test } from 'vitest';
import { featureGates } from '../../src/kubelet/data/feature-gates.ts';
import { gateDependencies } from '../../src/kubelet/data/gate-dependencies.ts';
import { fieldRows } from '../../src/kubelet/data/kubelet-fields.ts';
import { flagRows } from '../../src/kubelet/data/kubelet-flags.ts';
import { hasField } from '../../src/kubelet/field-table.ts';
import { flagNames, isInRelease } from '../../src/kubelet/flag-table.ts';
import { type GateStage, gateNames, gateState, readGates } from '../../src/kubelet/gate-table.ts';
import { formatRelease, knownRelease } from '../../src/kubelet/release.ts';

/** Fields of structs that other packages keep are not counted. */
const ofOtherPackages = /^(logging|tracing)\.|^registerWithTaints\[\]/;

const rows = readGates(featureGates);

describe('what a release has', () => {
  test.each([
    // release, gates, of these locked, of these alpha, fields, flags
    ['1.17', 101, 16, 37, 93, 178],
    ['1.18', 102, 14, 40, 94, 178],
    ['1.19', 109, 15, 35, 102, 178],
    ['1.20', 121, 23, 39, 105, 184],
    ['1.21', 125, 22, 44, 111, 185],
    ['1.22', 131, 23, 43, 116, 185],
    ['1.23', 140, 22, 48, 121, 185],
    ['1.24', 140, 31, 46, 121, 165],
    ['1.25', 140, 28, 54, 123, 165],
    ['1.26', 147, 31, 61, 124, 155],
    ['1.27', 149, 31, 55, 128, 153],
    ['1.28', 154, 28, 60, 128, 154],
    ['1.29', 161, 26, 65, 129, 154],
    ['1.30', 168, 29, 61, 132, 155],
    ['1.31', 166, 35, 46, 133, 153],
    ['1.32', 179, 37, 60, 136, 153],
    ['1.33', 191, 39, 58, 141, 153],
    ['1.34', 208, 60, 55, 141, 151],
    ['1.35', 218, 62, 54, 141, 150],
    ['1.36', 242, 76, 50, 143, 150],
    ['1.37', 249, 67, 58, 144, 132],
  ])('%s: %i gates, %i locked, %i alpha; %i fields, %i flags', (text, gates, locked, alpha, fields, flags) => {
    const release = knownRelease(text);
    const states = gateNames(release).map((name) => gateState(name, release));
    const known = states.filter((state) => state.kind === 'Known');
    expect(known).toHaveLength(gates);
    expect(known.filter(({ isLocked }) => isLocked)).toHaveLength(locked);
    expect(known.filter(({ stage }) => stage === 'alpha')).toHaveLength(alpha);
    expect(fieldRows.filter((row) => hasField(row, release) && !ofOtherPackages.test(row.path))).toHaveLength(fields);
    expect(flagNames(release)).toHaveLength(flags);
  });
});

/** A gate is locked to true, except with `=off`. */
const locks: Readonly<Record<string, string>> = {
  '1.14':
    'CSIPersistentVolume CustomPodDNS HugePages KubeletPluginsWatcher PersistentLocalVolumes PodReadinessGates ' +
    'VolumeScheduling',
  '1.15': 'GCERegionalPersistentDisk',
  '1.16':
    'CustomResourcePublishOpenAPI CustomResourceSubresources CustomResourceValidation ' +
    'CustomResourceWebhookConversion PodPriority',
  '1.17':
    'AttachVolumeLimit CSINodeInfo CustomResourceDefaulting NodeLease PodShareProcessNamespace ' +
    'ResourceQuotaScopeSelectors ScheduleDaemonSetPods ServiceLoadBalancerFinalizer TaintNodesByCondition ' +
    'VolumeSubpathEnvExpansion WatchBookmark',
  '1.18':
    'BlockVolume CSIBlockVolume CSIDriverRegistry TaintBasedEvictions VolumePVCDataSource WindowsGMSA ' + 'WindowsRunAsUserName',
  '1.19': 'DefaultIngressClass EvenPodsSpread RotateKubeletClientCertificate',
  '1.20':
    'ExternalPolicyForExternalIP RuntimeClass SCTPSupport SelectorIndex ServiceAppProtocol StartupProbe ' +
    'SupportNodePidsLimit SupportPodPidsLimit TokenRequest TokenRequestProjection VolumeSnapshotDataSource',
  '1.21':
    'AllowInsecureBackendProxy CRIContainerLogRotation EndpointSlice EndpointSliceNodeName ' +
    'ImmutableEphemeralVolumes NodeDisruptionExclusion PodDisruptionBudget RootCAConfigMap RunAsGroup ' +
    'ServiceAccountIssuerDiscovery Sysctls',
  '1.22':
    'BoundServiceAccountTokenVolume CSIServiceAccountToken CronJobControllerV2 EndpointSliceProxying ' +
    'HugePageStorageMediumSize NamespaceDefaultLabelName SetHostnameAsFQDN WarningHeaders ' +
    'WindowsEndpointSliceProxying',
  '1.23':
    'CSIVolumeFSGroupPolicy ConfigurableFSGroupPolicy GenericEphemeralVolume IPv6DualStack ' +
    'IngressClassNamespacedParams StorageObjectInUseProtection TTLAfterFinished VolumeSubpath',
  '1.24':
    'CSIMigrationOpenStack CSIStorageCapacity CSRDuration ControllerManagerLeaderMigration ' +
    'DefaultPodTopologySpread EfficientWatchResumption IndexedJob NonPreemptingPriority ' +
    'PodAffinityNamespaceSelector PodOverhead PreferNominatedNode RemoveSelfLink ServiceLBNodePortControl ' +
    'ServiceLoadBalancerClass SuspendJob',
  '1.25':
    'CSIInlineVolume CSIMigration CSIMigrationAWS CSIMigrationAzureDisk CSIMigrationGCE DaemonSetUpdateSurge ' +
    'DisableAcceleratorUsageMetrics EphemeralContainers IdentifyPodOS LocalStorageCapacityIsolation ' +
    'NetworkPolicyEndPort PodSecurity StatefulSetMinReadySeconds',
  '1.26':
    'CPUManager CSIMigrationvSphere DelegateFSGroupToCSIDriver DevicePlugins DryRun ' +
    'EndpointSliceTerminatingCondition JobTrackingWithFinalizers KubeletCredentialProviders ' +
    'MixedProtocolLBService ServerSideApply ServiceIPStaticSubrange ServiceInternalTrafficPolicy ' +
    'WindowsHostProcessContainers',
  '1.27':
    'AdvancedAuditing CSIMigrationAzureFile CronJobTimeZone DownwardAPIHugePages GRPCContainerProbe ' +
    'JobMutableNodeSchedulingDirectives LegacyServiceAccountTokenNoAutoGeneration OpenAPIV3 SeccompDefault ' +
    'ServerSideFieldValidation TopologyManager',
  '1.28':
    'APISelfSubjectReview ExpandedDNSConfig ExperimentalHostUserNamespaceDefaulting=off ' +
    'IPTablesOwnershipCleanup KubeletPodResources KubeletPodResourcesGetAllocatable ' +
    'LegacyServiceAccountTokenTracking MinimizeIPTablesRestore NodeOutOfServiceVolumeDetach ' +
    'ProbeTerminationGracePeriod ProxyTerminatingEndpoints',
  '1.29':
    'APIListChunking APIPriorityAndFairness CSINodeExpandSecret CustomResourceValidationExpressions ' +
    'JobReadyPods KMSv2 KMSv2KDF ReadWriteOncePod RemainingItemCount ServiceNodePortStaticSubrange',
  '1.30':
    'AdmissionWebhookMatchConditions AggregatedDiscoveryEndpoint CloudDualStackNodeIPs ' +
    'ConsistentHTTPGetHandlers HPAContainerMetrics LegacyServiceAccountTokenCleanUp ' +
    'MinDomainsInPodTopologySpread NewVolumeManagerReconstruction PodHostIPs PodSchedulingReadiness ' +
    'StableLoadBalancerNodeSet ValidatingAdmissionPolicy ZeroLimitedNominalConcurrencyShares',
  '1.31':
    'AppArmor AppArmorFields DevicePluginCDIDevices DisableCloudProviders ' +
    'DisableKubeletCloudCredentialProviders ElasticIndexedJob JobPodFailurePolicy ' +
    'KubeProxyDrainingTerminatingNodes LogarithmicScaleDown PDBUnhealthyPodEvictionPolicy ' +
    'PersistentVolumeLastPhaseTransitionTime PodDisruptionConditions StatefulSetStartOrdinal',
  '1.32':
    'AllowServiceLBStatusOnNonLB=off ComponentSLIs CronJobsScheduledAnnotation CustomResourceFieldSelectors ' +
    'LoadBalancerIPMode MemoryManager PodIndexLabel RetryGenerateName ServiceAccountTokenJTI ' +
    'ServiceAccountTokenNodeBindingValidation ServiceAccountTokenPodNodeInfo SizeMemoryBackedVolumes ' +
    'StatefulSetAutoDeletePVC StrictCostEnforcementForVAP StrictCostEnforcementForWebhooks ' +
    'StructuredAuthorizationConfiguration',
  '1.33':
    'AnyVolumeDataSource BtreeWatchCache CPUManagerPolicyOptions CRDValidationRatcheting CSIMigrationPortworx ' +
    'HonorPVReclaimPolicy JobBackoffLimitPerIndex JobSuccessPolicy MatchLabelKeysInPodAffinity ' +
    'NFTablesProxyMode NodeInclusionPolicyInPodTopologySpread RecursiveReadOnlyMounts ' +
    'ServiceAccountTokenNodeBinding ServiceTrafficDistribution SidecarContainers TopologyAwareHints ' +
    'WatchFromStorageWithoutResourceVersion=off',
  '1.34':
    'APIServerTracing AnonymousAuthConfigurableEndpoints AuthorizeNodeWithSelectors AuthorizeWithSelectors ' +
    'ConsistentListFromCache JobPodReplacementPolicy KubeletCgroupDriverFromCRI KubeletTracing ' +
    'MultiCIDRServiceAllocator NodeSwap OrderedNamespaceDeletion PodLifecycleSleepAction ' +
    'PodLifecycleSleepActionAllowZero ProbeHostPodSecurityStandards RecoverVolumeExpansionFailure ' +
    'RelaxedDNSSearchValidation RelaxedEnvironmentVariableValidation ResilientWatchCacheInitialization ' +
    'SchedulerQueueingHints SeparateTaintEvictionController StreamingCollectionEncodingToJSON ' +
    'StreamingCollectionEncodingToProtobuf StructuredAuthenticationConfiguration WinDSR WinOverlay',
  '1.35':
    'AggregatedDiscoveryRemoveBetaType AllowOverwriteTerminationGracePeriodSeconds=off ' +
    'DisableAllocatorDualWrite DynamicResourceAllocation ExecProbeTimeout ImageMaximumGCAge ' +
    'InPlacePodVerticalScaling JobManagedBy PodObservedGenerationTracking PreferSameTrafficDistribution ' +
    'SupplementalGroupsPolicy SystemdWatchdog',
  '1.36':
    'CSIServiceAccountTokenSecrets DRAAdminAccess DeclarativeValidation DisableNodeKubeProxyVersion ' +
    'ExternalServiceAccountTokenSigner GitRepoVolumeDriver=off ImageVolume InOrderInformers ' +
    'KubeletFineGrainedAuthz KubeletPSI KubeletPodResourcesDynamicResources KubeletPodResourcesGet ' +
    'MutableCSINodeAllocatableCount NodeLogQuery ProcMountType SELinuxChangePolicy ' +
    'SELinuxMountReadWriteOncePod SeparateCacheWatchRPC=off TopologyManagerPolicyOptions ' +
    'UserNamespacesSupport VolumeAttributesClass',
  '1.37':
    'DRAExtendedResource DRAPrioritizedList DRAResourceClaimDeviceStatus DeclarativeValidationTakeover=off ' +
    'DisableCPUQuotaWithExclusiveCPUs HPAConfigurableTolerance HostnameOverride ' +
    'InPlacePodVerticalScalingInitContainers NodeDeclaredFeatures PLEGOnDemandRelist ' +
    'PodReadyToStartContainersCondition RelaxedServiceNameValidation WatchCacheInitializationPostStartHook',
};

test.each(Object.entries(locks))('locked since %s', (release, names) => {
  const inTable = [...rows].flatMap(([name, { history }]) => {
    const lock = history.find(({ isLocked }) => isLocked);
    return lock && formatRelease(lock.from) === release ? [lock.isOn ? name : `${name}=off`] : [];
  });
  expect(inTable.sort()).toEqual(names.split(' ').sort());
});

test('no release of another name locks a gate', () => {
  const releases = [...rows.values()].flatMap(({ history }) =>
    history.filter(({ isLocked }) => isLocked).map(({ from }) => formatRelease(from)),
  );
  expect([...new Set(releases)].filter((release) => locks[release] === undefined)).toEqual([]);
});

describe('the history of a gate', () => {
  const rank: Readonly<Record<GateStage, number>> = { alpha: 0, beta: 1, stable: 2, deprecated: 3 };

  test('begins with the gate, and goes on within its releases', () => {
    const wrong = [...rows].filter(([, { since, until = Number.POSITIVE_INFINITY, history }]) => {
      const releases = history.map(({ from }) => from);
      const ascending = releases.every((from, index) => index === 0 || (releases[index - 1] ?? 0) < from);
      return since > until || releases[0] !== since || !ascending || releases.some((from) => from > until);
    });
    expect(wrong.map(([name]) => name)).toEqual([]);
  });

  test('a stage never goes down, and a lock is never undone or turned', () => {
    const wrong = [...rows].filter(([, { history }]) =>
      history.some((now, index) => {
        const before = history[index - 1];
        if (before === undefined) return false;
        return rank[now.stage] < rank[before.stage] || (before.isLocked && (!now.isLocked || now.isOn !== before.isOn));
      }),
    );
    expect(wrong.map(([name]) => name)).toEqual([]);
  });

  test('each line says something new', () => {
    const wrong = [...rows].filter(([, { history }]) =>
      history.some((now, index) => {
        const before = history[index - 1];
        return before && now.stage === before.stage && now.isOn === before.isOn && now.isLocked === before.isLocked;
      }),
    );
    expect(wrong.map(([name]) => name)).toEqual([]);
  });

  test('only stable gates and deprecated ones are locked', () => {
    const locked = [...rows].filter(([, { history }]) =>
      history.some(({ stage, isLocked }) => isLocked && rank[stage] < rank.stable),
    );
    expect(locked.map(([name]) => name)).toEqual([]);
  });

  test('a gate goes when it is stable or deprecated; these were given up before', () => {
    const early = [...rows].filter(
      ([, { until, history }]) => until !== undefined && rank[history.at(-1)?.stage ?? 'alpha'] < rank.stable,
    );
    expect(early.map(([name]) => name).sort()).toEqual(givenUp.trim().split(/\s+/).sort());
  });

  test('a gate that a patch release brought before its own history is left open', () => {
    const kinds = ['1.28', '1.29', '1.32', '1.33'].map((release) =>
      gateState('StreamingCollectionEncodingToJSON', knownRelease(release)),
    );
    expect(kinds.map(({ kind }) => kind)).toEqual(['NotYet', 'Doubtful', 'Doubtful', 'Known']);
  });

  test('only these releases are left open', () => {
    const open = [...rows].flatMap(([name, { gaps }]) => gaps.map((gap) => `${name} ${formatRelease(gap)}`));
    expect(open.sort()).toEqual([
      // A gate of the controller manager's command, of which the sources were read in part.
      'ControllerManagerLeaderMigration 1.25',
      // Gates of the API server for extensions, in releases before those that are judged.
      'CustomResourceSubresources 1.12',
      'CustomResourceValidation 1.10',
      'CustomResourceValidation 1.12',
      'CustomResourceValidation 1.9',
      // One tree of 1.29 has it, and that of 1.29.14 has not.
      'KubeletPodResourcesGetAllocatable 1.29',
    ]);
  });
});

const givenUp = `
Accelerators AffinityInAnnotations BalanceAttachedNodeVolumes CSIMigrationAWSComplete
CSIMigrationAzureDiskComplete CSIMigrationAzureFileComplete CSIMigrationGCEComplete
CSIMigrationOpenStackComplete CSIMigrationvSphereComplete DRAControlPlaneController DebugContainers
DynamicAuditing DynamicProvisioningScheduling DynamicVolumeProvisioning EnableEquivalenceClassCache
ExperimentalCriticalPodAnnotation GangScheduling InTreePluginAWSUnregister InTreePluginAzureDiskUnregister
InTreePluginAzureFileUnregister InTreePluginGCEUnregister InTreePluginOpenStackUnregister
InTreePluginPortworxUnregister InTreePluginvSphereUnregister Initializers KubeletConfigFile
LegacyNodeRoleBehavior MountContainers MultiCIDRRangeAllocator NetworkPolicyStatus NodeSwapEnabled
PVCProtection PodHasNetworkCondition PreventStaticPodAPIReferences RequestManagement
ResourceLimitsPriorityFunction Rootless SecurityContextDeny ServiceNodeExclusion ServiceTopology
SupportNoneCgroupDriver UserNamespacesPodSecurityStandards UserNamespacesStatelessPodsSupport
VolumeCapacityPriority WorkloadAwarePreemption csiMigrationRBD
`;

describe('the tables among themselves', () => {
  test('each gate, field and row of a flag stands once, in the order of its name', () => {
    const gates = featureGates
      .trim()
      .split('\n')
      .map((line) => line.slice(0, line.indexOf(' ')));
    for (const names of [gates, fieldRows.map(({ path }) => path)]) {
      expect(names).toEqual([...new Set(names)].sort());
    }
    const flags = flagRows.map(({ name }) => name);
    expect(flags).toEqual(flags.toSorted());
    const twice = flagRows.filter((row, index) =>
      flagRows.some((other, at) => at > index && other.name === row.name && overlap(row, other)),
    );
    expect(twice.map(({ name }) => name)).toEqual([]);
  });

  test('a field stands below another field that is there as long', () => {
    const sinceOf = new Map(fieldRows.map(({ path, since = '1.17' }) => [path, knownRelease(since)]));
    const orphans = fieldRows.filter(({ path, since = '1.17' }) => {
      const parent = path.slice(0, Math.max(path.lastIndexOf('.'), 0)).replace(/\[\]$/, '');
      return parent !== '' && (sinceOf.get(parent) ?? Number.POSITIVE_INFINITY) > knownRelease(since);
    });
    expect(orphans.map(({ path }) => path)).toEqual([]);
  });

  test('the field of a flag is one of the table', () => {
    const paths = new Set(fieldRows.map(({ path }) => path));
    expect(flagRows.filter(({ field }) => field !== undefined && !paths.has(field)).map(({ name }) => name)).toEqual([]);
  });

  test('a gate and those that it needs are gates of 1.36, and none of these is locked on', () => {
    const names = Object.entries(gateDependencies).flatMap(([name, needed]) => [name, ...needed]);
    expect(names.filter((name) => gateState(name, knownRelease('1.36')).kind !== 'Known')).toEqual([]);
    const idle = Object.values(gateDependencies)
      .flat()
      .filter((name) => {
        const state = gateState(name, knownRelease('1.36'));
        return state.kind === 'Known' && state.isLocked && state.isOn;
      });
    expect(idle).toEqual([]);
  });
});

function overlap(a: (typeof flagRows)[number], b: (typeof flagRows)[number]): boolean {
  return Array.from({ length: 37 }, (_, minor) => 1001 + minor).some(
    (release) => isInRelease(a, release) && isInRelease(b, release),
  );
}
