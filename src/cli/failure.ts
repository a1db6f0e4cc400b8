/** How a command ends: the exit codes that docs/commands.md lists, and what is printed on standard error. */

import type { HostFault } from '../node/model/host-fault.ts';

export const exitCodes = {
  ok: 0,
  /** `diff` found a difference. */
  differs: 1,
  /** `status` found something wrong, or a change that waits. */
  notAsWanted: 1,
  usage: 2,
  invalid: 3,
  undone: 4,
  notUndone: 5,
  /** The host, or systemd on it, cannot be read or written as it must be; nothing was changed. */
  host: 6,
  /** The API server: no credentials for it, or another controller leads by now. */
  cluster: 7,
  /** A bug of ours. */
  internal: 70,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends a command: `main` prints the reason and the remedy, and exits with the exit code. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: ExitCode;
  readonly remedy: string;
  /** One that docs/errors.md explains, where there is one. */
  readonly code: HostFault['code'] | undefined;

  constructor(
    exitCode: ExitCode,
    reason: string,
    remedy: string,
    { code, ...options }: ErrorOptions & { readonly code?: HostFault['code'] } = {},
  ) {
    super(reason, options);
    this.code = code;
    this.exitCode = exitCode;
    this.remedy = remedy;
  }
}
