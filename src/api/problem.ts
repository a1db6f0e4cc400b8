/** A problem in what a person wrote: where it is, what is wrong, and what to do about it. */

/** Keys and indices from the root of an object, e.g. `['spec', 'kubelet', 'flags', 'v']`. */
export type FieldPath = readonly (string | number)[];

/** A place in a file. Lines and columns count from 1; `excerpt` is the whole offending line. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly excerpt: string;
}

/** Every code is explained in docs/errors.md; a code never changes its meaning. */
export const problemCodes = [
  'NotYaml',
  'WrongKind',
  'WrongApiVersion',
  'SkippedKind',
  'DuplicateName',
  'DuplicateKey',
  'DuplicateItem',
  'UnreadableFile',
  'NoObjects',
  'SourceLost',
  'SourceEmpty',
  'NodeRegisteredAnew',
  'WouldWithdraw',
  'TooLarge',
  'UnknownField',
  'WrongType',
  'MissingField',
  'InvalidValue',
  'RuleViolated',
  'NumberTooLarge',
  'WindowAlwaysOpen',
  'PathNotAllowed',
  'UnitNotAllowed',
  'PatchFailed',
  'PatchWithoutEffect',
  'ComputedInvalid',
  'ComputedFailed',
  'ComputedCycle',
  'Conflict',
  'LauncherMissing',
  'FlagInvalid',
  'ConfigurationInvalid',
  'UnknownVersion',
  'KubeletRefuses',
  'RktRefuses',
  'RktTrap',
  'RktTooOld',
  'PodmanRefuses',
  'PodmanTooOld',
  'WrapperCannotExpress',
  'PossibleSecret',
  'NullDropped',
  'NotExpanded',
  'MountedAlready',
  'UnitInvalid',
  'MayBeOverridden',
  'Held',
  'RolledBack',
  'RollbackWaits',
  'AgentTooOld',
  'UnitHeld',
  'KubeletDown',
  'Drifted',
  'Contested',
  'PolicyStateInTheWay',
  'PathInTheWay',
  'ImageUnavailable',
  'PortTaken',
  'HealthzOff',
  'SourceUntrusted',
  'EtcDoesNotPersist',
  'TakeoverLosesSettings',
  'ChangedSinceStart',
  'NoAuthentication',
  'NotImported',
  'NotChecked',
  'UpgradeRefuses',
  'UpgradeMeaning',
  'UpgradeDeprecated',
  'UpgradeUnknown',
] as const;

export type ProblemCode = (typeof problemCodes)[number];

export interface Problem {
  readonly severity: 'error' | 'warning' | 'notice';
  readonly code: ProblemCode;
  /** The field; [] if the whole object or file is meant. */
  readonly path: FieldPath;
  /**
   * Where in the object the value of the field is written, if that is elsewhere: in the value of a patch.
   */
  readonly writtenAt?: FieldPath;
  /** `metadata.name` of the KubeletConfig that set the field, if there is one. */
  readonly object?: string;
  /** What is wrong, one sentence without a full stop. */
  readonly reason: string;
  /** What the reader should do, one sentence without a full stop. */
  readonly remedy: string;
  readonly position?: Position;
}

/** Whether one of the problems is an error: warnings and notices stop nothing. */
export function hasErrors(problems: readonly Pick<Problem, 'severity'>[]): boolean {
  return problems.some((problem) => problem.severity === 'error');
}

/** `spec.kubelet.flags["node-labels"][0]`, as kubectl prints field paths. */
export function formatPath(path: FieldPath): string {
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) return `[${JSON.stringify(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join('');
}
