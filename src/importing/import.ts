/** Makes the KubeletConfig that describes a kubelet which is there. Pure. */

import { mergedDefaults } from '../api/defaults.ts';
import type { PathAllowance } from '../api/paths.ts';
import { hasErrors, type Problem } from '../api/problem.ts';
import { hostDefaults } from '../api/schema/launchers/host.ts';
import { apiVersion, kind } from '../api/schema/schema.ts';
import type { KubeletConfig, KubeletConfigSpec } from '../api/types.ts';
import { imagePlace } from '../kubelet/installed/container-run.ts';
import { type InstalledKubelet, isKubeletProgram, type Launch, launchOf } from '../kubelet/installed/installed.ts';
import { wayInto } from '../kubelet/installed/way-in.ts';
import { releaseOf } from '../kubelet/release.ts';
import { readCommandLine } from '../kubelet/settings/command-line.ts';
import { ownDirectory } from '../render/launchers/existing/configuration.ts';
import { ownDropIns } from '../render/unit.ts';
import { lastNameOf } from '../systemd/install-links.ts';
import { dropInDirectory } from '../systemd/load-path.ts';
import { type Added, addedBy } from './added.ts';
import { configurationOf } from './configuration.ts';
import { flagsOf } from './flags.ts';
import { mistakesOf } from './mistakes.ts';
import { notImported, placeIn, placeInUnit } from './notes.ts';
import { variablePlace } from './places.ts';
import { podmanOf } from './podman.ts';
import { rktOf } from './rkt.ts';
import { type ImportedUnit, unitOf } from './unit.ts';

/** The launchers that can describe a kubelet that is there. */
export const importLaunchers = ['rkt', 'host', 'podman', 'existing'] as const;
type ImportLauncher = (typeof importLaunchers)[number];

export interface ImportOptions {
  readonly launcher: ImportLauncher;
  /** `metadata.name` of the object. */
  readonly name: string;
  readonly allowance: PathAllowance;
}

/** An error among the problems means that there is no object. */
export interface Imported {
  readonly object: KubeletConfig | undefined;
  readonly problems: readonly Problem[];
}

/** No node has it by itself: a person decides which nodes the object is for. */
export const importedLabel = 'kubelet-config.dev/imported';

/** The label that the object of one kubelet selects. */
export const selectedLabel = { [importedLabel]: 'true' } as const;

/**
 * Describes a kubelet as an object of a launcher. `existing` leaves the node's own files as they are, so its
 * object says only what ours add; `host` and `rkt` say all of it. What the object does not carry is among
 * the problems.
 *
 * @param own the same kubelet without files of ours
 */
export function importKubelet(installed: InstalledKubelet, own: InstalledKubelet, options: ImportOptions): Imported {
  const launch = launchOf(installed);
  const added = options.launcher === 'existing' ? addedBy(installed, own) : undefined;
  const refused = added
    ? refusal(own, launchOf(own), 'existing', added.argsVariable)
    : refusal(installed, launch, options.launcher);
  const mistakes = mistakesOf(installed, launch);
  if (refused) return { object: undefined, problems: [refused, ...mistakes] };
  const { spec, problems: notCarried } = added ? existingOf(installed, added) : specOf(installed, launch, options);
  const problems = [...notCarried, ...mistakes];
  if (hasErrors(problems)) return { object: undefined, problems };
  const nodeSelector = { matchLabels: selectedLabel };
  const object: KubeletConfig = { apiVersion, kind, metadata: { name: options.name }, spec: { nodeSelector, ...spec } };
  return { object, problems: [...problems, ...alreadyOurs(installed)] };
}

/** An import of a node that has an object already. */
function alreadyOurs({ unit, texts }: InstalledKubelet): Problem[] {
  const ours = ownDropIns.map((name) => `${dropInDirectory(unit)}/${name}`);
  return texts.flatMap(({ path, content }) => {
    if (!ours.includes(path)) return [];
    const reason = `${path} is from an object that this node has already: the kubelet is described with what that object added`;
    const remedy = 'keep that object instead; `kubelet-config status` names it';
    return [notImported(reason, remedy, { severity: 'notice', position: placeIn(path, content, '=') })];
  });
}

