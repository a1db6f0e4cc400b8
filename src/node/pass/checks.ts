/** What a pass checks on the host before it asks for approval, and again before it makes a change. */

import type { Problem } from '../../api/problem.ts';
import { blame } from '../../desired/blame.ts';
import type { Change } from '../model/action.ts';
import type { Machine } from '../model/machine.ts';
import type { Preview, ReconcileRequest } from '../model/preview.ts';
import { kubeletProblemsHere } from '../preflight/programs.ts';
import { protectedPathProblems } from '../preflight/protected-paths.ts';

/** Checks new renderings only: a committed revision was checked when it was new. */
export async function protectedProblems(
  { steps }: Change,
  { desired: { effective } }: Preview,
  { files }: Machine,
  { allowance }: ReconcileRequest,
): Promise<readonly Problem[]> {
  return effective ? protectedPathProblems(steps, effective, allowance, files) : [];
}

/** Checks new renderings only; a committed revision has already run on this node. */
export async function preflightProblems(
  { record, steps }: Change,
  { journal, desired, observed, contents, installed }: Preview,
  machine: Machine,
  { facts, report, stop }: ReconcileRequest,
): Promise<readonly Problem[]> {
  if (!machine.preflight || !desired.effective) return [];
  const { effective, fetch } = desired;
  const { dropIns, systemdRuns } = observed;
  const restarts = steps.some(({ kind }) => kind === 'Restart');
  const kubeletVersion = async (path: string) => (await facts({ kubelet: path })).kubeletVersion;
  const common = { record, effective, contents, dropIns, restarts, installed, systemdRuns, committed: journal.committed };
  return machine.preflight.check({ ...common, fetch, kubeletVersion, report, stop });
}

/** The checks for a command that only looks: none of them writes a file or fetches an image. */
export async function objectProblems(
  action: Change,
  preview: Preview,
  machine: Machine,
  request: ReconcileRequest,
): Promise<readonly Problem[]> {
  const { desired, observed, contents, installed } = preview;
  const protectedPaths = await protectedProblems(action, preview, machine, request);
  const { effective } = desired;
  if (!effective || !machine.preflight) return protectedPaths;
  const kubeletVersion = async (path: string) => (await request.facts({ kubelet: path })).kubeletVersion;
  const { record, steps } = action;
  const { report } = request;
  const { owners, objects } = effective;
  const { dropIns, systemdRuns } = observed;
  const restarts = steps.some(({ kind }) => kind === 'Restart');
  const change = { record, effective, contents, dropIns, restarts, installed, systemdRuns };
  const found = await kubeletProblemsHere({ ...change, kubeletVersion, report }, machine.files);
  return [...protectedPaths, ...found.map((problem) => blame(problem, owners, objects.at(-1)?.name))];
}

/** Without its port the new kubelet could not be proved, so it is not restarted for that. */
export function portProblems({ record: { healthz }, steps }: Change, { portTaken }: Machine): Problem[] {
  const taken = healthz && steps.some(({ kind }) => kind === 'Restart') ? portTaken?.(healthz) : undefined;
  if (taken === undefined) return [];
  const remedy = 'stop that program, or choose another port with kubelet.configuration.healthzPort; until then the change waits';
  return [{ severity: 'error', code: 'PortTaken', path: [], reason: taken, remedy }];
}
