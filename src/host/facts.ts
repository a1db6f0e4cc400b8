/** What is true of one machine, as far as rendering may ask: read from its files, and from its own programs where they can be run. */

import type { HostFiles } from '../node/ports/files.ts';
import { readThrough } from '../node/ports/follow-links.ts';
import type { HostPrograms } from '../node/ports/programs.ts';
import { type HostFacts, type ProgramName, parseOsRelease } from '../render/facts.ts';

export interface FactsOptions {
  /** The programs whose versions are wanted: to ask one is to start it. All of them by default. */
  readonly asked?: readonly ProgramName[];
  /** Where to look for a program, the first that is there counts. */
  readonly binaries?: Partial<Record<ProgramName, readonly string[]>>;
  /** Answers by the identity of the binary that gave them. Kept by the caller, nothing is run as long as no binary changes. */
  readonly answers?: Map<string, string>;
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

/** Without programs (an offline root) the versions stay unknown. A program that cannot be asked is an unknown version, too, and is asked again next time. */
export async function readHostFacts(files: HostFiles, run?: HostPrograms, options: FactsOptions = {}): Promise<HostFacts> {
  const isAsked = (name: ProgramName) => options.asked?.includes(name) ?? true;
  const versionOf = (name: ProgramName) => (run && isAsked(name) ? askVersion(files, run, name, options) : undefined);
  const bootId = (await readThrough(files, '/proc/sys/kernel/random/boot_id'))?.toString().trim();
  const [rktVersion, kubeletVersion, systemdVersion] = await Promise.all([
    versionOf('rkt'),
    versionOf('kubelet'),
    versionOf('systemd'),
  ]);
  return {
    osRelease: parseOsRelease(await readOsRelease(files)),
    ...(bootId && { bootId }),
    ...(rktVersion !== undefined && { rktVersion }),
    ...(kubeletVersion !== undefined && { kubeletVersion }),
    ...(systemdVersion !== undefined && { systemdVersion: Number(systemdVersion) }),
  };
}

/** os-release(5): the first of the two, usually the same file. A machine without it still has a kubelet. */
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

/** Only an answer is worth remembering: a lost connection says nothing about the binary, and neither does a failure on a busy machine. */
async function ask(run: HostPrograms, program: readonly string[]): Promise<string | undefined> {
  try {
    const { exitCode, stdout } = await run.run(program, { timeoutMilliseconds });
    return exitCode === 0 ? stdout : undefined;
  } catch {
    return undefined;
  }
}
