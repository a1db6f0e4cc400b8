/** How a command ends: the exit codes that docs/commands.md lists, and what is printed on standard error. */

import type { ProblemCode } from '../api/problem.ts';
import type { HostFault } from '../node/model/host-fault.ts';

export const exitCodes = {
  ok: 0,
  /** `diff` found a difference. */
  differs: 1,
  /** `status` or `rollout status` found something wrong, or a change that waits. */
  notAsWanted: 1,
  usage: 2,
  invalid: 3,
  undone: 4,
  /** `rollout status`: a rollout does not go on without a person. */
  stalled: 4,
  notUndone: 5,
  /** The host, or systemd on it, cannot be read or written as it must be; nothing was changed. */
  host: 6,
  /** The API server: no credentials for it, or another controller leads by now. */
  cluster: 7,
  /** A bug of ours. */
  internal: 70,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The codes of a command that fails, where it is neither a problem of an object nor a fault of the host. */
export const failureCodes = [
  'WrongUsage',
  'InputInvalid',
  'NotSelected',
  'LockHeld',
  'AddressUnusable',
  'NoCredentials',
  'ClusterUnusable',
  'LeaseLost',
  'InternalError',
] as const;

export type FailureCode = (typeof failureCodes)[number] | ProblemCode | HostFault['code'];

/** Ends a command: `main` prints the reason and the remedy, and exits with the exit code. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: ExitCode;
  readonly remedy: string;
  /** One that docs/errors.md explains. */
  readonly code: FailureCode;

  constructor(
    exitCode: ExitCode,
    reason: string,
    remedy: string,
    { code, ...options }: ErrorOptions & { readonly code?: FailureCode } = {},
  ) {
    super(reason, options);
    this.code = code ?? (exitCode === exitCodes.invalid ? 'InputInvalid' : 'WrongUsage');
    this.exitCode = exitCode;
    this.remedy = remedy;
  }
}
