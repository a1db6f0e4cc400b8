/**
 * The facts of one machine for expressions, read from its files inside its root. A fact that cannot be read
 * is missing, with the reason; nothing here fails as a whole.
 */

import { readlink } from 'node:fs/promises';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import process from 'node:process';
import { type Fact, factFiles, type HostFactsForExpressions, stickyGiB, type Texts } from '../computed/facts.ts';
import { HostFileError } from '../node/ports/files.ts';
import { readThrough } from '../node/ports/follow-links.ts';
import { memoryIn, numbersIn } from '../node/ports/machine-for-rules.ts';
import type { ReadableFiles } from '../node/ports/overlay.ts';
import { parseOsRelease } from '../render/facts.ts';
import { readEnvironmentFile } from '../systemd/environment-file.ts';
import { defaultInterface, stableIpv6 } from './default-route.ts';

export interface MachineFactsOptions {
  /** Files to read besides those that every expression may read. */
  readonly extraFiles?: readonly string[];
  /** The memory that was told last, in GiB. */
  readonly lastMemoryGiB?: number | undefined;
  /** The namespaces of this process, as /proc/self/ns has them; tests give others. */
  readonly namespaces?: Readonly<Partial<Record<Namespace, string>>>;
  /** The addresses of the interfaces; tests give others. */
  readonly addresses?: Readonly<Record<string, readonly Pick<NetworkInterfaceInfo, 'family' | 'address'>[] | undefined>>;
}

type Namespace = 'uts' | 'net';

const largestFile = 65_536;

/** Reads everything: it is a dozen of small files, most of them made by the kernel. */
export async function readMachineFacts(
  files: ReadableFiles,
  { extraFiles = [], lastMemoryGiB, addresses, namespaces }: MachineFactsOptions = {},
): Promise<HostFactsForExpressions> {
  const [hostname, cpus, memoryGiB, ipv4, ipv6, architecture, osRelease] = await Promise.all([
    fact(async () => readHostname(files, await isOther('uts', files, namespaces))),
    fact(async () => countProcessors(await text(files, '/sys/devices/system/cpu/online'))),
    fact(async () => stickyGiB(memoryBytes(await text(files, '/proc/meminfo')), lastMemoryGiB)),
    fact(async () => readIpv4(files, (await isOther('net', files, namespaces)) ? {} : (addresses ?? networkInterfaces()))),
    fact(() => readIpv6(files)),
    fact(() => readArchitecture(files)),
    fact(() => readOsRelease(files)),
  ]);
  return {
    machine: { hostname, cpus, memoryGiB, ipv4, ipv6, architecture, osRelease },
    environmentFiles: await fact(() => readEnvironmentFiles(files, extraFiles)),
  };
}

/** Why a fact cannot be read. */
class Unreadable extends Error {
  readonly remedy: string;

  constructor(reason: string, remedy: string) {
    super(reason);
    this.remedy = remedy;
  }
}

async function fact<Value>(read: () => Promise<Value>): Promise<Fact<Value>> {
  try {
    return { value: await read() };
  } catch (error) {
    if (error instanceof Unreadable || error instanceof HostFileError)
      return { missing: { reason: error.message, remedy: error.remedy } };
    throw error;
  }
}

/** @throws Unreadable if it is not there, or not text; HostFileError */
async function text(files: ReadableFiles, path: string): Promise<string> {
  const found = await optionalText(files, path);
  if (found !== undefined) return found;
  throw new Unreadable(`${path} is not there`, 'make it readable in the root of the host, or use an expression without it');
}

/** Undefined if it is not there. */
async function optionalText(files: ReadableFiles, path: string): Promise<string | undefined> {
  const content = await readThrough(files, path);
  if (content === undefined) return undefined;
  const decoded = content.toString();
  if (content.length > largestFile) throw new Unreadable(`${path} is larger than 64 KiB`, 'give the agent a smaller file');
  // systemd ignores such a file as a whole, and says nothing.
  if (decoded.includes('\ufffd')) throw new Unreadable(`${path} is not UTF-8`, 'write it as UTF-8');
  return decoded;
}

/**
 * Whether process 1 of the root has another host name, or another network, than this process: what the kernel
 * tells this process is then not about that machine. A process without the right to look shares them: an
 * agent in a pod has the network of its host, and with it the name.
 */
async function isOther(name: Namespace, files: ReadableFiles, given: MachineFactsOptions['namespaces']): Promise<boolean> {
  const theirs = await files.read(`/proc/1/ns/${name}`).catch(ignoreUnreadable);
  if (theirs?.kind !== 'Symlink') return false;
  const ours = given ? given[name] : await readlink(`/proc/self/ns/${name}`).catch(() => undefined);
  return ours !== undefined && ours !== theirs.target;
}

/** The name that the kernel has; in a root without one, as of an image, the name that it will get. */
async function readHostname(files: ReadableFiles, isElsewhere: boolean): Promise<string> {
  const known = isElsewhere ? undefined : await optionalText(files, '/proc/sys/kernel/hostname');
  const found = known ?? (await text(files, '/etc/hostname'));
  const lines = found.split('\n').map((line) => line.trim());
  const name = lines.find((line) => line !== '' && !line.startsWith('#'));
  if (name !== undefined) return name;
  throw new Unreadable('the machine has no host name', 'set one with hostnamectl');
}

