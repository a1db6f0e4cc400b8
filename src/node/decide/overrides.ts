/**
 * What other files and programs make of our unit: a command that systemd would start instead of ours, and
 * variables that get another value than the objects give them. Pure.
 */

import type { Problem } from '../../api/problem.ts';
import { describeOverride, overriddenVariables } from '../../render/overridden-variables.ts';
import { ownDropIns } from '../../render/unit.ts';
import { assignmentsOf, type EnvironmentFiles, environmentFilesOf, type UnitText } from '../../systemd/environment.ts';
import { readEnvironmentFile } from '../../systemd/environment-file.ts';
import { lastNameOf } from '../../systemd/install-links.ts';
import { dropInDirectory, unitPath } from '../../systemd/load-path.ts';
import { commandsOf, splitRelaxed } from '../../systemd/service.ts';
import { valuesOf } from '../../systemd/unit-text.ts';
import { splitWords, unescapeSpecifiers } from '../../systemd/words.ts';
import { cut } from '../../text/cut.ts';
import type { UnitProcess } from '../model/machine.ts';
import type { LoadedUnit } from '../ports/systemd.ts';
import { conflictingDropIns, unitProblem } from './conflicting-drop-ins.ts';
import { otherKubelet, withoutWords } from './running-command.ts';

/** Our unit files as they are to be: the texts by path, undefined for a file that we have removed. */
export interface OurUnit {
  readonly name: string;
  readonly files: ReadonlyMap<string, string | undefined>;
}

/** The unit on the host, and what systemd and its processes say. */
export interface SeenUnit {
  /** The file of the unit itself, ours or the host's; undefined if there is none. */
  readonly fragment: UnitText | undefined;
  /** Its drop-ins in systemd's order, ours among them. */
  readonly dropIns: readonly UnitText[];
  readonly contentOf: EnvironmentFiles;
  /** Undefined if systemd was not asked. */
  readonly loaded?: LoadedUnit | undefined;
  /** Empty if they were not looked at. */
  readonly processes: readonly UnitProcess[];
}

/** An error for each thing that keeps the kubelet from being started, or from running, as the objects say. */
export function overridesOf(ours: OurUnit, seen: SeenUnit): Problem[] {
  const { dropIns, contentOf, loaded, processes } = seen;
  const files = [...ours.files].map(
    ([path, content]) => ({ path, state: { kind: content === undefined ? 'Absent' : 'File' } }) as const,
  );
  const conflicts = conflictingDropIns({ files, unit: ours }, { dropIns });
  return [
    ...conflicts,
    ...variableProblems(ourTexts(ours), textsOf(seen), contentOf),
    // A drop-in that is loaded is named already.
    ...(conflicts.length === 0 ? [...commandProblems(ours, loaded, processes), ...addedWordProblems(ours, seen)] : []),
  ];
}

/** The unit, then its drop-ins. */
export function textsOf({ fragment, dropIns }: Pick<SeenUnit, 'fragment' | 'dropIns'>): readonly UnitText[] {
  return fragment ? [fragment, ...dropIns] : dropIns;
}

/** The files in which we say what is started: the unit or the drop-in, not the extra files of the objects. */
function ourTexts({ name, files }: OurUnit): UnitText[] {
  const dropIns = ownDropIns.map((dropIn) => `${dropInDirectory(name)}/${dropIn}`);
  return [unitPath(name), ...dropIns].flatMap((path) => {
    const content = files.get(path);
    return content === undefined ? [] : [{ path, content }];
  });
}

/** True if our own unit file sets any variable, by itself or by an environment file. */
export function setsVariables(ours: OurUnit): boolean {
  const own = ourTexts(ours);
  return assignmentsOf(own).size > 0 || environmentFilesOf(own).length > 0;
}

/** Words that we add to the command of the node's own unit must reach its kubelet in one piece. */
function addedWordProblems(ours: OurUnit, seen: SeenUnit): Problem[] {
  const added = addedWords(ours, seen);
  const kubelet = added.length === 0 ? undefined : withoutWords(added, seen.processes);
  if (!kubelet) return [];
  const reason = `the kubelet runs without the words that our drop-in adds (${shownWords(added)}): ${shownWords(kubelet)}`;
  return [unitProblem(['spec', 'launcher', 'existing'], reason, restartRemedy(ours.name))];
}

