/** systemd of one host. `src/host` implements it over D-Bus and offline, `test/fakes` in memory; all pass the same contract suite. */

/** The properties of a unit that decide anything, named as systemd names them. */
export interface UnitStatus {
  readonly loadState: string;
  readonly activeState: string;
  readonly subState: string;
  /** enabled, disabled, static, masked, …; '' when the unit has no file. */
  readonly unitFileState: string;
  readonly invocationId: string;
  readonly mainPid: number;
  readonly restarts: number;
  /** `success`, `exit-code`, `start-limit-hit`, … of the last run. */
  readonly result: string;
  /** What systemd does when its process ends: `no`, `on-failure`, `always`, …; '' of what is no service. */
  readonly restartPolicy: string;
  /** When it last became active, in milliseconds since the epoch by the host's clock; 0 if it never did since the boot. */
  readonly activeSince: number;
  /** A start, stop or restart waits or is under way. */
  readonly hasJob: boolean;
}

/** systemd, or its offline stand-in for a root in which none runs. */
export interface Systemd {
  /** False offline: units can be enabled, nothing can be started. */
  readonly running: boolean;
  status(unit: string): Promise<UnitStatus>;
  reload(): Promise<void>;
  /** Resolves when the job is done; any other result, a lost connection or a time-out is an error, never success. */
  restart(unit: string): Promise<void>;
  stop(unit: string): Promise<void>;
  enable(unit: string): Promise<void>;
  disable(unit: string): Promise<void>;
  /** A unit that was never failed is fine. */
  resetFailed(unit: string): Promise<void>;
}

export const systemdErrorCodes = ['JobFailed', 'JobUnknown', 'TimedOut', 'Disconnected', 'Refused', 'NotRunning'] as const;

export type SystemdErrorCode = (typeof systemdErrorCodes)[number];

export class SystemdError extends Error {
  override readonly name = 'SystemdError';
  readonly code: SystemdErrorCode;
  /** The D-Bus error name (`org.freedesktop.systemd1.NoSuchUnit`) or job result (`failed`), as systemd gave it. */
  readonly detail: string;
  readonly unit: string | undefined;

  constructor(code: SystemdErrorCode, detail: string, message: string, options?: ErrorOptions & { unit?: string }) {
    super(message, options);
    this.code = code;
    this.detail = detail;
    this.unit = options?.unit;
  }
}
