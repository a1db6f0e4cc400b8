/** Files that a person gives instead of a machine: which one is what is told by its content. Pure. */

import { isJsonMap, type Json, type JsonMap } from '../api/json.ts';
import type { Problem } from '../api/problem.ts';
import { launchOf } from '../kubelet/installed/installed.ts';
import { configurationPaths } from '../kubelet/settings/settings.ts';
import { readManifests } from '../manifest/read/read.ts';
import type { ReadableFiles } from '../node/ports/overlay.ts';
import { environmentFilesOf, type UnitText } from '../systemd/environment.ts';
import { lastNameOf } from '../systemd/install-links.ts';
import { administratorDirectory } from '../systemd/load-path.ts';
import { readUnit } from '../systemd/unit-text.ts';
import { notImported } from './notes.ts';

export interface GivenFile {
  /** As the person named it. */
  readonly name: string;
  readonly text: string;
}

export interface GivenFiles {
  /** The files at the places where a machine has them. */
  readonly files: ReadableFiles;
  /** The name that a person gave, by the place. */
  readonly names: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

type Kind = 'Unit' | 'DropIn' | 'Environment' | 'Configuration' | 'Machine';

/** Puts each file where the unit expects it. @param unit the name of the unit */
export function placeFiles(given: readonly GivenFile[], unit: string): GivenFiles {
  const placed = new Map<string, GivenFile>();
  const of = (kind: Kind) => given.filter((file) => kindOf(file) === kind);
  for (const file of of('Machine'))
    for (const one of filesInside(file)) placed.set(one.path, { name: file.name, text: one.text });
  for (const file of of('Unit')) placed.set(`${administratorDirectory}/${unit}`, file);
  for (const file of of('DropIn')) placed.set(`${administratorDirectory}/${unit}.d/${dropInNameOf(file.name)}`, file);
  const texts = [...placed]
    .filter(([path]) => path.startsWith(`${administratorDirectory}/${unit}`))
    .map(textOf)
    .sort(byPath);
  const problems: Problem[] = [];
  placeEach(
    of('Environment'),
    environmentFilesOf(texts).map(({ path }) => path),
    placed,
    problems,
  );
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
  const names = new Map([...placed].map(([path, { name }]) => [path, name]));
  return { files: inMemory(placed), names, problems };
}

function textOf([path, { text }]: [string, GivenFile]): UnitText {
  return { path, content: text };
}

/** The unit, then its drop-ins by name. */
function byPath(one: UnitText, other: UnitText): number {
  return one.path < other.path ? -1 : 1;
}

function dropInNameOf(name: string): string {
  const last = lastNameOf(name);
  return last.endsWith('.conf') ? last : `${last}.conf`;
}

/** Each to the place with its own name; a single one to the single place that is left. */
function placeEach(
  given: readonly GivenFile[],
  places: readonly string[],
  placed: Map<string, GivenFile>,
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
  const excerpt = text.split('\n')[0] ?? '';
  return notImported(reason, remedy, { position: { file: name, line: 1, column: 1, excerpt } });
}

function kindOf({ name, text }: GivenFile): Kind {
  if (/^\ufeff?#cloud-config/.test(text)) return 'Machine';
  const sections = readUnit(text).filter(
    ({ key, section }) => key !== undefined && ['Unit', 'Service', 'Install'].includes(section),
  );
  if (sections.length > 0 && /^[ \t]*\[(Unit|Service|Install)\]/m.test(text) && !/^systemd:|^storage:|^coreos:/m.test(text))
    return name.endsWith('.conf') ? 'DropIn' : 'Unit';
  if (/^[ \t]*"?kind"?[ \t]*:[ \t]*"?KubeletConfiguration/m.test(text) || isConfiguration(name, text)) return 'Configuration';
  if (/^(systemd|storage|coreos|write_files|passwd):/m.test(text) || /^\s*\{\s*"ignition"/.test(text)) return 'Machine';
  return 'Environment';
}

function isConfiguration(name: string, text: string): boolean {
  return /\.(json|ya?ml)$/.test(name) && /KubeletConfiguration/.test(text);
}

interface InsideFile {
  readonly path: string;
  readonly text: string;
}

/** The units and files of a cloud-config, or of a configuration for Ignition as a person writes it. */
function filesInside({ name, text }: GivenFile): InsideFile[] {
  const value = readManifests(text, name).documents[0]?.value as Json | undefined;
  const map = isJsonMap(value) ? value : {};
  const units = [...mapsAt(map, 'coreos', 'units'), ...mapsAt(map, 'systemd', 'units')];
  const files = [...mapsAt(map, 'write_files'), ...mapsAt(map, 'storage', 'files')];
  return [...units.flatMap(unitInside), ...files.flatMap(fileInside)];
}

function mapsAt(map: JsonMap, ...keys: readonly string[]): JsonMap[] {
  const found = keys.reduce<Json | undefined>((value, key) => (isJsonMap(value) ? value[key] : undefined), map);
  return Array.isArray(found) ? found.filter(isJsonMap) : [];
}

function unitInside(unit: JsonMap): InsideFile[] {
  const name = textAt(unit, 'name') ?? '';
  const path = `${administratorDirectory}/${name}`;
  const content = textAt(unit, 'content') ?? textAt(unit, 'contents');
  const dropIns = ['drop-ins', 'dropins', 'drop_ins'].flatMap((key) => mapsAt(unit, key));
  return [
    ...(content === undefined ? [] : [{ path, text: content }]),
    ...dropIns.map((one) => ({
      path: `${path}.d/${textAt(one, 'name') ?? ''}`,
      text: textAt(one, 'content') ?? textAt(one, 'contents') ?? '',
    })),
  ];
}

function fileInside(file: JsonMap): InsideFile[] {
  const path = textAt(file, 'path');
  const contents = file['contents'];
  const text = textAt(file, 'content') ?? (isJsonMap(contents) ? textAt(contents, 'inline') : undefined) ?? dataUrl(contents);
  if (path === undefined || text === undefined) return [];
  const isBase64 = ['b64', 'base64'].includes(textAt(file, 'encoding') ?? '');
  return [{ path, text: isBase64 ? Buffer.from(text, 'base64').toString() : text }];
}

/** Ignition's own form: `data:,text` with percent signs, or base64. */
function dataUrl(contents: Json | undefined): string | undefined {
  const source = isJsonMap(contents) ? textAt(contents, 'source') : undefined;
  const [, base64, text] = /^data:[^,]*?(;base64)?,(.*)$/s.exec(source ?? '') ?? [];
  if (text === undefined) return undefined;
  return base64 === undefined ? unescaped(text) : Buffer.from(text, 'base64').toString();
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function textAt(map: JsonMap, key: string): string | undefined {
  const value = map[key];
  return typeof value === 'string' ? value : undefined;
}

function inMemory(placed: ReadonlyMap<string, GivenFile>): ReadableFiles {
  return {
    async read(path) {
      const file = placed.get(path);
      if (!file) return { kind: 'Absent' };
      return { kind: 'File', mode: 0o644, uid: 0, gid: 0, content: Buffer.from(file.text) };
    },
    async list(directory) {
      const prefix = `${directory}/`;
      const below = [...placed.keys()].filter((path) => path.startsWith(prefix));
      return [...new Set(below.map((path) => path.slice(prefix.length).split('/')[0] ?? ''))].sort();
    },
  };
}
