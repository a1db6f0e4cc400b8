/** The signals that systemd sends about one unit, and about unit files. */

import type { HostEvent } from '../node/ports/host-watch.ts';
import type { BusSignal } from './bus.ts';

/** Who wants to know what happens to a unit. */
export interface UnitListener {
  readonly unit: string;
  report(event: HostEvent): void;
}

const systemd = 'org.freedesktop.systemd1';
const manager = `type='signal',sender='${systemd}',path='/org/freedesktop/systemd1',interface='${systemd}.Manager'`;

/** Match rules for the bus. It delivers nothing else, so a quiet unit does not wake this process. */
export function unitRules(unit: string): string[] {
  const path = `/org/freedesktop/systemd1/unit/${escaped(unit)}`;
  const properties = "interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'";
  return [
    `${manager},member='UnitFilesChanged'`,
    `${manager},member='Reloading'`,
    `type='signal',sender='${systemd}',path='${path}',${properties},arg0='${systemd}.Unit'`,
  ];
}

/** The event that a signal means; undefined if it means none. */
export function unitNews({ member, body }: Pick<BusSignal, 'member' | 'body'>): HostEvent | undefined {
  switch (member) {
    case 'UnitFilesChanged':
      return 'Unit';
    case 'Reloading':
      // True at the beginning of a reload, false at its end.
      return body[0] === false ? 'Reloaded' : undefined;
    case 'PropertiesChanged':
      return namesOf(body[1]).includes('ActiveState') ? 'Unit' : undefined;
    default:
      return undefined;
  }
}

function namesOf(changed: unknown): string[] {
  return typeof changed === 'object' && changed !== null ? Object.keys(changed) : [];
}

/** A unit's name as part of an object path: bus_label_escape in systemd's sources. */
export function escaped(unit: string): string {
  return [...Buffer.from(unit)]
    .map((byte, index) => {
      const character = String.fromCharCode(byte);
      const isPlain = /[A-Za-z]/.test(character) || (index > 0 && /[0-9]/.test(character));
      return isPlain ? character : `_${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}
