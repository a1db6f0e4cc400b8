/** What the files of a service say of its command and its settings (systemd.service(5)). Pure. */

import type { UnitText, Variable } from './environment.ts';
import { readUnit } from './unit-text.ts';
import { splitWords } from './words.ts';

/** One `ExecStart=` as a file gives it. */
export interface ServiceCommand {
  /** The right-hand side; lines that backslashes joined are one line here. */
  readonly line: string;
  /** Path of the unit file or drop-in. */
  readonly by: string;
  /** The special characters before the program: `-`, `@`, `:`, `+`, `!`. */
  readonly prefixes: string;
  /** Program and arguments without quotes; specifiers and variables are not replaced. Empty if unreadable. */
  readonly words: readonly string[];
}

/** The commands that systemd starts, one after the other: an empty `ExecStart=` clears those before it. */
export function commandsOf(texts: readonly UnitText[]): ServiceCommand[] {
  let found: ServiceCommand[] = [];
  for (const { path, content } of texts) {
    for (const { section, key, value } of readUnit(content)) {
      if (section !== 'Service' || key !== 'ExecStart') continue;
      found = value === '' ? [] : [...found, commandIn(value, path)];
    }
  }
  return found;
}

function commandIn(line: string, by: string): ServiceCommand {
  const split = splitWords(line);
  const [first = '', ...rest] = split.ok ? split.words : [];
  const prefixes = /^[-@:+!|]*/.exec(first)?.[0] ?? '';
  const words = split.ok ? [first.slice(prefixes.length), ...rest] : [];
  return { line, by, prefixes, words };
}

/**
 * The assignments of all sections by `Section.Key`, each with its values in order and the file of the last
 * one. An empty value clears those before it.
 */
export function optionsOf(
  texts: readonly UnitText[],
): ReadonlyMap<string, { readonly values: readonly string[]; readonly by: string }> {
  const options = new Map<string, { values: readonly string[]; by: string }>();
  for (const { path: by, content } of texts) {
    for (const { section, key, value } of readUnit(content)) {
      if (key === undefined) continue;
      const name = `${section}.${key}`;
      options.set(name, { values: value === '' ? [] : [...(options.get(name)?.values ?? []), value], by });
    }
  }
  return options;
}

/** A word of a command as its process gets it. */
export interface ExpandedWord {
  /** Undefined if only the machine knows it: a specifier such as `%H`, or a variable with one in it. */
  readonly text: string | undefined;
  /** The file that it comes from: of the command, or of the variable that it was in. */
  readonly by: string;
}

/** The variables of a process, by name. */
export type Variables = ReadonlyMap<string, Variable>;

/**
 * The words of a command with the variables put in (`replace_env_argv` in systemd's basic/env-util.c): a word
 * `$NAME` is split into words, `${NAME}` stays in its word, `$$` is `$`, any other `$` stays as it is.
 *
 * @param unit its name, for the specifiers that say it
 */
export function expandCommand({ words, prefixes, by }: ServiceCommand, variables: Variables, unit: string): ExpandedWord[] {
  return words.flatMap((word, index): ExpandedWord[] => {
    const text = withSpecifiers(word, unit);
    if (text === undefined) return [{ text, by }];
    // systemd puts no variables into the path of the program.
    if (index === 0 || prefixes.includes(':')) return [{ text, by }];
    if (/^\$(?![{$])/.test(text)) return splitVariable(variables.get(text.slice(1)));
    return [{ text: withVariables(text, variables), by: byOf(text, variables) ?? by }];
  });
}

function splitVariable(variable: Variable | undefined): ExpandedWord[] {
  if (variable === undefined) return [];
  const { value, by } = variable;
  return value === undefined ? [{ text: undefined, by }] : splitRelaxed(value).map((text) => ({ text, by }));
}

const variableInWord = /\$\$|\$\{([^}]*)\}/g;

function withVariables(word: string, variables: Variables): string | undefined {
  let isKnown = true;
  const text = word.replace(variableInWord, (whole, name: string | undefined) => {
    if (name === undefined) return '$';
    const variable = variables.get(name);
    if (variable && variable.value === undefined) isKnown = false;
    return variable?.value ?? (variable ? whole : '');
  });
  return isKnown ? text : undefined;
}

function byOf(word: string, variables: Variables): string | undefined {
  const names = [...word.matchAll(variableInWord)].flatMap(([, name]) => name ?? []);
  return names.flatMap((name) => variables.get(name)?.by ?? []).at(-1);
}

/** The specifiers that mean the same on every machine. */
function withSpecifiers(word: string, unit: string): string | undefined {
  const name = unit.replace(/\.[^.]*$/, '');
  const known: Readonly<Record<string, string>> = {
    '%': '%',
    n: unit,
    N: name,
    p: name.split('@')[0] ?? '',
    i: '',
    I: '',
    E: '/etc',
    t: '/run',
    S: '/var/lib',
    C: '/var/cache',
    L: '/var/log',
    T: '/tmp',
    V: '/var/tmp',
  };
  let isKnown = true;
  const text = word.replace(/%(.)/gs, (whole, letter: string) => {
    const value = known[letter];
    if (value === undefined) isKnown = false;
    return value ?? whole;
  });
  return isKnown ? text : undefined;
}

const separators = ' \t\n\r';

/**
 * Splits the value of a variable into words: quotes are taken away, a backslash outside or inside of them
 * gives the next character, and a quote that stays open ends with the text (EXTRACT_RELAX, EXTRACT_UNQUOTE).
 */
export function splitRelaxed(value: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let index = 0; index < value.length; index += 1) {
    const character = value.charAt(index);
    if (character === '\\') {
      index += 1;
      word = (word ?? '') + value.charAt(index);
    } else if (quote !== '') {
      if (character === quote) quote = '';
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (separators.includes(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + character;
    }
  }
  return word === undefined ? words : [...words, word];
}
