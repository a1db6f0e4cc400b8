/** `kubelet-config retry`: lets a change be tried again that failed or was rolled back. */

import { now } from '../../loop/now.ts';
import type { Hold } from '../../node/model/hold.ts';
import { heedAsked, readComingPin } from '../../node/pass/asked.ts';
import { readHold } from '../../node/pass/hold.ts';
import { readJournal, readOpen } from '../../node/transaction/journal.ts';
import { ask } from '../../node/transaction/pin.ts';
import { command } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { rootOption } from '../flags/options.ts';
import { hostFilesOf, lockUnlessHeld } from '../flags/root.ts';
import { say } from '../print/terminal.ts';
import { personOf } from '../who.ts';

export const retry = command({
  name: 'retry',
  options: { root: rootOption },
  examples: [['retry', 'after the cause of the failure was removed']],
  epilogue:
    'When the objects change, the change is tried again by itself. Use retry if the cause lay elsewhere and is removed by now.',
  run: async ({ root }, context) => {
    const { terminal } = context;
    const files = hostFilesOf(root);
    const { undone } = await readJournal(files);
    if (!undone && !(await readComingPin(files)) && !(await readOpen(files))) {
      terminal.out('nothing to retry: no change has failed or been rolled back on this host');
      return exitCodes.ok;
    }
    const hold = await readHold(files);
    const lock = await lockUnlessHeld(root);
    if (!lock) {
      await ask(files, { kind: 'Retry', by: personOf(context), at: now() });
      say(`asked the agent of this host to try it again${heldWords(hold)}; see kubelet-config status`, terminal);
      return exitCodes.ok;
    }
    try {
      await ask(files, { kind: 'Retry', by: personOf(context), at: now() });
      await heedAsked(files);
      say(`the next apply, or the agent when it starts, tries it again${heldWords(hold)}`, terminal);
      return exitCodes.ok;
    } finally {
      await lock.release();
    }
  },
});

/** A retry ends no hold. */
function heldWords(hold: Hold | undefined): string {
  return hold ? ` when the host is released (${hold.by} holds it; ${hold.release})` : '';
}
