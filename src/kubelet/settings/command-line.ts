/** Reads the arguments of a kubelet as its own parser does (github.com/spf13/pflag). Pure. */

import type { ExpandedWord } from '../../systemd/service.ts';
import { flagTypeAt } from '../flag-table.ts';
import type { Release } from '../release.ts';

/** One flag as it stands in the arguments; a repeated flag stands there several times. */
export interface GivenFlag {
  /** With dashes, never underscores. */
  readonly name: string;
  /** Undefined if only the machine knows it. */
  readonly value: string | undefined;
  /** The file that it comes from. */
  readonly by: string;
}

export interface CommandLine {
  readonly flags: readonly GivenFlag[];
  /** Words that are no flags: a kubelet does not start with one. */
  readonly rest: readonly ExpandedWord[];
  /** Whether a word is unknown that may be a flag of any name. */
  readonly hasUnknown: boolean;
}

/**
 * Reads the arguments, without the program.
 *
 * @param release decides which flags take no further word; undefined if it is not known
 */
export function readCommandLine(words: readonly ExpandedWord[], release: Release | undefined): CommandLine {
  const flags: GivenFlag[] = [];
  const rest: ExpandedWord[] = [];
  let hasUnknown = false;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    if (word === undefined) break;
    if (word.text === undefined) hasUnknown = true;
    else if (word.text === '--') {
      rest.push(...words.slice(index + 1));
      break;
    } else if (!/^-./.test(word.text)) rest.push(word);
    else {
      const read = readFlag(word.text, words[index + 1], release);
      flags.push(...read.flags.map((flag) => ({ ...flag, by: word.by })));
      if (read.takesNext) index += 1;
    }
  }
  return { flags, rest, hasUnknown };
}

interface ReadFlag {
  readonly flags: readonly Omit<GivenFlag, 'by'>[];
  readonly takesNext: boolean;
}

function readFlag(text: string, next: ExpandedWord | undefined, release: Release | undefined): ReadFlag {
  const isLong = text.startsWith('--');
  const equals = text.indexOf('=');
  const given = text.slice(isLong ? 2 : 1, equals < 0 ? undefined : equals);
  // The only flags of one letter are -v and -h; a value may follow -v without anything in between.
  const [name, glued] = isLong ? [given, undefined] : [given.charAt(0), given.slice(1) || undefined];
  const plain = name.replaceAll('_', '-');
  if (equals >= 0 && glued === undefined) return one(plain, text.slice(equals + 1), false);
  if (glued !== undefined) return one(plain, glued.replace(/^=/, '') + (equals < 0 ? '' : text.slice(equals)), false);
  const type = flagTypeAt(plain, release);
  if (type === 'bool' || plain === 'h' || plain === 'help') return one(plain, 'true', false);
  const isAlone = next === undefined || (type === undefined && next.text?.startsWith('-') === true);
  return isAlone ? one(plain, '', false) : one(plain, next.text, true);
}

function one(name: string, value: string | undefined, takesNext: boolean): ReadFlag {
  return { flags: [{ name, value }], takesNext };
}

/** The last value of a flag; undefined if it is not given. */
export function lastFlag({ flags }: CommandLine, name: string): GivenFlag | undefined {
  return flags.findLast((flag) => flag.name === name);
}
