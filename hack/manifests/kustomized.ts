/** What `kubectl kustomize` makes of a folder of manifests/, for what is built from them where no kubectl is. */

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, isMap, isScalar, isSeq, parse, parseAllDocuments } from 'yaml';

interface Kustomization {
  readonly apiVersion: string;
  readonly kind: string;
  readonly resources?: readonly string[];
  readonly images?: readonly { readonly name: string; readonly newTag: string }[];
}

/**
 * The objects of a kustomization, in the order in which it lists them, with their comments and with its images.
 * It knows the fields that ours have, and no other ones: `test/manifests/manifests.cluster.test.ts` compares it
 * with kubectl.
 * @param folder the directory of a `kustomization.yaml`
 * @throws Error for a field that it does not know
 */
export function kustomized(folder: string): Document[] {
  const path = join(folder, 'kustomization.yaml');
  const kustomization = parse(readFileSync(path, 'utf8')) as Kustomization;
  const { apiVersion, kind, resources = [], images = [], ...unknown } = kustomization;
  const [other] = Object.keys(unknown);
  if (other !== undefined) throw new Error(`${path}: ${other} of a ${kind} (${apiVersion}) is not known here`);
  const documents = resources.map((resource) => join(folder, resource)).flatMap(documentsAt);
  for (const { name, newTag } of images) for (const document of documents) setImage(document.contents, name, newTag);
  return documents;
}

function documentsAt(path: string): Document[] {
  if (statSync(path).isDirectory()) return kustomized(path);
  return parseAllDocuments(readFileSync(path, 'utf8'), { version: '1.1' }).map((document) => {
    for (const { message } of document.errors) throw new Error(`${path}: ${message}`);
    return document;
  });
}

/** Wherever an image of this name is used. */
function setImage(node: unknown, name: string, tag: string): void {
  if (isSeq(node)) for (const item of node.items) setImage(item, name, tag);
  if (!isMap(node)) return;
  for (const { key, value } of node.items) {
    if (isScalar(key) && key.value === 'image' && isScalar(value) && value.value === name) value.value = `${name}:${tag}`;
    else setImage(value, name, tag);
  }
}