/** The words in the variable of our environment file that the command of the unit takes. */
function addedWords(ours: OurUnit, { contentOf, ...seen }: SeenUnit): readonly string[] {
  const [file] = environmentFilesOf(ourTexts(ours));
  const commands = commandsOf(textsOf(seen));
  const taken = (name: string) => commands.some(({ words }) => words.some((word) => word.split(/\s/).includes(`$${name}`)));
  const variables = readEnvironmentFile((file && contentOf(file.path)) ?? '');
  // A script takes the variable from its environment; ours stands first in the file.
  const first = variables.slice(0, 1).find(([, value]) => value.startsWith('--'));
  const [, value = ''] = variables.find(([name]) => taken(name)) ?? first ?? [];
  return splitRelaxed(value);
}

function variableProblems(own: readonly UnitText[], texts: readonly UnitText[], contentOf: EnvironmentFiles): Problem[] {
  return overriddenVariables(own, texts, contentOf).map((one) =>
    unitProblem(
      ['spec', 'unit', 'environment', one.name],
      `on this node ${describeOverride(one)}`,
      `remove ${one.other} from ${one.by}, or let the objects say the same`,
    ),
  );
}

function commandProblems(ours: OurUnit, loaded: LoadedUnit | undefined, processes: readonly UnitProcess[]): Problem[] {
  const command = commandOf(ourTexts(ours));
  if (!command || !loaded) return [];
  const [found, ...more] = loaded.commands;
  const path = ['spec', 'unit'];
  if (!found || more.length > 0 || !sameWords(found, command)) {
    const reason = `systemd has loaded another command for ${ours.name} than our unit says${found ? `: ${shownWords(found)}` : ''}`;
    return [unitProblem(path, reason, reloadRemedy(ours.name))];
  }
  const words = otherKubelet(found, processes);
  if (!words) return [];
  return [
    unitProblem(path, `the kubelet runs with other arguments than our unit says: ${shownWords(words)}`, restartRemedy(ours.name)),
  ];
}

function reloadRemedy(unit: string): string {
  return `look at \`systemctl cat ${unit}\`; then \`systemctl daemon-reload\` and \`systemctl restart ${unit}\``;
}

function restartRemedy(unit: string): string {
  return `look at what starts it: \`systemctl status ${unit}\`; then \`systemctl restart ${unit}\``;
}

function shownWords(words: readonly string[]): string {
  return cut(words.join(' '), 200);
}

/** The words of our one ExecStart as systemd loads them; undefined if only the machine knows them. */
function commandOf(texts: readonly UnitText[]): readonly string[] | undefined {
  const [line, ...more] = texts
    .flatMap(({ content }) => valuesOf(content, 'Service', 'ExecStart'))
    .filter((value) => value !== '');
  if (line === undefined || more.length > 0) return undefined;
  const split = splitWords(line);
  if (!split.ok) return undefined;
  const words = split.words.map(unescapeSpecifiers);
  return words.every((word) => word !== undefined)
    ? words.map((word, index) => (index === 0 ? word.replace(/^[-@:+!]+/, '') : word))
    : undefined;
}

function sameWords(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((word, index) => word === other[index]);
}

/** The drop-ins of others with ours put among them as systemd will find them, or does. */
export function withOurDropIns({ name, files }: OurUnit, dropIns: readonly UnitText[]): UnitText[] {
  const ours = [...files].flatMap(([path, content]) =>
    content !== undefined && path.startsWith(`${dropInDirectory(name)}/`) ? [{ path, content }] : [],
  );
  const hidden = new Set(ours.map(({ path }) => lastNameOf(path)));
  const others = dropIns.filter(({ path }) => !files.has(path) && !hidden.has(lastNameOf(path)));
  return [...others, ...ours].sort((a, b) => (lastNameOf(a.path) < lastNameOf(b.path) ? -1 : 1));
}
