/** Versions of the kubelet as options give them. */

import { releaseOf } from '../../kubelet/release.ts';
import { CommandFailure, exitCodes } from '../failure.ts';

/** @param option as it is typed, `--to` @throws CommandFailure for a text that is no version */
export function kubeletVersionOf(text: string, option: string): string {
  if (releaseOf(text) !== undefined && /^v?\d+\.\d+(\.\d+([-+_.][\w.-]+)?)?$/.test(text)) return text;
  const reason = `${JSON.stringify(text)} is not a version of the kubelet`;
  throw new CommandFailure(exitCodes.usage, reason, `write it as in ${option} v1.36.1`);
}