type Part = { readonly spec: Omit<KubeletConfigSpec, 'nodeSelector'>; readonly problems: readonly Problem[] };

function nameOf({ unit }: InstalledKubelet) {
  return unit === mergedDefaults.unit.name ? {} : { name: unit };
}

function existingOf(installed: InstalledKubelet, { spec, argsVariable, problems }: Added): Part {
  const { unit, ...others } = spec;
  const launcher = { existing: { ...(argsVariable !== undefined && { argsVariable }) } };
  return { spec: { ...others, launcher, ...part('unit', { ...nameOf(installed), ...unit }) }, problems };
}

function specOf(installed: InstalledKubelet, launch: Launch, { launcher, allowance }: ImportOptions): Part {
  const unit = unitOf(installed, launch);
  const program = launch.kubelet[0]?.text ?? '';
  const contained = containerOf(installed, launch, unit, launcher, allowance);
  const { mode, environment, options } = contained?.unit ?? unit;
  const known = { ...installed, version: installed.version ?? contained?.version };
  const read = flagsOf(known, launch, readCommandLine(launch.kubelet.slice(1), releaseIn(known)));
  const found = configurationOf(known, launch, allowance);
  const { config: _config, 'config-dir': directory, ...others } = read.flags;
  // Our directory goes away with its only file, which the object holds too.
  const isKept = directory !== undefined && directory !== ownDirectory;
  const kubelet = {
    ...(contained?.version !== undefined && { version: contained.version }),
    ...(contained?.image !== undefined && { image: contained.image }),
    ...part('flags', found.configuration === undefined ? read.flags : { ...others, ...(isKept && { 'config-dir': directory }) }),
    ...(found.configuration && { configuration: found.configuration }),
    ...(found.configurationPath !== undefined && { configurationPath: found.configurationPath }),
  };
  const fields = {
    ...nameOf(installed),
    ...(mode !== mergedDefaults.unit.mode && { mode }),
    ...part('environment', environment),
    ...part('options', options),
  };
  return {
    spec: { ...part('kubelet', kubelet), launcher: contained?.launcher ?? hostOf(program), ...part('unit', fields) },
    problems: [
      ...read.problems,
      ...found.problems,
      ...unit.problems,
      ...(contained?.problems ?? []),
      ...(launcher === 'podman' ? [] : commandProblems(installed, launch)),
    ],
  };
}

/** What the command and the variables of a container say; undefined if the kubelet runs in none. */
function containerOf(
  installed: InstalledKubelet,
  launch: Launch,
  unit: ImportedUnit,
  launcher: ImportLauncher,
  allowance: PathAllowance,
) {
  if (launcher === 'podman') {
    const { podman, ...others } = podmanOf(unit, launch, placeInUnit(installed.texts, launch.command?.by, 'ExecStart='));
    return { ...others, launcher: { podman } };
  }
  if (launcher !== 'rkt') return undefined;
  const place = (name: string) => variablePlace(name, installed, launch);
  const { rkt, ...others } = rktOf(unit, launch.kubelet[0]?.text ?? '', allowance, place);
  return { ...others, launcher: { rkt } };
}

function part<Name extends string, Value extends object>(name: Name, value: Value): { [Key in Name]?: Value } {
  return (Object.keys(value).length === 0 ? {} : { [name]: value }) as { [Key in Name]?: Value };
}

function hostOf(program: string): NonNullable<KubeletConfigSpec['launcher']> {
  const binary = program.startsWith('/') && program !== hostDefaults.binary ? { binary: program } : {};
  return { host: binary };
}

function releaseIn({ version }: InstalledKubelet) {
  return version === undefined ? undefined : releaseOf(version);
}

