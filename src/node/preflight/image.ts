/**
 * Fetches the image before the kubelet is stopped. Otherwise the kubelet would be down for as long as the
 * download takes (design §4).
 */

import type { Problem } from '../../api/problem.ts';
import type { EffectiveSpec } from '../../desired/defaults.ts';
import { lastNameOf } from '../../systemd/install-links.ts';
import { isUnitFile } from '../../systemd/load-path.ts';
import { valuesOf } from '../../systemd/unit-text.ts';
import { withCode } from '../model/host-fault.ts';
import type { PreflightRequest } from '../model/preflight.ts';
import { HostProgramError, type HostPrograms } from '../ports/programs.ts';
import { SystemdError } from '../ports/systemd.ts';
import { lastLine } from './ask.ts';

const fetchMilliseconds = 600_000;

type Request = Pick<PreflightRequest, 'fetch' | 'effective' | 'contents' | 'dropIns' | 'report' | 'stop'>;

/**
 * Runs the command that fetches the image, for ten minutes at most. If only the unit may know a proxy or a
 * credential, a failed fetch is reported as Unverified and is no error.
 *
 * @returns an error ImageUnavailable, or nothing
 * @throws SystemdError if systemd is disconnected
 */
export async function fetchImage(request: Request, programs: HostPrograms): Promise<Problem[]> {
  const { fetch, effective, report, stop } = request;
  if (!fetch) return [];
  const { command, environment, newWord, present } = fetch;
  const program = lastNameOf(command[0] ?? '');
  const image = command.findLast((word) => !word.startsWith('--')) ?? '';
  const unverified = (reason: string) => report({ kind: 'Unverified', what: image, reason });
  const options = { timeoutMilliseconds: fetchMilliseconds, environment, mayWriteLargeFiles: true, stop };
  const run = (words: readonly string[]) => programs.run(words, options);
  try {
    if (present !== undefined && (await run(present)).exitCode === 0) return [];
    report({ kind: 'Fetching', image });
    const asked = await run(command);
    const isOlder = newWord !== undefined && asked.stderr.includes(newWord.complaint);
    const result = isOlder ? await run(command.filter((word) => word !== newWord.word)) : asked;
    if (result.exitCode === 0) return [];
    const reason = `${program} cannot fetch ${image}: ${lastLine(result.stderr)}`;
    if (!hasOtherEnvironment(request)) return [unavailable(reason, effective.spec)];
    // The unit may read a proxy or a credential from a place that this command does not read.
    unverified(reason);
    return [];
  } catch (error) {
    if (error instanceof HostProgramError && error.code === 'ProgramTimedOut')
      return [unavailable(`${program} cannot fetch ${image}: ${error.message}`, effective.spec)];
    const isOutOfReach = error instanceof SystemdError && error.code === 'Disconnected';
    if (isOutOfReach || !(error instanceof HostProgramError || error instanceof SystemdError)) throw error;
    unverified(withCode(error));
    return [];
  }
}

function unavailable(reason: string, { kubelet }: EffectiveSpec): Problem {
  return {
    severity: 'error',
    code: 'ImageUnavailable',
    path: ['spec', 'kubelet', kubelet.version === undefined ? 'image' : 'version'],
    reason,
    remedy: 'correct the image or the version, or find the cause on the node; a proxy belongs in spec.unit.environment',
  };
}

/** True if the unit gets environment variables that the object does not name. */
function hasOtherEnvironment({ effective: { spec }, contents, dropIns }: Request): boolean {
  if (spec.unit.mode === 'DropIn') return true;
  const extras = spec.files.map(({ path }) => path);
  const staged = [...contents].filter(([path]) => isUnitFile(path));
  const ours = staged.filter(([path]) => !extras.includes(path)).map(([, content]) => content.toString());
  const others = [
    ...dropIns.filter(({ path }) => !contents.has(path)).map(({ content }) => content),
    ...staged.filter(([path]) => extras.includes(path)).map(([, content]) => content.toString()),
  ];
  return (
    ours.some((text) => setsOption(text, ['EnvironmentFile', 'PassEnvironment'])) ||
    others.some((text) => setsOption(text, ['Environment', 'EnvironmentFile', 'PassEnvironment']))
  );
}

function setsOption(text: string, keys: readonly string[]): boolean {
  return keys.some((key) => valuesOf(text, 'Service', key).length > 0);
}
