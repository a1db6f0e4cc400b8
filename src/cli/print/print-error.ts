/** The one place where errors become messages and exit codes. */

import { severityLabel } from '../../api/format-problem.ts';
import { LockHeldError } from '../../host/lock.ts';
import { ListenError } from '../../metrics/listen-error.ts';
import { HostFileError } from '../../node/ports/files.ts';
import { SystemdError } from '../../node/ports/systemd.ts';
import { hideInReason } from '../../text/hide-secrets.ts';
import { CommandFailure, type ExitCode, exitCodes, type FailureCode } from '../failure.ts';
import { pasteable } from './pasteable.ts';
import { printReport } from './report.ts';
import { printAs, reportedProblems, type Terminal } from './terminal.ts';

interface Failure {
  readonly code: FailureCode;
  readonly message: string;
  readonly remedy: string;
  readonly exitCode: ExitCode;
}

/**
 * Prints what is wrong and what to do about it, for a program with all problems; for a bug, the stack too.
 * Returns the exit code for it.
 */
export async function printError(error: unknown, terminal: Terminal): Promise<ExitCode> {
  const known = failureOf(error);
  const { err, colours, format, report, given } = terminal;
  if (!known) err(hideInReason(error instanceof Error ? (error.stack ?? error.message) : String(error)));
  const { code, message, remedy, exitCode } = known ?? bug;
  if (report) {
    const { exitCode: _exitCode, ...failure } = failureData({ code, message, remedy, exitCode });
    await printReport(report, { exitCode, summary: '', failure }, terminal);
  } else if (format) {
    printAs(format, { error: failureData({ code, message, remedy, exitCode }), problems: reportedProblems(terminal) }, terminal);
  } else {
    err(`${colours.bold(colours.red(severityLabel('error', code)))} ${pasteable(hideInReason(message), given)}`);
    err(colours.dim(`    → ${pasteable(remedy, given)}`));
  }
  return exitCode;
}

/** A failure for a program: a problem of no field, with the exit code. */
export function failureData({ code, message, remedy, exitCode }: Failure) {
  return { severity: 'error', code, path: [], reason: hideInReason(message), remedy, exitCode } as const;
}

const bug: Failure = {
  code: 'InternalError',
  message: 'this is a bug in kubelet-config',
  remedy: 'please report it with the lines above',
  exitCode: exitCodes.internal,
};

/** Undefined for an error that no part of the program expects. */
function failureOf(error: unknown): Failure | undefined {
  if (error instanceof CommandFailure) return error;
  if (error instanceof HostFileError) {
    return { code: error.code, message: error.message, remedy: error.remedy, exitCode: exitCodes.host };
  }
  if (error instanceof LockHeldError) {
    return { code: 'LockHeld', message: error.message, remedy: error.remedy, exitCode: exitCodes.host };
  }
  if (error instanceof SystemdError) {
    const remedy = 'see whether systemd and dbus run on the host, then try again; nothing was changed';
    return { code: error.code, message: error.message, remedy, exitCode: exitCodes.host };
  }
  if (error instanceof ListenError) {
    const exitCode = error.code === 'Malformed' ? exitCodes.usage : exitCodes.host;
    const code = error.code === 'Malformed' ? 'WrongUsage' : 'AddressUnusable';
    return { code, message: error.message, remedy: error.remedy, exitCode };
  }
  return undefined;
}
