/** `kubelet-config retry`: lets a change be tried again that failed or was rolled back. */

import { readJournal } from '../../node/transaction/journal.ts';
import { askToRetry, forgetAll, readPin } from '../../node/transaction/pin.ts';
import { command } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { rootOption } from '../flags/options.ts';
import { hostFilesOf, lockUnlessHeld } from '../flags/root.ts';

export const retry = command({
  name: 'retry',
  summary: 'Retry what failed or was rolled back on this host',
  options: { root: rootOption },
  examples: [['retry', 'after the cause of the failure was removed']],
  epilogue:
    'When the objects change, the change is tried again by itself. Use retry if the cause lay elsewhere and is removed by now.',
  run: async ({ root }, { terminal }) => {
    const files = hostFilesOf(root);
    const { undone } = await readJournal(files);
    if (!undone && !(await readPin(files))) {
      terminal.out('nothing to retry: no change has failed or been rolled back on this host');
      return exitCodes.ok;
    }
    const lock = await lockUnlessHeld(root);
    if (!lock) {
      await askToRetry(files);
      terminal.out('the agent of this host tries it again now; see kubelet-config status');
      return exitCodes.ok;
    }
    try {
      await forgetAll(files);
      terminal.out('the next apply, or the agent when it starts, tries it again');
      return exitCodes.ok;
    } finally {
      await lock.release();
    }
  },
});
