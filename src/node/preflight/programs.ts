/**
 * Looks at the programs that the new unit would start, and that systemd-analyze does not look at: the kubelet
 * must take the flags and fields, and what a wrapper starts must be there (design N14).
 */

import type { Problem } from '../../api/problem.ts';
import type { SpecProblem } from '../../desired/spec-problem.ts';
import { versionedProblems } from '../../kubelet/own-configuration.ts';
import type { MachineForRules } from '../../kubelet/rules/in-force.ts';
import { kubeletRuleProblems } from '../../render/kubelet-rules.ts';
import type { FieldOfPath } from '../../render/launchers/launcher.ts';
import { launcherOf } from '../../render/launchers/registry.ts';
import type { PreflightRequest } from '../model/preflight.ts';
import type { HostFiles } from '../ports/files.ts';
import { askingFiles, readMachineSize } from '../ports/machine-for-rules.ts';
import { overlaid } from '../ports/overlay.ts';
import { comingUnit } from '../transaction/look-at-unit.ts';
import { preparesItself } from './verify-output.ts';

type Request = Pick<
  PreflightRequest,
  'record' | 'effective' | 'contents' | 'dropIns' | 'restarts' | 'installed' | 'systemdRuns' | 'kubeletVersion' | 'report'
>;

/**
 * Checks flags, fields and their rules against the kubelet and the machine that are there. If the object does
 * not say its version, the kubelet on the host is asked; if that does not say it either, this is reported as
 * Unverified.
 *
 * @returns problems with the fields of the spec, without those that a rendering tells; the object is not
 * filled in yet
 * @throws HostFileError
 */
export async function kubeletProblemsHere(request: Request, files: HostFiles): Promise<Problem[]> {
  const { spec } = request.effective;
  const launcher = launcherOf(spec);
  const { installed } = request;
  const known = launcher.version ?? installed?.version;
  const version = known ?? (await askVersion(request));
  if (version === undefined) return [];
  const found = known === undefined ? versionedProblems(spec, version) : [];
  // The kubelet does not look at its rules with a value that it cannot read.
  const isReadable = found.every(({ severity }) => severity !== 'error');
  const rules = (machine?: MachineForRules) =>
    kubeletRuleProblems(spec, { launcher, installed, version, isPart: false, ...(machine && { machine }) });
  const byRules = isReadable ? await machineProblems(rules, request, files) : [];
  const told = known === undefined ? [] : rules();
  const news = byRules.filter((problem) => !told.some((one) => sameFault(one, problem)));
  return [...found, ...news].map((problem) => ({ ...problem, path: ['spec', ...problem.path] }));
}

async function askVersion({ record, effective, kubeletVersion, report }: Request): Promise<string | undefined> {
  const { kubelet } = launcherOf(effective.spec);
  if (kubelet === undefined) return undefined;
  const { path } = kubelet;
  const version = writes(record, path) ? undefined : await kubeletVersion(path);
  if (version === undefined)
    report({ kind: 'Unverified', what: 'flags and fields', reason: `${path} did not say which version it is` });
  return version;
}

type Rules = (machine?: MachineForRules) => SpecProblem[];

/**
 * By the machine as it is now; the repair of a committed revision asks for nothing of it. A file that a
 * command of the unit may make before the kubelet starts is a warning where it is missing.
 */
async function machineProblems(rules: Rules, request: Request, files: HostFiles): Promise<SpecProblem[]> {
  const { record, effective, contents, restarts, systemdRuns } = request;
  if (!systemdRuns || !restarts) return rules();
  const size = await readMachineSize(files);
  const launcher = launcherOf(effective.spec);
  // A container sees other files.
  if (launcher.kubelet === undefined && !launcher.asksInstalled) return rules(size);
  const bySize = rules(size);
  const withFiles = await askingFiles(filesAfter(request, files), (seen) => rules({ ...size, ...seen }));
  const { texts } = await comingUnit(record, contents, files);
  const mayAppear = preparesItself(
    texts.map(({ content }) => content),
    effective.spec,
  );
  return withFiles.map((problem) =>
    mayAppear && !bySize.some((one) => sameFault(one, problem)) ? { ...problem, severity: 'warning' } : problem,
  );
}

/** The host with the files that the change writes, and without those that it removes. */
function filesAfter({ record, contents }: Request, files: HostFiles): Pick<HostFiles, 'read' | 'list' | 'identity'> {
  const changes = new Map(
    record.files.flatMap(({ path, after }): [string, Buffer | undefined][] => {
      if (after.kind === 'Symlink') return [];
      return [[path, after.kind === 'File' ? contents.get(path) : undefined]];
    }),
  );
  return { ...overlaid(files, changes), identity: async (path) => (changes.has(path) ? undefined : files.identity(path)) };
}

function sameFault(one: SpecProblem, other: SpecProblem): boolean {
  return one.reason === other.reason && one.path.join() === other.path.join();
}

/**
 * Checks that the programs are there that the launcher's script starts. One that a command of the unit may
 * install before is a warning.
 *
 * @throws HostFileError
 */
export async function missingPrograms(
  { record, effective, contents }: Pick<Request, 'record' | 'effective' | 'contents'>,
  files: HostFiles,
): Promise<Problem[]> {
  const { startedByScript } = launcherOf(effective.spec);
  if (startedByScript.length === 0) return [];
  const { texts, variables } = await comingUnit(record, contents, files);
  const mayAppear =
    record.restartOwed !== undefined ||
    preparesItself(
      texts.map(({ content }) => content),
      effective.spec,
    );
  const missing: Problem[] = [];
  for (const { path, field, variable } of startedByScript) {
    // The wrapper splits the variable into words. Where it looks for another word is not known here.
    const [program = path] =
      variables
        .get(variable)
        ?.value?.split(/\s+/)
        .filter((word) => word !== '') ?? [];
    if (!/^\/[^*?[]*$/.test(program) || writes(record, program) || (await files.identity(program)) !== undefined) continue;
    missing.push(missingProgram({ path: program, field }, mayAppear ? 'warning' : 'error'));
  }
  return missing;
}

function writes({ files }: Request['record'], program: string): boolean {
  return files.some(({ path, after }) => path === program && after.kind === 'File');
}

function missingProgram({ path, field }: FieldOfPath, severity: Problem['severity']): Problem {
  const reason = `${path}, which the wrapper would start, is not on this node`;
  const remedy = 'install it on the node, or choose another launcher; until then the change waits';
  return { severity, code: 'UnitInvalid', path: ['spec', ...field], reason, remedy };
}
