/** `kubelet-config hold`: nobody changes this machine until it is released. */

import { holdFile } from '../../node/model/hold.ts';
import { readHold } from '../../node/pass/hold.ts';
import { command } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { hostFilesOf } from '../flags/host-files.ts';
import { rootOption } from '../flags/options.ts';

export const hold = command({
  name: 'hold',
  summary: 'Have nothing changed on a host until it is released, whatever its objects say',
  options: {
    root: rootOption,
    reason: { type: 'string', default: '', describe: 'Why, for whoever wonders: it is shown in the status of the node' },
    release: { type: 'boolean', default: false, describe: 'Let it be changed again' },
  },
  examples: [
    ['hold --reason "disk is being replaced, Ana"', 'this machine stays as it is, agent or not'],
    ['hold --release', 'and may change again'],
  ],
  epilogue:
    `It is the file ${holdFile} on the host; the annotation kubelet-config.dev/hold on its Node does the same.\n` +
    'An unfinished change is still taken back: a node is held as it was, not half-way.',
  run: async ({ root, reason, release }, { terminal }) => {
    const files = hostFilesOf(root);
    const before = await readHold(files);
    if (release) {
      await files.remove(holdFile);
      terminal.out(before ? 'released' : 'it was not held');
      return exitCodes.ok;
    }
    await files.write(holdFile, { mode: 0o644, uid: 0, gid: 0, content: Buffer.from(`${reason}\n`) });
    terminal.out(`held by ${holdFile}; kubelet-config hold --release ends it`);
    return exitCodes.ok;
  },
});
