/** Which options of a unit a kubelet feels, and which of them take several values (systemd 215 to 258). */

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

/**
 * Options of [Service] that a kubelet does not feel: when systemd starts it again, where its output goes,
 * what counts as a failure. Its command and its variables are compared by themselves.
 */
export const unfeltOptions = words(`
  BusName BusPolicy CoredumpReceive Environment EnvironmentFile ExecStart ExitType FailureAction FileDescriptorStoreMax
  FileDescriptorStorePreserve GuessMainPID LogExtraFields LogFilterPatterns LogLevelMax LogNamespace LogRateLimitBurst
  LogRateLimitIntervalSec PIDFile RebootArgument RefreshOnReload ReloadSignal RemainAfterExit Restart RestartForceExitStatus
  RestartMaxDelaySec RestartMode RestartPreventExitStatus RestartSec RestartSteps Sockets StandardError StandardInput
  StandardInputData StandardInputText StandardOutput StartLimitAction StartLimitBurst StartLimitInterval SuccessExitStatus
  SyslogFacility SyslogIdentifier SyslogLevel SyslogLevelPrefix SysVStartPriority TCPWrapName TTYColumns TTYPath TTYReset
  TTYRows TTYVHangup TTYVTDisallocate TimeoutCleanSec TimeoutStartFailureMode TimeoutStopFailureMode USBFunctionDescriptors
  USBFunctionStrings UtmpIdentifier UtmpMode
`);

/** Options of [Service] of which each line adds to those before; of any other one the last line counts. */
export const addingOptions = words(`
  AllowedCPUs AllowedMemoryNodes AmbientCapabilities BPFProgram BindPaths BindReadOnlyPaths BlockIODeviceWeight
  BlockIOReadBandwidth BlockIOWriteBandwidth CPUAffinity CacheDirectory CapabilityBoundingSet ConfigurationDirectory DeviceAllow
  DisableControllers ExecCondition ExecPaths ExecReload ExecSearchPath ExecStartPost ExecStartPre ExecStop ExecStopPost
  ExtensionDirectories ExtensionImages IODeviceLatencyTargetSec IODeviceWeight IOReadBandwidthMax IOReadIOPSMax
  IOWriteBandwidthMax IOWriteIOPSMax IPAddressAllow IPAddressDeny IPEgressFilterPath IPIngressFilterPath ImportCredential
  InaccessibleDirectories InaccessiblePaths LoadCredential LoadCredentialEncrypted LogsDirectory MountImages NFTSet NoExecPaths
  OpenFile PassEnvironment ReadOnlyDirectories ReadOnlyPaths ReadWriteDirectories ReadWritePaths RestrictAddressFamilies
  RestrictFileSystems RestrictNetworkInterfaces RootImageOptions RuntimeDirectory SetCredential SetCredentialEncrypted
  SocketBindAllow SocketBindDeny StateDirectory SupplementaryGroups SystemCallArchitectures SystemCallFilter SystemCallLog
  TemporaryFileSystem UnsetEnvironment
`);

/** Options of [Unit] with names of units, or paths, in each value: each of them is a setting. */
export const namingOptions = words(`
  After Before BindTo BindsTo Conflicts JoinsNamespaceOf PartOf Requires RequiresMountsFor Requisite Upholds Wants WantsMountsFor
`);
