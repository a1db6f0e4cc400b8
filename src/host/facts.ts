/** The facts of one machine that rendering may ask for, read from its files and from its own programs. */

import { imagePlace } from '../kubelet/installed/container-run.ts';
import { launchOf } from '../kubelet/installed/installed.ts';
import type { InstalledRequest } from '../node/model/preview.ts';
import { HostFileError, type HostFiles } from '../node/ports/files.ts';
import { readThrough } from '../node/ports/follow-links.ts';
import { readInstalledKubelet } from '../node/ports/installed-kubelet.ts';
import { overlaid } from '../node/ports/overlay.ts';
import type { HostPrograms } from '../node/ports/programs.ts';
import { type HostFacts, type ProgramName, parseOsRelease } from '../render/facts.ts';

export interface FactsOptions {
  /** The programs whose versions are needed, since each has to be started. All of them by default. */
  readonly asked?: readonly ProgramName[];
  /** Paths where a program may be; the first that exists counts. */
  readonly binaries?: Partial<Record<ProgramName, readonly string[]>>;
  /**
   * Earlier answers, by the identity of the binary. If the caller keeps the map, no program is run until its
   * binary changes.
   */
  readonly answers?: Map<string, string>;
  /** Looks at the node's own kubelet too. */
  readonly installed?: InstalledRequest | undefined;
}

interface Program {
  readonly binaries: readonly string[];
  readonly arguments: readonly string[];
  readonly version: RegExp;
}

const programs: Readonly<Record<ProgramName, Program>> = {
  rkt: {
    binaries: ['/usr/bin/rkt', '/usr/local/bin/rkt', '/opt/bin/rkt'],
    arguments: ['version'],
    version: /^rkt Version: (\S+)$/m,
  },
  podman: {
    binaries: ['/usr/bin/podman', '/usr/local/bin/podman'],
    arguments: ['--version'],
    version: /^podman version (\S+)$/m,
  },
  kubelet: {
    binaries: ['/usr/bin/kubelet', '/usr/local/bin/kubelet', '/opt/bin/kubelet'],
    arguments: ['--version'],
    version: /^Kubernetes (v\S+)$/m,
  },
  systemd: {
    binaries: ['/usr/lib/systemd/systemd', '/lib/systemd/systemd'],
    arguments: ['--version'],
    version: /^systemd (\d+)/m,
  },
};

const timeoutMilliseconds = 10_000;

/**
 * Reads the facts. A program that cannot be run has an unknown version, and is asked again next time.
 * @param run undefined in a root in which nothing can be run: all versions are unknown
 * @throws HostFileError
 */
export async function readHostFacts(files: HostFiles, run?: HostPrograms, options: FactsOptions = {}): Promise<HostFacts> {
  if (options.installed === undefined) return readCommonFacts(files, run, options);
  const { unit, without } = options.installed;
  const installed = await readInstalledKubelet(overlaid(files, without), unit);
  const { kubelet, words } = launchOf(installed);
  const [program] = kubelet;
  // The program of a kubelet in a container is none of the host.
  const isInContainer = imagePlace(words.map(({ text = '' }) => text)) !== undefined;
  const isAskable = !isInContainer && program?.text?.startsWith('/') === true;
  const asked = [...(options.asked ?? []), ...(isAskable ? ['kubelet' as const] : [])];
  const binaries = { ...options.binaries, ...(isAskable && program?.text !== undefined && { kubelet: [program.text] }) };
  const common = await readCommonFacts(files, run, { ...options, asked, binaries });
  const version = common.kubeletVersion;
  return {
    ...common,
    etcPersists: await etcPersists(files),
    installed: { ...installed, ...(version !== undefined && { version }) },
  };
}

