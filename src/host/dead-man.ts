/**
 * The dead-man's switch on a real machine: a unit that runs the script of the open transaction at boot and
 * when it is started, and a timer that starts it.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import { Variant } from '@jellybrick/dbus-next';
import type { DeadMansSwitch } from '../node/ports/dead-man.ts';
import { HostFileError, type HostFiles } from '../node/ports/files.ts';
import { SystemdError } from '../node/ports/systemd.ts';
import { administratorDirectory } from '../systemd/load-path.ts';
import { foreignLines } from '../text/foreign-text.ts';
import type { SystemdBus } from './systemd-bus.ts';

const service = 'kubelet-config-undo.service';
const timer = 'kubelet-config-undo.timer';
const serviceFile = `${administratorDirectory}/${service}`;
const bootLink = `${administratorDirectory}/sysinit.target.wants/${service}`;

/**
 * A script that could not finish, for example because the disk is full, is run again this long after the
 * first time.
 */
const repeatMilliseconds = [60_000, 300_000, 900_000];

/** The switch of a machine with systemd, which guarantees that only one undo runs at a time. */
export function deadManOver(bus: SystemdBus, files: HostFiles): DeadMansSwitch {
  return {
    installs: [serviceFile, bootLink],
    set: async (unit, milliseconds) => {
      await install(bus, files, unit);
      await startTimer(bus, milliseconds);
    },
    clear: () => stopTimer(bus),
    pull: async (unit) => {
      await install(bus, files, unit);
      const result = await bus.job(service, { member: 'StartUnit', signature: 'ss', body: [service, 'replace'] });
      if (result === 'done') return;
      const message = `the undo did not finish (${result}). See: journalctl --unit ${service}`;
      throw new SystemdError('JobFailed', result, message);
    },
    remove: async () => {
      if ((await files.read(serviceFile)).kind === 'Absent') return;
      for (const path of [bootLink, serviceFile]) await files.remove(path);
    },
  };
}

/** Checked each time, because another program may have removed the files. */
async function install(bus: SystemdBus, files: HostFiles, unit: string): Promise<void> {
  const text = unitText(unit);
  const found = await files.read(serviceFile);
  const isInstalled = found.kind === 'File' && found.content.toString() === text;
  if (!isInstalled) await files.write(serviceFile, { mode: 0o644, uid: 0, gid: 0, content: Buffer.from(text) });
  if ((await files.read(bootLink)).kind !== 'Symlink') await files.link(bootLink, serviceFile);
  if (!isInstalled) await bus.reload();
}

async function startTimer(bus: SystemdBus, milliseconds: number): Promise<void> {
  const start = () =>
    bus.job(timer, {
      member: 'StartTransientUnit',
      signature: 'ssa(sv)a(sa(sv))',
      body: [timer, 'replace', timerProperties(milliseconds), []],
    });
  try {
    await start();
  } catch (error) {
    // The timer of an earlier transaction still runs.
    if (!(error instanceof SystemdError && error.detail === unitExists)) throw error;
    await stopTimer(bus);
    await start();
  }
}

async function stopTimer(bus: SystemdBus): Promise<void> {
  try {
    await bus.job(timer, { member: 'StopUnit', signature: 'ss', body: [timer, 'replace'] });
  } catch (error) {
    if (!(error instanceof SystemdError && error.detail === noSuchUnit)) throw error;
  }
}

const noSuchUnit = 'org.freedesktop.systemd1.NoSuchUnit';
const unitExists = 'org.freedesktop.systemd1.UnitExists';

function timerProperties(milliseconds: number): [string, Variant][] {
  const times = [0, ...repeatMilliseconds].map((later): [string, bigint] => [
    'OnActiveSec',
    BigInt(Math.round(milliseconds + later)) * 1000n,
  ]);
  return [
    ['Description', new Variant('s', 'Takes back a kubelet configuration that is not confirmed in time')],
    ['TimersMonotonic', new Variant('a(st)', times)],
    ['AccuracyUSec', new Variant('t', 1_000_000n)],
    ['RemainAfterElapse', new Variant('b', false)],
  ];
}

/** Without version and date, so that it stays the same when the agent is updated. */
function unitText(unit: string): string {
  return `# Written by kubelet-config while it looks after this machine's kubelet.
[Unit]
Description=Take back a kubelet configuration that was not confirmed
DefaultDependencies=no
RequiresMountsFor=/var/lib/kubelet-config
After=local-fs.target
Before=sysinit.target ${unit} shutdown.target
Conflicts=shutdown.target
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart=/bin/sh -c 'for at in undoing armed; do test ! -f /var/lib/kubelet-config/$$at/undo.sh || exec /bin/sh /var/lib/kubelet-config/$$at/undo.sh; done'

[Install]
WantedBy=sysinit.target
`;
}

/**
 * The switch of a root without systemd. No kubelet runs there that could break, and no timer: `pull` runs the
 * script itself.
 */
export function offlineDeadMan(root: string, files: HostFiles): DeadMansSwitch {
  const state = '/var/lib/kubelet-config';
  return {
    installs: [],
    set: () => Promise.resolve(),
    clear: () => Promise.resolve(),
    remove: () => Promise.resolve(),
    async pull() {
      const directory = (await files.list(`${state}/undoing`)).length > 0 ? 'undoing' : 'armed';
      const script = await files.read(`${state}/${directory}/undo.sh`);
      if (script.kind !== 'File') return;
      const environment = { PATH: process.env['PATH'], KUBELET_CONFIG_ROOT: realpathSync(root).replace(/\/$/, '') };
      const child = spawn('/bin/sh', ['-s'], { env: environment, stdio: ['pipe', 'ignore', 'pipe'] });
      let output = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
      child.stdin.end(script.content);
      const [code] = await once(child, 'close');
      if (code === 0) return;
      const remedy = 'correct what this message names, then run the command again';
      throw new HostFileError('InputOutput', `${state}/${directory}`, `the undo failed: ${foreignLines(output)}`, remedy);
    },
  };
}
