import { offlineDeadMan } from '../../src/host/dead-man.ts';
import { openHostFiles } from '../../src/host/files.ts';
import { memoryDeadMan } from '../fakes/dead-man.ts';
import { memoryFiles } from '../fakes/files.ts';
import { memorySystemd } from '../fakes/systemd.ts';
import { deadManContract } from './dead-man.contract.ts';
import { scratchRoot } from './scratch.ts';

deadManContract('in memory', () => {
  const files = memoryFiles();
  return { files, deadMan: memoryDeadMan(files, memorySystemd({ running: false })), end: () => undefined };
});

deadManContract('the script, in a root without systemd', () => {
  const { root, end } = scratchRoot();
  const files = openHostFiles(root, { ownership: process.getuid?.() === 0 ? 'Exact' : 'AsRoot' });
  return { files, deadMan: offlineDeadMan(root, files), end };
});
