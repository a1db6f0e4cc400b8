/** What happens on one machine, as the node layer wants to hear it: of files by inotify, of the unit by systemd's signals. */

import type { HostEvent, HostWatch } from '../node/ports/host-watch.ts';
import { SystemdError } from '../node/ports/systemd.ts';
import { isUnitFile } from '../systemd/load-path.ts';
import type { SystemdBus } from './systemd-bus.ts';
import { watchPaths } from './watch.ts';

/** @param bus absent where no systemd runs */
export function openHostWatch(root: string, bus: SystemdBus | undefined, tell: (event: HostEvent) => void): HostWatch {
  const paths = watchPaths(root, { onChange: (path) => tell(isUnitFile(path) ? 'UnitFile' : 'File') });
  let heard = '';
  return {
    watch: async (things) => {
      paths.watch(things.paths, things.directories);
      if (bus === undefined || heard === things.unit) return;
      heard = things.unit;
      await bus.listen({ unit: things.unit, tell }).catch(ignoreLostBus);
    },
    close: () => paths.close(),
  };
}

/** Whoever needs the bus says so; on the next connection the unit is heard. */
function ignoreLostBus(error: unknown): void {
  if (!(error instanceof SystemdError)) throw error;
}
