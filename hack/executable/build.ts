/** Makes the executable: the runtime with the program in it, by Node.js's own mechanism (single executable applications). */

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inject } from 'postject';
import { bundle } from './bundle.ts';
import { type Architecture, ownArchitecture, unpackRuntime } from './runtime.ts';

export interface Built {
  readonly path: string;
  /** Whether it starts from compiled code: only the runtime of this machine's own architecture can compile. */
  readonly hasCodeCache: boolean;
}

/** Node.js looks for it to see whether a program was put in: part of the mechanism. */
const sentinelFuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/**
 * With a fixed seed two builds have equal bytes. A runtime takes the code cache only if it has the same seed.
 * Decision 0061 tells the price.
 */
const flags = ['--hash-seed=1'];

/**
 * Builds `kubelet-config-linux-ARCHITECTURE` in a directory. It has its name only when it is whole.
 * @throws NoRuntime
 */
export async function buildExecutable(architecture: Architecture, out: string, cache: string): Promise<Built> {
  const place = join(resolve(out), `.build-${architecture}`);
  // A build that was killed has left it.
  rmSync(place, { recursive: true, force: true });
  const builder = join(place, 'builder');
  mkdirSync(builder, { recursive: true });
  try {
    unpackRuntime(architecture, place, cache);
    // Only a runtime of the same version writes what it reads, and only one of this machine's architecture runs here.
    unpackRuntime(ownArchitecture(), builder, cache);
    const made = join(place, 'node');
    const hasCodeCache = architecture === process.arch;
    const program = await blob(place, join(builder, 'node'), hasCodeCache);
    await quietly(() => inject(made, 'NODE_SEA_BLOB', program, { sentinelFuse }));
    chmodSync(made, 0o755);
    const path = join(out, `kubelet-config-linux-${architecture}`);
    renameSync(made, path);
    return { path, hasCodeCache };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** postject warns of sections of the runtime whose names it does not find, which does no harm. */
async function quietly(work: () => Promise<void>): Promise<void> {
  const { warn } = console;
  console.warn = (text: unknown) => {
    if (!String(text).startsWith("warning: Can't find string offset for section name")) warn(text);
  };
  try {
    await work();
  } finally {
    console.warn = warn;
  }
}

/** What is put in: the program, and how the runtime starts it. */
async function blob(place: string, node: string, useCodeCache: boolean): Promise<Buffer> {
  writeFileSync(join(place, 'kubelet-config.cjs'), (await bundle()).text, 'latin1');
  const configuration = {
    main: 'kubelet-config.cjs',
    output: 'blob',
    disableExperimentalSEAWarning: true,
    useCodeCache,
    execArgv: flags,
    // NODE_OPTIONS could load other code into a program that runs as root.
    execArgvExtension: 'none',
  };
  writeFileSync(join(place, 'configuration.json'), JSON.stringify(configuration));
  execFileSync(node, [...flags, '--experimental-sea-config', 'configuration.json'], {
    cwd: place,
    // Its error has what it says.
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return readFileSync(join(place, 'blob'));
}
