/** Splits a file into documents, as kubectl does, and reads each of them. */

import { readJson, skipBlanks } from './json.ts';
import { type Locator, makeLocator } from './position.ts';
import { type Fault, type SourceTree, SyntaxFault } from './tree.ts';
import { readYaml } from './yaml-tree.ts';

/** Documents of one file, and parts (lines, commas, brackets, dashes) of one document and of one file. */
const most = { documents: 10_000, partsOfDocument: 50_000, parts: 200_000 };

export interface StreamDocument {
  /** Undefined for an empty document and for a syntax error. */
  readonly tree: SourceTree | undefined;
  readonly faults: readonly Fault[];
  readonly locate: Locator;
}

/**
 * Reads the documents of a file. If its first character is `{` the whole file is JSON objects, one after the
 * other; any other file is YAML documents between lines of `---` (k8s.io/apimachinery, pkg/util/yaml).
 */
export function readStream(text: string, file: string): StreamDocument[] {
  // Before anything is parsed: that takes up to twenty microseconds for each part.
  if (hasMore(most.parts, text)) return [tooLarge(makeLocator(text, file, 0), 0, `the file has more than ${most.parts} parts`)];
  return /^[ \t\r\n]*\{/.test(text) ? readJsonStream(text, file) : readYamlStream(text, file);
}

/** Whether the text may have more values than `limit`: each is on its own line, or something separates it. */
function hasMore(limit: number, text: string): boolean {
  let count = 0;
  for (let index = 0; index < text.length && count <= limit; index += 1) {
    const character = text.charCodeAt(index);
    if (separators.has(character) || (indicators.has(character) && text.charCodeAt(index + 1) === blank)) count += 1;
  }
  return count > limit;
}

const codesOf = (characters: string) => new Set(Array.from(characters, (character) => character.charCodeAt(0)));
const separators = codesOf('\n,[{');
const indicators = codesOf('-?');
const blank = 0x20;

function tooLarge(locate: Locator, offset: number, what: string): StreamDocument {
  const reason = `${what} (lines, commas, brackets and dashes)`;
  return withFault(locate, { code: 'TooLarge', path: [], offset, reason, remedy: 'split it into several files' });
}

function withFault(locate: Locator, fault: Fault): StreamDocument {
  return { tree: undefined, faults: [fault], locate };
}

/** Offsets count from the start of the file, so all objects share one locator. */
function readJsonStream(text: string, file: string): StreamDocument[] {
  const locate = makeLocator(text, file, 0);
  const documents: StreamDocument[] = [];
  let offset = skipBlanks(text, 0);
  while (offset < text.length) {
    if (documents.length >= most.documents) return [...documents, tooManyDocuments(locate, offset)];
    try {
      const { tree, faults, end } = readJson(text, offset);
      documents.push({ tree, faults, locate });
      offset = skipBlanks(text, end);
    } catch (error) {
      return [...documents, { tree: undefined, faults: [faultOf(error)], locate }];
    }
  }
  return documents;
}

function readYamlStream(text: string, file: string): StreamDocument[] {
  const lines = text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.replace(/\r$/, ''));
  const documents: StreamDocument[] = [];
  let start = 0;
  for (const [index, line] of [...lines, '---'].entries()) {
    if (!line.startsWith('---')) continue;
    if (documents.length >= most.documents) return [...documents, tooManyDocuments(makeLocator(line, file, index), 0)];
    if (index > start) documents.push(readYamlDocument(`${lines.slice(start, index).join('\n')}\n`, file, start));
    if (!/^---\s*(#|$)/.test(line)) documents.push(badSeparator(line, file, index));
    start = index + 1;
  }
  return documents;
}

function readYamlDocument(text: string, file: string, firstLine: number): StreamDocument {
  const locate = makeLocator(text, file, firstLine);
  if (hasMore(most.partsOfDocument, text)) return tooLarge(locate, 0, `the document has more than ${most.partsOfDocument} parts`);
  try {
    return { ...readYaml(text), locate };
  } catch (error) {
    return { tree: undefined, faults: [faultOf(error)], locate };
  }
}

function tooManyDocuments(locate: Locator, offset: number): StreamDocument {
  const reason = `the file has more than ${most.documents} documents; what follows here was not read`;
  return withFault(locate, { code: 'TooLarge', path: [], offset, reason, remedy: 'split it into several files' });
}

function badSeparator(line: string, file: string, index: number): StreamDocument {
  const reason = "kubectl allows only a comment after '---' on the same line";
  const remedy = "put '---' alone on its line, and the document below it";
  return {
    tree: undefined,
    faults: [{ code: 'NotYaml', path: [], offset: 3, reason, remedy }],
    locate: makeLocator(line, file, index),
  };
}

function faultOf(error: unknown): Fault {
  if (!(error instanceof SyntaxFault)) throw error;
  return { code: 'NotYaml', path: [], offset: error.offset, reason: error.message, remedy: error.remedy };
}
