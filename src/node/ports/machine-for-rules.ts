/** Reads what the kubelet's own rules ask of its machine: its size, its control groups, and files. */

import type { MachineForRules } from '../../kubelet/rules/in-force.ts';
import { effectiveDropIns } from '../../systemd/load-path.ts';
import { timeSpan } from '../../systemd/time-span.ts';
import { valuesOf } from '../../systemd/unit-text.ts';
import { HostFileError, type HostFiles } from './files.ts';
import { readThrough } from './follow-links.ts';
import type { ReadableFiles } from './overlay.ts';

type Files = Pick<HostFiles, 'read' | 'list' | 'identity'>;
type Size = Omit<MachineForRules, 'kindOf' | 'text'>;
type Seen = Required<Pick<MachineForRules, 'kindOf' | 'text'>>;

/**
 * Everything but files. What cannot be read is absent.
 * @param files of a machine that runs: the kernel makes most of these
 */
export async function readMachineSize(files: ReadableFiles): Promise<Size> {
  const read = (path: string) => textOf(files, path);
  const [cpus, memory, swaps, nodes, cgroupVersion, lateInhibitDelay] = await Promise.all([
    read('/sys/devices/system/cpu/online'),
    read('/proc/meminfo'),
    read('/proc/swaps'),
    files.list('/sys/devices/system/node').catch(ignoreFileError),
    readCgroupVersion(files),
    readLateInhibitDelay(files).catch(ignoreFileError),
  ]);
  const onlineCpus = cpus === undefined ? undefined : numbersIn(cpus);
  const bytes = memoryIn(memory ?? '');
  const numaNodes = (nodes ?? [])
    .flatMap((name) => Number(/^node(\d{1,6})$/.exec(name)?.[1] ?? Number.NaN))
    .filter(Number.isInteger);
  return {
    capacity: { ...(onlineCpus && { cpu: onlineCpus.length }), ...(bytes !== undefined && { memory: bytes }) },
    ...(onlineCpus && { onlineCpus }),
    ...(numaNodes.length > 0 && { numaNodes }),
    ...(cgroupVersion && { cgroupVersion }),
    // Below the line of titles, a line for each.
    ...(swaps !== undefined && { hasSwap: swaps.trim().includes('\n') }),
    ...(lateInhibitDelay !== undefined && { lateInhibitDelay }),
  };
}

/**
 * Runs a check until it has been told of every file that it asks for. What a manager of the kubelet has
 * written down is not told: we move it away where a change of its policy needs that.
 *
 * @param check pure: it is run again with what it asked for
 */
export async function askingFiles<Found>(files: Files, check: (seen: Seen) => Found): Promise<Found> {
  const kinds = new Map<string, ReturnType<Seen['kindOf']>>();
  const texts = new Map<string, string | undefined>();
  for (;;) {
    const asked: (() => Promise<void>)[] = [];
    const found = check({
      kindOf: (path) => {
        if (!kinds.has(path)) asked.push(async () => void kinds.set(path, await kindOf(files, path)));
        return kinds.get(path);
      },
      text: (path) => {
        const isKnown = texts.has(path) || /_state$/.test(path);
        if (!isKnown) asked.push(async () => void texts.set(path, await textOf(files, path)));
        return texts.get(path);
      },
    });
    if (asked.length === 0) return found;
    await Promise.all(asked.map((ask) => ask()));
  }
}

const largestText = 1_048_576;

async function kindOf(files: Files, path: string): Promise<'File' | 'Directory' | 'Absent' | undefined> {
  if (!path.startsWith('/')) return undefined;
  try {
    // A program is not read for that.
    if ((await files.identity(path)) !== undefined) return 'File';
    return (await readThrough(files, path)) === undefined ? 'Absent' : 'File';
  } catch (error) {
    if (error instanceof HostFileError && error.code === 'NotAFile') return 'Directory';
    if (error instanceof HostFileError && error.code === 'PathThroughFile') return 'Absent';
    ignoreFileError(error);
    return undefined;
  }
}

async function textOf(files: ReadableFiles, path: string): Promise<string | undefined> {
  if (!path.startsWith('/')) return undefined;
  const content = (await readThrough(files, path).catch(ignoreFileError)) ?? undefined;
  return content === undefined || content.length > largestText ? undefined : content.toString();
}

/** Such a fact is unknown. @throws any other error */
function ignoreFileError(error: unknown): undefined {
  if (!(error instanceof HostFileError)) throw error;
}

/** The numbers of a list as the kernel writes it: `0-3,8` are five. Undefined for another text. */
export function numbersIn(list: string): number[] | undefined {
  const numbers: number[] = [];
  for (const part of list.trim().split(',')) {
    const [, first, last = first] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part) ?? [];
    if (first === undefined) return undefined;
    for (let number = Number(first); number <= Number(last); number += 1) numbers.push(number);
  }
  return numbers;
}

/** The bytes of all memory by the text of /proc/meminfo; undefined if it does not say. */
export function memoryIn(meminfo: string): number | undefined {
  const [, kibibytes] = /^MemTotal: *(\d{1,15}) kB$/m.exec(meminfo) ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

/** Undefined if it cannot be seen. The file stands in the root of the one tree of v2, and nowhere in v1. */
export async function readCgroupVersion(files: ReadableFiles): Promise<1 | 2 | undefined> {
  const names = (await files.list('/sys/fs/cgroup').catch(ignoreFileError)) ?? [];
  if (names.includes('cgroup.controllers')) return 2;
  return names.includes('memory') || names.includes('systemd') ? 1 : undefined;
}

/** The drop-in that the kubelet writes to raise the time. */
const ofKubelet = '99-kubelet.conf';

/** Of those that are read after it, the last one that sets the time; null if none does: logind.conf(5). */
async function readLateInhibitDelay(files: ReadableFiles): Promise<Size['lateInhibitDelay']> {
  const found: string[] = [];
  for (const directory of ['/etc', '/run', '/usr/local/lib', '/usr/lib'].map((prefix) => `${prefix}/systemd/logind.conf.d`)) {
    const late = (await files.list(directory)).filter((name) => name > ofKubelet);
    found.push(...late.map((name) => `${directory}/${name}`));
  }
  let last: Size['lateInhibitDelay'] = null;
  for (const path of effectiveDropIns(found)) {
    const spans = valuesOf((await textOf(files, path)) ?? '', 'Login', 'InhibitDelayMaxSec').map(timeSpan);
    const nanoseconds = spans.findLast((span) => span !== undefined);
    if (nanoseconds !== undefined) last = { path, nanoseconds };
  }
  return last;
}
