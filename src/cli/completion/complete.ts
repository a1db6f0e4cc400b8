/** What the shell offers when a person presses TAB. */

import { readHistory } from '../../node/transaction/journal.ts';
import type { Command } from '../command.ts';
import type { CommandOption } from '../flags/command-option.ts';
import { hostFilesOf } from '../flags/root.ts';
import { formats } from '../print/terminal.ts';
import { commands, commandsOf, groups, withWholeName } from '../registry.ts';

export interface Completion {
  /** What the shell adds to the words: the names of files or of directories, or nothing. */
  readonly kind: 'words' | 'files' | 'directories';
  /** The part of the last word that stays as it is in front of such a name: `--root=`. */
  readonly prefix: string;
  /** Whole words that can take the place of the last one. */
  readonly words: readonly Word[];
}

interface Word {
  readonly word: string;
  /** One line; '' if the word speaks for itself. */
  readonly about: string;
}

const nothing: Completion = { kind: 'words', prefix: '', words: [] };

/** The lines that the scripts read: the kind, the prefix, and a line for each word. */
export function completionLines({ kind, prefix, words }: Completion): string[] {
  return [kind, prefix, ...words.map(({ word, about }) => (about === '' ? word : `${word}\t${about}`))];
}

/**
 * Completes the last of the words, which may be empty.
 *
 * @param words what was typed behind the name of the program
 */
export async function complete(words: readonly string[]): Promise<Completion> {
  const current = words.at(-1) ?? '';
  const [name, ...before] = withWholeName(words.slice(0, -1));
  const found = await (name === undefined ? completeFirst(current) : completeIn(name, before, current));
  return { ...found, words: found.words.filter(({ word }) => word.startsWith(current)) };
}

async function completeFirst(current: string): Promise<Completion> {
  if (current.startsWith('-')) return offer(['--help', '--version']);
  return offer([...firstWords(), 'help', 'version']);
}

/** Of all commands, each once. */
function firstWords(): string[] {
  return [...new Set(Object.keys(commands).map((name) => name.replace(/ .*/, '')))];
}

function secondWords(group: string): string[] {
  return commandsOf(group).map((name) => name.slice(group.length + 1));
}

async function completeIn(name: string, before: readonly string[], current: string): Promise<Completion> {
  if (name === 'help') {
    const [group = ''] = before;
    if (before.length === 0) return offer(firstWords());
    return before.length === 1 ? offer(secondWords(group)) : nothing;
  }
  if (Object.hasOwn(groups, name) && before.length === 0)
    return current.startsWith('-') ? offer(['--help']) : offer(secondWords(name));
  const named = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!named) return nothing;
  const command = await named.load();
  const assignment = /^(--[^=]+=)/.exec(current)?.[1];
  if (assignment !== undefined) {
    const option = optionOf(assignment.slice(0, -1), command);
    return option ? completeValue(option, assignment, current, before) : nothing;
  }
  const option = current.startsWith('-') ? undefined : openOption(before, command);
  if (option) return completeValue(option, '', current, before);
  return current === '' || current.startsWith('-') || command.positional ? completeRest(command, before, current) : nothing;
}

/** The option whose value comes next: the word before is its name, or it takes any number of values. */
function openOption(before: readonly string[], command: Command): CommandOption | undefined {
  const at = before.findLastIndex((word) => word.startsWith('-'));
  const option = optionOf(before[at] ?? '', command);
  if (!option || option.type === 'boolean') return undefined;
  return at === before.length - 1 || option.array === true ? option : undefined;
}

function optionOf(word: string, { options }: Command): CommandOption | undefined {
  return Object.entries(options).find(([name, { alias }]) => word === `--${name}` || word === `-${alias}`)?.[1];
}

async function completeValue(
  option: CommandOption,
  prefix: string,
  current: string,
  before: readonly string[],
): Promise<Completion> {
  const choices = (option.choices ?? []).map((choice) => ({ word: `${prefix}${choice}`, about: '' }));
  const withPrefix = (words: readonly string[]) => offer(words.map((word) => `${prefix}${word}`)).words;
  switch (option.completes) {
    case undefined:
      return { ...nothing, words: choices };
    case 'File':
      return { kind: 'files', prefix, words: choices };
    case 'Directory':
      return { kind: 'directories', prefix, words: choices };
    case 'Source':
    case 'SourceDirectory': {
      const directory = `${prefix}dir:`;
      if (current.startsWith(directory)) return { kind: 'directories', prefix: directory, words: [] };
      return { ...nothing, words: withPrefix(option.completes === 'Source' ? ['cluster', 'dir:'] : ['dir:']) };
    }
    case 'FormatOrDirectory':
      return { kind: 'directories', prefix, words: withPrefix(formats) };
    case 'Revision':
      return { ...nothing, words: withPrefix(await revisionsOn(rootIn(before))) };
    default:
      return option.completes satisfies never;
  }
}

function rootIn(before: readonly string[]): string {
  const at = before.lastIndexOf('--root');
  const assigned = before.find((word) => word.startsWith('--root='))?.slice('--root='.length);
  return assigned ?? (at < 0 ? '/' : (before[at + 1] ?? '/'));
}

async function revisionsOn(root: string): Promise<string[]> {
  const history = await readHistory(hostFilesOf(root));
  return history.flatMap(({ revision }) => revision ?? []);
}

/** The value that stands for itself, or an option that was not given yet. */
function completeRest({ options, positional }: Command, before: readonly string[], current: string): Completion {
  if (positional?.isObject && !current.startsWith('-') && current !== '') return nothing;
  if (positional && !positional.isObject && !current.startsWith('-')) {
    const isFirst = before.length === 0;
    if (positional.choices) return isFirst ? offer(positional.choices) : nothing;
    if (isFirst && current !== '') return { kind: 'directories', prefix: '', words: [] };
    if (current !== '') return nothing;
  }
  const isGiven = (name: string, { alias }: CommandOption) =>
    before.some((word) => word === `--${name}` || word.startsWith(`--${name}=`) || word === `-${alias}`);
  const left = Object.entries(options).filter(([name, option]) => option.array === true || !isGiven(name, option));
  const words = left.map(([name, { describe = '' }]) => ({ word: `--${name}`, about: describe }));
  return { ...nothing, words: [...words, { word: '--help', about: 'Show help' }] };
}

function offer(words: readonly string[]): Completion {
  return { ...nothing, words: words.map((word) => ({ word, about: '' })) };
}
