/**
 * The units and files in a cloud-config, or in a configuration of Ignition (versions 1 to 3) or of the
 * programs that write it (Container Linux Config, Butane). Pure.
 */

import { isJsonMap, type Json, type JsonMap } from '../api/json.ts';
import type { FieldPath, Position, Problem } from '../api/problem.ts';
import { type ManifestDocument, readManifests } from '../manifest/read/read.ts';
import { administratorDirectory } from '../systemd/load-path.ts';
import { contentOf, type Encoded } from './encoded-content.ts';
import { notImported } from './notes.ts';

/** A file as the machine will have it. */
export interface MachineFile {
  readonly path: string;
  readonly text: string;
  /** Permission bits. */
  readonly mode: number;
  /** Where its first line stands in the file that holds it; undefined if it is encoded there. */
  readonly place: { readonly line: number; readonly indent: number } | undefined;
}

export interface MachineFiles {
  readonly files: readonly MachineFile[];
  /** Why the content of a path is not known, by the path. */
  readonly unknown: ReadonlyMap<string, Problem>;
  readonly problems: readonly Problem[];
}

/** Reads the file that sets a machine up. @param unit the name of the kubelet's unit */
export function machineFiles(name: string, text: string, unit: string): MachineFiles {
  const { documents, problems } = readManifests(text, name);
  const [document] = documents;
  const unread = problems.map((problem) =>
    notImported(`${name} cannot be read: ${problem.reason}`, `${problem.remedy}; of a template, give what it makes`, {
      position: problem.position,
    }),
  );
  if (!document || !isJsonMap(document.value as Json)) return { files: [], unknown: new Map(), problems: unread };
  const reader: Reader = { document, name, lines: text.split('\n'), files: [], unknown: new Map(), problems: [...unread] };
  for (const item of items(document.value as JsonMap, unitLists)) readUnitEntry(reader, item, unit);
  for (const item of items(document.value as JsonMap, fileLists)) readFileEntry(reader, item);
  for (const item of fileSystems(document.value as JsonMap)) readFileEntry(reader, item);
  return reader;
}

interface Reader extends MachineFiles {
  readonly document: ManifestDocument;
  readonly name: string;
  readonly lines: readonly string[];
  readonly files: MachineFile[];
  readonly unknown: Map<string, Problem>;
  readonly problems: Problem[];
}

interface Item {
  readonly value: JsonMap;
  readonly path: FieldPath;
}

const unitLists = [
  ['coreos', 'units'],
  ['systemd', 'units'],
] as const;
const fileLists = [['write_files'], ['storage', 'files']] as const;

function items(map: JsonMap, lists: readonly (readonly string[])[], above: FieldPath = []): Item[] {
  return lists.flatMap((keys) => {
    const found = keys.reduce<Json | undefined>((value, key) => (isJsonMap(value) ? value[key] : undefined), map);
    if (!Array.isArray(found)) return [];
    return found.flatMap((value, index) => (isJsonMap(value) ? [{ value, path: [...above, ...keys, index] }] : []));
  });
}

/** Ignition 1 has the files below their file system. */
function fileSystems(map: JsonMap): Item[] {
  return items(map, [['storage', 'filesystems']]).flatMap(({ value, path }) => items(value, [['files']], path));
}

/** The directory in which a cloud-config puts the unit: one of this boot alone, or of every boot. */
function unitDirectory(value: JsonMap): string {
  return value['runtime'] === true ? '/run/systemd/system' : administratorDirectory;
}

