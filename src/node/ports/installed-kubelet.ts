/** Reads the kubelet that a host has: its unit, the environment files of that, and its configuration. */

import { type Distribution, type InstalledKubelet, launchOf } from '../../kubelet/installed/installed.ts';
import { configurationPaths } from '../../kubelet/settings/settings.ts';
import { environmentFilesOf, type UnitText } from '../../systemd/environment.ts';
import { matchesPattern } from '../../systemd/glob.ts';
import { unitDirectories } from '../../systemd/load-path.ts';
import { valuesOf } from '../../systemd/unit-text.ts';
import { readDropIns } from './drop-ins.ts';
import { HostFileError } from './files.ts';
import { readThrough } from './follow-links.ts';
import type { ReadableFiles } from './overlay.ts';

/**
 * Reads everything that decides how the kubelet of a host is started and configured. Nothing is run, so this
 * works in the root of an image too.
 *
 * @param version of the kubelet that is there, as far as it is known
 * @throws HostFileError if a file is there and cannot be read
 */
export async function readInstalledKubelet(files: ReadableFiles, unit: string, version?: string): Promise<InstalledKubelet> {
  const texts = await readUnitTexts(files, unit);
  const environmentFiles = await readEnvironmentFiles(files, texts);
  const launch = launchOf({ unit, texts, environmentFiles, version });
  const { main, directory } = configurationPaths(launch);
  const configurationDropIns = directory === undefined ? [] : await dropInsIn(files, directory, isLink(directory, launch));
  const configurationFiles = new Map<string, string>();
  for (const path of [...(main === undefined ? [] : [main]), ...configurationDropIns]) {
    const content = await readOptional(files, path);
    if (content !== undefined) configurationFiles.set(path, content);
  }
  const distribution = await findDistribution(files, texts);
  return { unit, texts, environmentFiles, configurationFiles, configurationDropIns, version, distribution };
}

/** The unit file and its drop-ins, in the order in which systemd reads them. @throws HostFileError */
export async function readUnitTexts(files: ReadableFiles, unit: string): Promise<UnitText[]> {
  for (const directory of unitDirectories) {
    const path = `${directory}/${unit}`;
    const content = await readOptional(files, path);
    if (content !== undefined) return [{ path, content }, ...(await readDropIns(files, unit))];
  }
  return [];
}

/** The contents by the paths that the unit names: several files of a pattern count as one text. */
async function readEnvironmentFiles(files: ReadableFiles, texts: readonly UnitText[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { path } of environmentFilesOf(texts)) {
    const contents: string[] = [];
    for (const one of await filesOfPattern(files, path)) {
      const content = await readOptional(files, one);
      // systemd ignores a whole file with one byte that is no UTF-8, and says nothing.
      if (content !== undefined && !content.includes('\ufffd')) contents.push(content);
    }
    if (contents.length > 0) found.set(path, contents.join('\n'));
  }
  return found;
}

/**
 * The files that EnvironmentFile= names: systemd expands `*`, `?` and `[…]` in the last part of the path, as
 * glob(3) does.
 * @throws HostFileError
 */
export async function filesOfPattern(files: ReadableFiles, path: string): Promise<string[]> {
  if (!path.startsWith('/')) return [];
  if (!/[*?[]/.test(path)) return [path];
  const slash = path.lastIndexOf('/');
  const [directory, pattern] = [path.slice(0, slash), path.slice(slash + 1)];
  const names = (await files.list(directory)).filter((name) => matchesPattern(name, pattern));
  return names.map((name) => `${directory}/${name}`);
}

/**
 * The kubelet reads no directory that its flag names by a symlink, unless a slash follows
 * (filepath.WalkDir).
 */
function isLink(directory: string, { commandLine }: ReturnType<typeof launchOf>): 'MayBeLink' | 'NoLink' {
  const given = commandLine.flags.findLast(({ name }) => name === 'config-dir')?.value ?? directory;
  return given.endsWith('/') ? 'MayBeLink' : 'NoLink';
}

/**
 * All `*.conf` below a directory, in the order of their bytes: what the kubelet reads of it.
 * @throws HostFileError
 */
export async function dropInsIn(files: ReadableFiles, directory: string, links: 'MayBeLink' | 'NoLink'): Promise<string[]> {
  if (links === 'NoLink' && (await isSymlink(files, directory))) return [];
  const found: string[] = [];
  for (const name of await files.list(directory)) {
    const path = `${directory}/${name}`;
    const kind = await kindOf(files, path);
    if (kind === 'Other') found.push(...(await dropInsIn(files, path, 'NoLink')));
    else if (name.endsWith('.conf')) found.push(path);
  }
  return found.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Whether a symlink stands there, wherever it leads. @throws HostFileError */
export async function isSymlink(files: ReadableFiles, path: string): Promise<boolean> {
  return (await kindOf(files, path)) === 'Symlink';
}

async function kindOf(files: ReadableFiles, path: string): Promise<'File' | 'Symlink' | 'Absent' | 'Other'> {
  try {
    return (await files.read(path)).kind;
  } catch (error) {
    if (error instanceof HostFileError && error.code === 'NotAFile') return 'Other';
    throw error;
  }
}

/** What is no file counts as absent: systemd and the kubelet read nothing from it. */
async function readOptional(files: ReadableFiles, path: string): Promise<string | undefined> {
  try {
    return (await readThrough(files, path))?.toString();
  } catch (error) {
    if (error instanceof HostFileError && ['NotAFile', 'PathThroughFile'].includes(error.code)) return undefined;
    throw error;
  }
}

/** Units and files that only one distribution has. */
const marks: readonly (readonly [path: string, Distribution])[] = [
  ['/etc/systemd/system/k3s.service', 'k3s'],
  ['/etc/systemd/system/k3s-agent.service', 'k3s'],
  ['/etc/systemd/system/rke2-server.service', 'RKE2'],
  ['/etc/systemd/system/rke2-agent.service', 'RKE2'],
  ['/usr/local/lib/systemd/system/rke2-server.service', 'RKE2'],
  ['/usr/local/lib/systemd/system/rke2-agent.service', 'RKE2'],
  ['/usr/lib/systemd/system/rke2-server.service', 'RKE2'],
  ['/usr/lib/systemd/system/rke2-agent.service', 'RKE2'],
  ['/etc/systemd/system/snap.microk8s.daemon-kubelite.service', 'MicroK8s'],
  ['/etc/systemd/system/machine-config-daemon-firstboot.service', 'OpenShift'],
];

async function findDistribution(files: ReadableFiles, texts: readonly UnitText[]): Promise<Distribution | undefined> {
  if (texts.some(({ content }) => valuesOf(content, 'Service', 'ExecStart').some((line) => line.includes('kubenswrapper'))))
    return 'OpenShift';
  if (texts.length > 0) return undefined;
  for (const [path, distribution] of marks) if ((await kindOf(files, path)) !== 'Absent') return distribution;
  return undefined;
}
