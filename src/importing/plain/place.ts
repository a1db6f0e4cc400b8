/** Where a person wrote a flag, or a field of a configuration. Pure. */

import type { FieldPath, Position } from '../../api/problem.ts';
import type { KubeletFault } from '../../kubelet/plain-kubelet.ts';
import { fieldOf } from '../../kubelet/settings/flag-field.ts';
import { readStream } from '../../manifest/read/stream.ts';
import { findOffset, type SourceTree } from '../../manifest/read/tree.ts';
import { placeInUnit } from '../notes.ts';
import type { KnownPart } from './known-part.ts';

/** The flag that sets a field, the last one that does. */
export function flagOfField(field: FieldPath, { commandLine }: Pick<KnownPart, 'commandLine'>): string | undefined {
  return commandLine.flags.findLast(({ name }) => {
    const path = fieldOf(name, undefined)?.split('.') ?? [];
    return path.length > 0 && path.every((part, index) => field.length <= index || field[index] === part);
  })?.name;
}

/** Whether a file or a flag says anything of a field: what a default says is no fault of theirs. */
export function isSaid(field: FieldPath, known: KnownPart): boolean {
  return flagOfField(field, known) !== undefined || known.configurations.some((path) => holds(path, field, known));
}

/**
 * The place of a fault: its flag, its field in the file that counts most, or else the nearest thing above
 * it.
 */
export function placeOfFault({ place, reason }: KubeletFault, known: KnownPart): Position | undefined {
  if (place.kind === 'Flag') return placeOfFlag(place.name, known);
  if (place.kind === 'File') return placeInFile(place.path, place.field, reason, known);
  const flag = flagOfField(place.field, known);
  if (flag !== undefined) return placeOfFlag(flag, known);
  const { configurations } = known;
  const file =
    configurations.findLast((path) => holds(path, place.field, known)) ??
    configurations.findLast((path) => holds(path, place.field.slice(0, 1), known)) ??
    configurations[0];
  return file === undefined ? commandPlace(known) : placeInFile(file, place.field, reason, known);
}

/** The line of the last `--name` in the file that gives the flag, with dashes or underscores. */
export function placeOfFlag(name: string, known: KnownPart): Position | undefined {
  const by = known.commandLine.flags.findLast((flag) => flag.name === name)?.by;
  const { texts, environmentFiles } = known.installed;
  const content = by === undefined ? undefined : (environmentFiles.get(by) ?? texts.find(({ path }) => path === by)?.content);
  if (by === undefined || content === undefined) return commandPlace(known);
  const lines = content.split(/\r?\n/);
  const columnIn = (line: string) => (/^[ \t]{0,99}[#;]/.test(line) ? -1 : columnOf(name, line));
  const index = lines.findLastIndex((line) => columnIn(line) >= 0);
  const excerpt = lines[index];
  if (excerpt === undefined) return commandPlace(known);
  return { file: by, line: index + 1, column: columnIn(excerpt) + 1, excerpt };
}

/** Where `--name` begins as a whole word; -1 if it is not there. */
function columnOf(name: string, line: string): number {
  const plain = line.replaceAll('_', '-');
  for (let at = plain.indexOf(`-${name}`); at >= 0; at = plain.indexOf(`-${name}`, at + 1)) {
    const start = plain[at - 1] === '-' ? at - 1 : at;
    const isWhole = !/[\w-]/.test(plain[at + 1 + name.length] ?? '') && !/[\w-]/.test(plain[start - 1] ?? '');
    if (isWhole) return start;
  }
  return -1;
}

/** The line that starts the kubelet. */
export function commandPlace({ installed, launch }: Pick<KnownPart, 'installed' | 'launch'>): Position | undefined {
  return placeInUnit(installed.texts, launch.commands.at(-1)?.by ?? installed.texts[0]?.path, 'ExecStart=');
}

function placeInFile(path: string, field: FieldPath, reason: string, { installed }: KnownPart): Position {
  const text = installed.configurationFiles.get(path) ?? '';
  const [first] = readStream(text, path);
  const fault = first?.faults.find((one) => reason.startsWith(one.reason));
  const offset = fault?.offset ?? (first?.tree ? findOffset(first.tree, field, 'Key') : 0);
  return first?.locate(offset) ?? { file: path, line: 1, column: 1, excerpt: text.split('\n', 1)[0] ?? '' };
}

function holds(path: string, field: FieldPath, { installed }: KnownPart): boolean {
  const [first] = readStream(installed.configurationFiles.get(path) ?? '', path);
  let tree: SourceTree | undefined = first?.tree;
  for (const step of field)
    tree =
      tree?.kind === 'Map' ? tree.entries.get(String(step))?.value : tree?.kind === 'List' ? tree.items[Number(step)] : undefined;
  return tree !== undefined;
}
