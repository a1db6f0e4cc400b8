/**
 * Looks at the kubelet that runs: what it has in force and with which arguments, beside what its files
 * say.
 */

import { imagePlace } from '../../kubelet/installed/container-run.ts';
import { type InstalledKubelet, launchOf } from '../../kubelet/installed/installed.ts';
import { releaseOf } from '../../kubelet/release.ts';
import { kubeletServer } from '../../kubelet/server.ts';
import { changedSinceStart } from '../../kubelet/settings/running.ts';
import { flagsSinceStart } from '../../kubelet/settings/running-flags.ts';
import type { KubeletSettings } from '../../kubelet/settings/setting.ts';
import { settingsOf } from '../../kubelet/settings/settings.ts';
import { lastNameOf } from '../../systemd/install-links.ts';
import type { SinceStart } from '../decide/since-start.ts';
import { ignoreHostFault } from '../model/host-fault.ts';
import type { Machine } from '../model/machine.ts';
import type { ReconcileRequest } from '../model/preview.ts';
import type { Program, RunningKubelet, SeenRun } from '../model/running.ts';
import type { HostFiles } from '../ports/files.ts';
import type { UnitStatus } from '../ports/systemd.ts';

type Asking = Pick<ReconcileRequest, 'askKubelet' | 'seenRuns'>;

/**
 * Looks at a kubelet whose unit is active. What cannot be read is unknown, and no error.
 *
 * @param isFresh false if what an earlier pass saw of the same run is enough
 */
export async function lookAtRunning(
  installed: InstalledKubelet,
  { invocationId, activeSince }: UnitStatus,
  machine: Machine,
  { askKubelet, seenRuns }: Asking,
  isFresh: boolean,
): Promise<RunningKubelet> {
  const settings = settingsOf(installed);
  const known = isFresh ? undefined : seenRuns?.get(invocationId);
  const run = known && isGood(known, machine.clock.now()) ? known : await seeRun(installed.unit, settings, machine, askKubelet);
  seenRuns?.clear();
  seenRuns?.set(invocationId, run);
  const program = await programOf(installed, machine.files).catch(ignoreHostFault);
  const isOld = program && program.changedAt < activeSince && isItsProgram(program, run);
  return { ...run, installed, settings, program: isOld ? program : undefined };
}

/** The kubelet may let us ask later on: a right takes a while, and the API server comes back. */
const unknownMilliseconds = 300_000;

function isGood({ answer, at }: SeenRun, now: number): boolean {
  return answer?.kind !== 'Unknown' || now - at < unknownMilliseconds;
}

async function seeRun(
  unit: string,
  settings: KubeletSettings,
  { systemd, processes, clock }: Machine,
  ask: ReconcileRequest['askKubelet'],
): Promise<SeenRun> {
  const loaded = await systemd.loaded(unit).catch(ignoreHostFault);
  return {
    answer: await ask?.configuration(kubeletServer(settings)),
    processes: (await processes?.(unit).catch(ignoreHostFault)) ?? [],
    managerEnvironment: loaded?.managerEnvironment,
    at: clock.now(),
  };
}

/** The kubelet of the host that the unit starts; undefined for one in a container, or behind a wrapper. */
export async function programOf(installed: InstalledKubelet, files: HostFiles): Promise<Program | undefined> {
  const { kubelet, words } = launchOf(installed);
  const path = kubelet[0]?.text ?? '';
  const isInContainer = imagePlace(words.map(({ text = '' }) => text)) !== undefined;
  if (isInContainer || !path.startsWith('/') || lastNameOf(path) !== 'kubelet') return undefined;
  const changedAt = await files.changedAt?.(path);
  return changedAt === undefined ? undefined : { path, changedAt };
}

/** A script of that name starts a program that is not known. */
function isItsProgram({ path }: Program, { processes }: SeenRun): boolean {
  return processes.length === 0 || processes.some(({ words }) => words[0] === path);
}

/** How the running kubelet differs from its files; what cannot be known is left out. */
export function sinceStart({ installed, settings, answer, processes, managerEnvironment, program }: RunningKubelet): SinceStart {
  const version = program === undefined ? undefined : installed.version;
  const release = version === undefined ? undefined : releaseOf(version);
  const words = processes.map((process) => process.words);
  return {
    fields: answer?.kind === 'Read' ? changedSinceStart(settings, answer.configuration, release) : [],
    flags: flagsSinceStart(installed, words, managerEnvironment) ?? [],
  };
}
