/** Which files systemd has loaded for a unit: what it would start now, whatever the files say by now. */

import type { SystemdBus } from './systemd-bus.ts';

/** The files of one unit, as systemd has loaded them. */
export interface LoadedUnit {
  /** The unit file; '' if there is none. */
  readonly fragment: string;
  /** The drop-ins in the order in which they count. */
  readonly dropIns: readonly string[];
}

/** @throws SystemdError */
export async function readLoadedUnit(bus: SystemdBus, unit: string): Promise<LoadedUnit> {
  const [path] = await bus.call({ member: 'LoadUnit', signature: 's', body: [unit] });
  const [fragment, dropIns] = await Promise.all([
    bus.property(String(path), 'Unit', 'FragmentPath'),
    bus.property(String(path), 'Unit', 'DropInPaths'),
  ]);
  return { fragment: String(fragment), dropIns: Array.isArray(dropIns) ? dropIns.map(String) : [] };
}
