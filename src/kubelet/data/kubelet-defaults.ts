/**
 * What is in force where neither the kubelet's file nor a flag says anything.
 *
 * Source: /configz of kubelet 1.36 on Linux, and pkg/kubelet/apis/config/v1beta1/defaults.go of Kubernetes
 * from 1.17 to 1.37 for what differs. hack/record-kubelet-zeros.ts records what a zero means. Kept by hand:
 * for a new release compare that file with the one of the release before.
 */

/** The release of which a real kubelet has shown every default; those of the others rest on its source. */
export const recordedDefaults = '1.36';

/**
 * What kubelet 1.36 has in force where neither its file nor a flag says anything, as its /configz shows
 * it on Linux.
 */

import type { Json, JsonMap } from "../../api/json.ts";

export const fieldDefaults: JsonMap = {
  "enableServer": true,
  "podLogsDir": "/var/log/pods",
  "syncFrequency": "1m0s",
  "fileCheckFrequency": "20s",
  "httpCheckFrequency": "20s",
  "address": "0.0.0.0",
  "port": 10250,
  "registryPullQPS": 5,
  "registryBurst": 10,
  "imagePullCredentialsVerificationPolicy": "NeverVerifyPreloadedImages",
  "eventRecordQPS": 50,
  "eventBurst": 100,
  "enableDebuggingHandlers": true,
  "healthzPort": 10248,
  "healthzBindAddress": "127.0.0.1",
  "oomScoreAdj": -999,
  "streamingConnectionIdleTimeout": "4h0m0s",
  "nodeStatusUpdateFrequency": "10s",
  "nodeStatusReportFrequency": "5m0s",
  "nodeLeaseDurationSeconds": 40,
  "imageMinimumGCAge": "2m0s",
  "imageMaximumGCAge": "0s",
  "imageGCHighThresholdPercent": 85,
  "imageGCLowThresholdPercent": 80,
  "volumeStatsAggPeriod": "1m0s",
  "cgroupsPerQOS": true,
  "cgroupDriver": "cgroupfs",
  "cpuManagerPolicy": "none",
  "cpuManagerReconcilePeriod": "10s",
  "memoryManagerPolicy": "None",
  "topologyManagerPolicy": "none",
  "topologyManagerScope": "container",
  "runtimeRequestTimeout": "2m0s",
  "hairpinMode": "promiscuous-bridge",
  "maxPods": 110,
  "podPidsLimit": -1,
  "resolvConf": "/etc/resolv.conf",
  "cpuCFSQuota": true,
  "cpuCFSQuotaPeriod": "100ms",
  "nodeStatusMaxImages": 50,
  "maxOpenFiles": 1000000,
  "contentType": "application/vnd.kubernetes.protobuf",
  "kubeAPIQPS": 50,
  "kubeAPIBurst": 100,
  "serializeImagePulls": true,
  "evictionHard": {
    "imagefs.available": "15%",
    "imagefs.inodesFree": "5%",
    "memory.available": "100Mi",
    "nodefs.available": "10%",
    "nodefs.inodesFree": "5%"
  },
  "evictionPressureTransitionPeriod": "5m0s",
  "mergeDefaultEvictionSettings": false,
  "enableControllerAttachDetach": true,
  "makeIPTablesUtilChains": true,
  "iptablesMasqueradeBit": 14,
  "iptablesDropBit": 15,
  "failSwapOn": true,
  "memorySwap": {},
  "containerLogMaxSize": "10Mi",
  "containerLogMaxFiles": 5,
  "containerLogMaxWorkers": 1,
  "containerLogMonitorInterval": "10s",
  "configMapAndSecretChangeDetectionStrategy": "Watch",
  "volumePluginDir": "/usr/libexec/kubernetes/kubelet-plugins/volume/exec/",
  "logging": {
    "format": "text",
    "flushFrequency": "5s",
    "verbosity": 0,
    "options": {
      "text": {
        "infoBufferSize": "0"
      },
      "json": {
        "infoBufferSize": "0"
      }
    }
  },
  "enableSystemLogHandler": true,
  "enableSystemLogQuery": false,
  "shutdownGracePeriod": "0s",
  "shutdownGracePeriodCriticalPods": "0s",
  "crashLoopBackOff": {
    "maxContainerRestartPeriod": "5m0s"
  },
  "enableProfilingHandler": true,
  "enableDebugFlagsHandler": true,
  "seccompDefault": false,
  "memoryThrottlingFactor": 0.9,
  "memoryReservationPolicy": "None",
  "registerNode": true,
  "localStorageCapacityIsolation": true,
  "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
  "enforceNodeAllocatable": [
    "pods"
  ],
  "authentication": {
    "webhook": {
      "cacheTTL": "2m0s",
      "enabled": true
    },
    "anonymous": {
      "enabled": false
    }
  },
  "authorization": {
    "webhook": {
      "cacheAuthorizedTTL": "5m0s",
      "cacheUnauthorizedTTL": "30s"
    },
    "mode": "Webhook"
  },
  "failCgroupV1": true
};

