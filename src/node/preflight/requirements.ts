/**
 * What the new unit asks of the host before it starts: files, directories, users and groups that are there,
 * conditions that are met. Without them systemd starts nothing, and reports a condition that is not met as
 * success.
 */

import type { FieldPath, Problem } from '../../api/problem.ts';
import type { EffectiveSpec } from '../../desired/defaults.ts';
import type { UnitText } from '../../systemd/environment.ts';
import { type NeededAccount, serviceNeeds } from '../../systemd/service-needs.ts';
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
  /** True if a file there is not enough. */
  readonly isDirectory: boolean;
  /** How the unit can be written so that the path may be missing; undefined if it cannot. */
  readonly optional: string | undefined;
  /** False if systemd may start the unit all the same. */
  readonly isCertain: boolean;
}

/** The requirements of a unit, and the words of the object with which to speak of them. */
export interface Requirements {
  readonly paths: readonly PathRequirement[];
  /** Conditions that only systemd can judge: those of other kinds, patterns, specifiers, and alternatives. */
  readonly conditions: readonly Requirement[];
  /** Users and groups under which the service is to run. */
  readonly accounts: readonly NeededAccount[];
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
  for (const { section, key = '', value } of texts.flatMap(({ content }) => readUnit(content))) {
    if (section !== 'Unit') continue;
    if (pulls.test(key)) pullsInService ||= value.includes('.service');
    const kind = kindOf(key);
    if (kind === undefined) continue;
    // An empty value takes back what was said before: all conditions, or all assertions.
    if (value === '') found = found.filter((one) => kindOf(one.key) !== kind);
    else found.push({ section, key, value });
  }
  const { paths, accounts } = serviceNeeds(texts);
  const ofService = paths.map((one) => ({ section: 'Service', mustExist: true, ...one }));
  const others = found.filter((one) => pathRequirement(one).length === 0);
  // A path that the change brings is not there yet when systemd is asked.
  const isAboutOurs = (one: Requirement) => written.some((path) => one.value.includes(path));
  const isUnsure = others.some((one) => isAlternative(one) && isAboutOurs(one));
  const conditions = others.filter((one) => !isAboutOurs(one) && !(isUnsure && isAlternative(one)));
  return { paths: [...ofService, ...found.flatMap(pathRequirement)], conditions, accounts, pullsInService };
}

/** Paths of the files that are there once the change is made. */
function writtenPaths({ files }: Request['record']): string[] {
  return files.filter(({ after }) => after.kind === 'File').map(({ path }) => path);
}

const pulls = /^(Requires|Requisite|Wants|BindsTo|Upholds)$/;

function kindOf(key: string): string | undefined {
  return /^(Condition|Assert)/.exec(key)?.[1];
}

/** Of several with `|`, one has to be met. */
function isAlternative({ value }: Requirement): boolean {
  return value.startsWith('|');
}

const pathCondition = /^(?:Condition|Assert)PathExists$/;

/** Empty for what has a pattern or a specifier, or is no absolute path. */
function pathRequirement(one: Requirement): PathRequirement[] {
  if (!pathCondition.test(one.key)) return [];
  const mustExist = !one.value.startsWith('!');
  const path = unescapeSpecifiers(mustExist ? one.value : one.value.slice(1).trim());
  if (!path?.startsWith('/') || /[*?[]/.test(path)) return [];
  return [{ ...one, path, mustExist, isDirectory: false, optional: undefined, isCertain: true }];
}

/**
 * The problems with the paths that the unit asks for.
 *
 * @throws HostFileError if a path cannot be looked at
 */
export async function unmetPaths(requirements: Requirements, request: Request, files: HostFiles): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const one of requirements.paths) {
    const found = await whatWillBeThere(one.path, request, files);
    const isMet = one.isDirectory && found === 'File' ? false : (found !== undefined) === one.mustExist;
    if (!isMet) problems.push(pathProblem(one, found, requirements, request));
  }
  return problems;
}

type Found = 'File' | 'Other' | undefined;

async function whatWillBeThere(wanted: string, { record }: Request, files: HostFiles): Promise<Found> {
  const written = writtenPaths(record);
  if (written.includes(wanted)) return 'File';
  if (written.some((path) => path.startsWith(`${wanted}/`))) return 'Other';
  const isRemoved = record.files.some(({ path, after }) => path === wanted && after.kind === 'Absent');
  return isRemoved ? undefined : whatIsThere(wanted, files);
}

/** Directories count, and the ends of symlinks. Reads no byte of a file. */
async function whatIsThere(path: string, files: HostFiles): Promise<Found> {
  let current = path;
  try {
    for (let links = 0; links < symlinkLimit; links += 1) {
      if ((await files.identity(current)) !== undefined) return 'File';
      const state = await files.read(current);
      if (state.kind !== 'Symlink') return state.kind === 'File' ? 'File' : undefined;
      current = linkedPath(current, state.target);
    }
  } catch (error) {
    if (error instanceof HostFileError && error.code === 'NotAFile') return 'Other';
    if (error instanceof HostFileError && error.code === 'PathThroughFile') return undefined;
    throw error;
  }
  return undefined;
}

/** What does not outlive a boot may be made by another unit, which systemd starts before. */
const madeAtBoot = /^\/(?:var\/)?run\//;

function pathProblem(
  one: PathRequirement,
  found: Found,
  { pullsInService }: Requirements,
  { restarts, effective }: Request,
): Problem {
  const { section, key, value, path, mustExist, optional, isCertain } = one;
  const isService = section === 'Service';
  const state = !mustExist ? 'there' : found === 'File' ? 'no directory' : 'not there';
  const effect = isService ? notStarted : `${notStarted}, and would report no failure`;
  const reason = `${key}=${value} in [${section}] of the unit: ${path} is ${state}, so ${effect}`;
  const without =
    optional === undefined ? `take ${key}= out of the unit` : `write \`${optional}\` if the kubelet can do without it`;
  const remedy = isService
    ? `put it on the node, or ${without}`
    : `${mustExist ? 'put it on the node' : 'remove it from the node'}, or take the condition out of the unit`;
  const mayBeMade = mustExist && (madeAtBoot.test(path) || pullsInService);
  return requirementProblem(restarts && isCertain && !mayBeMade ? 'error' : 'warning', one, effective.spec, reason, remedy);
}

export const notStarted = 'systemd would not start the unit';

/** A problem with one line of the unit. */
export function requirementProblem(
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
      const reason = `${one.key}=${one.bar}${one.operand} in [Unit] of the unit is not met, so ${notStarted}${kind === 'Condition' ? ', and would report no failure' : ''}`;
      const remedy = 'change the node so that it is met, or take the condition out of the unit';
      return requirementProblem(restarts ? 'error' : 'warning', one, effective.spec, reason, remedy);
    });
  });
}
