/** What commands on the node leave for the agent that holds its lock: `rollback` and `retry`. */

import { watch } from 'node:fs';
import { join } from 'node:path';
import { stateDirectory } from '../node/journal.ts';
import { wishes } from '../node/pin.ts';
import { hostFilesOf } from './host-files.ts';

/**
 * Where it cannot be watched (a disk that is full or read-only, links on the way out of the root) a wish is found at the next pass, whatever causes that.
 * @param onWish there may be a new one
 */
export async function watchWishes(root: string, onWish: () => void): Promise<{ close(): void }> {
  try {
    await hostFilesOf(root).makeDirectory(stateDirectory, 0o700);
    const watcher = watch(join(root, stateDirectory), (_event, name) => {
      if (name === null || wishes.includes(name)) onWish();
    });
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return { close: () => undefined };
  }
}
