/**
 * Parses one YAML document with the yaml package, and puts its errors into plain words, each with a remedy.
 */

import { type Document, type ErrorCode, parseAllDocuments, Scalar, visit, type YAMLError } from 'yaml';
import { SyntaxFault, tooDeep } from './tree.ts';
import { checkText } from './yaml-strict.ts';

/**
 * The root node of the document; null if it is empty. With the `failsafe` schema each scalar stays text.
 * @throws SyntaxFault
 */
export function parseSyntax(text: string): unknown {
  checkText(text);
  const documents = parseAllDocuments(text, {
    ...{ version: '1.1', schema: 'failsafe', resolveKnownTags: false, merge: false, uniqueKeys: false },
    ...{ prettyErrors: false, logLevel: 'silent' },
  });
  if ('empty' in documents) return emptyContent(text, documents.errors);
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) throw explainUnclosed(error, document) ?? explain(error);
  }
  const [first, ...others] = documents;
  const ignored = others.find((document) => document.contents !== null);
  if (ignored !== undefined) throw behindTheEnd(ignored.contents?.range?.[0] ?? 0);
  return first?.contents ?? null;
}

/**
 * kubectl splits files at `---` before it looks for directives, so a directive is never followed by a
 * document.
 */
function emptyContent(text: string, errors: readonly YAMLError[]): null {
  if (errors[0] !== undefined) throw explain(errors[0]);
  const directive = /^%/m.exec(text);
  if (directive === null) return null;
  throw new SyntaxFault('kubectl does not read YAML directives', "remove the line that begins with '%'", directive.index);
}

function behindTheEnd(offset: number): SyntaxFault {
  const reason = 'kubectl ignores what follows the end of a document on the same line or behind "..."';
  return new SyntaxFault(reason, "put '---' alone on a line before the next document", offset);
}

/** The parser reports a missing end at the end of the text; a person looks for its beginning. */
function explainUnclosed({ message, pos }: YAMLError, document: Document): SyntaxFault | undefined {
  if (/^Flow (map|sequence) in block/.test(message)) {
    const reason = "a '[' or '{' above is not closed, or its lines are not indented deeper than their key";
    return new SyntaxFault(reason, 'close it, and indent all of its lines', pos[0]);
  }
  if (!message.startsWith('Missing closing')) return undefined;
  let offset = pos[0];
  visit(document, {
    Scalar(_key, { type, range }) {
      const quoted = type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE;
      if (quoted && range?.[1] === pos[0]) offset = range[0];
    },
  });
  const reason = 'a quote is not closed, or the lines behind it are not indented deeper than their key';
  return new SyntaxFault(reason, 'close it, and indent all of its lines', offset);
}

function explain({ code, message, pos }: YAMLError): SyntaxFault {
  const inOwnWords = [`${message.charAt(0).toLowerCase()}${message.slice(1)}`, 'correct the YAML here'] as const;
  const [reason, remedy] = explanations[code] ?? inOwnWords;
  return new SyntaxFault(reason, remedy, pos[0]);
}

/** The messages of the other codes are plain enough. */
const explanations: { readonly [code in ErrorCode]?: readonly [reason: string, remedy: string] } = {
  BAD_DQ_ESCAPE: ['a string in double quotes holds an unknown escape', 'write a backslash as \\\\, or use single quotes'],
  BAD_INDENT: ['the indentation fits nothing above it', 'align the line with its neighbours or its parent'],
  BAD_SCALAR_START: ['a value without quotes cannot start with this character', 'quote the value'],
  BLOCK_AS_IMPLICIT_KEY: [
    "a second ': ' (or '- ') is in the same line",
    'quote the value, or continue on the next line, indented',
  ],
  BLOCK_IN_FLOW: ["an indented map or list is inside of '[' or '{'", 'write it with brackets too'],
  KEY_OVER_1024_CHARS: ['a key is longer than 1024 characters', "shorten it, or write '? ' before it"],
  MULTILINE_IMPLICIT_KEY: [
    "a line has neither a ':' behind its key nor belongs to the value above",
    "add the ':', or indent the line",
  ],
  RESOURCE_EXHAUSTION: [tooDeep.reason, tooDeep.remedy],
  TAB_AS_INDENT: ['a tab is in the indentation', 'indent with spaces'],
  TAG_RESOLVE_FAILED: ['the tag is not defined', 'remove the tag, or quote the value if it begins with "!"'],
};
