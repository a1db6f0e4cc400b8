/** A throwaway machine on which stubs stand for rkt and the kubelet, and what a test wants to know of it. */

import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { eventually } from './eventually.ts';
import { type Guest, startGuest } from './guest.ts';

export const unit = 'kubelet.service';
export const unitFile = `/etc/systemd/system/${unit}`;
export const configurationFile = '/etc/kubernetes/kubelet-config.yaml';
export const wrapperFile = '/opt/bin/kubelet-wrapper';
export const shippedWrapper = '/usr/lib/coreos/kubelet-wrapper';
export const bootLink = `/etc/systemd/system/multi-user.target.wants/${unit}`;

/**
 * Stays up, with its arguments in /proc/PID/cmdline behind bash's name and its own, and answers at /healthz as long as it does.
 * At verbosity 97 it says there that it is not well, at 96 it never answers, at 95 it gets ill after a second.
 */
const stayUp = `trap 'echo E0101 goodbye; exit' TERM\n${process.execPath} /usr/lib/healthz.cjs "$@" &\nexec 3<>/usr/lib/never-written\nread -r -u 3\n`;

/** What bash cannot do: to listen where a kubelet would with these arguments. */
const healthzServer = `const words = process.argv.slice(2);
const valueOf = (flag) => words.find((word) => word.startsWith(flag + '='))?.slice(flag.length + 1);
const read = (path) => {
  try {
    return require('node:fs').readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};
const port = Number(valueOf('--healthz-port') ?? /^healthzPort: (\\d+)$/m.exec(read(valueOf('--config')))?.[1] ?? 10248);
const since = Date.now();
const answers = {
  97: (response) => response.writeHead(500).end('[-]syncloop failed'),
  96: () => undefined,
  95: (response) => (Date.now() - since < 1000 ? response.end('ok') : response.writeHead(500).end('[-]got ill')),
};
const answer = answers[valueOf('--v')] ?? ((response) => response.end('ok'));
const server = require('node:http').createServer((_request, response) => answer(response));
const listen = () => server.listen(port, '127.0.0.1');
// The one before it may still be on its way out.
server.on('error', () => setTimeout(listen, 50));
if (port > 0) listen();
`;

/** Programs that take the place of real ones. */
export const bootstrap = {
  rkt: (version: string) => `#!/bin/bash
for word; do
  case $word in
    version) printf 'rkt Version: ${version}\\n' && exit ;;
    rm | stop) exit ;;
    fetch) printf '%s' "$*" >/var/fetched && printf '%s' "$HTTPS_PROXY" >/var/fetched-through
      case " $* " in
        *missing*) printf 'fetch: cannot find it\n' >&2 && exit 254 ;;
        *slow*) exec 3<>/usr/lib/never-written && read -r -u 3 ;;
      esac
      exit ;;
    run) break ;;
  esac
done
${stayUp}`,
  /** At verbosity 99 it prints much and does not even start, at 98 it gives up after a while. */
  kubelet: (version: string) => `#!/bin/bash
case " $* " in
  *' --version '*) printf 'Kubernetes v${version}\\n' && exit ;;
  *' --v=99 '*) printf 'I0101 starting %s\\n' {1..300} >&2 && printf 'E0101 cannot parse the certificate: no PEM\\n' >&2 && exit 1 ;;
  *' --v=98 '*) exec 3<>/usr/lib/never-written && read -r -t 0.5 -u 3 || exit 1 ;;
esac
${stayUp}`,
  wrapper: `#!/bin/bash
${stayUp}`,
};

export interface KubeletHost {
  readonly guest: Guest;
  /** The machine's root as an agent in a container reaches it. */
  readonly root: string;
  /** A path of the machine as this process sees it. */
  at(path: string): string;
  put(path: string, content: string, mode?: number): void;
  shell(script: string): Promise<string>;
  unit(): Promise<UnitState>;
  /** What the unit's main process was really started with, once it has become the program at `path`. */
  process(path?: string): Promise<{ readonly words: readonly string[]; readonly environment: Readonly<Record<string, string>> }>;
  /** Of every start of the unit so far, the invocation. */
  starts(): Promise<string[]>;
  /** When systemd last loaded its units: another value after every reload. */
  loadedAt(): Promise<string>;
  /** What stands where we may write, our own state aside: by path, the mode and the bytes, or the target of a link. */
  files(): Record<string, string>;
  /** Another value whenever one of these files, or one of our own state, is written, even with the same bytes. */
  stamps(): Record<string, string>;
  /** As it was when it started. */
  reset(): Promise<void>;
}

export interface UnitState {
  readonly active: string;
  /** As `systemctl is-enabled` says; '' for a unit without a file. */
  readonly enabled: string;
  readonly invocation: string;
  readonly restarts: number;
}

export interface KubeletHostOptions {
  /** Of this machine, as an agent needs it to ask the kubelet: by default. Two machines at a time cannot share it. */
  readonly hostNetwork?: boolean;
  /** The root of another system to boot, in place of this machine's. */
  readonly tree?: string;
}

