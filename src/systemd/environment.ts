/** The environment of a unit's process (systemd.exec(5)), from the texts of the unit's files. Pure. */

import { readEnvironmentFile } from './environment-file.ts';
import { readUnit } from './unit-text.ts';
import { splitWords, unescapeSpecifiers } from './words.ts';

/** A unit file or a drop-in. */
export interface UnitText {
  readonly path: string;
  readonly content: string;
}

/** The value of one variable, and the file that decided it. */
export interface Variable {
  /** Undefined if the variable is unset, or if only the machine knows its value (`%H`). */
  readonly value: string | undefined;
  /** Path of the unit file, drop-in or environment file. */
  readonly by: string;
}

/** The content of an environment file by its path; undefined if there is none, or if it is not known. */
export type EnvironmentFiles = (path: string) => string | undefined;

interface Settings {
  readonly variables: Map<string, Variable>;
  files: { readonly path: string; readonly by: string }[];
  unset: { readonly word: string; readonly by: string }[];
}

/**
 * The variables that the texts set. `EnvironmentFile=` counts more than every `Environment=`, wherever it
 * stands; `UnsetEnvironment=` comes last. `PassEnvironment=` is left out: it never counts more than
 * `Environment=`.
 *
 * @param texts the unit, then its drop-ins in systemd's order
 */
export function environmentOf(texts: readonly UnitText[], contentOf: EnvironmentFiles): ReadonlyMap<string, Variable> {
  const { variables, files, unset } = settingsOf(texts);
  for (const { path } of files) {
    for (const [name, value] of readEnvironmentFile(contentOf(path) ?? '')) variables.set(name, { value, by: path });
  }
  for (const { word, by } of unset) {
    const [name = '', value] = halves(word);
    if (variables.has(name) && (value === undefined || variables.get(name)?.value === value))
      variables.set(name, { value: undefined, by });
  }
  return variables;
}

/** The variables that `Environment=` alone sets in these texts. */
export function assignmentsOf(texts: readonly UnitText[]): ReadonlyMap<string, Variable> {
  return settingsOf(texts).variables;
}

/** The files that the texts name with `EnvironmentFile=`, in their order, without a `-` before the path. */
export function environmentFilesOf(texts: readonly UnitText[]): { readonly path: string; readonly by: string }[] {
  return settingsOf(texts).files;
}

function settingsOf(texts: readonly UnitText[]): Settings {
  const settings: Settings = { variables: new Map(), files: [], unset: [] };
  for (const { path: by, content } of texts) {
    for (const { section, key, value } of readUnit(content)) {
      if (section === 'Service' && key !== undefined) readSetting(settings, key, value, by);
    }
  }
  return settings;
}

/** An empty value clears what was set before. */
function readSetting(settings: Settings, key: string, value: string, by: string): void {
  switch (key) {
    case 'Environment':
      if (value === '') settings.variables.clear();
      for (const word of wordsOf(value)) setVariable(settings.variables, word, by);
      break;
    case 'EnvironmentFile':
      if (value === '') settings.files = [];
      else settings.files.push({ path: (unescapeSpecifiers(value) ?? value).replace(/^-/, ''), by });
      break;
    case 'UnsetEnvironment':
      settings.unset = value === '' ? [] : [...settings.unset, ...wordsOf(value).map((word) => ({ word, by }))];
      break;
  }
}

function setVariable(variables: Map<string, Variable>, word: string, by: string): void {
  const [name = '', value] = halves(word);
  if (value !== undefined) variables.set(name, { value: unescapeSpecifiers(value), by });
}

/** systemd ignores a line that it cannot split. */
function wordsOf(value: string): readonly string[] {
  const split = splitWords(value);
  return split.ok ? split.words : [];
}

function halves(word: string): [name: string, value?: string] {
  const equals = word.indexOf('=');
  return equals < 0 ? [word] : [word.slice(0, equals), word.slice(equals + 1)];
}
