/** The variables of a kubelet-wrapper as kubelet.version, kubelet.image and launcher.rkt. Pure. */

import { type PathAllowance, pathRefusal } from '../api/paths.ts';
import type { Position, Problem } from '../api/problem.ts';
import { rktDefaults } from '../api/schema/launchers/rkt.ts';
import type { RktLauncher, Volume } from '../api/types.ts';
import { shippedWrapperPath } from '../render/coreos.ts';
import { defaultExec } from '../render/launchers/rkt/words.ts';
import { exactVariables } from '../render/launchers/rkt/wrapper.ts';
import { decodeWords } from '../render/launchers/rkt/wrapper-encoding.ts';
import { type MountValue, parseMount, parseVolume, type VolumeValue } from '../rkt/volume-grammar.ts';
import { notImported } from './notes.ts';
import type { ImportedUnit } from './unit.ts';

/** The variables that a kubelet-wrapper reads, CoreOS's or ours. */
export const wrapperVariables: readonly string[] = [
  ...['KUBELET_VERSION', 'KUBELET_ACI', 'RKT_OPTS', 'KUBELET_IMAGE_TAG', 'KUBELET_IMAGE_URL', 'KUBELET_IMAGE'],
  ...['KUBELET_IMAGE_ARGS', 'RKT_RUN_ARGS', 'RKT_GLOBAL_ARGS', 'RKT', 'RKT_STAGE1_ARG'],
  ...Object.values(exactVariables),
];

export interface ImportedRkt {
  readonly version?: string;
  readonly image?: string;
  readonly rkt: RktLauncher;
  /** The unit without what the launcher brings. */
  readonly unit: ImportedUnit;
  readonly problems: readonly Problem[];
}

/**
 * Reads what the variables of the unit say to the wrapper.
 * @param program the wrapper
 * @param place where a variable is set
 */
export function rktOf(
  unit: ImportedUnit,
  program: string,
  allowance: PathAllowance,
  place: (variable: string) => Position | undefined,
): ImportedRkt {
  const problems: Problem[] = [];
  const variable = (name: string) => unit.environment[name] ?? '';
  const words = (exact: keyof typeof exactVariables, ...names: readonly string[]) => [
    ...decodeWords(variable(exactVariables[exact])),
    ...names.flatMap((name) => plainWords(variable(name), name, problems)),
  ];
  const image = imageOf(variable);
  problems.push(...twoNames(variable, place));
  const run = runWords(words('runArgs', 'RKT_RUN_ARGS', 'RKT_OPTS'), allowance, problems);
  const stage1 = stage1Of(words('stage1Arg', 'RKT_STAGE1_ARG'), problems);
  const globalArgs = words('globalArgs', 'RKT_GLOBAL_ARGS');
  const [first, ...others] = words('imageArgs', 'KUBELET_IMAGE_ARGS');
  const imageArgs = first === undefined || first === `--exec=${defaultExec(image.version)}` ? others : [first, ...others];
  const rkt: RktLauncher = {
    ...binaryOf(variable('RKT'), problems),
    ...(globalArgs.length > 0 && { globalArgs }),
    ...(stage1 && { stage1 }),
    ...(imageArgs.length > 0 && { imageArgs }),
    ...run,
    ...wrapperOf(program, allowance, problems),
  };
  return { ...image, rkt, unit: withoutLauncher(unit), problems };
}

function imageOf(variable: (name: string) => string): { version?: string; image?: string } {
  const whole = variable('KUBELET_IMAGE');
  if (whole !== '') return { image: whole };
  const tag = variable('KUBELET_IMAGE_TAG') || variable('KUBELET_VERSION');
  const url = variable('KUBELET_IMAGE_URL') || variable('KUBELET_ACI');
  const image = url === '' ? {} : { image: url };
  if (tag === '') return image;
  // A tag that is no version can only be a part of the image.
  return /^v?[0-9]+\.[0-9]+\.[0-9]+([-+_.][0-9A-Za-z_.-]+)?$/.test(tag)
    ? { ...image, version: tag }
    : { image: `${url || 'quay.io/coreos/hyperkube'}:${tag}` };
}

