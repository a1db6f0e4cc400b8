/**
 * systemd over D-Bus, behind the interface of the node layer.
 * https://www.freedesktop.org/software/systemd/man/latest/org.freedesktop.systemd1.html
 */

import { type LoadedUnit, type Systemd, SystemdError, type UnitStatus } from '../node/ports/systemd.ts';
import { describeJobResult } from '../systemd/unit-end.ts';
import { SystemdBus, type SystemdBusOptions } from './systemd-bus.ts';
import { explainEnd, unmetAtStart } from './unit-end.ts';
import { escaped } from './unit-signals.ts';

export interface ConnectedSystemd extends Systemd {
  /** The connection, for other code that speaks to the same systemd. */
  readonly bus: SystemdBus;
  /** Closes the connection for good. */
  close(): void;
}

/**
 * Connects at the first call. If the bus is down, that call fails, and the next one tries again.
 * @param socketPath `/run/dbus/system_bus_socket`, or the same below the host's root as a container sees it
 */
export function systemdAt(socketPath: string, options: SystemdBusOptions = {}): ConnectedSystemd {
  const bus = new SystemdBus(socketPath, options);
  return { ...systemdOver(bus), bus, close: () => bus.close() };
}

const NO_SUCH_UNIT = 'org.freedesktop.systemd1.NoSuchUnit';

/**
 * `enable` and `disable` only change symlinks. Unlike `systemctl` they do not reload, so a new symlink in
 * `kubelet.service.wants` counts from the next `reload` or boot. An alias that belongs to another unit is not
 * taken over (force is false).
 *
 * `disable` and `resetFailed` accept units that systemd does not know: recovery may call them twice.
 *
 * `restart` resolves even if a `Condition…=` of the unit was not met: for systemd that job is done. Only the
 * status shows it.
 */
function systemdOver(bus: SystemdBus): Systemd {
  return {
    running: true,
    status: (unit) => readStatus(bus, unit),
    explain: (unit) => named(unit, explainEnd(bus, unit)),
    loaded: (unit) => readLoaded(bus, unit),
    reload: () => bus.reload(),
    restart: async (unit) => {
      // systemd gets them in this order.
      await Promise.all([keepLoaded(bus, unit), finish(bus, unit, 'RestartUnit')]);
    },
    stop: (unit) => finish(bus, unit, 'StopUnit'),

    async enable(unit) {
      await named(unit, bus.call({ member: 'EnableUnitFiles', signature: 'asbb', body: [[unit], false, false] }));
    },

    async disable(unit) {
      const disabled = bus.call({ member: 'DisableUnitFiles', signature: 'asb', body: [[unit], false] });
      await unless(NO_SUCH_UNIT, undefined, named(unit, disabled));
    },

    async resetFailed(unit) {
      const reset = bus.call({ member: 'ResetFailedUnit', signature: 's', body: [unit] });
      await unless(NO_SUCH_UNIT, undefined, named(unit, reset));
    },
  };
}

type Read = <T>(section: string, name: string, absent: T) => Promise<T>;

/**
 * systemd goes on while its properties are read, so a change may show in one of them and not yet in another.
 */
async function readStatus(bus: SystemdBus, unit: string): Promise<UnitStatus> {
  const [path] = await named(unit, bus.call({ member: 'LoadUnit', signature: 's', body: [unit] }));
  const read: Read = <T>(section: string, name: string, absent: T): Promise<T> =>
    // Older systemd has no InvocationID (before 232) and no NRestarts (before 235).
    unless('org.freedesktop.DBus.Error.UnknownProperty', absent, bus.property(String(path), section, name) as Promise<T>);
  const [ofUnit, ofService, unitFileState] = await Promise.all([
    readUnitProperties(read),
    readServiceProperties(read, unit.endsWith('.service')),
    readUnitFileState(bus, unit),
  ]);
  const isDown = ofUnit.activeState === 'inactive' && ofUnit.loadState === 'loaded';
  const unmet = isDown ? await named(unit, unmetAtStart(bus, String(path))) : undefined;
  return { ...ofUnit, ...ofService, unitFileState, ...(unmet && { unmet }) };
}

