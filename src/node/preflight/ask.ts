/** Asks a program of the host, and counts as unknown what nobody could say. */

import { withCode } from '../model/host-fault.ts';
import { HostProgramError, type HostPrograms, type ProgramOptions, type ProgramResult } from '../ports/programs.ts';
import { SystemdError } from '../ports/systemd.ts';

/** @param unknown is told why nobody could say. @throws SystemdError when systemd is out of reach, and what is no fault of the host */
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

export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
