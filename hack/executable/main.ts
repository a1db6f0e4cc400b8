/** `npm run build:executable`: kubelet-config as one file, for machines that have no Node.js. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildExecutable } from './build.ts';
import { type Architecture, architectures, NoRuntime, runtimeVersion } from './runtime.ts';

const usage = `Builds kubelet-config as one file with Node.js ${runtimeVersion} in it: out/kubelet-config-linux-ARCHITECTURE.

Usage:
  npm run build:executable [-- --arch ${architectures.join('|')}] [-- --out DIR]

  --arch  the architecture; all of them by default
  --out   the directory, out by default

The runtime comes from the npm registry; hack/executable/runtime.json pins its version and its hash.
Only the runtime of this machine's own architecture can make the code cache with which the program starts sooner.
`;

async function run(): Promise<number> {
  const { values } = parseArgs({
    options: {
      arch: { type: 'string', multiple: true },
      out: { type: 'string', default: 'out' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const asked = values.arch ?? architectures;
  const unknown = asked.find((one) => !architectures.includes(one as Architecture));
  if (unknown !== undefined) {
    process.stderr.write(`build:executable: there is no architecture ${unknown}: it builds for ${architectures.join(' and ')}\n`);
    return 2;
  }
  for (const architecture of asked as Architecture[]) {
    process.stderr.write(`building for linux-${architecture} with Node.js ${runtimeVersion}\n`);
    const { path, hasCodeCache } = await buildExecutable(architecture, values.out, 'node_modules/.cache/kubelet-config');
    const bytes = readFileSync(path);
    const cache = hasCodeCache ? '' : ', without a code cache';
    process.stdout.write(
      `${path}: ${(bytes.length / 1e6).toFixed(1)} MB${cache}, sha256 ${createHash('sha256').update(bytes).digest('hex')}\n`,
    );
  }
  return 0;
}

try {
  process.exitCode = await run();
} catch (error) {
  const isKnown = error instanceof NoRuntime || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`build:executable: ${isKnown ? (error as Error).message : ((error as Error).stack ?? String(error))}\n`);
  process.exitCode = isKnown ? 2 : 1;
}
