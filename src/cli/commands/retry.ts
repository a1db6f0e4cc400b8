/** `kubelet-config retry`: what failed, or was gone back from, is tried again. */

import { acquireLock } from '../../host/lock.ts';
import { readJournal } from '../../node/transaction/journal.ts';
import { askToRetry, forgetAll, readPin } from '../../node/transaction/pin.ts';
import { command } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { hostFilesOf } from '../flags/host-files.ts';
import { rootOption } from '../flags/options.ts';
import { heldByAgent } from './rollback.ts';

export const retry = command({
  name: 'retry',
  summary: 'Have tried again what failed on this host, or what a person has gone back from',
  options: { root: rootOption },
  examples: [['retry', 'after what made the kubelet fail has been put right']],
  epilogue: 'A failure is forgotten by itself when the objects change; this is for when something else was wrong.',
  run: async ({ root }, { terminal }) => {
    const files = hostFilesOf(root);
    const { undone } = await readJournal(files);
    if (!undone && !(await readPin(files))) {
      terminal.out('nothing failed here, and nobody has gone back');
      return exitCodes.ok;
    }
    const lock = await acquireLock(root).catch(heldByAgent);
    if (!lock) {
      await askToRetry(files);
      terminal.out('the agent of this host tries it again; see kubelet-config status');
      return exitCodes.ok;
    }
    try {
      await forgetAll(files);
      terminal.out('forgotten: the next apply, or the agent when it is started, tries it again');
      return exitCodes.ok;
    } finally {
      await lock.release();
    }
  },
});
