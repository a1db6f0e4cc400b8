/** Where a finding stands in the files of a machine. */

import { isJsonMap } from '../../api/json.ts';
import type { FieldPath, Position } from '../../api/problem.ts';
import { fieldOf } from '../../kubelet/settings/flag-field.ts';
import type { UpgradeFinding, UpgradePlace } from '../../kubelet/upgrade/finding.ts';
import { type ManifestDocument, readManifests } from '../../manifest/read/read.ts';
import type { SettingFiles } from '../../node/pass/kubelet-of-machine.ts';
import { type ShownFinding, shownFinding } from './checked.ts';

/** The finding with its place: the last file that gives the field, or the line with the flag. */
export function findingInFile(finding: UpgradeFinding, files: SettingFiles): ShownFinding {
  const position = positionOf(finding.place, files);
  const path = finding.place.kind === 'Field' ? finding.place.field : [];
  return shownFinding(finding, { path, ...(position && { position }) });
}

function positionOf(place: UpgradePlace, files: SettingFiles): Position | undefined {
  if (place.kind === 'Kubelet') return undefined;
  if (place.kind === 'Flag') return ofFlag(place.name, files);
  if (place.file !== undefined) return { file: place.file, line: 1, column: 1, excerpt: '' };
  const documents = [...files.configuration].flatMap(([path, text]) => readManifests(text, path).documents.slice(0, 1));
  const document = documents.findLast(({ value }) => has(value, place.field));
  return document ? document.locate(place.field) : (ofFieldFlag(place.field, files) ?? ofWhole(place.field, documents));
}

/** A field that a flag gives. */
function ofFieldFlag([top = '']: FieldPath, files: SettingFiles): Position | undefined {
  const flag = files.commandLine.flags.findLast(({ name }) => fieldOf(name, undefined)?.split('.')[0] === top);
  return flag && ofFlag(flag.name, files);
}

/** The place where a field that is left open would be written. */
function ofWhole(field: FieldPath, documents: readonly ManifestDocument[]): Position | undefined {
  return documents[0]?.locate(field);
}

function ofFlag(name: string, { commandLine, unit }: SettingFiles): Position | undefined {
  const file = commandLine.flags.findLast((flag) => flag.name === name)?.by;
  if (file === undefined || file === '') return undefined;
  const lines = (unit.get(file) ?? '').split('\n');
  const index = lines.findIndex((line) => line.replaceAll('_', '-').includes(`--${name}`));
  const column = index < 0 ? 0 : (lines[index]?.replaceAll('_', '-').indexOf(`--${name}`) ?? 0);
  return { file, line: Math.max(index, 0) + 1, column: column + 1, excerpt: lines[index] ?? '' };
}

function has(value: unknown, [name, ...rest]: FieldPath): boolean {
  if (name === undefined) return true;
  const inner = isJsonMap(value) ? value[name] : undefined;
  return inner !== undefined && has(inner, rest);
}