/** Of each pair the first counts: the wrapper looks at the second only if the first is empty. */
const sameMeaning = [
  ['KUBELET_IMAGE_TAG', 'KUBELET_VERSION'],
  ['KUBELET_IMAGE_URL', 'KUBELET_ACI'],
  ['KUBELET_IMAGE', 'KUBELET_IMAGE_TAG'],
  ['KUBELET_IMAGE', 'KUBELET_VERSION'],
  ['KUBELET_IMAGE', 'KUBELET_IMAGE_URL'],
  ['KUBELET_IMAGE', 'KUBELET_ACI'],
] as const;

function twoNames(variable: (name: string) => string, place: (variable: string) => Position | undefined): Problem[] {
  return sameMeaning.flatMap(([counts, other]) => {
    if (variable(counts) === '' || variable(other) === '' || variable(counts) === variable(other)) return [];
    const reason = `the unit sets both ${counts}=${variable(counts)} and ${other}=${variable(other)}; the wrapper takes ${counts}, and so does the object`;
    return [notImported(reason, `remove ${other} from the unit, if ${counts} is what you mean`, { position: place(other) })];
  });
}

/** The wrapper's shell splits at blanks and knows no quotes. */
function plainWords(text: string, name: string, problems: Problem[]): string[] {
  const words = text.split(/[ \t\n]+/).filter((word) => word !== '');
  if (words.includes('\\')) {
    const reason = `${name} holds a lone backslash, which the wrapper passes on to rkt as a word; it is left out`;
    problems.push(
      notImported(reason, 'nothing; in the unit it was meant to join two lines', {
        path: ['spec', 'launcher', 'rkt', 'options'],
      }),
    );
  }
  return words.filter((word) => word !== '\\');
}

function binaryOf(program: string, problems: Problem[]): Pick<RktLauncher, 'binary'> {
  if (program === '' || program === rktDefaults.binary) return {};
  if (/^(\/[^/\s]+)+$/.test(program)) return { binary: program };
  const reason = `RKT=${program} is more than the path of a program`;
  problems.push(
    notImported(reason, 'write a script that starts rkt so, and name it in launcher.rkt.binary', {
      path: ['spec', 'launcher', 'rkt', 'binary'],
    }),
  );
  return {};
}

/** Takes the options apart that have a field of their own; all other words stay options, in their order. */
function runWords(
  words: readonly string[],
  allowance: PathAllowance,
  problems: Problem[],
): Pick<RktLauncher, 'options' | 'volumes' | 'uuidFile'> {
  const options: string[][] = [];
  let uuidFile: string | undefined;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const [, name, value] = /^--(volume|mount|uuid-file-save)(?:=(.*))?$/s.exec(word) ?? [];
    const next = name !== undefined && value === undefined ? words[index + 1] : undefined;
    if (next !== undefined) index += 1;
    const given = value ?? next;
    if (name === 'uuid-file-save') uuidFile = given;
    else if (name !== undefined && given !== undefined) options.push([name, given]);
    else options.push(['', word]);
  }
  const { volumes, rest } = volumesOf(options);
  const left = rest.flatMap(([name = '', value = '']) => (name === '' ? [value] : [`--${name}`, value]));
  return {
    ...uuidFileOf(uuidFile, allowance, problems),
    ...(volumes.length > 0 && { volumes }),
    ...(left.length > 0 && { options: left }),
  };
}

function volumesOf(options: readonly (readonly string[])[]) {
  const parsed = options.map(([name, value = '']) => {
    const volume = name === 'volume' ? parseVolume(value) : undefined;
    const mount = name === 'mount' ? parseMount(value) : undefined;
    return { volume: volume?.ok ? volume.value : undefined, mount: mount?.ok ? mount.value : undefined };
  });
  const structured = new Map<string, Volume>();
  for (const { volume } of parsed) {
    if (volume === undefined) continue;
    const others = parsed.filter((one) => one.volume?.name === volume.name);
    const mounts = parsed.flatMap(({ mount }) => (mount?.volume === volume.name ? [mount] : []));
    const field = others.length === 1 && mounts.length <= 1 ? volumeField(volume, mounts[0]) : undefined;
    if (field) structured.set(volume.name, field);
  }
  const isTaken = (index: number) => structured.has(parsed[index]?.volume?.name ?? parsed[index]?.mount?.volume ?? '');
  return { volumes: [...structured.values()], rest: options.filter((_, index) => !isTaken(index)) };
}

