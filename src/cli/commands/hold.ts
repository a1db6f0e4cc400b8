/** `kubelet-config hold`: stops all changes on this host until it is released. */

import { now } from '../../loop/now.ts';
import { holdFile, holdText, whyHeld } from '../../node/model/hold.ts';
import { readHold } from '../../node/pass/hold.ts';
import { readOpen } from '../../node/transaction/journal.ts';
import { command } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { rootOption } from '../flags/options.ts';
import { hostFilesOf } from '../flags/root.ts';
import { say } from '../print/terminal.ts';
import { personOf } from '../who.ts';

export const hold = command({
  name: 'hold',
  options: {
    root: rootOption,
    reason: { type: 'string', default: '', describe: 'Why the host is held; the status of the node shows it' },
    release: { type: 'boolean', default: false, describe: 'End the hold: changes are made again' },
  },
  examples: [
    ['hold --reason "disk is being replaced, Ana"', 'from now on, neither the agent nor apply changes this machine'],
    ['hold --release', 'the agent goes on'],
  ],
  epilogue:
    `The hold is the file ${holdFile} on the host. The annotation kubelet-config.dev/hold on the Node does the same.\n` +
    'Without --reason, a host that is held already keeps its reason. ' +
    'A change that is not finished is still undone, so that the host is held in a state that worked.',
  run: async ({ root, reason, release }, context) => {
    const { terminal } = context;
    const files = hostFilesOf(root);
    const before = await readHold(files);
    if (release) {
      await files.remove(holdFile);
      terminal.out(before ? 'released' : 'nothing to release: this host is not held');
      return exitCodes.ok;
    }
    // To hold a host once more must not erase why it is held.
    if (before && reason === '') {
      say(`held already${whyHeld(before)}; to release: ${before.release}`, terminal);
      return exitCodes.ok;
    }
    await files.write(holdFile, {
      mode: 0o644,
      uid: 0,
      gid: 0,
      content: Buffer.from(holdText(reason, personOf(context), now())),
    });
    if (before) terminal.out(`the host was held before${whyHeld(before)}`);
    say(`held by ${holdFile}; to release: kubelet-config hold --release`, terminal);
    if (await readOpen(files)) terminal.out('a change is under way: it is still proved, or undone');
    return exitCodes.ok;
  },
});
