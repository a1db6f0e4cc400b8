/** Trees of nodes for imports: those in test/fixtures/nodes, and those that a test writes down. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultAllowance } from '../../src/api/paths.ts';
import type { KubeletConfig } from '../../src/api/types.ts';
import { desiredFor } from '../../src/desired/effective.ts';
import { type GivenFile, placeFiles } from '../../src/importing/given-files.ts';
import { type Imported, type ImportOptions, importKubelet, selectedLabel } from '../../src/importing/import.ts';
import type { InstalledKubelet } from '../../src/kubelet/installed/installed.ts';
import { readInstalledKubelet } from '../../src/node/ports/installed-kubelet.ts';
import { overlaid, type ReadableFiles } from '../../src/node/ports/overlay.ts';
import { type HostFacts, parseOsRelease } from '../../src/render/facts.ts';
import { type Rendered, render } from '../../src/render/render.ts';

const nodes = join(import.meta.dirname, '../fixtures/nodes');
const empty = placeFiles([], 'kubelet.service').files;

export function filesOf(contents: Readonly<Record<string, string>>): ReadableFiles {
  return overlaid(empty, new Map(Object.entries(contents).map(([path, text]) => [path, Buffer.from(text)])));
}

/** The files of a fixture, by their path on the node. */
export function contentsOfNode(shape: string): Record<string, string> {
  const root = join(nodes, shape);
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [path.slice(root.length), readFileSync(path, 'utf8')]));
}

export interface Node {
  readonly contents: Readonly<Record<string, string>>;
  readonly files: ReadableFiles;
  readonly installed: InstalledKubelet;
  readonly facts: HostFacts;
}

export async function nodeOf(contents: Readonly<Record<string, string>>, version?: string): Promise<Node> {
  const files = filesOf(contents);
  const installed = await readInstalledKubelet(files, 'kubelet.service', version);
  return { contents, files, installed, facts: { osRelease: parseOsRelease(contents['/usr/lib/os-release'] ?? ''), installed } };
}

/** @param own the kubelet without files of ours; by default it has none */
export function imported(installed: InstalledKubelet, launcher: ImportOptions['launcher'], own = installed): Imported {
  return importKubelet(installed, own, { launcher, name: 'imported', allowance: defaultAllowance });
}

/** What a node with these facts gets from the object. */
export function renderedFor(object: KubeletConfig | undefined, facts: HostFacts): Rendered {
  const desired = object && desiredFor([object], selectedLabel, defaultAllowance);
  if (desired?.kind !== 'Effective') throw new Error(`not effective: ${JSON.stringify(desired)}`);
  return render(desired.effective, facts);
}

/** The kubelet of the node once it has what was rendered. */
export async function after({ files, installed }: Node, rendered: Rendered): Promise<InstalledKubelet> {
  if (rendered.kind === 'Refused') throw new Error(`refused: ${JSON.stringify(rendered.problems)}`);
  const changes = new Map(rendered.revision.files.map(({ path, content }) => [path, Buffer.from(content)]));
  return readInstalledKubelet(overlaid(files, changes), installed.unit, installed.version);
}

export async function fromFiles(given: readonly GivenFile[], launcher: ImportOptions['launcher']): Promise<Imported> {
  const { files, problems } = placeFiles(given, 'kubelet.service');
  const result = imported(await readInstalledKubelet(files, 'kubelet.service'), launcher);
  return { ...result, problems: [...problems, ...result.problems] };
}