function readUnitEntry(reader: Reader, { value, path }: Item, unit: string): void {
  const name = textAt(value, 'name') ?? '';
  const directory = unitDirectory(value);
  if (name === unit && value['mask'] === true) {
    const reason = `${reader.name} masks ${unit}, so the kubelet would not start`;
    reader.problems.push(
      notImported(reason, 'remove mask if the kubelet is to run', { position: placeOf(reader, path, 'mask') }),
    );
  }
  if (name === unit && textAt(value, 'command') === 'stop') {
    const reason = `${reader.name} stops ${unit} when the machine boots, and the object starts it`;
    reader.problems.push(
      notImported(reason, 'remove command if the kubelet is to run', { position: placeOf(reader, path, 'command') }),
    );
  }
  addText(reader, `${directory}/${name}`, { value, path }, ['content', 'contents', 'contents_local']);
  for (const dropIn of items(value, [['drop-ins'], ['dropins'], ['drop_ins']], path))
    addText(reader, `${directory}/${name}.d/${textAt(dropIn.value, 'name') ?? ''}`, dropIn, [
      'content',
      'contents',
      'contents_local',
    ]);
}

/** The text of a unit stands there as it is. */
function addText(reader: Reader, path: string, { value, path: at }: Item, keys: readonly string[]): void {
  const key = keys.find((name) => textAt(value, name) !== undefined);
  if (key === undefined) return;
  if (key === 'contents_local')
    reader.unknown.set(path, elsewhere(reader, [...at, key], path, `in the file ${textAt(value, key)}`));
  else add(reader, path, { text: textAt(value, key) ?? '' }, { mode: 0o644, at: [...at, key] });
}

function readFileEntry(reader: Reader, { value, path: at }: Item): void {
  const path = textAt(value, 'path');
  if (path === undefined) return;
  const mode = modeOf(value['permissions'] ?? value['mode']);
  const found = contentOf(value);
  for (const one of found) {
    if ('where' in one) reader.unknown.set(path, elsewhere(reader, [...at, ...one.key], path, one.where));
    else if ('fault' in one) reader.unknown.set(path, broken(reader, [...at, ...one.key], path, one.fault));
    else add(reader, path, one, { mode, at: [...at, ...one.key] });
  }
}

function add(
  reader: Reader,
  path: string,
  content: Pick<Encoded, 'text' | 'appends'>,
  { mode, at }: { mode: number; at: FieldPath },
) {
  const earlier = reader.files.findIndex((file) => file.path === path);
  const before = content.appends === true ? reader.files[earlier] : undefined;
  const place = before ? undefined : blockPlace(reader, at, content.text);
  if (earlier >= 0) reader.files.splice(earlier, 1);
  reader.files.push({ path, text: `${before?.text ?? ''}${content.text}`, mode: before?.mode ?? mode, place });
}

/** `0644`, which YAML reads as a number, or `"0644"`. */
function modeOf(value: Json | undefined): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value & 0o7777;
  return typeof value === 'string' && /^0?[0-7]{3,4}$/.test(value) ? Number.parseInt(value, 8) : 0o644;
}

function elsewhere(reader: Reader, at: FieldPath, path: string, where: string): Problem {
  const reason = `${reader.name} does not hold the content of ${path}, which is ${where}`;
  return notImported(reason, 'give that file too', { position: { ...reader.document.locate(at), excerpt: '' } });
}

function broken(reader: Reader, at: FieldPath, path: string, fault: string): Problem {
  return notImported(`the content of ${path} cannot be read: ${fault}`, 'correct it, or give that file too', {
    // The excerpt would be the content, or a URL with a signature in it.
    position: { ...reader.document.locate(at), excerpt: '' },
  });
}

function placeOf(reader: Reader, path: FieldPath, key: string): Position {
  return reader.document.locate([...path, key]);
}

/** The place of the first line of a block of text, if it stands there line by line. */
function blockPlace({ document, lines }: Reader, at: FieldPath, text: string): MachineFile['place'] {
  const { line } = document.locate(at, 'Value');
  const [first = ''] = text.split('\n');
  for (const index of [line, line - 1]) {
    const written = (lines[index] ?? '').replace(/\r$/, '');
    const indent = written.length - first.length;
    if (first !== '' && indent >= 0 && written.endsWith(first) && written.slice(0, indent).trim() === '')
      return { line: index + 1, indent };
  }
  return undefined;
}

function textAt(map: JsonMap, key: string): string | undefined {
  const value = map[key];
  return typeof value === 'string' ? value : undefined;
}
