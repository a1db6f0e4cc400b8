/** Runs a program of the host that answers a question. If it cannot run, the answer is unknown. */

import { foreignText } from '../../text/foreign-text.ts';
import { withCode } from '../model/host-fault.ts';
import { HostProgramError, type HostPrograms, type ProgramOptions, type ProgramResult } from '../ports/programs.ts';
import { SystemdError } from '../ports/systemd.ts';

/**
 * Runs a program of the host.
 *
 * @param unknown called with the reason if the program could not be run or took too long
 * @returns undefined after a call of `unknown`
 * @throws SystemdError if systemd is disconnected; every error that is no fault of the host
 */
export async function ask(
  programs: HostPrograms,
  command: readonly string[],
  options: ProgramOptions,
  unknown: (reason: string) => void,
): Promise<ProgramResult | undefined> {
  try {
    return await programs.run(command, options);
  } catch (error) {
    const isOutOfReach = error instanceof SystemdError && error.code === 'Disconnected';
    if (isOutOfReach || !(error instanceof HostProgramError || error instanceof SystemdError)) throw error;
    unknown(withCode(error));
    return undefined;
  }
}

/** The last line that is not empty, trimmed and fit to be shown; '' if there is none. */
export function lastLine(text: string): string {
  return foreignText(text).trim().split('\n').at(-1) ?? '';
}
