/** The kubelet of a machine as its next start takes it, as words and files. Pure. */

import { type InstalledKubelet, type Launch, launchOf, shellScript } from '../installed/installed.ts';
import type { CommandLine, GivenFlag } from '../settings/command-line.ts';
import { flagsSinceStart, runningCommandLine } from '../settings/running-flags.ts';

/** What is known of the kubelet that runs. */
export interface RunningWords {
  /** The command lines of the processes of its unit. */
  readonly processes: readonly (readonly string[])[];
  /** The variables that systemd gives to every unit; undefined if they are not known. */
  readonly managerEnvironment?: readonly string[] | undefined;
}

/**
 * The command line of the next start: the arguments of the process, with what the unit gives otherwise by
 * now. So it has what a shell or the machine put in, too. Without a process it is what the unit says.
 */
export function commandLineOfNextStart(installed: InstalledKubelet, running: RunningWords | undefined): CommandLine {
  const launch = launchOf(installed);
  const commandLine = withoutScript(launch);
  const process = running && runningCommandLine(running.processes, installed.version);
  if (running === undefined || process === undefined) return commandLine;
  const changes = flagsSinceStart(installed, running.processes, running.managerEnvironment) ?? [];
  const placeOf = (name: string) => commandLine.flags.findLast((flag) => flag.name === name)?.by ?? '';
  const isChanged = (name: string) => changes.some((change) => change.name === `--${name}`);
  const kept = process.flags.filter(({ name }) => !isChanged(name)).map((flag) => ({ ...flag, by: placeOf(flag.name) }));
  const given = changes.flatMap(({ name, to = [], by = '' }): GivenFlag[] =>
    to.map((value) => ({ name: name.slice(2), value, by })),
  );
  return { ...process, flags: [...kept, ...given] };
}

/** What a script gives to the kubelet is known only where one runs. */
function withoutScript({ commandLine, kubelet, words }: Launch): CommandLine {
  const isKnown = kubelet.length > 0 && shellScript(words) === undefined;
  return isKnown ? commandLine : { ...commandLine, rest: [], hasUnknown: true };
}
