/**
 * What the new unit asks of the host before it starts: files and directories that are there, conditions that
 * are met. Without them systemd starts nothing, and reports a condition that is not met as success.
 */

import type { FieldPath, Problem } from '../../api/problem.ts';
import type { EffectiveSpec } from '../../desired/defaults.ts';
import type { UnitText } from '../../systemd/environment.ts';
import { readUnit } from '../../systemd/unit-text.ts';
import { unescapeSpecifiers } from '../../systemd/words.ts';
import type { PreflightRequest } from '../model/preflight.ts';
import { HostFileError, type HostFiles } from '../ports/files.ts';
import { linkedPath, symlinkLimit } from '../ports/follow-links.ts';

/** One line of the unit that the host has to satisfy. */
export interface Requirement {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

/** A requirement that is about one path. */
interface PathRequirement extends Requirement {
  readonly path: string;
  /** False for `!`: the path must not be there. */
  readonly mustExist: boolean;
}

/** The requirements of a unit, and the words of the object with which to speak of them. */
export interface Requirements {
  readonly paths: readonly PathRequirement[];
  /** Conditions that only systemd can judge: those of other kinds, patterns, specifiers, and alternatives. */
  readonly conditions: readonly Requirement[];
  /** True if the unit pulls in a service, which may make what is missing before it starts. */
  readonly pullsInService: boolean;
}

type Request = Pick<PreflightRequest, 'record' | 'effective' | 'restarts'>;

/**
 * Reads the requirements of a unit.
 *
 * @param texts the unit and its drop-ins as they will be, in systemd's order
 */
export function requirementsOf(texts: readonly UnitText[], record: Request['record']): Requirements {
  const written = writtenPaths(record);
  let found: Requirement[] = [];
  let pullsInService = false;
  let isOwnTree = false;
  for (const { section, key = '', value } of texts.flatMap(({ content }) => readUnit(content))) {
    if (section === 'Unit' && pulls.test(key)) pullsInService ||= value.includes('.service');
    if (section === 'Service') isOwnTree ||= ownTree.test(key);
    const kind = kindOf(section, key);
    if (kind === undefined) continue;
    // An empty value takes back what was said before: all conditions, all assertions, or all files.
    if (value === '') found = found.filter((one) => kindOf(one.section, one.key) !== kind);
    else found.push({ section, key, value });
  }
  const paths = found.flatMap(pathRequirement).filter(({ key }) => key !== 'WorkingDirectory' || !isOwnTree);
  const others = found.filter((one) => one.section === 'Unit' && pathRequirement(one).length === 0);
  // A path that the change brings is not there yet when systemd is asked.
  const isAboutOurs = (one: Requirement) => written.some((path) => one.value.includes(path));
  const isUnsure = others.some((one) => isAlternative(one) && isAboutOurs(one));
  const conditions = others.filter((one) => !isAboutOurs(one) && !(isUnsure && isAlternative(one)));
  return { paths, conditions, pullsInService };
}

/** Paths of the files that are there once the change is made. */
function writtenPaths({ files }: Request['record']): string[] {
  return files.filter(({ after }) => after.kind === 'File').map(({ path }) => path);
}

const pulls = /^(Requires|Requisite|Wants|BindsTo|Upholds)$/;

/** With these, the working directory is another one than on the host, or systemd makes it. */
const ownTree = /^(Root(Directory|Image)|(State|Runtime|Cache|Logs|Configuration)Directory|Bind(ReadOnly)?Paths|MountImages)$/;

function kindOf(section: string, key: string): string | undefined {
  if (section === 'Service' && (key === 'EnvironmentFile' || key === 'WorkingDirectory')) return key;
  return section === 'Unit' ? /^(Condition|Assert)/.exec(key)?.[1] : undefined;
}

/** Of several with `|`, one has to be met. */
function isAlternative({ value }: Requirement): boolean {
  return value.startsWith('|');
}

const pathCondition = /^(?:Condition|Assert)PathExists$/;

/** Empty for what is optional, has a pattern or a specifier, or is no absolute path. */
function pathRequirement(one: Requirement): PathRequirement[] {
  const { section, key, value } = one;
  if (section === 'Unit' && !pathCondition.test(key)) return [];
  const mustExist = !(section === 'Unit' && value.startsWith('!'));
  const path = unescapeSpecifiers(mustExist ? value : value.slice(1).trim());
  return path?.startsWith('/') && !/[*?[]/.test(path) ? [{ ...one, path, mustExist }] : [];
}

/**
 * The problems with the paths that the unit asks for.
 *
 * @throws HostFileError if a path cannot be looked at
 */
export async function unmetPaths(requirements: Requirements, request: Request, files: HostFiles): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const one of requirements.paths) {
    if ((await willBeThere(one.path, request, files)) !== one.mustExist) problems.push(pathProblem(one, requirements, request));
  }
  return problems;
}

