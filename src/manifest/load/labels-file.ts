/**
 * Reads the labels of a node from a file: a map of labels, or a Node as `kubectl get node NAME -o yaml`
 * prints it.
 */

import { isJsonMap, type JsonMap } from '../../api/json.ts';
import { locateProblems } from '../../api/locate-problems.ts';
import { type FieldPath, hasErrors, type Problem } from '../../api/problem.ts';
import type { Labels } from '../../api/types.ts';
import { error } from '../../api/validate/parts.ts';
import type { ManifestDocument } from '../read/read.ts';
import { labelProblems } from './label-flags.ts';
import { fileProblem, readManifestFile, unreadableFile } from './manifest-file.ts';

/** The node's labels, and its name if the file holds a Node. */
interface PartialIdentity {
  readonly name?: string;
  readonly labels: Labels;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface FileAnswer {
  readonly identity: PartialIdentity;
  readonly problems: readonly Problem[];
}

const nothing: PartialIdentity = { labels: {} };

/**
 * Reads the file; nothing that a person can correct is thrown. An empty file is an error: `kubectl … > FILE`
 * makes one before its first byte, and a node without labels would lose its objects.
 */
export async function readLabelsFile(path: string): Promise<FileAnswer> {
  try {
    const { documents, problems } = await readManifestFile(path);
    const [document, second] = documents;
    if (second !== undefined) return { identity: nothing, problems: [...problems, surplus(second)] };
    if (document === undefined && !hasErrors(problems)) return { identity: nothing, problems: [...problems, empty(path)] };
    const answer = document === undefined ? { identity: nothing, problems: [] } : readIdentity(document);
    return { identity: answer.identity, problems: [...problems, ...answer.problems] };
  } catch (failure) {
    return { identity: nothing, problems: [unreadableFile(path, failure)] };
  }
}

function readIdentity(document: ManifestDocument): FileAnswer {
  const { value } = document;
  if (!isJsonMap(value)) return { identity: nothing, problems: locate(document, [wrongType([], 'expected a map of labels')]) };
  const isObject = typeof value['kind'] === 'string' && typeof value['apiVersion'] === 'string';
  if (!isObject) return readLabels(document, value, [], undefined);
  if (value['kind'] !== 'Node') return { identity: nothing, problems: locate(document, [notNode(String(value['kind']))]) };
  const metadata = isJsonMap(value['metadata']) ? value['metadata'] : {};
  const labels = metadata['labels'];
  if (!isJsonMap(labels)) return { identity: nothing, problems: locate(document, [noLabels()]) };
  const name = typeof metadata['name'] === 'string' ? metadata['name'] : undefined;
  const { identity, problems } = readLabels(document, labels, ['metadata', 'labels'], name);
  return { identity: { ...identity, annotations: textsOf(metadata['annotations']) }, problems };
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  const all = isJsonMap(value) ? Object.entries(value) : [];
  return Object.fromEntries(all.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function readLabels(document: ManifestDocument, found: JsonMap, path: FieldPath, name: string | undefined): FileAnswer {
  const labels = new Map<string, string>();
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(found)) {
    if (typeof value !== 'string') problems.push(wrongType([...path, key], `the value of the label ${key} is not text`));
    else {
      problems.push(...labelProblems(key, value).map((problem) => ({ ...problem, path: [...path, key] })));
      labels.set(key, value);
    }
  }
  const identity = { labels: Object.fromEntries(labels), ...(name === undefined ? {} : { name }) };
  return { identity, problems: locate(document, problems) };
}

function locate(document: ManifestDocument, problems: readonly Problem[]): Problem[] {
  return locateProblems(problems, document.locate);
}

function wrongType(path: FieldPath, reason: string): Problem {
  return {
    severity: 'error',
    code: 'WrongType',
    path,
    reason,
    remedy: 'write labels as key: "value", with quotes around a value that looks like a number',
  };
}

function notNode(kind: string): Problem {
  return error('WrongKind', ['kind'], `expected a Node or a map of labels, found a ${kind}`, 'give a Node, or a map of labels');
}

function empty(path: string): Problem {
  return fileProblem('MissingField', path, `${path} is empty`, 'write labels as key: "value", or {} for a node without any');
}

/** The kubelet gives labels to each Node that it registers. */
function noLabels(): Problem {
  return error(
    'MissingField',
    ['metadata', 'labels'],
    'the Node has no labels',
    'write the file with: kubectl get node NAME -o yaml',
  );
}

function surplus(document: ManifestDocument): Problem {
  const problem = error('InvalidValue', [], 'the file holds more than one document', 'keep only the document of this node');
  return { ...problem, position: document.locate([]) };
}
