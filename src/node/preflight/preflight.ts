/**
 * Preflight: systemd and bash check the files that they will have to read, and the image is fetched. It runs
 * before approval is asked for and before anything is touched (design §4). If a check cannot run, its result
 * is unknown: that is reported as Unverified, and the change goes on.
 */

import { hasErrors, type Problem } from '../../api/problem.ts';
import { blame } from '../../desired/blame.ts';
import type { FieldOfPath } from '../../render/launchers/launcher.ts';
import { launcherOf } from '../../render/launchers/registry.ts';
import { isUnitFile } from '../../systemd/load-path.ts';
import { foreignLines, foreignText } from '../../text/foreign-text.ts';
import type { Preflight, PreflightRequest } from '../model/preflight.ts';
import { sameState } from '../model/record.ts';
import type { HostFiles } from '../ports/files.ts';
import type { HostPrograms } from '../ports/programs.ts';
import { comingUnit } from '../transaction/look-at-unit.ts';
import { findAccounts } from './accounts.ts';
import { ask, lastLine } from './ask.ts';
import { fetchImage } from './image.ts';
import { kubeletProblemsHere, missingPrograms } from './programs.ts';
import { type Requirement, type Requirements, requirementsOf, unmetConditions, unmetPaths } from './requirements.ts';
import { type StagedUnit, stagedUnit, unitKey, verifyDirectory } from './unit.ts';
import { problemsIn, type Verified } from './verify-output.ts';

/** Without `--man=no` it starts man to look for the manual pages that Documentation= names. */
const analyze = ['systemd-analyze', '--man=no'];

const verifyMilliseconds = 15_000;

const bashMilliseconds = 5_000;

/**
 * Makes the preflight of one machine. A check without errors is not repeated for the same content, so that a
 * change that waits for approval costs nothing. A check with errors is repeated on each pass: a person may
 * have repaired the host.
 */
export function makePreflight(files: HostFiles, programs: HostPrograms): Preflight {
  const passed = new Map<Check['kind'], { readonly key: string; readonly problems: readonly Problem[] }>();
  let isSwept = false;
  const checkOnce = async (check: Check, request: PreflightRequest): Promise<readonly Problem[]> => {
    const known = passed.get(check.kind);
    if (known && known.key === check.key) return known.problems;
    const problems = await runCheck(check, request, files, programs);
    if (check.key !== undefined && !hasErrors(problems)) passed.set(check.kind, { key: check.key, problems });
    return problems;
  };
  return {
    async check(request) {
      const checks = await checksFor(request, files);
      const problems: Problem[] = [];
      for (const check of checks) if (check.kind !== 'Image') problems.push(...(await checkOnce(check, request)));
      problems.push(...(await missingPrograms(request, files)));
      // A kubelet that is missing was found by now, and cannot be asked.
      if (!hasErrors(problems)) problems.push(...(await kubeletProblemsHere(request, files)));
      // Last: other problems are found without waiting for a download.
      const image = checks.find(({ kind }) => kind === 'Image');
      if (image && !hasErrors(problems)) problems.push(...(await checkOnce(image, request)));
      const { owners, objects } = request.effective;
      return problems.map((problem) => blame(problem, owners, objects.at(-1)?.name));
    },
    async sweep() {
      if (!isSwept) await files.removeTree(verifyDirectory).catch(() => undefined);
      isSwept = true;
    },
  };
}

type Check =
  | { readonly kind: 'Paths'; readonly key?: undefined; readonly requirements: Requirements }
  | { readonly kind: 'Accounts'; readonly key: string; readonly requirements: Requirements }
  | { readonly kind: 'Conditions'; readonly key: string; readonly conditions: readonly Requirement[] }
  | { readonly kind: 'Unit'; readonly key: string; readonly staged: StagedUnit }
  | { readonly kind: 'Script'; readonly key: string; readonly script: FieldOfPath; readonly content: Buffer }
  | { readonly kind: 'Image'; readonly key: string };

/**
 * Checks only files that differ from the committed revision, which has already run on this node; and what the
 * unit asks of the host, which may have changed since.
 */
async function checksFor(request: PreflightRequest, files: HostFiles): Promise<Check[]> {
  const { record, effective, contents, committed, fetch } = request;
  const checks: Check[] = [];
  const before = committed?.revision == null ? [] : committed.files;
  const changed = record.files.filter(({ path, after }) => {
    const known = before.find((file) => file.path === path)?.after;
    return known === undefined || !sameState(known, after);
  });
  const staged = await stagedUnit(record, contents, files);
  if (changed.some(({ path }) => isUnitFile(path))) checks.push({ kind: 'Unit', key: unitKey(staged), staged });
  for (const script of launcherOf(effective.spec).scripts) {
    const content = contents.get(script.path);
    const after = changed.find(({ path }) => path === script.path)?.after;
    if (after?.kind === 'File' && content) checks.push({ kind: 'Script', key: after.sha256, script, content });
  }
  if (fetch && checks.length > 0) checks.push({ kind: 'Image', key: JSON.stringify(fetch) });
  return [...checks, ...(await requirementChecks(request, files))];
}

