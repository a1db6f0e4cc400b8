/** The program in one file, as the executable holds it. */

import { build, type Metafile } from 'esbuild';
import { replace } from '../replaced.js';

export interface Bundle {
  readonly text: string;
  /** Which files it is made of. */
  readonly metafile: Metafile;
}

/**
 * CommonJS, which starts sooner than an ES module, and in ASCII: one character outside of Latin-1 would double it
 * in memory.
 */
export async function bundle(): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: ['src/cli/kubelet-config.ts'],
    write: false,
    bundle: true,
    metafile: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    charset: 'ascii',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [replace],
    // Some libraries ask where they are.
    define: { 'import.meta.url': 'here' },
    banner: { js: "const here = require('node:url').pathToFileURL(__filename).href;" },
  });
  const text = outputFiles[0]?.text ?? '';
  // esbuild leaves those in regular expressions as they are.
  return { text: text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`), metafile };
}