async function readUnitProperties(read: Read) {
  const [loadState, activeState, subState, invocationId, activeSince, job] = await Promise.all([
    read('Unit', 'LoadState', ''),
    read('Unit', 'ActiveState', ''),
    read('Unit', 'SubState', ''),
    read('Unit', 'InvocationID', Buffer.alloc(0)),
    read<bigint | number>('Unit', 'ActiveEnterTimestamp', 0),
    read<readonly [number, string]>('Unit', 'Job', [0, '/']),
  ]);
  return {
    loadState,
    activeState,
    subState,
    invocationId: Buffer.from(invocationId).toString('hex'),
    // In microseconds.
    activeSince: Math.floor(Number(activeSince) / 1000),
    // Number and path of the job; 0 if there is none.
    hasJob: job[0] !== 0,
  };
}

/** Only services have these. */
async function readServiceProperties(read: Read, isService: boolean) {
  const readIf = <T>(name: string, absent: T) => (isService ? read('Service', name, absent) : Promise.resolve(absent));
  const [mainPid, restarts, result, restartPolicy] = await Promise.all([
    readIf('MainPID', 0),
    readIf('NRestarts', 0),
    readIf('Result', ''),
    readIf('Restart', ''),
  ]);
  return { mainPid, restarts, result, restartPolicy };
}

/** Two properties of the object that systemd keeps under the unit's name; asked for, it loads the unit. */
async function readLoaded(bus: SystemdBus, unit: string): Promise<LoadedUnit> {
  const path = `/org/freedesktop/systemd1/unit/${escaped(unit)}`;
  const [commands, dropIns, environment] = await Promise.all([
    unit.endsWith('.service') ? bus.property(path, 'Service', 'ExecStart') : [],
    bus.property(path, 'Unit', 'DropInPaths'),
    bus.property('/org/freedesktop/systemd1', 'Manager', 'Environment').catch(notRead),
  ]).catch((error: unknown) => named(unit, Promise.reject(error)));
  // Each command is its program, its words, and how it ended last.
  const words = (commands as readonly (readonly [string, readonly string[]])[]).map(([, argv]) => argv);
  const manager = environment === undefined ? {} : { managerEnvironment: environment as readonly string[] };
  return { commands: words, dropIns: dropIns as readonly string[], ...manager };
}

/** For `catch`: what cannot be read is not known. */
function notRead(error: unknown): undefined {
  if (!(error instanceof SystemdError)) throw error;
}

/**
 * Asks the Manager. The unit's own property is out of date: systemd keeps it until the next reload, whatever
 * is enabled meanwhile.
 */
async function readUnitFileState(bus: SystemdBus, unit: string): Promise<string> {
  const state = bus.call({ member: 'GetUnitFileState', signature: 's', body: [unit] }).then(([value]) => String(value));
  return unless('org.freedesktop.DBus.Error.FileNotFound', '', state);
}

async function finish(bus: SystemdBus, unit: string, member: 'RestartUnit' | 'StopUnit'): Promise<void> {
  const result = await named(unit, bus.job(unit, { member, signature: 'ss', body: [unit, 'replace'] }));
  if (result === 'done') return;
  const reason = await explainJob(bus, unit, result);
  throw new SystemdError('JobFailed', result, `${member} of ${unit} did not succeed: ${reason}. See: journalctl --unit ${unit}`, {
    unit,
  });
}

/**
 * systemd forgets a unit that has ended and that no other unit names, and with it why it has ended. A
 * reference keeps it until our connection closes. Without one (systemd before 236) only that is lost.
 */
async function keepLoaded(bus: SystemdBus, unit: string): Promise<void> {
  await bus.call({ member: 'RefUnit', signature: 's', body: [unit] }).catch((error: unknown) => {
    if (!(error instanceof SystemdError)) throw error;
  });
}

/** If systemd cannot be asked, the failure itself must still be reported. */
async function explainJob(bus: SystemdBus, unit: string, result: string): Promise<string> {
  if (result !== 'failed' && result !== 'assert') return describeJobResult(result);
  return explainEnd(bus, unit).catch(() => 'systemd gave no reason');
}

/** `instead` if the call fails with this D-Bus error. */
async function unless<T>(errorName: string, instead: T, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof SystemdError && error.detail === errorName) return instead;
    throw error;
  }
}

/** Adds the unit to errors of the bus. */
async function named<T>(unit: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof SystemdError) || error.unit !== undefined) throw error;
    throw new SystemdError(error.code, error.detail, `${unit}: ${error.message}`, { unit, cause: error.cause });
  }
}
