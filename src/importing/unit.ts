/** The unit of a kubelet as spec.unit: what stands in the files that our rendering replaces. Pure. */

import type { FieldPath, Problem } from '../api/problem.ts';
import type { InstalledKubelet, Launch } from '../kubelet/installed/installed.ts';
import { dropInName, ownDropIns, unitDefaults } from '../render/unit.ts';
import { sectionOptions } from '../systemd/data/options.ts';
import { environmentFilesOf, environmentOf, type UnitText } from '../systemd/environment.ts';
import { dropInDirectory } from '../systemd/load-path.ts';
import { optionsOf } from '../systemd/service.ts';
import { clearsExecStart, foreignInstallKeys, readUnit, setsExecStart } from '../systemd/unit-text.ts';
import { hideSecretOf } from '../text/hide-secrets.ts';
import { variablesIn } from './flags.ts';
import { notImported, placeIn, placeInUnit, secretLeftOut } from './notes.ts';
import { ownDropIn } from './own-files.ts';

export interface ImportedUnit {
  readonly mode: 'Replace' | 'DropIn';
  readonly environment: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly problems: readonly Problem[];
}

/**
 * The mode that keeps the most: the whole unit is replaced unless a drop-in names the command, which would
 * count more than the unit.
 */
export function unitOf(installed: InstalledKubelet, launch: Launch): ImportedUnit {
  const { texts, unit } = installed;
  const own = texts.find(({ path }) => path === `${dropInDirectory(unit)}/${dropInName}`);
  // That of the launcher existing goes away with its object, so the unit is as without it.
  const last = ownDropIn(installed);
  const others = texts.slice(1).filter((text) => text !== last);
  const setters = others.filter(({ content }) => setsExecStart(content) || clearsExecStart(content));
  const mode = setters.length === 0 ? 'Replace' : 'DropIn';
  const replaced = [...(mode === 'Replace' ? texts.slice(0, 1) : own ? [own] : []), ...(last ? [last] : [])];
  const variables = variablesOf(installed, launch, replaced);
  const options = unitOptions(replaced, mode, installed);
  return {
    mode,
    environment: variables.environment,
    options: options.options,
    problems: [...variables.problems, ...options.problems, ...later(setters), ...ignoredLines(replaced)],
  };
}

/** A drop-in that counts more than ours cannot be overruled by one of ours. */
function later(setters: readonly UnitText[]): Problem[] {
  const nameOf = ({ path }: UnitText) => path.slice(path.lastIndexOf('/') + 1);
  const after = setters.filter((text) => nameOf(text) > dropInName && !ownDropIns.includes(nameOf(text)));
  return after.map(({ path, content }) => {
    const reason = `${path} sorts after ${dropInName} and names the command, so apply will refuse the object`;
    const position = placeIn(path, content, 'ExecStart=');
    return notImported(reason, `remove ExecStart= from it, or name it so that it sorts before ${dropInName}`, { position });
  });
}

function variablesOf(installed: InstalledKubelet, { command }: Launch, replaced: readonly UnitText[]) {
  const carried = new Set((command?.words ?? []).flatMap(variablesIn));
  const environment: Record<string, string> = {};
  const problems: Problem[] = [];
  const found = environmentOf(replaced, (path) => installed.environmentFiles.get(path));
  for (const [name, { value, by }] of found) {
    if (carried.has(name)) continue;
    const path: FieldPath = ['spec', 'unit', 'environment', name];
    const content = installed.environmentFiles.get(by);
    const position = content === undefined ? placeInUnit(replaced, by, name) : placeIn(by, content, name);
    if (value === undefined) {
      const reason = `the value of the variable ${name} is known on the machine alone`;
      problems.push(notImported(reason, 'write it into spec.unit.environment', { path, position }));
    } else if (hideSecretOf(name, value) !== value) problems.push(secretLeftOut(`the variable ${name}`, path, position));
    else environment[name] = value;
  }
  return { environment, problems };
}

