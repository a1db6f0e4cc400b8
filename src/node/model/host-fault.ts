/** Faults of a host, found in its files or by its systemd, each with a remedy. Pure. */

import { HostFileError, type HostFileErrorCode } from '../ports/files.ts';
import type { HostProgramError } from '../ports/programs.ts';
import { SystemdError, type SystemdErrorCode } from '../ports/systemd.ts';
import type { Verdict } from './verdict.ts';

/** A fault of the host; every HostFileError is one. */
export interface HostFault {
  readonly code: HostFileErrorCode | SystemdErrorCode;
  readonly message: string;
  readonly remedy: string;
}

/** The message with its code in front, as in `NotFound: …`; docs/errors.md explains the codes. */
export function withCode({ code, message }: HostFileError | HostProgramError | SystemdError): string {
  return `${code}: ${message}`;
}

/** Adds to a systemd error the remedy that makes it a fault. */
export function systemdFault({ code, message }: SystemdError): HostFault {
  return { code, message, remedy: remedyOf(code) };
}

function remedyOf(code: SystemdErrorCode): string {
  switch (code) {
    case 'Disconnected':
      return 'Start dbus on the node (`systemctl start dbus.socket dbus.service`); in a container, mount the host with its /run/dbus';
    case 'TimedOut':
      return 'See whether systemd and dbus answer on the node: `systemctl status`, `busctl list`';
    case 'JobFailed':
    case 'JobUnknown':
    case 'Refused':
    case 'NotRunning':
      return "Look at systemd's own journal on the node: `journalctl --boot _PID=1`";
    default:
      return code satisfies never;
  }
}

/**
 * The verdict on a change that an error of the host has interrupted: a lost bus or a full disk says nothing
 * about the change itself.
 *
 * @throws the error itself if it is neither a HostFileError nor a SystemdError
 */
export function interruption(error: unknown): Verdict {
  if (error instanceof HostFileError) return { kind: 'Interrupted', reason: `${error.message}; ${error.remedy}` };
  if (error instanceof SystemdError) return { kind: 'Interrupted', reason: error.message };
  throw error;
}

/**
 * Ignores a fault of the host, where the next pass finds it again.
 *
 * @throws the error itself if it is neither a HostFileError nor a SystemdError
 */
export function ignoreHostFault(error: unknown): void {
  interruption(error);
}
