/** systemd of a machine, connected at once: a test that cannot reach it fails before it begins. */

import { type ConnectedSystemd, systemdAt } from '../../src/host/dbus-systemd.ts';
import { SystemdBus, type SystemdBusOptions } from '../../src/host/systemd-bus.ts';

/** @throws SystemdError Disconnected, TimedOut */
export async function connectSystemd(socketPath: string, options: SystemdBusOptions = {}): Promise<ConnectedSystemd> {
  const systemd = systemdAt(socketPath, options);
  await systemd.bus.connect();
  return systemd;
}

/** @throws SystemdError Disconnected, TimedOut */
export async function connectSystemdBus(socketPath: string, options: SystemdBusOptions = {}): Promise<SystemdBus> {
  const bus = new SystemdBus(socketPath, options);
  await bus.connect();
  return bus;
}