/** Why there can be no such object of this kubelet. */
function refusal(
  installed: InstalledKubelet,
  launch: Launch,
  launcher: ImportLauncher,
  argsVariable?: string,
): Problem | undefined {
  if (installed.texts.length === 0 && installed.distribution === undefined) return noUnit(installed.unit);
  const way = wayInto(installed, argsVariable);
  const position = placeInUnit(installed.texts, launch.command?.by, 'ExecStart=');
  const isAny = installed.distribution !== undefined || installed.texts.length === 0 || !launch.command;
  if (!way.ok && (launcher === 'existing' || isAny)) return error(way.reason, way.remedy, position);
  if (launcher === 'existing') return undefined;
  const line = `ExecStart=${(launch.command?.line ?? '').replace(/\s+/g, ' ')}`;
  const [program] = launch.words;
  const name = lastNameOf(program?.text ?? '');
  if (launcher === 'podman') return notInPodman(launch, name, position, line);
  if (['docker', 'podman', 'nerdctl', 'rkt', 'crictl', 'ctr'].includes(name)) {
    const reason = `${name} runs the kubelet in a container, which the launcher ${launcher} cannot describe: ${line}`;
    const also = name === 'podman' && launch.kubelet.length > 0 ? ' or podman' : '';
    return error(reason, `use --launcher existing${also}`, position);
  }
  const kubelet = launch.kubelet[0]?.text ?? '';
  if (kubelet === '' || name === 'hyperkube') {
    const reason = `the command of ${installed.unit} starts no kubelet that the launcher ${launcher} can start: ${line}`;
    return error(reason, 'use --launcher existing', position);
  }
  return ofProgram(kubelet, launcher, position, line);
}

/** The image must be known: its name decides which words are the kubelet's. */
function notInPodman(launch: Launch, program: string, position: Problem['position'], line: string): Problem | undefined {
  const place = imagePlace(launch.words.map(({ text }) => text ?? ''));
  if (program !== 'podman' || place === undefined) {
    const what = program === 'docker' ? 'docker runs this kubelet, not podman' : 'no `podman run` starts this kubelet';
    const remedy =
      program === 'docker' ? 'use --launcher existing; an object for podman must be written by hand' : 'use another --launcher';
    return error(`${what}: ${line}`, remedy, position);
  }
  if (launch.words[place]?.text !== undefined && launch.words[place]?.text !== '') return undefined;
  return error(`the image is known on the machine alone: ${line}`, 'give the file that sets it too', position);
}

function noUnit(unit: string): Problem {
  const remedy = `give the unit and the files that it names, or the tree of a machine that has it (etc/systemd/system/${unit}); --unit names a unit of another name`;
  return error(`there is no ${unit}`, remedy, undefined);
}

function ofProgram(kubelet: string, launcher: ImportLauncher, position: Problem['position'], line: string): Problem | undefined {
  const isWrapper = kubelet.endsWith('-wrapper');
  if (isWrapper === (launcher === 'rkt')) return undefined;
  const reason = isWrapper
    ? `a kubelet-wrapper runs this kubelet in rkt: ${line}`
    : `no kubelet-wrapper starts this kubelet: ${line}`;
  return error(reason, `use --launcher ${isWrapper ? 'rkt' : 'host or existing'}`, position);
}

function error(reason: string, remedy: string, position: Problem['position']): Problem {
  return { severity: 'error', code: 'NotImported', path: [], reason, remedy, ...(position && { position }) };
}

/** What stands before the kubelet in the command, and is not carried over. */
function commandProblems({ texts }: InstalledKubelet, { command, words }: Launch): Problem[] {
  const position = placeInUnit(texts, command?.by, 'ExecStart=');
  const prefixes = command?.prefixes ?? '';
  const [program] = words;
  const isDirect = program?.text !== undefined && isKubeletProgram(program.text);
  const found = [
    ...(prefixes === '' ? [] : [`the ${prefixes} before the program of ExecStart= is left out`]),
    ...(isDirect ? [] : [`the kubelet is started by itself, without ${program?.text ?? 'what stands before it'}`]),
    ...(isDirect && !program.text?.startsWith('/')
      ? [`systemd looks for ${program.text} in its path; the object names ${hostDefaults.binary}`]
      : []),
  ];
  return found.map((reason) => notImported(reason, 'nothing, unless you need it: then use --launcher existing', { position }));
}
