/** Bundles the command: dist/kubelet-config.js, and beside it in dist/parts what not every command needs. */

import { chmod, rm } from 'node:fs/promises';
import { build } from 'esbuild';
import { replace } from './replaced.js';

await rm('dist/parts', { recursive: true, force: true });
await build({
  entryPoints: ['src/cli/kubelet-config.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'parts/[name]-[hash]',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  minify: true,
  keepNames: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'external',
  logLevel: 'warning',
  plugins: [replace],
  // Some libraries still ask for `require`, which an ES module does not have.
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
  },
});
await chmod('dist/kubelet-config.js', 0o755);