/** A default that other releases have instead of the one above. */
export interface OtherDefault {
  /** The keys of the field; a key of a map may have dots. */
  readonly path: readonly string[];
  /** The first release that has it; absent: the oldest. */
  readonly from?: string;
  /** The first release that has it no more; absent: the newest. */
  readonly before?: string;
  /** Absent: nothing is in force. */
  readonly value?: Json;
  /** Where the change was made. */
  readonly source: string;
}

const raisedLimits = "github.com/kubernetes/kubernetes/pull/116121";
const throttling = "github.com/kubernetes/kubernetes/pull/115371";

/** SetDefaults_KubeletConfiguration in pkg/kubelet/apis/config/v1beta1/defaults.go, 1.17 to 1.37. */
export const otherDefaults: readonly OtherDefault[] = [
  { path: ["eventRecordQPS"], before: "1.27", value: 5, source: raisedLimits },
  { path: ["eventBurst"], before: "1.27", value: 10, source: raisedLimits },
  { path: ["kubeAPIQPS"], before: "1.27", value: 5, source: raisedLimits },
  { path: ["kubeAPIBurst"], before: "1.27", value: 10, source: raisedLimits },
  { path: ["memoryThrottlingFactor"], before: "1.27", value: 0.8, source: throttling },
  { path: ["memoryThrottlingFactor"], from: "1.37", source: "github.com/kubernetes/kubernetes/pull/140007" },
  { path: ["evictionHard", "imagefs.inodesFree"], before: "1.30", source: "github.com/kubernetes/kubernetes/pull/121834" },
  { path: ["failCgroupV1"], before: "1.35", value: false, source: "github.com/kubernetes/kubernetes/pull/134298" },
];

/** A default that is there only with a feature gate, and the first release in which that is on by itself. */
export interface GatedDefault {
  readonly path: readonly string[];
  readonly gate: string;
  readonly since: string;
}

export const gatedDefaults: readonly GatedDefault[] = [
  { path: ["imagePullCredentialsVerificationPolicy"], gate: "KubeletEnsureSecretPulledImages", since: "1.35" },
  { path: ["crashLoopBackOff", "maxContainerRestartPeriod"], gate: "KubeletCrashLoopBackOffMax", since: "1.35" },
];

/**
 * The scalar fields in which a zero is a value of its own. In any other one the kubelet cannot tell a
 * zero from a field that is not there: it fills in its default. Recorded from kubelet 1.36
 * (test/vectors/kubelet-zeros.json).
 */
export const fieldsThatKeepZero: readonly { readonly path: string; readonly since?: string }[] = [
  { path: "authentication.anonymous.enabled" },
  { path: "authentication.webhook.enabled" },
  { path: "cgroupsPerQOS" },
  { path: "containerLogMaxFiles" },
  { path: "containerLogMaxWorkers" },
  { path: "containerLogMonitorInterval" },
  { path: "cpuCFSQuota" },
  { path: "cpuCFSQuotaPeriod" },
  { path: "crashLoopBackOff.maxContainerRestartPeriod" },
  { path: "enableControllerAttachDetach" },
  { path: "enableDebugFlagsHandler" },
  { path: "enableDebuggingHandlers" },
  { path: "enableProfilingHandler" },
  { path: "enableServer" },
  { path: "enableSystemLogHandler" },
  { path: "enableSystemLogQuery" },
  { path: "eventRecordQPS" },
  { path: "failCgroupV1" },
  { path: "failSwapOn" },
  { path: "healthzPort" },
  { path: "imageGCHighThresholdPercent" },
  { path: "imageGCLowThresholdPercent" },
  { path: "iptablesDropBit" },
  { path: "iptablesMasqueradeBit" },
  { path: "kubeAPIQPS" },
  { path: "localStorageCapacityIsolation" },
  { path: "makeIPTablesUtilChains" },
  { path: "maxParallelImagePulls" },
  { path: "memoryThrottlingFactor" },
  { path: "mergeDefaultEvictionSettings" },
  { path: "nodeStatusMaxImages" },
  { path: "oomScoreAdj" },
  { path: "podPidsLimit" },
  { path: "registerNode" },
  { path: "registryPullQPS" },
  { path: "resolvConf", since: "1.23" },
  { path: "seccompDefault" },
  { path: "serializeImagePulls" },
  { path: "singleProcessOOMKill" },
  { path: "tracing.endpoint" },
  { path: "tracing.samplingRatePerMillion" },
  { path: "userNamespaces.idsPerPod" },
];

/**
 * Without --config the kubelet keeps the defaults of the time before that file (applyLegacyDefaults in
 * cmd/kubelet/app/options/options.go): it asks nobody who they are, and allows them everything.
 */
export const legacyDefaults: JsonMap = {
  authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
  authorization: { mode: "AlwaysAllow" },
  readOnlyPort: 10255,
};

/**
 * From this release on the thresholds of evictionHard are defaults of a configuration file alone: a kubelet
 * without --config has none (cmd/kubelet/app/server.go, loadConfigFile).
 */
export const firstWithoutThresholds = "1.26";