/** Files whose content is not known go on being read. */
function unknownFiles(replaced: readonly UnitText[], { environmentFiles }: InstalledKubelet): string[] {
  const raw = optionsOf(replaced).get('Service.EnvironmentFile')?.values ?? [];
  const unknown = environmentFilesOf(replaced).map(({ path }) => !environmentFiles.has(path));
  return raw.filter((_, index) => unknown[index] === true);
}

const leftToLauncher = ['Service.ExecStart', 'Service.Environment', 'Service.EnvironmentFile'];
const largestList = 64;

function unitOptions(replaced: readonly UnitText[], mode: ImportedUnit['mode'], installed: InstalledKubelet) {
  const options: Record<string, Record<string, readonly string[]>> = {};
  const problems: Problem[] = [];
  const files = unknownFiles(replaced, installed);
  for (const [name, { values, by }] of optionsOf(replaced)) {
    const [section = '', key = ''] = [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)];
    const kept = name === 'Service.EnvironmentFile' ? files : values;
    if (kept.length === 0 || (leftToLauncher.includes(name) && kept !== files)) continue;
    const reason = whyNot(section, key, kept);
    const position = placeInUnit(replaced, by, `${key}=`);
    const path = ['spec', 'unit', 'options', section, key];
    if (reason === 'Secret') problems.push(secretLeftOut(`the option ${key}`, path, position));
    else if (reason !== undefined)
      problems.push(notImported(`${key} of [${section}] ${reason}`, 'nothing, unless you miss it', { position }));
    else options[section] = { ...options[section], [key]: kept };
  }
  return { options: mode === 'Replace' ? besideDefaults(options) : options, problems };
}

function whyNot(section: string, key: string, values: readonly string[]): string | undefined {
  const known: readonly string[] | undefined = Object.hasOwn(sectionOptions, section)
    ? sectionOptions[section as keyof typeof sectionOptions]
    : undefined;
  if (known === undefined || !known.includes(key)) return 'is left out: systemd ignores it in a service';
  if (section === 'Install' && foreignInstallKeys.includes(key)) return 'is left out: it changes other units';
  if (values.length > largestList) return `is left out: it has more than ${largestList} values`;
  return values.some((value) => hideSecretOf(key, value) !== value) ? 'Secret' : undefined;
}

/** Our unit's own options are not said again; one that it would add is taken away by an empty list. */
function besideDefaults(options: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>) {
  const result: Record<string, Record<string, readonly string[]>> = {};
  const defaults = Object.entries(unitDefaults).flatMap(([section, lines]) =>
    lines.map(([key, value]) => ({ section, key, value })),
  );
  const isDefault = (section: string, key: string, values: readonly string[] | undefined) =>
    values?.length === 1 && defaults.some((one) => one.section === section && one.key === key && one.value === values[0]);
  for (const [section, keys] of Object.entries(options))
    for (const [key, values] of Object.entries(keys))
      if (!isDefault(section, key, values)) result[section] = { ...result[section], [key]: values };
  // A unit without [Install] is started by another unit; that ours starts at boot does no harm.
  for (const { section, key } of defaults)
    if (section !== 'Install' && key !== 'Description' && options[section]?.[key] === undefined)
      result[section] = { ...result[section], [key]: [] };
  return result;
}

function ignoredLines(replaced: readonly UnitText[]): Problem[] {
  return replaced.flatMap(({ path, content }) => {
    const stray = readUnit(content).filter(({ key, value, section }) => key === undefined && value === '' && section !== '');
    const lines = content.split(/\r?\n/);
    return stray.flatMap(({ first }) => {
      const excerpt = lines[first - 1] ?? '';
      if (/^\s*\[.*\]\s*$/.test(excerpt)) return [];
      const position = { file: path, line: first, column: 1, excerpt };
      return [notImported('systemd ignores this line: it has no =', 'nothing, unless you miss it', { position })];
    });
  });
}
