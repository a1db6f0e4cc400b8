/** The words of `podman run` as kubelet.image, kubelet.version and launcher.podman. Pure. */

import type { Position, Problem } from '../api/problem.ts';
import { podmanDefaults } from '../api/schema/launchers/podman.ts';
import type { PodmanLauncher } from '../api/types.ts';
import { imagePlace } from '../kubelet/installed/container-run.ts';
import type { Launch } from '../kubelet/installed/installed.ts';
import { isOwnPodmanLine, podmanService } from '../render/launchers/podman/launcher.ts';
import { hideSecretOf } from '../text/hide-secrets.ts';
import { notImported, secretLeftOut } from './notes.ts';
import { podmanMounts } from './podman-mounts.ts';
import { type RunOption, readRunOptions } from './podman-options.ts';
import type { ImportedUnit } from './unit.ts';

export interface ImportedPodman {
  readonly version?: string;
  readonly image?: string;
  readonly podman: PodmanLauncher;
  /** The unit without what the launcher brings. */
  readonly unit: ImportedUnit;
  readonly problems: readonly Problem[];
}

/** Takes the command apart. @param position of the command in the unit */
export function podmanOf(unit: ImportedUnit, { words }: Launch, position: Position | undefined): ImportedPodman {
  const texts = words.map(({ text }) => text ?? '');
  const place = imagePlace(texts) ?? texts.length;
  const verb = texts.indexOf('run');
  const tell = (reason: string, remedy: string, severity: 'warning' | 'notice' = 'warning') =>
    notImported(reason, remedy, { position, severity });
  const problems: Problem[] = [];
  const globals = texts.slice(1, verb);
  if (globals.length > 0)
    problems.push(
      tell(
        `the options of podman before run are left out: ${globals.join(' ')}`,
        'write a script that starts podman so, and name it in launcher.podman.binary',
      ),
    );
  const read = readRunOptions(texts.slice(verb + 1, place), tell);
  const variables = environmentIn(read.options, unit, position);
  const mounts = podmanMounts(variables.left, tell);
  const command = commandIn(texts.slice(place + 1));
  if (command.length > 0) problems.push(entryPoint(command, tell));
  const options = [...mounts.options, ...(command.length > 0 ? [{ name: 'entrypoint', value: command[0] }] : [])];
  const [binary = podmanDefaults.binary] = texts;
  const kept = withoutLauncher({ ...unit, environment: { ...unit.environment, ...variables.environment } }, tell);
  return {
    ...imageOf(texts[place] ?? ''),
    podman: {
      ...(binary !== podmanDefaults.binary && { binary }),
      ...(options.length > 0 && {
        options: options.map(({ name, value }) => (value === undefined ? `--${name}` : `--${name}=${value}`)),
      }),
      ...(mounts.volumes.length > 0 && { volumes: mounts.volumes }),
    },
    unit: kept.unit,
    problems: [...problems, ...read.problems, ...variables.problems, ...mounts.problems, ...kept.problems],
  };
}

type Tell = (reason: string, remedy: string, severity?: 'warning' | 'notice') => Problem;

/** A tag that is a version in full becomes kubelet.version; any other reference stays whole. */
function imageOf(reference: string): { version?: string; image?: string } {
  if (reference === '') return {};
  const colon = reference.lastIndexOf(':');
  const [name, tag] = [reference.slice(0, Math.max(colon, 0)), reference.slice(colon + 1)];
  // A colon before the last slash is that of a port.
  const isName = name.lastIndexOf('/') >= 0 && !name.endsWith('/') && !name.includes(':', name.lastIndexOf('/'));
  const isVersion = /^v?[0-9]+\.[0-9]+\.[0-9]+(?:[-_.][0-9A-Za-z_.-]+)?$/.test(tag);
  return isName && isVersion && !reference.includes('@') ? { image: name, version: tag } : { image: reference };
}

/** The words before the first flag: the image is given a program to start. */
function commandIn(words: readonly string[]): string[] {
  const flag = words.findIndex((word) => word.startsWith('-'));
  return words.slice(0, flag < 0 ? words.length : flag);
}

function entryPoint([program = '', ...further]: readonly string[], tell: Tell): Problem {
  if (further.length > 0)
    return {
      ...tell(
        `the image gets ${[program, ...further].join(' ')} before the flags, and the launcher podman passes flags alone`,
        'use --launcher existing',
      ),
      severity: 'error',
    };
  return tell(
    `the image gets the program ${program} before the flags; the object sets it as --entrypoint`,
    'remove that option if the entry point of the image is a kubelet',
    'notice',
  );
}

/** `--env=NAME=VALUE` is a variable of the unit, which the launcher passes on. */
function environmentIn(options: readonly RunOption[], unit: ImportedUnit, position: Position | undefined) {
  const environment: Record<string, string> = {};
  const problems: Problem[] = [];
  const left = options.filter(({ name, value = '' }) => {
    if (name !== 'env') return true;
    const [, key, text] = /^([A-Za-z_][A-Za-z0-9_]*)(?:=([\s\S]*))?$/.exec(value) ?? [];
    if (key === undefined) return true;
    if (text === undefined) return !Object.hasOwn(unit.environment, key);
    if (hideSecretOf(key, text) === text) environment[key] = text;
    else problems.push(secretLeftOut(`the variable ${key}`, ['spec', 'unit', 'environment', key], position));
    return false;
  });
  return { environment, problems, left };
}

/** What the launcher cannot do without, whatever the unit says. */
const fixed = ['Type', 'NotifyAccess', 'Delegate', 'PIDFile', 'RemainAfterExit', 'GuessMainPID'];

function withoutLauncher(unit: ImportedUnit, tell: Tell): { unit: ImportedUnit; problems: Problem[] } {
  const { Service: service = {}, ...sections } = unit.options;
  const defaults = new Map<string, string>(podmanService);
  const problems: Problem[] = [];
  const kept = Object.entries(service).flatMap(([key, values]): [string, readonly string[]][] => {
    const last = values.at(-1);
    if (last !== undefined && values.length === 1 && defaults.get(key) === last) return [];
    if (fixed.includes(key)) {
      problems.push(
        tell(
          `${key}=${last ?? ''} of the unit is left out: the launcher podman sets how systemd sees the container`,
          'nothing',
          'notice',
        ),
      );
      return [];
    }
    const others = key.startsWith('Exec') ? values.filter((value) => !isOwnPodmanLine(value)) : values;
    return others.length === 0 && values.length > 0 ? [] : [[key, others]];
  });
  const options = { ...sections, ...(kept.length > 0 && { Service: Object.fromEntries(kept) }) };
  return { unit: { ...unit, options }, problems };
}
