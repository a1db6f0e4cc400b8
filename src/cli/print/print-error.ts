/** The one place where errors become messages and exit codes. */

import { severityLabel } from '../../api/format-problem.ts';
import { LockHeldError } from '../../host/lock.ts';
import { ListenError } from '../../metrics/listen-error.ts';
import { HostFileError } from '../../node/ports/files.ts';
import { SystemdError } from '../../node/ports/systemd.ts';
import { CommandFailure, type ExitCode, exitCodes } from '../failure.ts';
import type { Terminal } from './terminal.ts';

/** Prints what is wrong and what to do about it; for a bug, the stack too. Returns the exit code for it. */
export function printError(error: unknown, terminal: Terminal): ExitCode {
  const failure = failureOf(error);
  const { code, message, remedy } = failure ?? {
    code: undefined,
    message: 'this is a bug in kubelet-config',
    remedy: 'please report it with the lines above',
  };
  const { err, colours } = terminal;
  if (!failure) err(error instanceof Error ? (error.stack ?? error.message) : String(error));
  err(`${colours.bold(colours.red(severityLabel('error', code)))} ${message}`);
  err(colours.dim(`    → ${remedy}`));
  return failure?.exitCode ?? exitCodes.internal;
}

/** Undefined for an error that no part of the program expects. */
function failureOf(error: unknown): Pick<CommandFailure, 'code' | 'message' | 'remedy' | 'exitCode'> | undefined {
  if (error instanceof CommandFailure) return error;
  if (error instanceof HostFileError) {
    return { code: error.code, message: error.message, remedy: error.remedy, exitCode: exitCodes.host };
  }
  if (error instanceof LockHeldError) {
    return { code: undefined, message: error.message, remedy: error.remedy, exitCode: exitCodes.host };
  }
  if (error instanceof SystemdError) {
    const remedy = 'see whether systemd and dbus run on the host, then try again; nothing was changed';
    return { code: error.code, message: error.message, remedy, exitCode: exitCodes.host };
  }
  if (error instanceof ListenError) {
    const exitCode = error.code === 'Malformed' ? exitCodes.usage : exitCodes.host;
    return { code: undefined, message: error.message, remedy: error.remedy, exitCode };
  }
  return undefined;
}
