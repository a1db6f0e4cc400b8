/** A node's labels from a file: a map of labels, or a Node as `kubectl get node NAME -o yaml` prints it. */

import { isJsonMap, type JsonMap } from '../api/json.ts';
import { locateProblems } from '../api/locate-problems.ts';
import type { FieldPath, Problem } from '../api/problem.ts';
import type { ManifestDocument } from '../api/read/read.ts';
import { error } from '../api/validate/parts.ts';
import type { Labels } from '../desired/select.ts';
import { labelProblems } from './label-flags.ts';
import { readManifestFile, unreadableFile } from './manifest-file.ts';

/** What the file says of the node; only a Node has a name. */
interface PartialIdentity {
  readonly name?: string;
  readonly labels: Labels;
}

export interface FileAnswer {
  readonly identity: PartialIdentity;
  readonly problems: readonly Problem[];
}

const nothing: PartialIdentity = { labels: {} };

/** An empty file gives no labels. */
export async function readLabelsFile(path: string): Promise<FileAnswer> {
  try {
    const { documents, problems } = await readManifestFile(path);
    const [document, second] = documents;
    if (second !== undefined) return { identity: nothing, problems: [...problems, surplus(second)] };
    const answer = document === undefined ? { identity: nothing, problems: [] } : readIdentity(document);
    return { identity: answer.identity, problems: [...problems, ...answer.problems] };
  } catch (failure) {
    return { identity: nothing, problems: [unreadableFile(path, failure)] };
  }
}

function readIdentity(document: ManifestDocument): FileAnswer {
  const { value } = document;
  if (!isJsonMap(value)) return { identity: nothing, problems: located(document, [wrongType([], 'expected a map of labels')]) };
  const isObject = typeof value['kind'] === 'string' && typeof value['apiVersion'] === 'string';
  if (!isObject) return readLabels(document, value, [], undefined);
  if (value['kind'] !== 'Node') return { identity: nothing, problems: located(document, [notNode(String(value['kind']))]) };
  const metadata = isJsonMap(value['metadata']) ? value['metadata'] : {};
  const labels = isJsonMap(metadata['labels']) ? metadata['labels'] : {};
  return readLabels(
    document,
    labels,
    ['metadata', 'labels'],
    typeof metadata['name'] === 'string' ? metadata['name'] : undefined,
  );
}

function readLabels(document: ManifestDocument, found: JsonMap, path: FieldPath, name: string | undefined): FileAnswer {
  const labels = new Map<string, string>();
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(found)) {
    if (typeof value !== 'string') problems.push(wrongType([...path, key], `the value of the label ${key} is no text`));
    else {
      problems.push(...labelProblems(key, value).map((problem) => ({ ...problem, path: [...path, key] })));
      labels.set(key, value);
    }
  }
  const identity = { labels: Object.fromEntries(labels), ...(name === undefined ? {} : { name }) };
  return { identity, problems: located(document, problems) };
}

function located(document: ManifestDocument, problems: readonly Problem[]): Problem[] {
  return locateProblems(problems, document.locate);
}

function wrongType(path: FieldPath, reason: string): Problem {
  return {
    severity: 'error',
    code: 'WrongType',
    path,
    reason,
    remedy: 'write labels as key: "value", in quotes where it looks like a number',
  };
}

function notNode(kind: string): Problem {
  return error('WrongKind', ['kind'], `a ${kind} has no labels of a node`, 'give a Node, or a plain map of labels');
}

function surplus(document: ManifestDocument): Problem {
  const problem = error('InvalidValue', [], 'the file holds more than one document', 'keep the one of this node');
  return { ...problem, position: document.locate([]) };
}
