/**
 * Writes what is generated: the CRDs from the schema, the Helm chart from the manifests, the lint from the table of rooms.
 * With --check writes nothing and fails when a file is stale.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { kubeletConfigCrd, nodeKubeletCrd } from '../src/api/schema/crd.ts';
import { roomsLint } from './house/lint.ts';
import { chartFiles } from './manifests/chart.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const crds = {
  'kubelet-config.dev_kubeletconfigs.yaml': crdFile(kubeletConfigCrd()),
  'kubelet-config.dev_nodekubelets.yaml': crdFile(nodeKubeletCrd()),
};
const generated = [
  ...Object.entries(crds).map(([name, { text }]) => ({ path: `crds/${name}`, from: 'src/api/schema', content: text })),
  ...chartFiles(version, crds).map((file) => ({ ...file, from: 'manifests/ and hack/manifests/chart' })),
  {
    path: 'src/cli/print/data/problem-help.json',
    from: 'docs/errors.md',
    content: problemHelp(readFileSync('docs/errors.md', 'utf8')),
  },
  { path: 'biome.rooms.json', from: 'hack/house/rooms.ts', content: `${JSON.stringify(roomsLint(), null, 2)}\n` },
];

const stale = generated.filter(({ path, content }) => current(path) !== content);
if (process.argv.includes('--check')) {
  for (const { path, from } of stale)
    console.error(`${path} is not what ${from} says: run \`npm run generate\` and commit the result`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const { path, content } of stale) {
    const place = new URL(`../${path}`, import.meta.url);
    mkdirSync(new URL('.', place), { recursive: true });
    writeFileSync(place, content);
    console.log(`wrote ${path}`);
  }
}

function crdFile(object: object): { object: object; text: string } {
  // Helm 3 prints the CRDs of a chart (`helm show crds`) without a line between them.
  const header = '---\n# Generated from src/api/schema by `npm run generate`: change it there.\n';
  // kubectl reads YAML 1.1, where an unquoted 0644 or yes is no string.
  return { object, text: header + stringify(object, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false }) };
}

/** What the page says of each code, with links that lead there from anywhere. */
function problemHelp(page: string): string {
  const docs = 'https://github.com/kubelet-config/kubelet-config/blob/main/docs/';
  const rows = page.split('\n').flatMap((line) => {
    const [, code, ...cells] = line.match(/^\| `(\w+)` \| (.*?) \|(?: (.*) \|)?$/) ?? [];
    if (code === undefined) return [];
    const [means = '', what = ''] = cells.map((cell = '') =>
      cell.replaceAll('\\|', '|').replace(/\]\((?!https?:)(#?)/g, (_, mark) => `](${docs}${mark && 'errors.md#'}`),
    );
    return [[code, { means, do: what }] as const];
  });
  return `${JSON.stringify(Object.fromEntries(rows), null, 2)}\n`;
}

function current(path: string): string | undefined {
  try {
    return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
