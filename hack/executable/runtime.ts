/** The Node.js that the executable is made of: from the npm registry, and never another one than is pinned. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import runtime from './runtime.json' with { type: 'json' };

export type Architecture = keyof typeof runtime.packages;

export const architectures = Object.keys(runtime.packages) as Architecture[];

/** `24.21.0` */
export const runtimeVersion = runtime.version;

/** The runtime cannot be had, or is another one. */
export class NoRuntime extends Error {}

/** Of the machine that builds. @throws NoRuntime */
export function ownArchitecture(): Architecture {
  const own = architectures.find((one) => one === process.arch);
  if (own === undefined) throw new NoRuntime(`it builds on ${architectures.join(' and ')}, and this machine is ${process.arch}`);
  return own;
}

/**
 * Unpacks `node`, the program, for an architecture. Its package is fetched if it is not there yet.
 * @param place the directory for it
 * @param cache where packages are kept from one build to the next
 * @throws NoRuntime
 */
export function unpackRuntime(architecture: Architecture, place: string, cache: string): void {
  const archive = archiveOf(architecture, cache);
  execFileSync('tar', ['-xzf', archive, '-C', place, '--strip-components=2', 'package/bin/node']);
}

/** The licence of Node.js and of all that is in it. @throws NoRuntime */
export function runtimeLicence(cache: string): string {
  const words = ['-xzOf', archiveOf(ownArchitecture(), cache), 'package/LICENSE'];
  return execFileSync('tar', words, { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 });
}

/** What the runtime consists of, by name: its `process.versions`. @throws NoRuntime */
export function runtimeVersions(cache: string): Record<string, string> {
  const place = mkdtempSync(join(tmpdir(), 'kubelet-config-runtime-'));
  try {
    unpackRuntime(ownArchitecture(), place, cache);
    const words = ['--print', 'JSON.stringify(process.versions)'];
    return JSON.parse(execFileSync(join(place, 'node'), words, { encoding: 'utf8', env: {} }));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** The package of the runtime, as it is pinned. */
function archiveOf(architecture: Architecture, cache: string): string {
  const { name, integrity } = runtime.packages[architecture];
  const archive = join(cache, `${name}-${runtime.version}.tgz`);
  if (!existsSync(archive)) fetch(`${name}@${runtime.version}`, archive);
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (found !== integrity)
    throw new NoRuntime(
      `${archive} is not the package that hack/executable/runtime.json pins: it has ${found}. Remove it, and look where it came from`,
    );
  return archive;
}

/** The archive has its name only when it is whole. */
function fetch(specification: string, archive: string): void {
  mkdirSync(dirname(archive), { recursive: true });
  const place = mkdtempSync(join(dirname(archive), 'fetch-'));
  try {
    const words = ['pack', specification, '--pack-destination', place, '--json', '--loglevel=error'];
    const [{ filename }] = JSON.parse(execFileSync('npm', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }));
    renameSync(join(place, filename), archive);
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string };
    const said = stderr
      .split('\n')
      .flatMap((line) => /^npm error (?!code|errno|syscall|address|port|type|A complete log)(.+)$/.exec(line)?.[1] ?? []);
    const why = said[0] ?? message;
    throw new NoRuntime(`${specification} could not be had from the npm registry: ${why}`, { cause: error });
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
