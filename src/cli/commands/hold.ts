/** `kubelet-config hold`: stops all changes on this host until it is released. */

import { holdFile } from '../../node/model/hold.ts';
import { readHold } from '../../node/pass/hold.ts';
import { command } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { rootOption } from '../flags/options.ts';
import { hostFilesOf } from '../flags/root.ts';

export const hold = command({
  name: 'hold',
  summary: 'Stop all changes on this host until it is released',
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
  run: async ({ root, reason, release }, { terminal }) => {
    const files = hostFilesOf(root);
    const before = await readHold(files);
    if (release) {
      await files.remove(holdFile);
      terminal.out(before ? 'released' : 'nothing to release: this host is not held');
      return exitCodes.ok;
    }
    // To hold a host once more must not erase why it is held.
    if (before && reason === '') {
      terminal.out(`held already${before.reason === '' ? '' : `: ${before.reason}`}; to release: ${before.release}`);
      return exitCodes.ok;
    }
    await files.write(holdFile, { mode: 0o644, uid: 0, gid: 0, content: Buffer.from(`${reason}\n`) });
    terminal.out(`held by ${holdFile}; to release: kubelet-config hold --release`);
    return exitCodes.ok;
  },
});
