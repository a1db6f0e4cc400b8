/** What is wrong with a host, whoever says so, with what to do about it. Pure. */

import { HostFileError, type HostFileErrorCode } from '../ports/files.ts';
import type { HostProgramError } from '../ports/programs.ts';
import { SystemdError, type SystemdErrorCode } from '../ports/systemd.ts';
import type { Verdict } from './verdict.ts';

/** A HostFileError is one. */
export interface HostFault {
  readonly code: HostFileErrorCode | SystemdErrorCode;
  readonly message: string;
  readonly remedy: string;
}

/** `NotFound: …`: the message behind the code that docs/errors.md explains. */
export function withCode({ code, message }: HostFileError | HostProgramError | SystemdError): string {
  return `${code}: ${message}`;
}

/** A systemd error as a fault: with a remedy. */
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

/** A lost bus or a full disk says nothing about the change. @throws what is neither */
export function interruption(error: unknown): Verdict {
  if (error instanceof HostFileError) return { kind: 'Interrupted', reason: `${error.message}; ${error.remedy}` };
  if (error instanceof SystemdError) return { kind: 'Interrupted', reason: error.message };
  throw error;
}

export function ignoreHostFault(error: unknown): void {
  interruption(error);
}