/** A repair that restarts nothing asks for nothing. */
async function requirementChecks({ record, contents, restarts }: PreflightRequest, files: HostFiles): Promise<Check[]> {
  if (!restarts && record.restartOwed === undefined) return [];
  const { texts } = await comingUnit(record, contents, files);
  const requirements = requirementsOf(texts, record);
  const { conditions, accounts } = requirements;
  const checks: Check[] = [{ kind: 'Paths', requirements }];
  if (accounts.length > 0) checks.push({ kind: 'Accounts', key: JSON.stringify(accounts), requirements });
  if (conditions.length > 0) checks.push({ kind: 'Conditions', key: JSON.stringify(conditions), conditions });
  return checks;
}

async function runCheck(
  check: Check,
  request: PreflightRequest,
  files: HostFiles,
  programs: HostPrograms,
): Promise<readonly Problem[]> {
  switch (check.kind) {
    case 'Paths':
      return unmetPaths(check.requirements, request, files);
    case 'Accounts':
      return findAccounts(check.requirements, request, programs);
    case 'Conditions':
      return judgeConditions(check.conditions, request, programs);
    case 'Unit':
      return verifyUnit(check.staged, request, files, programs);
    case 'Script':
      return parseScript(check.script, check.content, request, programs);
    case 'Image':
      return fetchImage(request, programs);
    default:
      return check satisfies never;
  }
}

async function judgeConditions(
  conditions: readonly Requirement[],
  request: PreflightRequest,
  programs: HostPrograms,
): Promise<readonly Problem[]> {
  const what = conditions.map(({ key, value }) => `${key}=${value}`);
  const unknown = (reason: string) => request.report({ kind: 'Unverified', what: foreignLines(what.join(', ')), reason });
  const options = { timeoutMilliseconds: verifyMilliseconds };
  const result = await ask(programs, ['systemd-analyze', 'condition', ...what], options, unknown);
  if (!result) return [];
  const output = foreignText(result.stdout + result.stderr);
  const problems = unmetConditions(output, request);
  if (problems === undefined) unknown(lastLine(output));
  return problems ?? [];
}

async function verifyUnit(staged: StagedUnit, request: PreflightRequest, files: HostFiles, programs: HostPrograms) {
  const { record, effective, dropIns, report } = request;
  const unit = record.unit.name;
  const unknown = (reason: string) => report({ kind: 'Unverified', what: unit, reason });
  await files.removeTree(verifyDirectory);
  try {
    const entries = [...staged].map(([path, { content }]) => [path, unitFile(content)] as const);
    await files.makeTree(verifyDirectory, new Map(entries));
    const path = `${verifyDirectory}/${unit}`;
    const asked = await ask(
      programs,
      [...analyze, '--recursive-errors=no', 'verify', path],
      { timeoutMilliseconds: verifyMilliseconds },
      unknown,
    );
    // systemd before 250 does not know this option, and checks every unit that ours names.
    const isOlder = asked?.stderr.includes('unrecognized option');
    const result = isOlder
      ? await ask(programs, [...analyze, 'verify', path], { timeoutMilliseconds: verifyMilliseconds }, unknown)
      : asked;
    if (!result) return [];
    const changed = new Set(record.files.map(({ path }) => path));
    const others = dropIns.filter(({ path }) => !changed.has(path)).map(({ content }) => content);
    const written = record.files.filter(({ after }) => after.kind === 'File').map(({ path }) => path);
    const startsNow = record.restartOwed === undefined;
    const verified: Verified = { unit, staged, spec: effective.spec, written, others, startsNow };
    const output = result.stdout + result.stderr;
    // It failed before it read any unit, for example because of an unknown option.
    if (result.exitCode !== 0 && !/^(\/|\S+\.[a-z]+: |Unit \S+ )/m.test(output)) unknown(lastLine(output));
    return problemsIn(output, verified);
  } finally {
    await files.removeTree(verifyDirectory);
  }
}

async function parseScript(
  { path, field }: FieldOfPath,
  input: Buffer,
  { report }: PreflightRequest,
  programs: HostPrograms,
): Promise<Problem[]> {
  const unknown = (reason: string) => report({ kind: 'Unverified', what: path, reason });
  const result = await ask(programs, ['bash', '-n'], { timeoutMilliseconds: bashMilliseconds, input }, unknown);
  if (!result || result.exitCode === 0) return [];
  const reason = `bash on this node cannot parse the script ${path}: ${lastLine(result.stderr)}`;
  const remedy = 'update bash on the node (`bash --version`)';
  return [{ severity: 'error', code: 'UnitInvalid', path: ['spec', ...field], reason, remedy }];
}

function unitFile(content: string) {
  return { mode: 0o644, uid: 0, gid: 0, content: Buffer.from(content) };
}
