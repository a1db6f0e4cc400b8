/** A page of the documentation as a reader follows it: its files are saved, its commands are run, its output is compared. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Ran } from '../cli/in-process.ts';
import { textOf } from '../manifests/documents.ts';

/** One thing that a page asks for, in its order. */
export type Step =
  /** A file that the reader saves, or, with an absolute path, one that the node has before. */
  | { readonly kind: 'File'; readonly path: string; readonly content: string }
  | { readonly kind: 'Command'; readonly line: string }
  /** Lines that the command before it prints, among others. */
  | { readonly kind: 'Output'; readonly lines: readonly string[] };

const blockPattern = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm;

/** The steps in a piece of a page. A file has its name in backticks in the last line before its block. */
export function stepsIn(text: string): Step[] {
  return [...text.matchAll(blockPattern)].flatMap((match): Step[] => {
    const [, indent = '', language, block = ''] = match;
    const lines = block.split('\n').map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    if (language === 'sh') return commandLines(lines).map((line) => ({ kind: 'Command', line }));
    if (language === '') return [{ kind: 'Output', lines: lines.filter((line) => line.trim() !== '') }];
    const before = text.slice(0, match.index).trimEnd().split('\n').at(-1) ?? '';
    const path = [...before.matchAll(/`([\w./-]+)`/g)].map(([, name = '']) => name);
    const [first] = before.includes('aved as') || before.includes('Save this as') ? path.slice(-1) : path;
    return first === undefined ? [] : [{ kind: 'File', path: first, content: lines.join('\n') }];
  });
}

function commandLines(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/\s+#.*$/, '').trim()).filter((line) => line !== '');
}

/**
 * The lines that a section of a page asks the reader to type, up to the next heading.
 * @param page its path, from the repository's root
 */
export function commandsOf(page: string, title: string): string[] {
  const section = textOf(page)
    .split(/^##+ /m)
    .find((part) => part.startsWith(`${title}\n`));
  if (section === undefined) throw new RangeError(`${page} has no heading '${title}'`);
  return stepsIn(section).flatMap((step) => (step.kind === 'Command' ? [step.line] : []));
}

/** The words of a command line that has no quotes, without where its output goes. */
export function wordsOf(line: string): { readonly words: readonly string[]; readonly to: string | undefined } {
  const [command = '', to] = line.split(/\s+>\s+/);
  return { words: command.split(/\s+/), to };
}

/** Runs a line of a shell in the reader's directory; absolute paths are those of the node. */
export function runInShell(line: string, directory: string, root: string): Ran {
  const onNode = line.replace(/(^|[\s'])(\/(?:etc|var|usr|opt|run)\/)/g, (_, before, path) => `${before}${root}${path}`);
  const { status, stdout, stderr } = spawnSync('bash', ['-ec', onNode], { cwd: directory, encoding: 'utf8' });
  return { exitCode: status ?? 1, stdout, stderr };
}

/** Saves a file of a page: of the node if its path is absolute. */
export function save(path: string, content: string, directory: string, root: string): void {
  const place = path.startsWith('/') ? join(root, path) : join(directory, path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, content);
}
