/** `npm run release`: every file of a release, in one directory. */

import { parseArgs } from 'node:util';
import { architectures, NoRuntime } from '../executable/runtime.ts';
import { NoLicenceText } from './licences.ts';
import { Missing, makeRelease } from './release.ts';

const usage = `Makes every file of a release in one directory: executables, packages, archives, chart, manifests, bill of materials, checksums.

Usage:
  npm run release [-- --arch ${architectures.join('|')}] [-- --out DIR] [-- --quick]

  --arch   the architecture; all of them by default
  --out    the directory, out by default
  --quick  compress less, for trying: seconds for each package, not a minute

The same commit gives the same bytes. The time of the files is $SOURCE_DATE_EPOCH, or that of the commit.
Needs Debian's dpkg, rpm, tar and gzip. docs/releasing.md says what to do with the files.
`;

async function run(): Promise<number> {
  const { values } = parseArgs({
    options: {
      arch: { type: 'string', multiple: true },
      out: { type: 'string', default: 'out' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const asked = values.arch ?? architectures;
  const chosen = architectures.filter((one) => asked.includes(one));
  const unknown = asked.find((one) => !architectures.some((known) => known === one));
  if (unknown !== undefined) {
    process.stderr.write(`release: there is no architecture ${unknown}: it builds for ${architectures.join(' and ')}\n`);
    return 2;
  }
  const say = (line: string) => process.stderr.write(`${line}\n`);
  process.stdout.write(await makeRelease({ architectures: chosen, out: values.out, compression: values.quick ? 3 : 19, say }));
  return 0;
}

try {
  process.exitCode = await run();
} catch (error) {
  const isKnown = [NoRuntime, Missing, NoLicenceText].some((known) => error instanceof known);
  const isUsage = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true;
  const { message, stack } = error as Error;
  process.stderr.write(`release: ${isKnown || isUsage ? message : (stack ?? message)}\n`);
  process.exitCode = isKnown || isUsage ? 2 : 1;
}
