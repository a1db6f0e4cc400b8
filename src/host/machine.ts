/** One machine behind a root directory, with everything that the node layer needs of it. */

import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostFactsForExpressions } from '../computed/facts.ts';
import { type Clock, systemClock } from '../loop/clock.ts';
import { now } from '../loop/now.ts';
import type { LastOutputRequest, Machine } from '../node/model/machine.ts';
import type { Preflight } from '../node/model/preflight.ts';
import type { InstalledRequest } from '../node/model/preview.ts';
import type { DeadMansSwitch } from '../node/ports/dead-man.ts';
import type { HostFiles } from '../node/ports/files.ts';
import type { HealthzProbe, PortTaken, SocketOwner } from '../node/ports/healthz.ts';
import type { HostEvent, HostWatch } from '../node/ports/host-watch.ts';
import type { HostPrograms } from '../node/ports/programs.ts';
import type { AskKubelet, ReadKubeletCredentials } from '../node/ports/running-kubelet.ts';
import type { Systemd } from '../node/ports/systemd.ts';
import { makePreflight } from '../node/preflight/preflight.ts';
import type { ProgramPaths } from '../render/capabilities.ts';
import type { HostFacts, ProgramName } from '../render/facts.ts';
import { systemdAt } from './dbus-systemd.ts';
import { deadManOver, offlineDeadMan } from './dead-man.ts';
import { readHostFacts } from './facts.ts';
import { openHostFiles } from './files.ts';
import { healthzProbe, portTaken } from './healthz.ts';
import { openHostWatch } from './host-watch.ts';
import { labelsOver } from './labels.ts';
import { readLastOutput } from './last-output.ts';
import { type LoadedUnit, readLoadedUnit } from './loaded-unit.ts';
import { type MachineFactsOptions, readMachineFacts } from './machine-facts.ts';
import { offlineSystemd } from './offline-systemd.ts';
import { connectPrograms } from './programs.ts';
import { askKubeletOver } from './running-kubelet.ts';
import { socketOwnerOver } from './socket-owner.ts';
import { checkOwnDirectories } from './trust.ts';
import { readUnitProcesses } from './unit-processes.ts';

/** A machine that has been opened. The ports are explained in src/node/ports. */
export interface OpenMachine {
  readonly root: string;
  readonly files: HostFiles;
  readonly systemd: Systemd;
  readonly deadMan: DeadMansSwitch;
  readonly healthz: HealthzProbe;
  readonly portTaken: PortTaken;
  readonly clock: Clock;
  /** The date now, RFC 3339. */
  readonly date: () => string;
  /** Undefined in a root without systemd, in which nothing can be run; so are the next three. */
  readonly programs: HostPrograms | undefined;
  readonly preflight: Preflight | undefined;
  readonly socketOwner: SocketOwner | undefined;
  /** Gives a file its SELinux label; returns why that failed. */
  readonly label: ((path: string) => Promise<string | undefined>) | undefined;
  /** The processes of a unit; undefined in a root without systemd. */
  readonly processes: Machine['processes'];
  /** Asks the kubelet that runs, with these credentials; undefined in a root without systemd. */
  readonly askKubelet: ((credentials: ReadKubeletCredentials) => AskKubelet) | undefined;
  /** @param programs the programs whose versions are needed, with their paths */
  facts(programs: ProgramPaths, installed?: InstalledRequest): Promise<HostFacts>;
  /** The facts for expressions. */
  machineFacts(options: MachineFactsOptions): Promise<HostFactsForExpressions>;
  /** The last lines that the unit printed within this time; '' if there are none, or they cannot be read. */
  lastOutput(request: LastOutputRequest): Promise<string>;
  /**
   * The files of a unit as systemd has loaded them; undefined in a root without systemd.
   * @throws SystemdError
   */
  loadedUnit(unit: string): Promise<LoadedUnit | undefined>;
  /** Watches nothing until its `watch` is called. */
  openWatch(report: (event: HostEvent) => void): HostWatch;
  /** Closes the connection to systemd. */
  close(): void;
}

/**
 * Opens the machine behind a root: `/` is the machine that this runs on; `/proc/PID/root`, or a mount of it,
 * is the host as a container sees it. A root in which no systemd runs is an image: units are enabled by
 * symlinks, and nothing is started. If only the bus is down, it is still a machine: calls that need the bus
 * fail until it is back.
 * @param onLost called when the connection to the bus was lost
 * @throws HostFileError OthersMayWrite: what stands in the state directory may not be ours
 */
export async function openMachine(root: string, onLost?: () => void): Promise<OpenMachine> {
  checkOwnDirectories(root);
  const socket = join(root, 'run/dbus/system_bus_socket');
  const isRunning = root === '/' || (await isSocket(socket)) || (await isBooted(root));
  // An image may be built without root. A running machine is only changed as root.
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
    healthz: healthzProbe(),
    portTaken: portTaken(),
    clock: systemClock,
    date: now,
    programs,
    preflight: programs && makePreflight(files, programs),
    socketOwner: programs && socketOwnerOver(programs),
    label: programs && labelsOver(files, programs),
    processes: connected && ((unit) => readUnitProcesses(connected.bus, files, unit)),
    askKubelet: connected && ((credentials) => askKubeletOver({ files, credentials })),
    lastOutput: (request) => (programs ? readLastOutput(programs, request) : Promise.resolve('')),
    facts: (asked, installed) =>
      readHostFacts(files, programs, {
        answers,
        installed,
        asked: Object.keys(asked) as ProgramName[],
        binaries: Object.fromEntries(Object.entries(asked).map(([name, path]) => [name, [path]])),
      }),
    machineFacts: (options) => readMachineFacts(files, options),
    loadedUnit: async (unit) => connected && readLoadedUnit(connected.bus, unit),
    openWatch: (report) => openHostWatch(root, connected?.bus, report),
    close: () => connected?.close(),
  };
}

async function isSocket(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isSocket() ?? false;
}

/** Whether systemd has booted it, by the test of sd_booted(3). */
async function isBooted(root: string): Promise<boolean> {
  const found = await lstat(join(root, 'run/systemd/system')).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

/** Connects for the first program that is run. If that fails, the next program tries again. */
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
