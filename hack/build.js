/** Bundles the command: dist/kubelet-config.js, and beside it in dist/parts what not every command needs. */

import { rm } from 'node:fs/promises';
import { build } from 'esbuild';

/** What libraries import and we do not need of them: a third of the time that the command took to start went there. */
const replaced = {
  // The D-Bus client reads introspection data with it, and we ask for none.
  'fast-xml-parser': 'export class XMLParser {}',
  'fast-xml-builder': 'export default class XMLBuilder {}',
  // Its expressions know every emoji; the help text that is laid out by it has none.
  'string-width': `import { stripVTControlCharacters } from 'node:util'; export default (text) => stripVTControlCharacters(text).length;`,
};

const replace = {
  name: 'replace',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: new RegExp(`^(${Object.keys(replaced).join('|')})$`) }, ({ path }) => ({ path, namespace: 'replaced' }));
    onLoad({ filter: /./, namespace: 'replaced' }, ({ path }) => ({ contents: replaced[path] }));
  },
};

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
