/** What systemd tells of one unit, and of unit files, without being asked. */

import type { HostEvent } from '../node/ports/host-watch.ts';
import type { BusSignal } from './bus.ts';

export interface UnitListener {
  readonly unit: string;
  tell(event: HostEvent): void;
}

const systemd = 'org.freedesktop.systemd1';
const manager = `type='signal',sender='${systemd}',path='/org/freedesktop/systemd1',interface='${systemd}.Manager'`;

/** For the bus: it passes on nothing else, so that a quiet unit wakes nobody. */
export function unitRules(unit: string): string[] {
  const path = `/org/freedesktop/systemd1/unit/${escaped(unit)}`;
  const properties = "interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'";
  return [
    `${manager},member='UnitFilesChanged'`,
    `${manager},member='Reloading'`,
    `type='signal',sender='${systemd}',path='${path}',${properties},arg0='${systemd}.Unit'`,
  ];
}

export function unitNews({ member, body }: Pick<BusSignal, 'member' | 'body'>): HostEvent | undefined {
  switch (member) {
    case 'UnitFilesChanged':
      return 'Unit';
    case 'Reloading':
      // True when it begins.
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

/** As systemd makes a name part of an object path: bus_label_escape in its sources. */
export function escaped(unit: string): string {
  return [...Buffer.from(unit)]
    .map((byte, index) => {
      const character = String.fromCharCode(byte);
      const isPlain = /[A-Za-z]/.test(character) || (index > 0 && /[0-9]/.test(character));
      return isPlain ? character : `_${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}
