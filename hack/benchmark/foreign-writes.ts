/**
 * The processor time of a process that watches our paths while another program writes to a file in a directory
 * on the way to them, and of one that watches and reads a source directory while another program writes there:
 * `npx tsx hack/benchmark/foreign-writes.ts`. Each row has the share of one processor. The writer is a process
 * of its own, whose time is not counted.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchPaths } from '../../src/host/watch.ts';
import { watchDirectory } from '../../src/manifest/load/directory.ts';

const seconds = 2;
/** As long as the rests take to grow to their longest. */
const sourceSeconds = 30;
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

interface Watching {
  /** The path that the other program writes to. */
  readonly theirs: string;
  close(): void;
}

function ownPaths(root: string): Watching {
  mkdirSync(join(root, 'run/ours'), { recursive: true });
  const watch = watchPaths(root, { onChange: () => undefined });
  watch.watch(['/run/ours/file'], []);
  return { theirs: join(root, 'run/theirs'), close: () => watch.close() };
}

/** Reads the directory after each change, as the agent does. */
function source(root: string, name: string): Watching {
  writeFileSync(join(root, 'a.yaml'), '# no object\n');
  let isReading = false;
  const watch = watchDirectory(root, {
    validate: () => [],
    onChange: () => {
      if (isReading) return;
      isReading = true;
      void watch.read().then(() => {
        isReading = false;
      });
    },
  });
  return { theirs: join(root, name), close: () => watch.close() };
}

async function share(begin: (root: string) => Watching, deed: string, rate: number, length = seconds): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'kubelet-config-watch-'));
  const { theirs, close } = begin(root);
  const other = rate > 0 ? writer(theirs, deed, rate) : undefined;
  await sleep(1000);
  const before = process.cpuUsage();
  await sleep(length * 1000);
  const { user, system } = process.cpuUsage(before);
  other?.kill();
  close();
  await sleep(100);
  rmSync(root, { recursive: true, force: true });
  return `${((user + system) / (length * 10_000)).toFixed(2)} %`;
}

for (const [what, deed] of Object.entries(deeds)) {
  for (const rate of rates) process.stdout.write(`on the way, ${what}, ${rate} a second: ${await share(ownPaths, deed, rate)}\n`);
}
const writes = deeds['writes to a growing file'];
for (const name of ['their.log', 'their.yaml']) {
  for (const rate of [0, 1, 1000]) {
    const used = await share((root) => source(root, name), writes, rate, sourceSeconds);
    process.stdout.write(`in the source directory, writes to ${name}, ${rate} a second: ${used}\n`);
  }
}
