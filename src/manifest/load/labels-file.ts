/** A node's labels from a file: a map of labels, or a Node as `kubectl get node NAME -o yaml` prints it. */

import { isJsonMap, type JsonMap } from '../../api/json.ts';
import { locateProblems } from '../../api/locate-problems.ts';
import { type FieldPath, hasErrors, type Problem } from '../../api/problem.ts';
import type { Labels } from '../../api/types.ts';
import { error } from '../../api/validate/parts.ts';
import type { ManifestDocument } from '../read/read.ts';
import { labelProblems } from './label-flags.ts';
import { fileProblem, readManifestFile, unreadableFile } from './manifest-file.ts';

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

/** An empty file is an error: it is what a shell makes of `kubectl … > FILE` before the first byte arrives, and no labels would withdraw everything. */
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
  if (!isJsonMap(value)) return { identity: nothing, problems: located(document, [wrongType([], 'expected a map of labels')]) };
  const isObject = typeof value['kind'] === 'string' && typeof value['apiVersion'] === 'string';
  if (!isObject) return readLabels(document, value, [], undefined);
  if (value['kind'] !== 'Node') return { identity: nothing, problems: located(document, [notNode(String(value['kind']))]) };
  const metadata = isJsonMap(value['metadata']) ? value['metadata'] : {};
  const labels = metadata['labels'];
  if (!isJsonMap(labels)) return { identity: nothing, problems: located(document, [unlabelled()]) };
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

function empty(path: string): Problem {
  return fileProblem('MissingField', path, `${path} is empty`, 'write labels as key: "value", or {} for a node without any');
}

/** The kubelet gives every node that it registers some. */
function unlabelled(): Problem {
  return error('MissingField', ['metadata', 'labels'], 'the Node has no labels', 'give the Node as the API server has it');
}

function surplus(document: ManifestDocument): Problem {
  const problem = error('InvalidValue', [], 'the file holds more than one document', 'keep the one of this node');
  return { ...problem, position: document.locate([]) };
}
