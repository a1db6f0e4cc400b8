/** `--unconfigured-taint`: the taint with which new nodes are registered. */

import { isQualifiedName } from '../../api/names.ts';
import { unconfiguredTaintKey } from '../../fleet/new-nodes.ts';
import { CommandFailure, exitCodes } from '../failure.ts';

const option = '--unconfigured-taint';

/** The option, with the key that is usual. */
export const unconfiguredTaintOption = {
  type: 'string',
  default: unconfiguredTaintKey,
  describe: 'Key of the taint with which new nodes are registered; it is removed when a node has what selects it',
} as const;

/** @throws CommandFailure for a text that is no key of a taint */
export function taintKeyOf(given: string): string {
  if (isQualifiedName(given)) return given;
  const reason = `${option} ${JSON.stringify(given)} is no key of a taint`;
  throw new CommandFailure(exitCodes.usage, reason, `write only the key, as in ${option}=${unconfiguredTaintKey}`);
}
