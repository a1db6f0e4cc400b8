/**
 * `hack/bench`: boots a throwaway machine, puts the directories that are written onto a disk, and has
 * `inside.ts` measure in it.
 */

import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Guest, startGuest } from '../../test/guest.ts';
import { type Figure, report } from './figures.ts';

const usage = `What a change costs, on a real systemd in a throwaway machine. Needs root and Debian's systemd-container.
Each figure stands beside the time of the least shell script that does the same job as durably (hack/benchmark/least-script.sh), measured
in the same run, in turn with it. The kubelet is a stub that sleeps. "Restarted" is the moment in which its new process runs.

Usage: hack/bench [OPTION]…

  --rounds N      of every measurement (default 15)
  --command FILE  the bundled command to measure (default dist/kubelet-config.js; build it with: npm run build)
  --scratch DIR   a directory on the disk that is to be written to (default /var/tmp); on a tmpfs durability costs nothing
  --json          the raw values
  -h, --help

The exit status is 0 also when a budget is missed: a machine's speed is no test.

Examples:
  npm run build && hack/bench
  hack/bench --rounds 5 --command /tmp/older/kubelet-config.js
  hack/bench --json >figures.json
`;

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** What kubelet-config, the script and the objects' author write to. */
const written = ['/etc/systemd/system', '/etc/kubernetes', '/etc/kubelet-config.d', '/var/lib/kubelet-config'];

async function measure(guest: Guest, command: string, rounds: number): Promise<readonly Figure[]> {
  for (const path of written) {
    const onDisk = `/disk${path}`;
    await run(guest, ['sh', '-c', `mkdir -p ${path} ${onDisk} && cp -a ${path}/. ${onDisk} && mount --bind ${onDisk} ${path}`]);
  }
  const tsx = join(repository, 'node_modules/.bin/tsx');
  const inside = join(repository, 'hack/benchmark/inside.ts');
  return JSON.parse(await run(guest, [tsx, inside, join('/command', basename(command)), String(rounds)])) as Figure[];
}

async function run(guest: Guest, command: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await guest.run(command);
  if (exitCode === 0) return stdout;
  throw new Error(`${command.join(' ')} ended with ${exitCode} in the machine:\n${stdout}${stderr}`);
}

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    command: { type: 'string', default: join(repository, 'dist/kubelet-config.js') },
    scratch: { type: 'string', default: '/var/tmp' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (options.help) {
  process.stdout.write(usage);
} else {
  const rounds = Number(options.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`--rounds ${options.rounds} is no number of rounds`);
  const command = resolve(options.command);
  // The machine and its disk go with this process, however it ends.
  const guest = await startGuest({ disk: options.scratch, bind: [`${dirname(command)}:/command`, repository] });
  try {
    const figures = await measure(guest, command, rounds);
    process.stdout.write(`${options.json ? JSON.stringify(figures) : report(figures)}\n`);
  } finally {
    await guest.stop();
  }
}
