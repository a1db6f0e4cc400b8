/** Files that a person gives instead of a machine: which one is what is told by its content. Pure. */

import type { Position, Problem } from '../api/problem.ts';
import { launchOf } from '../kubelet/installed/installed.ts';
import { configurationPaths } from '../kubelet/settings/settings.ts';
import type { ReadableFiles } from '../node/ports/overlay.ts';
import { environmentFilesOf, type UnitText } from '../systemd/environment.ts';
import { lastNameOf } from '../systemd/install-links.ts';
import { administratorDirectory, dropInDirectories, effectiveDropIns, unitDirectories } from '../systemd/load-path.ts';
import { type FileKind, kindOf } from './file-kind.ts';
import { type MachineFile, machineFiles } from './machine-files.ts';
import { notImported } from './notes.ts';

export interface GivenFile {
  /** As the person named it. */
  readonly name: string;
  readonly text: string;
}

export interface GivenFiles {
  /** The files at the places where a machine has them. */
  readonly files: ReadableFiles;
  /** The file that a person gave, by the place. */
  readonly origins: ReadonlyMap<string, Origin>;
  readonly problems: readonly Problem[];
}

/** Where the text of a file stands. */
export interface Origin {
  /** The name that a person gave. */
  readonly name: string;
  /** Where its first line stands in there, if it is a part of that file. */
  readonly place?: MachineFile['place'];
  /** Whether it is a part of that file, and encoded there. */
  readonly isEncoded?: boolean;
}

interface Placed extends Origin {
  readonly text: string;
  readonly mode?: number;
}

/** Puts each file where the unit expects it. @param unit the name of the unit */
export function placeFiles(given: readonly GivenFile[], unit: string): GivenFiles {
  const placed = new Map<string, Placed>();
  const problems: Problem[] = [];
  const of = (kind: FileKind) => given.filter((file) => kindOf(file) === kind);
  const unknown = placeMachineFiles(of('Machine'), unit, placed, problems);
  placeUnit(of('Unit'), unit, placed, problems);
  for (const file of of('DropIn')) placed.set(`${administratorDirectory}/${unit}.d/${dropInNameOf(file.name)}`, file);
  const texts = unitTexts(placed, unit);
  const named = environmentFilesOf(texts).map(({ path }) => path);
  placeEach(of('Environment'), named, placed, problems);
  const environmentFiles = new Map([...placed].map(([path, { text }]) => [path, text]));
  const { main, directory } = configurationPaths(launchOf({ unit, texts, environmentFiles }));
  const isDropIn = ({ name }: GivenFile) => name.endsWith('.conf') && directory !== undefined;
  const configurations = of('Configuration');
  for (const file of configurations.filter(isDropIn)) placed.set(`${directory}/${lastNameOf(file.name)}`, file);
  placeEach(
    configurations.filter((file) => !isDropIn(file)),
    main === undefined ? [] : [main],
    placed,
    problems,
  );
  const needed = [...named, ...(main === undefined ? [] : [main])];
  const missing = [...unknown].filter(([path]) => isNeeded(path, unit, needed, directory) && !placed.has(path));
  return {
    files: inMemory(placed),
    origins: placed,
    problems: [...problems, ...missing.map(([, problem]) => problem), ...noUse(given)],
  };
}

function placeMachineFiles(
  machines: readonly GivenFile[],
  unit: string,
  placed: Map<string, Placed>,
  problems: Problem[],
): ReadonlyMap<string, Problem> {
  const unknown = new Map<string, Problem>();
  for (const { name, text } of machines) {
    const inside = machineFiles(name, text, unit);
    problems.push(...inside.problems);
    for (const [path, problem] of inside.unknown) unknown.set(path, problem);
    for (const { path, text: content, mode, place } of inside.files)
      placed.set(path, { name, text: content, mode, place, isEncoded: place === undefined });
  }
  return unknown;
}

function isNeeded(path: string, unit: string, needed: readonly string[], directory: string | undefined): boolean {
  const isOfUnit = unitDirectories.some((one) => path === `${one}/${unit}` || path.startsWith(`${one}/${unit}.d/`));
  return isOfUnit || needed.includes(path) || (directory !== undefined && path.startsWith(`${directory}/`));
}

/** The one with the name of the unit, else the only one. */
function placeUnit(given: readonly GivenFile[], unit: string, placed: Map<string, Placed>, problems: Problem[]): void {
  const byName = given.filter(({ name }) => lastNameOf(name) === unit);
  const [file, ...others] = byName.length > 0 ? [...byName, ...given.filter((one) => !byName.includes(one))] : given;
  if (!file) return;
  placed.set(`${administratorDirectory}/${unit}`, file);
  for (const { name, text } of others) {
    const reason = `${name} is not used: the unit is ${file.name}`;
    problems.push(
      notImported(reason, `give one unit; name a drop-in so that it ends in .conf`, { position: firstLine(name, text) }),
    );
  }
}

