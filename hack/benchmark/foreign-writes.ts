/**
 * The processor time of a process that watches our paths while another program writes to a file in a directory
 * on the way to them: `npx tsx hack/benchmark/foreign-writes.ts`. Each row has the share of one processor. The
 * writer is a process of its own, whose time is not counted.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchPaths } from '../../src/host/watch.ts';

const seconds = 2;
const rates = [0, 1, 100, 10_000];

/** What the other program does once, with the number of the turn. */
const deeds = {
  'writes to a growing file': "fs.writeSync(file, 'x');",
  'files made and removed': "fs.writeFileSync(path + n, ''); fs.unlinkSync(path + n);",
  'files renamed': 'fs.renameSync(path + (n % 2), path + ((n + 1) % 2));',
};

/** Does as many deeds as are due, every 10 ms. */
function writer(path: string, deed: string, rate: number): ChildProcess {
  const script = `
    const fs = require('node:fs'), path = ${JSON.stringify(path)}, file = fs.openSync(path, 'a'), begin = Date.now();
    fs.writeFileSync(path + '0', '');
    let n = 0;
    setInterval(() => {
      const due = (Date.now() - begin) * ${rate} / 1000;
      for (; n < due; n += 1) { ${deed} }
    }, 10);`;
  return spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
}

async function share(deed: string, rate: number): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'kubelet-config-watch-'));
  mkdirSync(join(root, 'run/ours'), { recursive: true });
  const watch = watchPaths(root, { onChange: () => undefined });
  watch.watch(['/run/ours/file'], []);
  const other = rate > 0 ? writer(join(root, 'run/theirs'), deed, rate) : undefined;
  await sleep(1000);
  const before = process.cpuUsage();
  await sleep(seconds * 1000);
  const { user, system } = process.cpuUsage(before);
  other?.kill();
  watch.close();
  await sleep(100);
  rmSync(root, { recursive: true, force: true });
  return `${((user + system) / (seconds * 10_000)).toFixed(2)} %`;
}

for (const [what, deed] of Object.entries(deeds)) {
  for (const rate of rates) process.stdout.write(`${what}, ${rate} a second: ${await share(deed, rate)}\n`);
}
