/** Which plain files belong to one kubelet. */

import type { Problem } from '../../api/problem.ts';
import type { InstalledKubelet } from '../../kubelet/installed/installed.ts';
import type { Release } from '../../kubelet/release.ts';
import { HostFileError } from '../../node/ports/files.ts';
import { readInstalledKubelet } from '../../node/ports/installed-kubelet.ts';
import { overlaid, type ReadableFiles } from '../../node/ports/overlay.ts';
import { assignmentsOf } from '../../systemd/environment.ts';
import { readEnvironmentFile } from '../../systemd/environment-file.ts';
import { lastNameOf } from '../../systemd/install-links.ts';
import { type GivenFile, originalPlace, placeFiles } from '../given-files.ts';
import type { PlainGroup } from './known-part.ts';
import { flagVariables, type PlainFile } from './plain-file.ts';
import { plainProblems } from './problems.ts';

export interface PlainOptions {
  readonly release: Release | undefined;
  /** The unit of a kubelet whose unit nobody gave. */
  readonly unit: string;
  /** The files below a root, for what was not given. */
  readonly below: (root: string) => ReadableFiles;
  /** A root that the person named. */
  readonly root?: string | undefined;
}

/**
 * Judges the files, those of one kubelet together: by their paths in the tree of a machine, else by their
 * names.
 */
