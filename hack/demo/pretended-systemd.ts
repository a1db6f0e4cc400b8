/** For the demonstration: a systemd that does what can be done without one (links), and only notes what it would be told. */

import type { Systemd } from '../../src/node/ports/systemd.ts';

export interface PretendSystemd extends Systemd {
  readonly told: readonly string[];
}

/** @param isUp whether the unit counts as running already */
export function pretendSystemd(offline: Systemd, isUp: boolean): PretendSystemd {
  const told: string[] = [];
  let up = isUp;
  let starts = 0;
  const note = async (line: string) => void told.push(line);
  return {
    told,
    running: true,
    explain: async () => 'it ended',
    status: async (unit) => ({
      ...(await offline.status(unit)),
      activeState: up ? 'active' : 'inactive',
      subState: up ? 'running' : 'dead',
      invocationId: up ? `pretended-${starts}` : '',
    }),
    loaded: async () => undefined,
    reload: () => note('systemctl daemon-reload'),
    resetFailed: async () => undefined,
    restart: (unit) => {
      up = true;
      starts += 1;
      return note(`systemctl restart ${unit}`);
    },
    stop: (unit) => {
      up = false;
      return note(`systemctl stop ${unit}`);
    },
    enable: async (unit) => {
      await offline.enable(unit);
      await note(`systemctl enable ${unit}`);
    },
    disable: async (unit) => {
      await offline.disable(unit);
      await note(`systemctl disable ${unit}`);
    },
  };
}