function countProcessors(list: string): number {
  const numbers = numbersIn(list);
  if (numbers !== undefined && numbers.length > 0) return numbers.length;
  throw new Unreadable('/sys/devices/system/cpu/online is no list of processors', 'use an expression without it');
}

function memoryBytes(meminfo: string): number {
  const bytes = memoryIn(meminfo);
  if (bytes !== undefined) return bytes;
  throw new Unreadable('/proc/meminfo has no MemTotal', 'use an expression without it');
}

/** Of the first process, so of the host's network, whatever network this process is in. */
async function network(files: ReadableFiles, name: string): Promise<string | undefined> {
  const ofHost = await optionalText(files, `/proc/1/net/${name}`).catch(ignoreUnreadable);
  return ofHost ?? (await optionalText(files, `/proc/net/${name}`));
}

/** A process of another user may be hidden. */
function ignoreUnreadable(error: unknown): undefined {
  if (!(error instanceof HostFileError)) throw error;
}

/** The first address of the interface, as the kubelet picks it; '' without a default route. */
async function readIpv4(files: ReadableFiles, addresses: NonNullable<MachineFactsOptions['addresses']>): Promise<string> {
  const routes = await network(files, 'route');
  if (routes === undefined) throw noNetwork('ipv4');
  const name = defaultInterface(routes, 'IPv4');
  if (name === undefined) return '';
  const known = Object.hasOwn(addresses, name) ? addresses[name] : undefined;
  const address = known?.find((one) => one.family === 'IPv4' && !one.address.startsWith('169.254.'))?.address;
  if (address !== undefined) return address;
  const remedy = 'give it an address; an agent in a container needs the network of the host (hostNetwork: true)';
  throw new Unreadable(`the interface of the default route, ${name}, has no IPv4 address that can be seen from here`, remedy);
}

async function readIpv6(files: ReadableFiles): Promise<string> {
  const routes = await network(files, 'ipv6_route');
  // Without IPv6 the kernel has no such file.
  if (routes === undefined && (await network(files, 'route')) === undefined) throw noNetwork('ipv6');
  const name = defaultInterface(routes ?? '', 'IPv6');
  return name === undefined ? '' : (stableIpv6((await network(files, 'if_inet6')) ?? '', name) ?? '');
}

function noNetwork(name: string): Unreadable {
  const remedy = 'use an expression without it: the tree of an image has no network';
  return new Unreadable(`machine.${name} is not known: this root has no /proc/net/route`, remedy);
}

async function readOsRelease(files: ReadableFiles): Promise<Texts> {
  const found = (await optionalText(files, '/etc/os-release')) ?? (await text(files, '/usr/lib/os-release'));
  return parseOsRelease(found);
}

/** The architectures that a kubelet is built for, as ELF numbers them (e_machine in elf.h). */
const elfMachines: ReadonlyMap<number, string> = new Map([
  [3, '386'],
  [21, 'ppc64le'],
  [22, 's390x'],
  [40, 'arm'],
  [62, 'amd64'],
  [183, 'arm64'],
  [243, 'riscv64'],
]);

/**
 * That of this process, which runs on the machine; an image may be of another, which its own programs tell.
 */
async function readArchitecture(files: ReadableFiles): Promise<string> {
  const isImage = (await files.read('/proc/sys/kernel/hostname')).kind === 'Absent';
  for (const program of isImage ? ['/usr/lib/systemd/systemd', '/lib/systemd/systemd', '/bin/sh'] : []) {
    const content = await readThrough(files, program);
    const isElf = content?.subarray(0, 4).toString('latin1') === '\x7fELF' && content.length > 20;
    // The sixth byte says how numbers are written.
    const machine = isElf && (content[5] === 2 ? content.readUInt16BE(18) : content.readUInt16LE(18));
    const found = machine === false ? undefined : elfMachines.get(machine);
    if (found !== undefined) return found;
  }
  return ownArchitecture();
}

/** Node.js's names of architectures and Go's, where they differ. */
function ownArchitecture(): string {
  return { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' }[process.arch as string] ?? process.arch;
}

/** The variables of each file that is there; of a file that cannot be read, the reason. */
async function readEnvironmentFiles(
  files: ReadableFiles,
  extra: readonly string[],
): Promise<Readonly<Record<string, Fact<Texts>>>> {
  const inside = (await files.list(factFiles.directory)).filter((name) => !name.startsWith('.'));
  const paths = [...factFiles.files, ...inside.map((name) => `${factFiles.directory}/${name}`), ...extra];
  const found: [string, Fact<Texts>][] = [];
  for (const path of new Set(paths)) {
    const variables = await fact(async () => {
      const content = await optionalText(files, path);
      return content === undefined ? undefined : Object.fromEntries(readEnvironmentFile(content));
    });
    if ('missing' in variables) found.push([path, variables]);
    else if (variables.value !== undefined) found.push([path, { value: variables.value }]);
  }
  return Object.fromEntries(found);
}