export async function judgePlainFiles(files: readonly PlainFile[], options: PlainOptions): Promise<Problem[]> {
  const problems: Problem[] = [];
  const left: PlainFile[] = [];
  for (const [root, own] of groupBy(files, ({ name }) => splitPath(name)?.root)) {
    const judged = root === undefined ? undefined : await judgeTree(root, own, options);
    problems.push(...(judged?.problems ?? []));
    left.push(...(judged?.left ?? own));
  }
  const names = left.map(({ name }) => lastNameOf(name));
  // Two files of one name are those of two kubelets.
  const isOne = new Set(names).size === names.length;
  const keyOf = ({ name }: PlainFile) => (isOne ? '' : name.slice(0, -lastNameOf(name).length));
  for (const own of groupBy(left, keyOf).values()) problems.push(...(await judgeTogether(own, options)));
  return problems;
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** Directories of a machine in which files of a kubelet stand. */
const places = [
  'etc/systemd/system',
  'run/systemd/system',
  'usr/lib/systemd/system',
  'usr/local/lib/systemd/system',
  'lib/systemd/system',
  'etc/default',
  'etc/sysconfig',
  'etc/kubernetes',
  'var/lib/kubelet',
];

/** The root of the tree that a path of a file shows, and the path on that machine. */
export function splitPath(name: string): { readonly root: string; readonly path: string } | undefined {
  const whole = `/${name}`;
  const ends = places.map((place) => ({ place, at: whole.lastIndexOf(`/${place}/`) })).filter(({ at }) => at >= 0);
  const [found] = ends.sort((one, other) => other.at + other.place.length - one.at - one.place.length || one.at - other.at);
  if (!found) return undefined;
  const path = whole.slice(found.at);
  const root = name.slice(0, name.length - path.length + 1);
  return { root: root === '' ? '.' : root, path: path.replace(/^\/lib\//, '/usr/lib/') };
}

/** The files of a tree, with what else stands there; undefined if it has no unit of a kubelet. */
async function judgeTree(root: string, own: readonly PlainFile[], options: PlainOptions) {
  const given = new Map(own.map((file) => [splitPath(file.name)?.path ?? file.name, file]));
  const contents = new Map([...given].map(([path, { text }]) => [path, Buffer.from(text)]));
  const installed = await read(overlaid(options.below(root), contents), unitIn(own) ?? options.unit);
  if (!installed || installed.texts.length === 0) return undefined;
  const placed = (problem: Problem) => {
    const { position } = problem;
    if (!position) return problem;
    const file =
      given.get(position.file)?.name ??
      `${root === '.' ? '' : root.replace(/\/$/, '')}${root === '.' ? position.file.slice(1) : position.file}`;
    return { ...problem, position: { ...position, file } };
  };
  const used = new Set([
    ...installed.texts.map(({ path }) => path),
    ...installed.environmentFiles.keys(),
    ...installed.configurationFiles.keys(),
  ]);
  const problems = plainProblems({ installed, unit: 'Given' }, options.release).map(placed);
  return { problems, left: [...given].flatMap(([path, file]) => (used.has(path) ? [] : [file])) };
}

/** Undefined if a file of the tree cannot be read: then only what was given counts. */
async function read(files: ReadableFiles, unit: string): Promise<InstalledKubelet | undefined> {
  try {
    return await readInstalledKubelet(files, unit);
  } catch (error) {
    if (error instanceof HostFileError) return undefined;
    throw error;
  }
}

function unitIn(files: readonly PlainFile[]): string | undefined {
  const unit = files.find(({ kind }) => kind === 'Unit');
  if (unit) return lastNameOf(unit.name).endsWith('.service') ? lastNameOf(unit.name) : undefined;
  const directories = files.map(({ name }) => lastNameOf(name.slice(0, Math.max(0, name.lastIndexOf('/')))));
  return directories.find((name) => name.endsWith('.service.d'))?.slice(0, -'.d'.length);
}

async function judgeTogether(given: readonly PlainFile[], options: PlainOptions): Promise<Problem[]> {
  const { root } = options;
  const own = given.some(startsSomething) || root === undefined ? given : [...(await unitOf(root, options)), ...given];
  if (!own.some(startsSomething)) return withoutUnit(own, options);
  const unit = unitIn(own) ?? options.unit;
  const isWhole = own.some(({ kind }) => kind === 'Unit');
  const empty: GivenFile[] = isWhole ? [] : [{ name: unit, text: '[Unit]\nDescription=kubelet\n' }];
  const { files, origins } = placeFiles([...empty, ...own], unit);
  const changes = new Map<string, Buffer>();
  for (const path of origins.keys()) {
    const state = await files.read(path);
    if (state.kind === 'File') changes.set(path, state.content);
  }
  const found = root === undefined ? undefined : await read(overlaid(options.below(root), changes), unit);
  const installed = found ?? (await readInstalledKubelet(files, unit));
  const placed = new Set([...origins.values()].map(({ name }) => name));
  const problems = plainProblems({ installed, unit: 'Given' }, options.release);
  const left = given.filter(({ name }) => !placed.has(name));
  return [...problems.map((problem) => originalPlace(problem, origins)), ...withoutUnit(left, options)];
}

function startsSomething({ kind, text }: PlainFile): boolean {
  return kind === 'Unit' || (kind === 'DropIn' && /^[ \t]{0,99}ExecStart[ \t]{0,99}=/m.test(text));
}

/** The unit of a machine and its drop-ins, for files whose own nobody gave. */
async function unitOf(root: string, { below, unit }: PlainOptions): Promise<PlainFile[]> {
  const { texts = [] } = (await read(below(root), unit)) ?? {};
  return texts.map(({ path, content }, index) => ({ name: path, text: content, kind: index === 0 ? 'Unit' : 'DropIn' }));
}

/**
 * One kubelet with all of them; of several configurations one with each, and one with each lone drop-in of
 * them.
 */
function withoutUnit(own: readonly PlainFile[], { release, unit }: PlainOptions): Problem[] {
  const isDropIn = ({ name }: PlainFile) => name.endsWith('.conf');
  const configurations = own.filter(({ kind }) => kind === 'Configuration');
  const mains = configurations.filter((file) => !isDropIn(file));
  const dropIns = configurations.filter(isDropIn);
  const others = own.filter(({ kind }) => kind !== 'Configuration');
  if (mains.length === 1) return judgeAssumed(own, 'Assumed', unit, release);
  return [
    ...mains.flatMap((file) => judgeAssumed([file], 'Assumed', unit, release)),
    ...dropIns.flatMap((file) => judgeAssumed([file], 'DropIn', unit, release)),
    ...(others.length > 0 ? judgeAssumed(others, 'Assumed', unit, release) : []),
  ];
}

function judgeAssumed(
  own: readonly PlainFile[],
  kind: 'Assumed' | 'DropIn',
  unit: string,
  release: Release | undefined,
): Problem[] {
  const { installed, names } = assumed(own, kind, unit);
  return plainProblems({ installed, unit: kind }, release).map((problem) => {
    const { position } = problem;
    const name = position && names.get(position.file);
    return position && name !== undefined ? { ...problem, position: { ...position, file: name } } : problem;
  });
}

/** A kubelet that is started with exactly these files. */
function assumed(
  own: readonly PlainFile[],
  group: PlainGroup['unit'],
  unit: string,
): { installed: PlainGroup['installed']; names: ReadonlyMap<string, string> } {
  const at = own.map((file, index) => ({ ...file, path: `/given/${index}` }));
  const of = (kind: PlainFile['kind']) => at.filter((file) => file.kind === kind);
  const configurations = of('Configuration');
  const isDropIn = ({ name }: PlainFile) => group === 'Assumed' && name.endsWith('.conf');
  const dropIns = configurations.filter(isDropIn).sort((one, other) => compareBytes(one.name, other.name));
  const main = configurations.find((file) => !isDropIn(file));
  const assigned = assignmentsOf(of('DropIn').map(({ path, text }) => ({ path, content: text })));
  const variables = flagVariables([
    ...of('Environment').flatMap(({ text }) => readEnvironmentFile(text)),
    ...[...assigned].map(([name, { value }]) => [name, value] as const),
  ]);
  const words = [
    ...(main ? [`--config=${main.path}`] : []),
    ...(dropIns.length > 0 ? ['--config-dir=/given'] : []),
    ...[...new Set(variables)].map((name) => `$${name}`),
  ];
  const files = of('Environment').map(({ path }) => `EnvironmentFile=${path}\n`);
  const content = `[Service]\n${files.join('')}ExecStart=/usr/bin/kubelet ${words.join(' ')}\n`;
  const textsOf = (files: typeof at) => new Map(files.map(({ path, text }) => [path, text]));
  return {
    installed: {
      unit,
      texts: [{ path: '/given/unit', content }, ...of('DropIn').map(({ path, text }) => ({ path, content: text }))],
      environmentFiles: textsOf(of('Environment')),
      configurationFiles: textsOf(configurations),
      configurationDropIns: dropIns.map(({ path }) => path),
    },
    names: new Map(at.map(({ path, name }) => [path, name])),
  };
}

function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(lastNameOf(one)), Buffer.from(lastNameOf(other)));
}
