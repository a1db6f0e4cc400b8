/**
 * Finds the rkt command in a list of words as rkt's command line library does (spf13/cobra `Find`,
 * `stripFlags`).
 */

import { quoted } from '../go/text.ts';
import { error, type RktFinding } from './finding.ts';
import { GLOBAL_OPTIONS } from './options.ts';

export interface Word {
  readonly text: string;
  /** Its index in the words that were checked. */
  readonly index: number;
}

export type Command =
  | { readonly kind: 'run'; readonly words: readonly Word[] }
  | { readonly kind: 'rm' | 'stop' | 'status'; readonly words: readonly Word[] }
  | { readonly kind: 'other'; readonly name: string; readonly word: Word }
  | { readonly kind: 'refused'; readonly finding: RktFinding };

const COMMANDS = [
  ...['api-service', 'app', 'attach', 'cat-manifest', 'completion', 'config', 'enter', 'export', 'fetch', 'gc', 'help'],
  ...['image', 'list', 'metadata-service', 'prepare', 'rm', 'run', 'run-prepared', 'status', 'stop', 'trust', 'version'],
];

const OPTIONS_FIRST = 'put only global options before run, all others after it';

/** The command and the words that are left for it. */
export function findCommand(texts: readonly string[]): Command {
  const words = texts.map((text, index) => ({ text, index }));
  const word = firstPlainWord(words);
  if (!word) return { kind: 'refused', finding: error(Math.max(0, words.length - 1), 'missing command', OPTIONS_FIRST) };
  const name = commandName(word.text);
  if (!name) {
    return { kind: 'refused', finding: error(word.index, `unknown command ${quoted(word.text)} for "rkt"`, OPTIONS_FIRST) };
  }
  // The library removes the first word with that text, even if it is the value of an option.
  const first = words.findIndex(({ text }) => text === word.text);
  const rest = words.filter((_, index) => index !== first);
  if (name === 'run' || name === 'rm' || name === 'stop' || name === 'status') return { kind: name, words: rest };
  return { kind: 'other', name, word };
}

/** The command of that name, or the only one whose name begins with the text. */
function commandName(text: string): string | undefined {
  if (COMMANDS.includes(text)) return text;
  const matches = COMMANDS.filter((name) => name.startsWith(text));
  return matches.length === 1 ? matches[0] : undefined;
}

/**
 * The first word that the library takes for the name of a command. Any `--x` without `=` takes the next word
 * for its value, unless it is a global boolean, and `"` opens a quotation.
 */
function firstPlainWord(words: readonly Word[]): Word | undefined {
  let inOption = false;
  let inQuotes = false;
  for (const word of words) {
    const { text } = word;
    if (!inQuotes) {
      if (text.startsWith('"') || text.includes('="')) inQuotes = true;
      else if (text.startsWith('--') && !text.includes('=')) inOption = !isGlobalBoolean(text.slice(2));
      else if (/^-[^=]$/.test(text)) inOption = true;
      else if (inOption) inOption = false;
      else if (text !== '' && !text.startsWith('-')) return word;
    }
    if (text.endsWith('"') && !text.endsWith('\\"')) inQuotes = false;
  }
  return undefined;
}

function isGlobalBoolean(name: string): boolean {
  return GLOBAL_OPTIONS.some((option) => option.name === name && option.grammar === 'boolean');
}
