/** Where the value of a field of the imported object comes from. Pure. */

import type { FieldPath, Position, Problem } from '../api/problem.ts';
import { type InstalledKubelet, type Launch, launchOf } from '../kubelet/installed/installed.ts';
import { optionsOf } from '../systemd/service.ts';
import { placeIn, placeInUnit } from './notes.ts';

/** A problem of the object, with the place in the files that were read if it has none. */
export function withPlace(problem: Problem, installed: InstalledKubelet): Problem {
  if (problem.position) return problem;
  const [, ...path] = problem.path;
  const position = placeOfField(path, installed);
  return position ? { ...problem, position } : problem;
}

/** @param path below `spec` */
function placeOfField([group, part, ...rest]: FieldPath, installed: InstalledKubelet): Position | undefined {
  const launch = launchOf(installed);
  const [first = '', second = ''] = rest.map(String);
  if (group === 'launcher') return placeInUnit(installed.texts, launch.command?.by, 'ExecStart=');
  if (group === 'unit' && part === 'environment') return variablePlace(first, installed, launch);
  if (group === 'unit' && part === 'options')
    return placeInUnit(installed.texts, optionsOf(installed.texts).get(`${first}.${second}`)?.by, `${second}=`);
  if (group !== 'kubelet') return undefined;
  if (part === 'flags') return flagPlace(first, installed, launch);
  if (part === 'configuration') return fieldPlace(rest, installed);
  const names =
    part === 'version' ? ['KUBELET_IMAGE_TAG', 'KUBELET_VERSION'] : ['KUBELET_IMAGE', 'KUBELET_IMAGE_URL', 'KUBELET_ACI'];
  const name = names.find((one) => launch.variables.has(one));
  return name === undefined ? undefined : variablePlace(name, installed, launch);
}

/** The line that sets a variable. */
export function variablePlace(
  name: string,
  { texts, environmentFiles }: InstalledKubelet,
  { variables }: Launch,
): Position | undefined {
  const by = variables.get(name)?.by;
  const content = by === undefined ? undefined : environmentFiles.get(by);
  return by !== undefined && content !== undefined ? placeIn(by, content, `${name}=`) : placeInUnit(texts, by, `${name}=`);
}

function flagPlace(name: string, installed: InstalledKubelet, launch: Launch): Position | undefined {
  const given = launch.commandLine.flags.findLast((flag) => flag.name === name);
  if (!given) return undefined;
  const texts = [...installed.environmentFiles].map(([path, content]) => ({ path, content }));
  const written = `--${name}`;
  const isThere = [...installed.texts, ...texts].some(({ path, content }) => path === given.by && content.includes(written));
  return placeInUnit([...installed.texts, ...texts], given.by, isThere ? written : `--${name.replaceAll('-', '_')}`);
}

function fieldPlace(path: FieldPath, { configurationFiles }: InstalledKubelet): Position | undefined {
  const names = path.filter((step) => typeof step === 'string');
  const name = names.findLast((one) => [...configurationFiles.values()].some((text) => text.includes(one)));
  const [file, text] = [...configurationFiles].findLast(([, content]) => name !== undefined && content.includes(name)) ?? [];
  return file === undefined || text === undefined || name === undefined ? undefined : placeIn(file, text, name);
}
