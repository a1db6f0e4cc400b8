/**
 * systemd of one host. `src/host` implements it over D-Bus and offline, `test/fakes` in memory; all pass the
 * same contract suite.
 */

/** The properties of a unit on which decisions depend, with the names that systemd gives them. */
export interface UnitStatus {
  readonly loadState: string;
  readonly activeState: string;
  readonly subState: string;
  /** `enabled`, `disabled`, `static`, `masked`, …; '' if the unit has no file. */
  readonly unitFileState: string;
  /** Names one run of the unit, in hex. */
  readonly invocationId: string;
  /** 0 if no process runs. */
  readonly mainPid: number;
  /** How often systemd has restarted the unit by itself since it was started. */
  readonly restarts: number;
  /** How the last run ended: `success`, `exit-code`, `start-limit-hit`, … */
  readonly result: string;
  /**
   * What systemd does when the process ends: `no`, `on-failure`, `always`, …; '' for a unit that is no
   * service.
   */
  readonly restartPolicy: string;
  /** When it last became active: milliseconds since the epoch by the host's clock; 0 if never since boot. */
  readonly activeSince: number;
  /** Whether a start, stop or restart waits or is going on. */
  readonly hasJob: boolean;
  /**
   * The conditions and assertions for which systemd did not carry out the last start, as the unit has them
   * (`ConditionPathExists=/x`), fit to be shown; empty if systemd does not know any more which. Absent for a
   * unit that is not inactive, and for one whose last start had all of them met.
   */
  readonly unmet?: readonly string[];
}

/** What systemd has loaded of a unit, whatever its files say by now. */
export interface LoadedUnit {
  /** The words of each ExecStart=: specifiers are replaced, `$` is still doubled, no variable is put in. */
  readonly commands: readonly (readonly string[])[];
  /** Paths of its drop-ins in the order in which they count, from every directory that systemd knows. */
  readonly dropIns: readonly string[];
  /** `NAME=VALUE` that systemd gives to every unit, the least of all; absent if it was not read. */
  readonly managerEnvironment?: readonly string[];
}

/**
 * systemd of a host, or what replaces it in a root in which none runs. Every method fails with a SystemdError
 * and nothing else: TimedOut or Disconnected when systemd cannot be asked, Refused when it says no.
 */
export interface Systemd {
  /** Whether systemd runs. Without it units can be enabled, but nothing can be started. */
  readonly running: boolean;
  /** Never fails because the unit does not exist: its `loadState` is then `not-found`. */
  status(unit: string): Promise<UnitStatus>;
  /**
   * Why a unit does not run, in words for a person: which condition was not met, how its last process ended.
   * It is cleaned as text from outside. Asks several properties, so it is for a unit that has failed.
   */
  explain(unit: string): Promise<string>;
  /** Undefined if no systemd runs. A unit that does not exist has no commands. */
  loaded(unit: string): Promise<LoadedUnit | undefined>;
  /** Resolves when systemd has read all unit files anew. */
  reload(): Promise<void>;
  /**
   * Resolves when the job has succeeded.
   * @throws SystemdError JobFailed with the job's result; JobUnknown when the result was lost; NotRunning
   * without systemd
   */
  restart(unit: string): Promise<void>;
  /** Resolves when the unit has stopped. @throws SystemdError as `restart` */
  stop(unit: string): Promise<void>;
  /**
   * Makes the symlinks that the unit's [Install] asks for. Does not reload.
   * @throws SystemdError Refused: no such unit, masked
   */
  enable(unit: string): Promise<void>;
  /** Removes the symlinks that enable the unit. Does not reload. An unknown unit is fine. */
  disable(unit: string): Promise<void>;
  /** Clears the failed state and the start limit. A unit that has not failed is fine. */
  resetFailed(unit: string): Promise<void>;
}

/** Why systemd did not do what it was asked. docs/errors.md explains each. */
export const systemdErrorCodes = ['JobFailed', 'JobUnknown', 'TimedOut', 'Disconnected', 'Refused', 'NotRunning'] as const;

export type SystemdErrorCode = (typeof systemdErrorCodes)[number];

/** systemd did not do what it was asked, or could not be asked. */
export class SystemdError extends Error {
  override readonly name = 'SystemdError';
  readonly code: SystemdErrorCode;
  /**
   * The D-Bus error name (`org.freedesktop.systemd1.NoSuchUnit`) or job result (`failed`), as systemd gave
   * it.
   */
  readonly detail: string;
  readonly unit: string | undefined;

  constructor(code: SystemdErrorCode, detail: string, message: string, options?: ErrorOptions & { unit?: string }) {
    super(message, options);
    this.code = code;
    this.detail = detail;
    this.unit = options?.unit;
  }
}
