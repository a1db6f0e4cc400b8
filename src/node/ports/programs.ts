/**
 * Programs of the host, as the node layer needs them run. `src/host` runs them by systemd, `test/fakes`
 * answers in memory.
 */

export interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  /** After this time the program is killed. */
  readonly timeoutMilliseconds: number;
  /** Standard input; /dev/null if absent. */
  readonly input?: Buffer;
  /** Variables in addition to those of the host. */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Without this, no file that the program writes gets larger than 16 MiB; its output is such a file, too.
   */
  readonly mayWriteLargeFiles?: boolean;
  /** Kills the program when it is aborted. */
  readonly stop?: AbortSignal | undefined;
}

/** Programs of the host. They run where the host's own libraries are, never inside the agent's container. */
export interface HostPrograms {
  /**
   * Runs a program to its end. Any exit status is a result, not an error.
   * @param program its name or its absolute path, then its arguments
   * @throws HostProgramError when it could not be run, was killed, or took too long
   * @throws SystemdError when systemd could not be asked to run it
   */
  run(program: readonly string[], options: ProgramOptions): Promise<ProgramResult>;
}

/** Why a program has no result. docs/errors.md explains each. */
export const hostProgramErrorCodes = ['NotFound', 'CannotRun', 'Killed', 'ProgramTimedOut'] as const;
export type HostProgramErrorCode = (typeof hostProgramErrorCodes)[number];

/** A program of the host has no result. The message begins with the command line. */
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