/** Undefined if the field cannot say it: a path with a slash at its end, for example. */
function volumeField(volume: VolumeValue, mount: MountValue | undefined): Volume | undefined {
  const { name, kind, source, readOnly, recursive, mode, uid, gid } = volume;
  const isPath = (path: string) => /^(\/[^/]+)+$/.test(path) && !/\/\.{1,2}(\/|$)/.test(path);
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name) || name.length > 63) return undefined;
  if ((source !== undefined && !isPath(source)) || (mount && !isPath(mount.target))) return undefined;
  const empty = { ...(mode !== undefined && { mode }), ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }) };
  return {
    name,
    ...(kind === 'empty' ? { empty } : { hostPath: source ?? '' }),
    ...(mount && { mountPath: mount.target }),
    ...(readOnly !== undefined && { readOnly }),
    ...(recursive !== undefined && { recursive }),
  };
}

function uuidFileOf(path: string | undefined, allowance: PathAllowance, problems: Problem[]): Pick<RktLauncher, 'uuidFile'> {
  if (path === undefined || path === rktDefaults.uuidFile) return {};
  const refused = pathRefusal(path, allowance);
  if (refused === undefined) return { uuidFile: path };
  const reason = `the UUID of the pod is saved in ${rktDefaults.uuidFile} instead of ${path}, which ${refused}`;
  const remedy = 'nothing; the file should outlive a reboot, and that one does';
  problems.push(notImported(reason, remedy, { severity: 'notice', path: ['spec', 'launcher', 'rkt', 'uuidFile'] }));
  return {};
}

const stage1Fields = { path: 'path', url: 'url', name: 'name', hash: 'hash', 'from-dir': 'fromDir' } as const;

function stage1Of([word, value, ...more]: readonly string[], problems: Problem[]): RktLauncher['stage1'] | undefined {
  if (word === undefined) return undefined;
  const [, option, glued] = /^--stage1-(path|url|name|hash|from-dir)(?:=(.*))?$/s.exec(word) ?? [];
  const text = glued ?? value;
  const isWhole = glued === undefined ? more.length === 0 : value === undefined;
  if (option !== undefined && text !== undefined && isWhole) return { [stage1Fields[option as keyof typeof stage1Fields]]: text };
  const reason = `the choice of the stage1 image cannot be read: ${[word, value, ...more].join(' ')}`;
  problems.push(notImported(reason, 'set launcher.rkt.stage1', { path: ['spec', 'launcher', 'rkt', 'stage1'] }));
  return undefined;
}

function wrapperOf(program: string, allowance: PathAllowance, problems: Problem[]): Pick<RktLauncher, 'wrapper'> {
  if (program === shippedWrapperPath || program === rktDefaults.wrapper.path) return {};
  const path = ['spec', 'launcher', 'rkt', 'wrapper', 'path'];
  const refused = pathRefusal(program, allowance);
  const where = refused === undefined ? program : rktDefaults.wrapper.path;
  const reason = `instead of ${program} the unit starts ${refused === undefined ? 'our script at the same path' : where}`;
  problems.push(notImported(reason, `compare ${program} with it, if somebody changed it`, { severity: 'notice', path }));
  return refused === undefined ? { wrapper: { path: program } } : {};
}

/** Whether a line only stops or removes the pod of the last start, as the launcher's own lines do. */
export function isPodCommand(line: string): boolean {
  return /^-?"?\/\S*rkt"?(\s+--\S+)*\s+(rm|stop)\s(.*\s)?"?--uuid-file[= ]/.test(line);
}

function withoutLauncher(unit: ImportedUnit): ImportedUnit {
  const environment = Object.fromEntries(Object.entries(unit.environment).filter(([name]) => !wrapperVariables.includes(name)));
  const { Service: service = {}, ...sections } = unit.options;
  const kept = Object.entries(service).flatMap(([key, values]): [string, readonly string[]][] => {
    const others = key.startsWith('Exec') ? values.filter((value) => !isPodCommand(value)) : values;
    return others.length === 0 && values.length > 0 ? [] : [[key, others]];
  });
  const options = { ...sections, ...(kept.length > 0 && { Service: Object.fromEntries(kept) }) };
  return { ...unit, environment, options };
}
