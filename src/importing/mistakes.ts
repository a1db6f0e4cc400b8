/** Mistakes in the files of a unit that systemd does not tell, each with its place. Pure. */

import type { Position, Problem } from '../api/problem.ts';
import type { InstalledKubelet, Launch } from '../kubelet/installed/installed.ts';
import { sectionOptions } from '../systemd/data/options.ts';
import { assignmentsOf, environmentFilesOf, type UnitText } from '../systemd/environment.ts';
import { readEnvironmentFile } from '../systemd/environment-file.ts';
import { readUnit, type UnitLine } from '../systemd/unit-text.ts';
import { splitWords } from '../systemd/words.ts';
import { notImported, placeInUnit } from './notes.ts';

/**
 * What the person who wrote the unit probably did not mean. What the kubelet is started with has it all
 * the same.
 */
export function mistakesOf({ texts, environmentFiles }: InstalledKubelet, launch: Launch): Problem[] {
  return [
    ...texts.flatMap((text) => [...joinedLines(text), ...brokenLines(text), ...ignoredWords(text)]),
    ...beatenVariables(texts, environmentFiles),
    ...underscores(texts, launch),
  ];
}

const optionNames = new Set(Object.values(sectionOptions).flat());

/**
 * Whether a word is a line of a unit that a backslash at the end of the line before has joined to the
 * command.
 */
export function isJoinedOption(word: string): boolean {
  const [, name = ''] = /^([A-Za-z]+)=/.exec(word) ?? [];
  return optionNames.has(name);
}

/** Options and headers of sections that a backslash makes a part of the line before them. */
function joinedLines({ path, content }: UnitText): Problem[] {
  const lines = content.split(/\r?\n/);
  return readUnit(content).flatMap(({ first, last, key }) => {
    const inside = lines.slice(first, last).map((line, index) => ({ line, at: first + index }));
    return inside.flatMap(({ line, at }) => {
      const isComment = /^\s*[#;]/.test(line);
      const name = /^([A-Za-z]+)=/.exec(line)?.[1] ?? /^\[(Unit|Service|Install)\]\s*$/.exec(line)?.[0];
      if (isComment || name === undefined || !(optionNames.has(name) || name.startsWith('['))) return [];
      const reason = `${name} on line ${at + 1} belongs to the value of ${key ?? 'the line'} on line ${first}, because the line before it ends in a backslash: systemd does not read it as an option`;
      return [
        notImported(reason, 'take the backslash away in the unit, and import again', {
          position: placeAt(path, lines, at, line),
        }),
      ];
    });
  });
}

function placeAt(file: string, lines: readonly string[], index: number, needle: string): Position {
  const excerpt = lines[index] ?? '';
  return { file, line: index + 1, column: Math.max(1, excerpt.indexOf(needle) + 1), excerpt };
}

/**
 * A blank behind a backslash: the line ends there, and the next one begins with an option of rkt or the
 * kubelet.
 */
function brokenLines({ path, content }: UnitText): Problem[] {
  const lines = content.split(/\r?\n/);
  return readUnit(content).flatMap(({ first, key }) => {
    if (key === undefined || !key.startsWith('-')) return [];
    const before = lines.slice(0, first - 1).findLastIndex((line) => line.trim() !== '');
    const isBlankBehind = /\\[ \t]+$/.test(lines[before] ?? '');
    const why = isBlankBehind ? `: a blank stands behind the backslash on line ${before + 1}, so the line ends there` : '';
    const reason = `systemd ignores this line, because ${key} is no option of a unit${why}`;
    const remedy = isBlankBehind
      ? 'take the blank behind the backslash away, and import again'
      : 'end the line before it in a backslash, and import again';
    return [notImported(reason, remedy, { position: placeAt(path, lines, first - 1, key) })];
  });
}

/** Words of `Environment=` that are no assignments, and lines that cannot be split into words. */
function ignoredWords({ path, content }: UnitText): Problem[] {
  const lines = content.split(/\r?\n/);
  return readUnit(content).flatMap((line) => {
    if (line.section !== 'Service' || line.key === undefined) return [];
    const isEnvironment = line.key === 'Environment';
    if (!isEnvironment && !line.key.startsWith('Exec')) return [];
    const split = splitWords(line.value);
    const place = (needle: string) => placeOfWord(path, lines, line, needle);
    if (!split.ok)
      return isEnvironment || /never closed/.test(split.reason) ? [unsplit(line.key, split.reason, place(line.key))] : [];
    return isEnvironment ? notAssignments(split.words, place) : [];
  });
}

function unsplit(key: string, reason: string, position: Position): Problem {
  return notImported(`systemd ignores this ${key}= as a whole: ${reason}`, 'correct it in the unit, and import again', {
    position,
  });
}

function notAssignments(words: readonly string[], place: (needle: string) => Position): Problem[] {
  const isAssignment = (word: string) => /^[A-Za-z_][A-Za-z0-9_]*=/.test(word);
  const first = words.findIndex((word) => !isAssignment(word));
  const ignored = words[first];
  if (ignored === undefined) return [];
  const name = (words.slice(first).find(isAssignment) ?? '').split('=')[0] ?? '';
  const further = name === '' ? '' : `, and takes what follows for a variable named ${name}`;
  const reason = `systemd ignores ${ignored.split('=')[0]} in Environment=, which is no assignment${further}`;
  return [
    notImported(reason, 'put quotes around the whole assignment in the unit, and import again', { position: place(ignored) }),
  ];
}

function placeOfWord(file: string, lines: readonly string[], { first, last }: UnitLine, needle: string): Position {
  const inside = lines.slice(first - 1, last).findIndex((line) => line.includes(needle));
  return placeAt(file, lines, first - 1 + Math.max(0, inside), needle);
}

/** `EnvironmentFile=` counts more than `Environment=`, whatever their order in the unit is. */
function beatenVariables(texts: readonly UnitText[], files: InstalledKubelet['environmentFiles']): Problem[] {
  const own = assignmentsOf(texts);
  const told = new Set<string>();
  return environmentFilesOf(texts)
    .toReversed()
    .flatMap(({ path }) => {
      const found = new Map(readEnvironmentFile(files.get(path) ?? ''));
      return [...found].flatMap(([name, value]) => {
        const variable = own.get(name);
        if (!variable || variable.value === value || told.has(name)) return [];
        told.add(name);
        const reason = `${path} sets ${name} too, and counts more than Environment= of the unit: the object has its value`;
        return [
          notImported(reason, 'set the variable in one place', {
            position: placeInUnit(texts, variable.by, name),
            severity: 'notice',
          }),
        ];
      });
    });
}

/** The kubelet takes `--cluster_dns` for `--cluster-dns`; the object has the name with dashes. */
function underscores(texts: readonly UnitText[], { kubelet }: Launch): Problem[] {
  return kubelet.slice(1).flatMap(({ text, by }) => {
    const [, name = ''] = /^--?([A-Za-z0-9-]*_[\w-]*)(?:=|$)/.exec(text ?? '') ?? [];
    if (name === '') return [];
    const written = name.replaceAll('_', '-');
    const reason = `the flag --${name} is written with underscores; the object has ${written}, which the kubelet takes for the same flag`;
    return [notImported(reason, `write --${written}`, { position: placeInUnit(texts, by, `--${name}`), severity: 'notice' })];
  });
}
