/** The operator in a cluster with pods, installed and uninstalled by the words of docs/install.md. */

import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { textOf } from '../manifests/documents.ts';
import type { PodCluster } from './cluster.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const page = textOf('docs/install.md');

/** The kustomization that the page has a reader write, and where. */
function kustomizationOfPage(): { readonly path: string; readonly content: string } {
  const [, block = '', path = ''] = /^```yaml\n(# (ours\/kustomization\.yaml)\n[\s\S]*?)^```$/m.exec(page) ?? [];
  return { path, content: block };
}

export interface Checkout {
  /** Runs a line of the page: kubectl in the checkout. @returns its output @throws Error if it fails */
  follow(line: string): Promise<string>;
  /** Writes the kustomization anew, with another tag of the image. */
  changeTag(tag: string): void;
}

/** What a reader of the page has: manifests and CRDs of a checkout, and a kustomization of their own. */
export function makeCheckout({ kubectl, directory: place }: PodCluster): Checkout {
  const directory = join(place, 'checkout');
  for (const part of ['manifests', 'crds']) cpSync(join(repository, part), join(directory, part), { recursive: true });
  const { path, content } = kustomizationOfPage();
  const write = (text: string) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  write(content);
  return {
    follow: (line) => {
      const [program, ...words] = line.split(' ');
      if (program !== 'kubectl') throw new RangeError(`not a line for kubectl: ${line}`);
      return kubectl(...words.map((word) => (word === 'ours' ? join(directory, 'ours') : word)));
    },
    changeTag: (tag) => write(content.replace(/^( *newTag: ).*$/m, `$1${tag}`)),
  };
}
