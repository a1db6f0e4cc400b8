/** The objects of examples/, each set as one node gets it. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { KubeletConfig } from '../src/api/types.ts';
import { readManifests } from '../src/manifest/read/read.ts';

export interface Example {
  /** Path below examples/: of a file, or of a folder whose objects are for one node. */
  readonly name: string;
  readonly objects: readonly KubeletConfig[];
  /** Labels of a node that all of the objects select. */
  readonly labels: Readonly<Record<string, string>>;
}

const folder = fileURLToPath(new URL('../examples/', import.meta.url));

/** Folders whose objects are merged for one node, with the labels that `matchExpressions` wants. */
const merged: Readonly<Record<string, Readonly<Record<string, string>>>> = { priority: { accelerator: 'a100' } };

/** Every manifest below examples/ but those for other controllers, from there, sorted. */
export const exampleFiles: readonly string[] = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(ya?ml|json)$/.test(path) && !path.startsWith('gitops/'))
  .sort();

export const examples: readonly Example[] = [...new Set(exampleFiles.map(nameOf))].map((name) => {
  const objects = exampleFiles.filter((path) => nameOf(path) === name).flatMap(objectsIn);
  const wanted = objects.map(({ spec }) => spec.nodeSelector.matchLabels ?? {});
  return { name, objects, labels: Object.assign({}, merged[name], ...wanted) as Record<string, string> };
});

function nameOf(path: string): string {
  const [first = path] = path.split('/');
  return first in merged ? first : path;
}

/** @throws Error for a manifest with a problem, warnings included */
function objectsIn(path: string): KubeletConfig[] {
  const { documents, problems } = readManifests(readFileSync(`${folder}${path}`, 'utf8'), path);
  if (problems.length > 0) throw new Error(`examples/${path}: ${JSON.stringify(problems)}`);
  return documents.map(({ value }) => value as KubeletConfig);
}