async function willBeThere(wanted: string, { record }: Request, files: HostFiles): Promise<boolean> {
  if (writtenPaths(record).some((path) => path === wanted || path.startsWith(`${wanted}/`))) return true;
  const isRemoved = record.files.some(({ path, after }) => path === wanted && after.kind === 'Absent');
  return !isRemoved && isThere(wanted, files);
}

/** Directories count, and the ends of symlinks. Reads no byte of a file. */
async function isThere(path: string, files: HostFiles): Promise<boolean> {
  let current = path;
  try {
    for (let links = 0; links < symlinkLimit; links += 1) {
      if ((await files.identity(current)) !== undefined) return true;
      const state = await files.read(current);
      if (state.kind !== 'Symlink') return state.kind === 'File';
      current = linkedPath(current, state.target);
    }
  } catch (error) {
    if (error instanceof HostFileError && error.code === 'NotAFile') return true;
    if (error instanceof HostFileError && error.code === 'PathThroughFile') return false;
    throw error;
  }
  return false;
}

/** What does not outlive a boot may be made by another unit, which systemd starts before. */
const madeAtBoot = /^\/(?:var\/)?run\//;

function pathProblem(one: PathRequirement, { pullsInService }: Requirements, { restarts, effective }: Request): Problem {
  const { section, key, value, path, mustExist } = one;
  const isService = section === 'Service';
  const effect = isService ? 'systemd would not start the unit' : 'systemd would not start the unit, and would report no failure';
  const reason = `${key}=${value} in [${section}] of the unit: ${path} is ${mustExist ? 'not there' : 'there'}, so ${effect}`;
  const remedy = isService
    ? `put it on the node, or write \`${key}=-${path}\` if the kubelet can do without it`
    : `${mustExist ? 'put it on the node' : 'remove it from the node'}, or take the condition out of the unit`;
  const mayBeMade = mustExist && (madeAtBoot.test(path) || pullsInService);
  return problem(restarts && !mayBeMade ? 'error' : 'warning', one, effective.spec, reason, remedy);
}

function problem(
  severity: Problem['severity'],
  { section, key }: Pick<Requirement, 'section' | 'key'>,
  { unit }: EffectiveSpec,
  reason: string,
  remedy: string,
): Problem {
  const isOwn = unit.options[section]?.[key] !== undefined;
  const path: FieldPath = isOwn ? ['spec', 'unit', 'options', section, key] : ['spec', 'unit'];
  return { severity, code: 'UnitInvalid', path, reason, remedy };
}

const judged = /^\S+: ((?:Condition|Assert)\w+)=(\|?)(.*) (succeeded|failed)\.$/;

/**
 * Reads what `systemd-analyze condition` prints: a line for each condition, with its specifiers replaced, and
 * one that sums up the conditions, or the assertions.
 *
 * @returns undefined if it does not sum up: systemd before 242 has no such command
 */
export function unmetConditions(output: string, { restarts, effective }: Request): Problem[] | undefined {
  const lines = output.split('\n');
  if (!lines.some((line) => /^(Conditions|Asserts) (succeeded|failed)\.$/.test(line))) return undefined;
  const all = lines.flatMap((line) => {
    const [, key, bar, operand, state] = judged.exec(line) ?? [];
    return key === undefined ? [] : [{ section: 'Unit', key, bar, operand, isMet: state === 'succeeded' }];
  });
  return (['Condition', 'Assert'] as const).flatMap((kind) => {
    if (!lines.includes(`${kind}s failed.`)) return [];
    const ofKind = all.filter(({ key }) => key.startsWith(kind));
    const isOneMet = ofKind.some(({ bar, isMet }) => bar === '|' && isMet);
    const unmet = ofKind.filter(({ bar, isMet }) => !isMet && !(bar === '|' && isOneMet));
    return unmet.map((one) => {
      const reason = `${one.key}=${one.bar}${one.operand} in [Unit] of the unit is not met, so systemd would not start the unit${kind === 'Condition' ? ', and would report no failure' : ''}`;
      const remedy = 'change the node so that it is met, or take the condition out of the unit';
      return problem(restarts ? 'error' : 'warning', one, effective.spec, reason, remedy);
    });
  });
}
