/** Approves what an object gives to nodes now, for a number of them. */

import { approveAnnotation } from '../../api/annotations.ts';
import { contentOf } from '../../api/content.ts';
import type { KubeletConfig } from '../../api/types.ts';
import type { KubernetesApi } from '../../cluster/kubernetes-api.ts';
import type { FleetView } from '../../fleet/fleet.ts';
import { makeValidator } from '../../fleet/object-health.ts';
import { scaled } from '../../fleet/plan/budget.ts';
import { approvedNodes } from '../../fleet/plan/gates.ts';
import { listed, nodes } from '../../fleet/words.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { printAs, type Terminal } from '../print/terminal.ts';
import { objectNamed, readFleet } from './cluster.ts';
import { edit } from './edit.ts';
import { type ObjectProgress, progressOf } from './progress.ts';

/** A count as the annotation has it: of all nodes that may have the content, not of further ones. */
export type Approved = number | 'all';

export interface ApprovalChange {
  readonly progress: ObjectProgress;
  /** What was approved for the present content. */
  readonly before: Approved;
  /** What is approved now; the same if there was nothing to write. */
  readonly after: Approved;
}

/** @throws CommandFailure if the object needs no approval, or the API server refuses */
export async function approveIn(
  api: KubernetesApi,
  name: string,
  more: number | 'all' | 'wave',
  terminal: Terminal,
): Promise<void> {
  let content: string | undefined;
  const change = await edit(api, async () => {
    const view = await readFleet(api);
    const object = objectNamed(name, view.kubeletConfigs);
    if (object.spec.rollout?.approval !== 'Manual') throw needsNone(object);
    // What somebody else has written since the command began is not what the person approves.
    content ??= contentOf(object);
    if (content !== contentOf(object)) throw hasChanged(name);
    const result = approvalFor(object, view, more);
    const value = `${contentOf(object)}:${result.after}`;
    const patch = result.before === result.after ? undefined : { metadata: { annotations: { [approveAnnotation]: value } } };
    return { object, patch, result };
  });
  if (terminal.format) printAs(terminal.format, approvalData(change), terminal);
  else for (const line of describeApproval(change)) terminal.out(line);
}

/** What is to be approved: never less than before. */
export function approvalFor(object: KubeletConfig, view: FleetView, more: number | 'all' | 'wave'): ApprovalChange {
  // Only counts are asked for, and no rule of a kubelet changes them.
  const all = progressOf(view, makeValidator({ unit: 'kubelet.service', extraPaths: [] }), 0);
  const progress = all.find(({ name }) => name === object.metadata.name);
  if (!progress) throw new Error(`there is no progress of ${object.metadata.name}`);
  const before = approvedBefore(object);
  if (more === 'all' || before === 'all') return { progress, before, after: 'all' };
  const have = progress.updated.length + progress.changing.length;
  const wave = scaled(object.spec.rollout?.maxUnavailable ?? 1, progress.total);
  const wanted = Math.min(progress.total, have + (more === 'wave' ? wave : more));
  return { progress, before, after: Math.max(before, wanted) };
}

function approvedBefore(object: KubeletConfig): Approved {
  const approved = approvedNodes(object);
  return approved === Number.POSITIVE_INFINITY ? 'all' : approved;
}

function describeApproval({ progress, before, after }: ApprovalChange): string[] {
  const { name, generation, content, total, updated, changing, waiting } = progress;
  const next = waiting.flatMap(({ nodes: names }) => names).sort();
  const have = updated.length + changing.length;
  const now = `${name} at generation ${generation} (content ${content}): ${have} of ${nodes(total)} have or get it`;
  if (before === after) {
    const left =
      after === 'all' ? 'all nodes are approved already' : `${after} are approved already; give --nodes or --all for more`;
    return [now, `nothing to approve: ${have >= total ? 'no node waits for it' : left}`];
  }
  const count = after === 'all' ? total - have : after - have;
  const names = listed(next.map((node) => ({ name: node })));
  const waits = next.length === 0 ? '' : `; ${nodes(next.length)} ${next.length === 1 ? 'waits' : 'wait'}: ${names}`;
  const look = `kubelet-config rollout status ${name} --watch shows how it goes`;
  return [now, `approved for ${nodes(count)} more${waits}`, look];
}

function approvalData({ progress, before, after }: ApprovalChange) {
  const { name, generation, content, total, updated, changing } = progress;
  const have = updated.length + changing.length;
  return {
    object: name,
    generation,
    content,
    nodes: total,
    have,
    approvedBefore: before,
    approved: after,
    changed: before !== after,
  };
}

function hasChanged(name: string): CommandFailure {
  const reason = `${name} has changed while it was to be approved; nothing was approved`;
  return new CommandFailure(exitCodes.notAsWanted, reason, 'look at it again, then approve it');
}

function needsNone({ metadata: { name } }: KubeletConfig): CommandFailure {
  const reason = `${name} needs no approval: its rollout.approval is not Manual`;
  return new CommandFailure(exitCodes.usage, reason, `kubelet-config rollout status ${name} says what its nodes wait for`);
}
