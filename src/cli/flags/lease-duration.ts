/** `--lease-duration`: how long the Lease of the controllers lasts without a renewal. */

import { defaultLeaseSeconds } from '../../cluster/leader-election.ts';
import { nanosecondsOf } from '../../go/values.ts';
import { CommandFailure, exitCodes } from '../failure.ts';

const option = '--lease-duration';
const mostSeconds = 3600;

/** The option, with the time of the controllers of Kubernetes (--leader-elect-lease-duration). */
export const leaseDurationOption = {
  type: 'string',
  default: `${defaultLeaseSeconds}s`,
  requiresArg: true,
  describe: 'Time after which another controller leads if the one that leads does not renew the Lease',
} as const;

/** In seconds. @throws CommandFailure for what is no whole number of seconds: a Lease has no fractions */
export function leaseSecondsOf(given: string): number {
  const seconds = (nanosecondsOf(given) ?? 0) / 1e9;
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= mostSeconds) return seconds;
  const reason = `${option} ${given} is no duration of a Lease`;
  throw new CommandFailure(exitCodes.usage, reason, `give whole seconds, from 1s to 1h, as in ${option}=${defaultLeaseSeconds}s`);
}