async function readCommonFacts(files: HostFiles, run: HostPrograms | undefined, options: FactsOptions): Promise<HostFacts> {
  const isAsked = (name: ProgramName) => options.asked?.includes(name) ?? true;
  const versionOf = (name: ProgramName) => (run && isAsked(name) ? askVersion(files, run, name, options) : undefined);
  const bootId = (await readThrough(files, '/proc/sys/kernel/random/boot_id'))?.toString().trim();
  const [rktVersion, podmanVersion, kubeletVersion, systemdVersion] = await Promise.all([
    versionOf('rkt'),
    versionOf('podman'),
    versionOf('kubelet'),
    versionOf('systemd'),
  ]);
  return {
    osRelease: parseOsRelease(await readOsRelease(files)),
    ...(bootId && { bootId }),
    ...(rktVersion !== undefined && { rktVersion }),
    ...(podmanVersion !== undefined && { podmanVersion }),
    ...(kubeletVersion !== undefined && { kubeletVersion }),
    ...(systemdVersion !== undefined && { systemdVersion: Number(systemdVersion) }),
  };
}

/** The first of the two files of os-release(5), usually the same; '' if there is none. */
async function readOsRelease(files: HostFiles): Promise<string> {
  const found = (await readThrough(files, '/etc/os-release')) ?? (await readThrough(files, '/usr/lib/os-release'));
  return found?.toString() ?? '';
}

async function askVersion(
  files: HostFiles,
  run: HostPrograms,
  name: ProgramName,
  options: FactsOptions,
): Promise<string | undefined> {
  const { binaries, arguments: words, version } = programs[name];
  const answers = options.answers ?? new Map<string, string>();
  for (const binary of options.binaries?.[name] ?? binaries) {
    const identity = await files.identity(binary);
    if (identity === undefined) continue;
    const key = `${binary} ${identity}`;
    const answer = answers.get(key) ?? (await ask(run, [binary, ...words]));
    if (answer === undefined) return undefined;
    for (const older of answers.keys()) if (older.startsWith(`${binary} `)) answers.delete(older);
    answers.set(key, answer);
    return version.exec(answer)?.[1];
  }
  return undefined;
}

/**
 * The output of the program; undefined if it failed. A failure is not kept: it may come from a lost
 * connection or a busy machine.
 */
async function ask(run: HostPrograms, program: readonly string[]): Promise<string | undefined> {
  try {
    const { exitCode, stdout } = await run.run(program, { timeoutMilliseconds });
    return exitCode === 0 ? stdout : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether what is written to /etc is there after a reboot, by the mounts of the host: neither it nor a
 * folder of ours in it is on a tmpfs, nor on an overlay whose changes go to one. True where that cannot
 * be seen.
 */
async function etcPersists(files: HostFiles): Promise<boolean> {
  const text = (await readThrough(files, '/proc/1/mounts').catch(() => undefined))?.toString() ?? '';
  const mounts = text.split('\n').map((line) => line.split(' '));
  for (const path of ['/etc/systemd/system', '/etc/kubernetes'])
    if (await isLostAtBoot(files, mounts, mountOf(mounts, path))) return false;
  return true;
}

type Mount = readonly string[];

const inMemory = ['tmpfs', 'ramfs', 'rootfs'];

/** The one that a path lies on; of two at the same place the later one. */
function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  const above = mounts.filter(([, place = '']) => place === '/' || path === place || path.startsWith(`${place}/`));
  const nearest = Math.max(0, ...above.map(([, place = '']) => place.length));
  return above.findLast(([, place = '']) => place.length === nearest);
}

async function isLostAtBoot(files: HostFiles, mounts: readonly Mount[], mount: Mount | undefined): Promise<boolean> {
  const [, , type = '', options = ''] = mount ?? [];
  if (inMemory.includes(type)) return true;
  const [, upper] = /(?:^|,)upperdir=([^,]+)/.exec(options) ?? [];
  // A layer of which the host has only the name lies outside, as that of a container does.
  if (type !== 'overlay' || upper === undefined || !(await isDirectory(files, upper))) return false;
  return inMemory.includes(mountOf(mounts, upper)?.[2] ?? '');
}

async function isDirectory(files: HostFiles, path: string): Promise<boolean> {
  try {
    await files.read(path);
    return false;
  } catch (error) {
    return error instanceof HostFileError && error.code === 'NotAFile';
  }
}
