/** One machine behind a root directory: its files, its systemd or the lack of one, what is known of it. */

import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../loop/clock.ts';
import type { Preflight } from '../node/model/preflight.ts';
import type { DeadMansSwitch } from '../node/ports/dead-man.ts';
import { HostFileError, type HostFiles } from '../node/ports/files.ts';
import type { HealthzProbe } from '../node/ports/healthz.ts';
import type { HostEvent, HostWatch } from '../node/ports/host-watch.ts';
import { HostProgramError, type HostPrograms } from '../node/ports/programs.ts';
import { type Systemd, SystemdError } from '../node/ports/systemd.ts';
import { makePreflight } from '../node/preflight/preflight.ts';
import type { ProgramPaths } from '../render/capabilities.ts';
import type { HostFacts, ProgramName } from '../render/facts.ts';
import { cutStart } from '../text/cut.ts';
import { systemdAt } from './dbus-systemd.ts';
import { deadManOver, offlineDeadMan } from './dead-man.ts';
import { readHostFacts } from './facts.ts';
import { openHostFiles } from './files.ts';
import { askHealthz } from './healthz.ts';
import { openHostWatch } from './host-watch.ts';
import { labelsOver } from './labels.ts';
import { offlineSystemd } from './offline-systemd.ts';
import { connectPrograms } from './programs.ts';

export interface OpenMachine {
  readonly root: string;
  readonly files: HostFiles;
  readonly systemd: Systemd;
  readonly deadMan: DeadMansSwitch;
  readonly healthz: HealthzProbe;
  readonly clock: Clock;
  /** Absent where nothing can be run: in a root without systemd. */
  readonly programs: HostPrograms | undefined;
  readonly preflight: Preflight | undefined;
  readonly label: ((path: string) => Promise<string | undefined>) | undefined;
  facts(programs: ProgramPaths): Promise<HostFacts>;
  lastWords(unit: string, milliseconds: number): Promise<string>;
  /** Nothing is watched before it is told what. */
  openWatch(tell: (event: HostEvent) => void): HostWatch;
  close(): void;
}

/**
 * `/` is the machine this runs on; `/proc/PID/root` or a mount of it is the host as a container sees it; a root in which no systemd runs is
 * an image, in which units are enabled by links and nothing is started. A machine whose bus is down for the moment is no image: it is open, and
 * whatever needs the bus says so until it is back.
 * @param onLost its bus was there and is gone
 */
export async function openMachine(root: string, onLost?: () => void): Promise<OpenMachine> {
  const socket = join(root, 'run/dbus/system_bus_socket');
  const isRunning = root === '/' || (await isSocket(socket)) || (await isBooted(root));
  // Whoever builds an image need not be root; whoever changes a running machine is.
  const isRoot = process.getuid?.() === 0;
  const files = openHostFiles(root, { ownership: isRunning || isRoot ? 'Exact' : 'AsRoot' });
  const connected = isRunning ? systemdAt(socket, onLost ? { onLost } : {}) : undefined;
  const programs = connected && whenNeeded(() => connectPrograms(connected.bus, files));
  const answers = new Map<string, string>();
  return {
    root,
    files,
    systemd: connected ?? offlineSystemd(files),
    deadMan: connected ? deadManOver(connected.bus, files) : offlineDeadMan(root, files),
    healthz: askHealthz,
    clock: systemClock,
    programs,
    preflight: programs && makePreflight(files, programs),
    label: programs && labelsOver(files, programs),
    lastWords: (unit, milliseconds) => (programs ? lastWordsOf(programs, unit, milliseconds) : Promise.resolve('')),
    facts: (asked) =>
      readHostFacts(files, programs, {
        answers,
        asked: Object.keys(asked) as ProgramName[],
        binaries: Object.fromEntries(Object.entries(asked).map(([name, path]) => [name, [path]])),
      }),
    openWatch: (tell) => openHostWatch(root, connected?.bus, tell),
    close: () => connected?.close(),
  };
}

async function isSocket(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isSocket() ?? false;
}

/** sd_booted(3). */
async function isBooted(root: string): Promise<boolean> {
  const found = await lstat(join(root, 'run/systemd/system')).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

const lastWordsLines = 3;
const lastWordsCharacters = 600;

/**
 * Of the programs of the unit alone, not what systemd says of them: that is known already. By the time and not by the invocation, which the journal
 * does not know of a program that was gone before it could look.
 */
async function lastWordsOf(programs: HostPrograms, unit: string, milliseconds: number): Promise<string> {
  const options = ['--no-pager', '--quiet', '--output=cat', `--lines=${lastWordsLines}`];
  const limit = { timeoutMilliseconds: 5_000 };
  // Not "so many seconds ago": journalctl would count from when it has started, and miss as much at the beginning.
  const since = `--since=@${((Date.now() - milliseconds) / 1000).toFixed(3)}`;
  try {
    await programs.run(['journalctl', '--sync'], limit);
    const { stdout } = await programs.run(['journalctl', ...options, since, `_SYSTEMD_UNIT=${unit}`], limit);
    return cutStart(stdout.trim().split('\n').join(' | '), lastWordsCharacters);
  } catch (error) {
    if (error instanceof HostProgramError || error instanceof SystemdError || error instanceof HostFileError) return '';
    throw error;
  }
}

/** Connected once, for the first program that is run; where that fails, for the next. */
function whenNeeded(connect: () => Promise<HostPrograms>): HostPrograms {
  let connected: Promise<HostPrograms> | undefined;
  const connectOnce = () => {
    connected ??= connect().catch((error: unknown) => {
      connected = undefined;
      throw error;
    });
    return connected;
  };
  return { run: async (program, options) => (await connectOnce()).run(program, options) };
}
