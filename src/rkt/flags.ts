/**
 * Reads options as rkt's flag library does (spf13/pflag `parseArgs`, `parseLongArg`, `parseSingleShortArg`).
 */

import { splitOnce } from '../go/text.ts';
import type { Word } from './command.ts';
import { error, type RktFinding } from './finding.ts';
import { HELP, type OptionRow } from './options.ts';

/** One option as it stands on the line. */
export interface Occurrence {
  readonly option: OptionRow;
  readonly value: string;
  /** The index of the word with the option's name. */
  readonly word: number;
  /** The index of the word with its value: the same as `word` for `--name=value`. */
  readonly valueWord: number;
  /** The index of the image that it follows; -1 before the first image. */
  readonly image: number;
}

export interface Flags {
  readonly occurrences: readonly Occurrence[];
  /** The words that are no options. */
  readonly rest: readonly Word[];
  /** How many words were read, with a closing `--`. Without interspersed options, `rest` follows them. */
  readonly read: number;
  /** Set if reading ended at a word that cannot be understood. */
  readonly stop?: RktFinding;
}

export interface FlagRules {
  readonly options: readonly OptionRow[];
  /** Options may stand behind words that are no options. */
  readonly interspersed: boolean;
  readonly image: number;
}

type Step = { readonly occurrence: Occurrence; readonly taken: 1 | 2 } | { readonly stop: RktFinding };

/** Reads words up to the end, or up to the first one that no option explains. */
export function readFlags(words: readonly Word[], rules: FlagRules): Flags {
  const occurrences: Occurrence[] = [];
  const plain: Word[] = [];
  let at = 0;
  for (let word = words[at]; word !== undefined; word = words[at]) {
    if (!word.text.startsWith('-') || word.text === '-') {
      if (!rules.interspersed) break;
      plain.push(word);
      at += 1;
      continue;
    }
    at += 1;
    if (word.text === '--') break;
    const step = word.text.startsWith('--') ? readLong(word, words[at], rules) : readShort(word, rules);
    if ('stop' in step) return { occurrences, rest: [...plain, ...words.slice(at)], read: at, stop: step.stop };
    occurrences.push(step.occurrence);
    at += step.taken - 1;
  }
  return { occurrences, rest: [...plain, ...words.slice(at)], read: at };
}

function readLong(word: Word, next: Word | undefined, { options, image }: FlagRules): Step {
  const written = word.text.slice(2);
  if (/^[-=]/.test(written)) {
    return { stop: error(word.index, `bad flag syntax: ${word.text}`, 'write --NAME or --NAME=VALUE') };
  }
  const [name, attached] = splitOnce(written, '=') ?? [written, undefined];
  const option = options.find((candidate) => candidate.name === name);
  if (!option) return { stop: error(word.index, `unknown flag: --${name}`, unknownRemedy(name)) };
  const occurrence = (value: string, valueWord: number): Occurrence => ({ option, value, word: word.index, valueWord, image });
  if (attached !== undefined) return { occurrence: occurrence(attached, word.index), taken: 1 };
  if (option.bare !== undefined) return { occurrence: occurrence(option.bare, word.index), taken: 1 };
  if (next) return { occurrence: occurrence(next.text, next.index), taken: 2 };
  return { stop: error(word.index, `flag needs an argument: ${word.text}`, `write --${name}=VALUE`) };
}

/** `-h` is the only letter that rkt knows. */
function readShort(word: Word, { image }: FlagRules): Step {
  const letters = word.text.slice(1);
  const value = /^h+(?:=(.+))?$/s.exec(letters);
  if (value) {
    return {
      occurrence: { option: HELP, value: value[1] ?? 'true', word: word.index, valueWord: word.index, image },
      taken: 1,
    };
  }
  const unknown = letters.replace(/^h+/, '');
  const letter = [...unknown][0] ?? '';
  return {
    stop: error(word.index, `unknown shorthand flag: '${letter}' in -${unknown}`, 'rkt has long options only: write two dashes'),
  };
}

function unknownRemedy(name: string): string {
  if (name === 'stage1-image') return 'use --stage1-path, --stage1-url, --stage1-name, --stage1-hash or --stage1-from-dir';
  if (name === 'insecure-skip-verify') return 'use --insecure-options=image';
  return 'remove it; options for the kubelet itself belong behind --';
}
