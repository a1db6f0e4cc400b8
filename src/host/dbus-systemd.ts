/** systemd over D-Bus, as `node/` wants it. https://www.freedesktop.org/software/systemd/man/latest/org.freedesktop.systemd1.html */
import { type Systemd, SystemdError, type UnitStatus } from '../node/ports/systemd.ts';
import { SystemdBus, type SystemdBusOptions } from './systemd-bus.ts';

export interface ConnectedSystemd extends Systemd {
  /** For whatever else speaks to the same systemd: one connection is enough. */
  readonly bus: SystemdBus;
  close(): void;
}

/**
 * Connects when it is asked something: a bus that is down for the moment is told by whatever asks.
 * @param socketPath `/run/dbus/system_bus_socket`, or the same below the host's root as a container sees it
 */
export function systemdAt(socketPath: string, options: SystemdBusOptions = {}): ConnectedSystemd {
  const bus = new SystemdBus(socketPath, options);
  return { ...systemdOver(bus), bus, close: () => bus.close() };
}

/** Likewise, but at once. @throws SystemdError Disconnected, TimedOut */
export async function connectSystemd(socketPath: string, options: SystemdBusOptions = {}): Promise<ConnectedSystemd> {
  const systemd = systemdAt(socketPath, options);
  await systemd.bus.connect();
  return systemd;
}

const NO_SUCH_UNIT = 'org.freedesktop.systemd1.NoSuchUnit';

/**
 * `enable` and `disable` change links and nothing else: unlike `systemctl` they do not reload, so what a new link in `kubelet.service.wants`
 * pulls in counts from the next `reload` or boot. An alias that belongs to another unit is not taken over (force is false).
 *
 * `disable` and `resetFailed` of a unit that systemd doesn't know, or no longer, are fine: recovery may do them twice.
 *
 * `restart` resolves also when a `Condition…=` of the unit was not met: systemd calls that job done. Only the status tells.
 */
function systemdOver(bus: SystemdBus): Systemd {
  return {
    running: true,
    status: (unit) => readStatus(bus, unit),
    reload: () => bus.reload(),
    restart: (unit) => finish(bus, unit, 'RestartUnit'),
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

/** Read one after the other while systemd goes on: what happens in between may show in one property and not yet in another. */
async function readStatus(bus: SystemdBus, unit: string): Promise<UnitStatus> {
  const [path] = await named(unit, bus.call({ member: 'LoadUnit', signature: 's', body: [unit] }));
  const read = <T>(section: string, name: string, absent: T): Promise<T> =>
    // Older systemd has no InvocationID (before 232) and no NRestarts (before 235); only services have the others.
    unless('org.freedesktop.DBus.Error.UnknownProperty', absent, bus.property(String(path), section, name) as Promise<T>);
  const ofService = <T>(name: string, absent: T): Promise<T> =>
    unit.endsWith('.service') ? read('Service', name, absent) : Promise.resolve(absent);

  const [
    loadState,
    activeState,
    subState,
    unitFileState,
    invocationId,
    mainPid,
    restarts,
    result,
    restartPolicy,
    activeSince,
    job,
  ] = await Promise.all([
    read('Unit', 'LoadState', ''),
    read('Unit', 'ActiveState', ''),
    read('Unit', 'SubState', ''),
    readUnitFileState(bus, unit),
    read('Unit', 'InvocationID', Buffer.alloc(0)),
    ofService('MainPID', 0),
    ofService('NRestarts', 0),
    ofService('Result', ''),
    ofService('Restart', ''),
    read<bigint | number>('Unit', 'ActiveEnterTimestamp', 0),
    read<readonly [number, string]>('Unit', 'Job', [0, '/']),
  ]);
  return {
    loadState,
    activeState,
    subState,
    unitFileState,
    invocationId: Buffer.from(invocationId).toString('hex'),
    mainPid,
    restarts,
    result,
    restartPolicy,
    // Microseconds there.
    activeSince: Math.floor(Number(activeSince) / 1000),
    hasJob: job[0] !== 0,
  };
}

/** Not the unit's property of this name: systemd reads that once and keeps it until the next reload, whatever is enabled meanwhile. */
async function readUnitFileState(bus: SystemdBus, unit: string): Promise<string> {
  const state = bus.call({ member: 'GetUnitFileState', signature: 's', body: [unit] }).then(([value]) => String(value));
  return unless('org.freedesktop.DBus.Error.FileNotFound', '', state);
}

async function finish(bus: SystemdBus, unit: string, member: 'RestartUnit' | 'StopUnit'): Promise<void> {
  const result = await named(unit, bus.job(unit, { member, signature: 'ss', body: [unit, 'replace'] }));
  if (result === 'done') return;
  const reason = result === 'failed' ? await explainFailure(bus, unit) : `its job was ${result}`;
  throw new SystemdError('JobFailed', result, `${member} of ${unit} did not succeed: ${reason}. See: journalctl --unit ${unit}`, {
    unit,
  });
}

/** `exit-code, main process ended with 203`, as far as systemd can still say; a failure to ask must not hide the failure itself. */
async function explainFailure(bus: SystemdBus, unit: string): Promise<string> {
  try {
    const [path] = await bus.call({ member: 'LoadUnit', signature: 's', body: [unit] });
    const [result, code, status] = await Promise.all(
      ['Result', 'ExecMainCode', 'ExecMainStatus'].map((name) => bus.property(String(path), 'Service', name)),
    );
    // CLD_EXITED is 1, CLD_KILLED 2, CLD_DUMPED 3: sigaction(2).
    if (code === 1) return `${result}, its main process exited with status ${status}`;
    if (code === 2 || code === 3) return `${result}, its main process was killed by signal ${status}`;
    return String(result);
  } catch {
    return 'systemd says failed and no more';
  }
}

async function unless<T>(errorName: string, instead: T, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof SystemdError && error.detail === errorName) return instead;
    throw error;
  }
}

/** Errors of the bus know no unit. */
async function named<T>(unit: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof SystemdError) || error.unit !== undefined) throw error;
    throw new SystemdError(error.code, error.detail, `${unit}: ${error.message}`, { unit, cause: error.cause });
  }
}