/** The unit, then its drop-ins as systemd reads them. */
function unitTexts(placed: ReadonlyMap<string, Placed>, unit: string): UnitText[] {
  const main = unitDirectories.map((directory) => `${directory}/${unit}`).find((path) => placed.has(path));
  const below = dropInDirectories(unit).flatMap((directory) =>
    [...placed.keys()].filter((path) => path.startsWith(`${directory}/`)).sort(),
  );
  const paths = [...(main === undefined ? [] : [main]), ...effectiveDropIns(below)];
  return paths.map((path) => ({ path, content: placed.get(path)?.text ?? '' }));
}

function dropInNameOf(name: string): string {
  const last = lastNameOf(name);
  return last.endsWith('.conf') ? last : `${last}.conf`;
}

const useless: Readonly<Partial<Record<FileKind, readonly [what: string, remedy: string]>>> = {
  Script: ['a script, which import does not run', 'give the unit and the files that it writes'],
  Multipart: ['a message of several parts', 'save the part that holds the cloud-config or the unit as a file, and give that'],
  Object: ['an object of Kubernetes that no kubelet reads from a file', 'give the unit and the files that it names'],
  Quadlet: [
    'a Quadlet, of which podman makes the unit',
    'give the unit: /usr/lib/systemd/system-generators/podman-system-generator --dryrun prints it',
  ],
  OtherUnit: ['a unit of another type', 'give the service that runs the kubelet'],
};

function noUse(given: readonly GivenFile[]): Problem[] {
  return given.flatMap((file) => {
    const [what, remedy] = useless[kindOf(file)] ?? [];
    if (what === undefined || remedy === undefined) return [];
    return [notImported(`${file.name} is not used: it is ${what}`, remedy, { position: firstLine(file.name, file.text) })];
  });
}

function firstLine(file: string, text: string): Position {
  return { file, line: 1, column: 1, excerpt: text.split('\n', 1)[0] ?? '' };
}

/** Each to the place with its own name; a single one to the single place that is left. */
function placeEach(
  given: readonly GivenFile[],
  places: readonly string[],
  placed: Map<string, Placed>,
  problems: Problem[],
): void {
  const left: GivenFile[] = [];
  for (const file of given) {
    const place = places.find((path) => lastNameOf(path) === lastNameOf(file.name) && !placed.has(path));
    if (place === undefined) left.push(file);
    else placed.set(place, file);
  }
  for (const file of left) {
    const free = places.filter((path) => !placed.has(path));
    const [only] = free;
    if (only !== undefined && free.length === 1 && left.length === 1) placed.set(only, file);
    else problems.push(unused(file, free));
  }
}

function unused({ name, text }: GivenFile, free: readonly string[]): Problem {
  const reason = `${name} is not used: ${free.length === 0 ? 'the unit names no such file' : `the unit may mean ${free.join(' or ')}`}`;
  const remedy =
    free.length === 0 ? 'give the unit and the drop-ins that name it' : 'rename it to the last name of the path that it is for';
  return notImported(reason, remedy, { position: firstLine(name, text) });
}

function inMemory(placed: ReadonlyMap<string, Placed>): ReadableFiles {
  return {
    async read(path) {
      const file = placed.get(path);
      if (!file) return { kind: 'Absent' };
      return { kind: 'File', mode: file.mode ?? 0o644, uid: 0, gid: 0, content: Buffer.from(file.text) };
    },
    async list(directory) {
      const prefix = `${directory}/`;
      const below = [...placed.keys()].filter((path) => path.startsWith(prefix));
      return [...new Set(below.map((path) => path.slice(prefix.length).split('/')[0] ?? ''))].sort();
    },
  };
}

/** The place as the person knows it. */
export function originalPlace(problem: Problem, origins: GivenFiles['origins']): Problem {
  const { position } = problem;
  const origin = position && origins.get(position.file);
  if (!position || !origin) return problem;
  const { name, place, isEncoded } = origin;
  if (place) {
    const { line, column, excerpt } = position;
    const indented = `${' '.repeat(place.indent)}${excerpt}`;
    return {
      ...problem,
      position: { file: name, line: place.line + line - 1, column: column + place.indent, excerpt: indented },
    };
  }
  // The lines of the encoded text are not those of the file.
  return { ...problem, position: { ...position, file: isEncoded === true ? `${name} (${position.file})` : name } };
}
