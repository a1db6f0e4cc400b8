/**
 * Refuses what libyaml, and so kubectl, refuses although the yaml package accepts it: a file must mean the
 * same in a cluster as here.
 */

import type { Scalar } from 'yaml';
import { SyntaxFault } from './tree.ts';

/**
 * Refuses characters that YAML 1.1 does not allow, and line breaks that only YAML 1.1 has: kubectl would see
 * lines that no editor shows.
 * @throws SyntaxFault
 */
export function checkText(text: string): void {
  const match = /[\u0085\u2028\u2029]|\r(?!\n|$)|(?![\t\n\r])[\p{Cc}\p{Surrogate}\ufffe\uffff]/u.exec(text);
  if (match === null) return;
  const name = `U+${(match[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  const isBreak = /[\u0085\u2028\u2029\r]/.test(match[0]);
  throw new SyntaxFault(
    isBreak ? `kubectl reads the character ${name} as a line break` : `the control character ${name} is not allowed in YAML`,
    isBreak
      ? 'end lines with a line feed; in double quotes write \\r, \\N, \\L or \\P'
      : 'remove it, or write it as an escape in double quotes',
    match.index,
  );
}

/** Refuses names of anchors that libyaml does not allow. @throws SyntaxFault */
export function checkAnchor(name: string, offset: number): void {
  if (/^[A-Za-z0-9_-]+$/.test(name)) return;
  throw new SyntaxFault(`the anchor ${name} has characters other than letters, digits, - and _`, 'rename the anchor', offset);
}

/**
 * Refuses scalars that libyaml does not allow.
 * @param source the text of the scalar with its quotes.
 * @throws SyntaxFault
 */
export function checkScalar(source: string, type: Scalar.Type, offset: number, inFlow: boolean): void {
  if (type === 'QUOTE_DOUBLE') checkEscapes(source, offset);
  if (type === 'PLAIN' && inFlow) checkFlowPlain(source, offset);
  if ((type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED') && source.includes('\t')) checkBlockTabs(source, offset);
}

/** A part of the text, without the character at its end. */
export type Stretch = readonly [start: number, end: number];

/**
 * Refuses a tab at the beginning of a block line, of an empty line, before a comment, and after the `-` of a
 * list.
 * @param insides the parts in quotes, brackets, block scalars and long values, where a tab is allowed
 * @throws SyntaxFault
 */
export function checkIndentation(text: string, insides: readonly Stretch[]): void {
  const ordered = insides.toSorted(([a], [b]) => a - b);
  let next = 0;
  let insideUntil = 0;
  for (const match of text.matchAll(/^ *(?:[-?] +)*(?:[-?] *)?\t/gm)) {
    const tab = match.index + match[0].length - 1;
    for (let stretch = ordered[next]; stretch !== undefined && stretch[0] <= tab; stretch = ordered[next]) {
      insideUntil = Math.max(insideUntil, stretch[1]);
      next += 1;
    }
    if (tab >= insideUntil) throw new SyntaxFault('a tab is in the indentation', 'indent with spaces', tab);
  }
}

/** In a block map the `:` after a key with `?` must stand right below the `?`. @throws SyntaxFault */
export function checkExplicitKey(text: string, mapStart: number, keyEnd: number, valueStart: number): void {
  const indentation = /\n( *):/.exec(text.slice(Math.max(keyEnd - 1, 0), valueStart))?.[1];
  if (indentation === undefined || indentation.length === columnOf(text, mapStart)) return;
  throw new SyntaxFault("the ':' of this key does not stand right below its '?'", 'align the two', valueStart);
}

/** The column of an offset in its line, from 0. */
export function columnOf(text: string, offset: number): number {
  return offset === 0 ? 0 : offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

/**
 * After a value without quotes libyaml looks for its next line. There it refuses a tab that is indented less
 * than the block around it, even in brackets.
 * @param blockColumn the column of the innermost map or list without brackets; -1 if there is none
 * @throws SyntaxFault
 */
export function checkBehindPlain(text: string, end: number, blockColumn: number): void {
  behindPlain.lastIndex = end;
  const spaces = behindPlain.exec(text)?.[1];
  if (spaces === undefined || spaces.length > blockColumn) return;
  throw new SyntaxFault('a tab is in the indentation', 'indent with spaces', behindPlain.lastIndex - 1);
}

const behindPlain = /[ \t]*\n(?: *\n)*( *)\t/y;

/**
 * Without a number in its header, a block is indented like its first line with text. libyaml refuses a tab
 * before that column.
 */
function checkBlockTabs(source: string, offset: number): void {
  const [header = '', ...lines] = source.split('\n');
  const isExplicit = /^.[-+]?\d/.test(header);
  const firstText = lines.findIndex((line) => /\S/.test(line));
  const undecided = isExplicit ? 0 : firstText === -1 ? lines.length : firstText + 1;
  const depth = isExplicit ? 0 : leadingSpaces(lines[firstText] ?? '');
  let start = offset + header.length + 1;
  for (const [index, line] of lines.entries()) {
    const spaces = leadingSpaces(line);
    if (line[spaces] === '\t' && (spaces < depth || index < undecided)) {
      throw new SyntaxFault('a tab is in the indentation of this block', 'indent with spaces', start + spaces);
    }
    start += line.length + 1;
  }
}

function leadingSpaces(line: string): number {
  return /^ */.exec(line)?.[0].length ?? 0;
}

function checkEscapes(source: string, offset: number): void {
  for (const match of source.matchAll(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g)) {
    const code = Number.parseInt(match[1] ?? match[2] ?? '0', 16);
    if (match[3] === '/')
      throw new SyntaxFault('kubectl does not know the escape \\/ in YAML', 'write / without a backslash', offset + match.index);
    if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
      throw new SyntaxFault(
        'the escape does not stand for a character',
        'write the character itself, or its \\U escape',
        offset + match.index,
      );
    }
  }
}

function checkFlowPlain(source: string, offset: number): void {
  const match = /^:|\?/.exec(source);
  if (match === null) return;
  throw new SyntaxFault(
    `'${match[0]}' cannot stand here in a value without quotes in brackets`,
    'quote the value',
    offset + match.index,
  );
}
