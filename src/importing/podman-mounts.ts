/** The volumes of `podman run` as volumes of the launcher, or as options where no field says them. Pure. */

import type { Problem } from '../api/problem.ts';
import type { Volume } from '../api/types.ts';
import { certificateStores, ownMounts } from '../render/launchers/podman/mounts.ts';
import type { RunOption } from './podman-options.ts';

type Tell = (reason: string, remedy: string, severity?: 'warning' | 'notice') => Problem;

interface Mounts {
  readonly volumes: Volume[];
  readonly options: RunOption[];
  readonly problems: Problem[];
}

/** @param tell makes a problem of what is not the same any more */
export function podmanMounts(options: readonly RunOption[], tell: Tell): Mounts {
  const found: Mounts = { volumes: [], options: [], problems: [] };
  for (const option of options) {
    if (option.name === 'tmpfs') addEmpty(option, found);
    else if (option.name === 'volume') addVolume(option, found, tell);
    else found.options.push(option);
  }
  return found;
}

const all = certificateStores.flatMap(ownMounts);
type OwnMount = (typeof all)[number];

interface Given {
  readonly source: string;
  readonly target: string;
  /** The options as they are written, and one by one. */
  readonly text: string;
  readonly words: readonly string[];
}

function addVolume(option: RunOption, found: Mounts, tell: Tell): void {
  const [source = '', target = '', text = '', ...more] = (option.value ?? '').split(':');
  const given: Given = { source, target, text, words: text.split(',').filter((word) => word !== '') };
  const own = all.find((mount) => mount.target === target);
  const isPath = [source, target].every((path) => /^(\/[^/]+)+$/.test(path));
  if (!isPath || more.length > 0) found.options.push(option);
  else if (own) addAtOwn(given, own, found, tell);
  else addElsewhere(option, given, found);
}

/** A field says two ways of a mount; an option says every other one. */
function addElsewhere(option: RunOption, given: Given, found: Mounts): void {
  const readOnly = given.words.includes('ro');
  const kind = given.words.filter((word) => word !== 'ro').join(',');
  const field = kind === 'bind' ? {} : kind === 'rbind,rslave' && !readOnly ? { recursive: true } : undefined;
  if (field) found.volumes.push({ ...volumeOf(given, found.volumes), ...field });
  else found.options.push(option);
}

/** The launcher mounts something there itself, and a volume takes its place. */
function addAtOwn(given: Given, own: OwnMount, found: Mounts, tell: Tell): void {
  const { source, target, words, text } = given;
  const readOnly = words.includes('ro');
  const isSame = own.source === source && own.options.includes('ro') === readOnly;
  // Podman mounts what lies below, unless `bind` says otherwise.
  const recursive = !readOnly && !words.includes('bind');
  if (!isSame) found.volumes.push({ ...volumeOf(given, found.volumes), ...(recursive && { recursive }) });
  const rest = words.filter((word) => !own.options.includes(word) && !['ro', 'rw', 'bind', 'rbind'].includes(word));
  const spread = own.options.filter((word) => word !== 'ro');
  if (rest.length === 0 && spread.every((word) => words.includes(word))) return;
  const how = spread.length > 0 ? `with ${spread.join(',')}` : 'without further options';
  const reason = `the launcher mounts ${target} ${how}, and the unit has ${text === '' ? 'no options' : text}`;
  const remedy = 'nothing: a privileged container needs no labels, and sees what the host mounts there';
  found.problems.push(tell(reason, remedy, 'notice'));
}

function volumeOf({ source, target, words }: Given, volumes: readonly Volume[]): Volume {
  const readOnly = words.includes('ro');
  return { name: nameFor(target, volumes), hostPath: source, mountPath: target, ...(readOnly && { readOnly }) };
}

function addEmpty(option: RunOption, found: Mounts): void {
  const [, target, mode] = /^(\/[^:]+):rw,exec,dev,suid,notmpcopyup,mode=(0[0-7]{3})$/.exec(option.value ?? '') ?? [];
  if (target === undefined || mode === undefined) found.options.push(option);
  else found.volumes.push({ name: nameFor(target, found.volumes), empty: mode === '0755' ? {} : { mode }, mountPath: target });
}

/** `/var/lib/cni` is var-lib-cni: podman has no names for them. */
function nameFor(target: string, volumes: readonly Volume[]): string {
  const plain =
    target
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 60) || 'volume';
  const taken = (name: string) => volumes.some((volume) => volume.name === name);
  let [name, count] = [plain, 2];
  for (; taken(name); count += 1) name = `${plain}-${count}`;
  return name;
}
