/** `diff --fleet`: objects of files against a cluster. Changes nothing. */

import type { PathAllowance } from '../../api/paths.ts';
import { kubeletJudge } from '../../fleet/judge-kubelets.ts';
import type { CommandContext } from '../command.ts';
import { CommandFailure, type ExitCode, exitCodes } from '../failure.ts';
import { readIntent } from '../flags/intent.ts';
import { printAs, reportedProblems } from '../print/terminal.ts';
import { connectTo, readFleet } from '../rollout/cluster.ts';
import { differs, fleetDiffData, fleetDiffLines } from './describe.ts';
import { diffNodes } from './nodes.ts';
import { diffObjects, leavingNames, objectsAfter } from './objects.ts';

/** @throws CommandFailure if an object of the files is invalid, or the cluster cannot be read */
export async function diffFleet(
  files: readonly string[],
  allowance: PathAllowance,
  kubeconfig: string | undefined,
  context: CommandContext,
): Promise<ExitCode> {
  const { terminal } = context;
  const given = (await readIntent(files, allowance, context)).objects.map(({ object }) => object);
  const view = await readFleet(connectTo(kubeconfig, context));
  const objects = diffObjects(given, view.kubeletConfigs);
  const [leaving] = leavingNames(objects);
  if (leaving !== undefined) throw isLeaving(leaving);
  const diff = { objects, nodes: diffNodes(view, objectsAfter(objects), allowance, kubeletJudge(allowance)) };
  if (terminal.format) printAs(terminal.format, { ...fleetDiffData(diff), problems: reportedProblems(terminal) }, terminal);
  else for (const line of fleetDiffLines(diff)) terminal.out(line);
  if (diff.nodes.refused.length > 0) return exitCodes.invalid;
  return differs(diff) ? exitCodes.differs : exitCodes.ok;
}

function isLeaving(name: string): CommandFailure {
  const reason = `${name} is being deleted in the cluster: what is applied now would go with it`;
  return new CommandFailure(exitCodes.invalid, reason, `wait until it is gone: kubectl wait --for=delete kubeletconfig ${name}`);
}
