/** Programs of the host, as the node layer needs them run. `src/host` implements it for real machines, `test/fakes` in memory. */

export interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly timeoutMilliseconds: number;
  /** Standard input; none is /dev/null. */
  readonly input?: Buffer;
  /** Besides the host's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Else no file that it writes, its output among them, gets larger than 16 MiB. */
  readonly mayWriteLargeFiles?: boolean;
  /** Has it killed. */
  readonly stop?: AbortSignal | undefined;
}

/** Programs of the host, run where the host's own libraries are: never inside the container. */
export interface HostPrograms {
  /**
   * Resolves with whatever exit status.
   * @throws HostProgramError when it could not be run, was killed or took too long
   * @throws SystemdError when systemd could not be asked to run it
   */
  run(program: readonly string[], options: ProgramOptions): Promise<ProgramResult>;
}

export const hostProgramErrorCodes = ['NotFound', 'CannotRun', 'Killed', 'ProgramTimedOut'] as const;
export type HostProgramErrorCode = (typeof hostProgramErrorCodes)[number];

export class HostProgramError extends Error {
  override readonly name = 'HostProgramError';
  readonly code: HostProgramErrorCode;
  readonly program: readonly string[];

  constructor(code: HostProgramErrorCode, program: readonly string[], reason: string, options?: ErrorOptions) {
    super(`${program.join(' ')}: ${reason}`, options);
    this.code = code;
    this.program = program;
  }
}
