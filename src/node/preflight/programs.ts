/**
 * Looks at the programs that the new unit would start, and that systemd-analyze does not look at: the kubelet
 * must take the flags and fields, and what a wrapper starts must be there (design N14).
 */

import type { Problem } from '../../api/problem.ts';
import { versionedProblems } from '../../kubelet/own-configuration.ts';
import { kubeletRuleProblems } from '../../render/kubelet-rules.ts';
import type { FieldOfPath } from '../../render/launchers/launcher.ts';
import { launcherOf } from '../../render/launchers/registry.ts';
import type { PreflightRequest } from '../model/preflight.ts';
import type { HostFiles } from '../ports/files.ts';
import { comingUnit } from '../transaction/look-at-unit.ts';
import { preparesItself } from './verify-output.ts';

type Request = Pick<PreflightRequest, 'record' | 'effective' | 'contents' | 'dropIns' | 'kubeletVersion' | 'report'>;

/**
 * Asks the kubelet on the host for its version, if the object does not say it, and checks flags, fields and
 * their rules against that. If the kubelet does not say it either, that is reported as Unverified.
 *
 * @returns problems with the fields of the spec; the object is not filled in yet
 */
export async function kubeletProblemsHere({ record, effective, kubeletVersion, report }: Request): Promise<Problem[]> {
  const { spec } = effective;
  const launcher = launcherOf(spec);
  const { kubelet, version: said } = launcher;
  if (kubelet === undefined || said !== undefined) return [];
  const { path } = kubelet;
  const version = writes(record, path) ? undefined : await kubeletVersion(path);
  if (version === undefined) {
    report({ kind: 'Unverified', what: 'flags and fields', reason: `${path} did not say which version it is` });
    return [];
  }
  const found = versionedProblems(spec, version);
  const isReadable = found.every(({ severity }) => severity !== 'error');
  const byRules = isReadable ? kubeletRuleProblems(spec, { launcher, installed: undefined, version, isPart: false }) : [];
  return [...found, ...byRules].map((problem) => ({ ...problem, path: ['spec', ...problem.path] }));
}

/**
 * Checks that the programs are there that the launcher's script starts. One that a command of the unit may
 * install before is a warning.
 *
 * @throws HostFileError
 */
export async function missingPrograms({ record, effective, contents }: Request, files: HostFiles): Promise<Problem[]> {
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