export async function startKubeletHost({ hostNetwork = true, ...other }: KubeletHostOptions = {}): Promise<KubeletHost> {
  const guest = await startGuest({ hostNetwork, ...other });
  const at = (path: string) => join(guest.root, path);
  const put = (path: string, content: string, mode = 0o644) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    rmSync(at(path), { force: true });
    writeFileSync(at(path), content);
    chmodSync(at(path), mode);
  };
  const shell = async (script: string) => {
    const { exitCode, stdout, stderr } = await guest.run(['bash', '-ec', script]);
    if (exitCode !== 0) throw new Error(`${script}\nended with ${exitCode}: ${stderr}`);
    return stdout;
  };
  const reset = async () => {
    await shell(cleaning);
    put('/usr/lib/healthz.cjs', healthzServer);
    put('/usr/bin/rkt', bootstrap.rkt('1.30.0'), 0o755);
    put('/usr/bin/kubelet', bootstrap.kubelet('1.30.2'), 0o755);
    put('/etc/os-release', 'ID=debian\nVERSION_ID="12"\n');
  };
  await shell('mkfifo /usr/lib/never-written');
  await reset();
  return {
    guest,
    get root() {
      return guest.root;
    },
    at,
    put,
    shell,
    reset,
    unit: async () => {
      const shown = await shell(`
        systemctl show ${unit} --property=ActiveState,InvocationID,NRestarts
        printf 'enabled=%s\\n' "$(systemctl is-enabled ${unit} 2>/dev/null || true)"`);
      const found = Object.fromEntries(shown.split('\n').map((line) => line.split('=')));
      const { ActiveState: active = '', InvocationID: invocation = '', NRestarts = '', enabled = '' } = found;
      // Of a unit without a file, systemd 253 and later say so.
      return { active, invocation, enabled: enabled.replace('not-found', ''), restarts: Number(NRestarts) };
    },
    process: async (path = '/usr/bin/rkt') => {
      const { words, environment } = await eventually(async () => {
        const pid = (await shell(`systemctl show ${unit} --property=MainPID --value`)).trim();
        const read = (name: string) =>
          readFileSync(at(`/proc/${pid}/${name}`), 'utf8')
            .split('\0')
            .slice(0, -1);
        const words = read('cmdline');
        if (words[0] !== '/bin/bash' || words[1] !== path) throw new Error(`${path} does not run, but ${words.join(' ')}`);
        return { words: words.slice(2), environment: read('environ') };
      });
      const pairs = environment.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
      return { words, environment: Object.fromEntries(pairs) };
    },
    starts: async () => (await shell(startsInJournal)).split('\n').slice(0, -1),
    loadedAt: async () => (await guest.run([...managerProperty, 'UnitsLoadTimestampMonotonic'])).stdout.trim(),
    files: () => walk(at, managed, describeEntry),
    stamps: () =>
      walk(at, [...managed, '/var/lib/kubelet-config'], (path) => {
        const { ino, mtimeNs } = lstatSync(path, { bigint: true });
        return `${ino} ${mtimeNs}`;
      }),
  };
}

const managerProperty = [
  ...['busctl', 'get-property', 'org.freedesktop.systemd1', '/org/freedesktop/systemd1'],
  'org.freedesktop.systemd1.Manager',
];

/** The message is SD_MESSAGE_UNIT_STARTED: sd-messages(3). */
const startsInJournal = `
journalctl --sync
journalctl --boot --quiet --output=cat --output-fields=INVOCATION_ID \
  UNIT=${unit} MESSAGE_ID=39f53479d3a045ac8e11786248231fbf`;

/** Stamps without the report that `status` reads: it is written also where the host stays as it is. */
export function withoutReport({ '/var/lib/kubelet-config/report.json': _, ...stamps }: Record<string, string>) {
  return stamps;
}

/** Whatever a test has mounted, masked, started or left. */
const cleaning = `
systemctl stop ${unit} kubelet-config-undo.timer 2>/dev/null || true
findmnt --raw --noheadings --output=TARGET | grep -E '^/(opt|etc/kubernetes|var/lib/kubelet-config)(/|$)' | tac | xargs --no-run-if-empty umount
rm -rf /opt/bin /etc/kubernetes /etc/kubelet-config.d /var/lib/kubelet-config /usr/lib/coreos {/etc,/usr/lib}/systemd/system/${unit}*
rm -f /etc/systemd/system/*.wants/${unit} /etc/systemd/system{,/sysinit.target.wants}/kubelet-config-undo.service
systemctl daemon-reload
systemctl reset-failed`;

/** Of the dead-man's switch, while any object looks after the machine. */
export const switchFiles = [
  '/etc/systemd/system/kubelet-config-undo.service',
  '/etc/systemd/system/sysinit.target.wants/kubelet-config-undo.service',
];

const managed = ['/etc/systemd/system', '/etc/kubernetes', '/opt/bin'];

function walk(at: KubeletHost['at'], directories: readonly string[], describe: (path: string) => string): Record<string, string> {
  const paths = directories.flatMap((directory) => {
    const names = lstatSync(at(directory), { throwIfNoEntry: false })?.isDirectory()
      ? readdirSync(at(directory), { recursive: true, encoding: 'utf8' })
      : [];
    return names.map((name) => join(directory, name)).filter((path) => !lstatSync(at(path)).isDirectory());
  });
  return Object.fromEntries(paths.sort().map((path) => [path, describe(at(path))]));
}

function describeEntry(path: string): string {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return `link to ${readlinkSync(path)}`;
  return `${(stats.mode & 0o7777).toString(8)} ${readFileSync(path, 'utf8')}`;
}
