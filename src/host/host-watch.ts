/**
 * Watches one machine for the node layer: its files with inotify, the kubelet's unit with systemd's signals.
 */

import type { HostEvent, HostWatch } from '../node/ports/host-watch.ts';
import { SystemdError } from '../node/ports/systemd.ts';
import { isUnitFile } from '../systemd/load-path.ts';
import type { SystemdBus } from './systemd-bus.ts';
import { watchPaths } from './watch.ts';

/** @param bus undefined where no systemd runs: then only files are watched */
export function openHostWatch(root: string, bus: SystemdBus | undefined, report: (event: HostEvent) => void): HostWatch {
  const paths = watchPaths(root, { onChange: (path) => report(isUnitFile(path) ? 'UnitFile' : 'File') });
  let unit = '';
  return {
    watch: async (list) => {
      paths.watch(list.paths, list.directories);
      if (bus === undefined || unit === list.unit) return;
      unit = list.unit;
      await bus.listen({ unit, report }).catch(ignoreLostBus);
    },
    close: () => paths.close(),
  };
}

/** A lost bus is reported by the calls that need it. On the next connection the unit is listened to. */
function ignoreLostBus(error: unknown): void {
  if (!(error instanceof SystemdError)) throw error;
}
