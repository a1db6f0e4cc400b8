/**
 * The conditions of an object, after kstatus: Ready, Reconciling and Stalled. Each message that a person
 * should act on says what to do. Pure.
 */

import type { Answer, Answers } from '../api/conditions.ts';
import { formatPath, type Problem } from '../api/problem.ts';
import type { KubeletConfig } from '../api/types.ts';
import { cut } from '../text/cut.ts';
import { type Finding, type Findings, heldNodes, heldUp, type WaitingNodes } from './finding.ts';
import { keyOf, type Member } from './member.ts';
import type { ObjectHealth } from './object-health.ts';
import type { Approvals } from './plan/approvals.ts';
import { describeWaiting } from './plan/waiting.ts';
import { whoRefuses } from './refusals.ts';
import type { Tally } from './tally.ts';
import { listed, nodes } from './words.ts';

/** What the findings on one object are made from. */
export interface FindingFacts {
  readonly health: ObjectHealth;
  readonly tally: Tally;
  readonly approvals: Pick<Approvals, 'waiting' | 'failures'>;
  /** How many warnings there are about it. */
  readonly warnings: number;
}

/** The first cause of each kind, for one object that is not being deleted. */
export function findingsOf(object: KubeletConfig, { health, tally, approvals, warnings }: FindingFacts): Findings {
  const { waiting, failures } = approvals;
  const stalled =
    unhealthy(health) ??
    failed(object, tally, failures) ??
    stopped(tally, waiting) ??
    neverOpens(tally, waiting) ??
    withoutAgent(tally);
  const isHopeless = health.kind === 'Invalid' || health.kind === 'Refused';
  const reconciling = isHopeless ? undefined : rollingOut(tally, waiting);
  return { stalled, reconciling, ready: withWarnings(allThere(tally), warnings) };
}

function unhealthy(health: ObjectHealth): Finding | undefined {
  switch (health.kind) {
    case 'Valid':
      return undefined;
    case 'Invalid':
      return { reason: 'Invalid', message: `${firstOf(health.errors)}. Until then its nodes keep what they have.` };
    case 'Conflicting': {
      const [first] = health.conflicts;
      if (!first) return undefined;
      const field = formatPath(['spec', ...first.path]);
      const message = `${field} has another value in ${first.older}, which is older and has the same priority; give one of them another priority, or let them agree${andMore(health.conflicts.length - 1)}. Until then the nodes that both select keep what they have.`;
      return { reason: 'Conflict', message };
    }
    case 'Refused': {
      const message = `${whoRefuses(health.refusal)} cannot run it: ${firstOf(health.refusal.errors)}. Until then its nodes keep what they have.`;
      return { reason: 'KubeletRefuses', message };
    }
    default:
      return health satisfies never;
  }
}

/** The first error with its field, and how many there are besides. */
function firstOf([first, ...others]: readonly Problem[]): string {
  return first ? `${formatPath(first.path)}: ${first.reason}; ${first.remedy}${andMore(others.length)}` : '';
}

function andMore(others: number): string {
  return others > 0 ? ` (and ${others} more)` : '';
}

/** Nodes on which it failed, and failures of nodes that are gone: both stop the rollout at maxFailures. */
function failed(object: KubeletConfig, tally: Tally, { counted }: Approvals['failures']): Finding | undefined {
  const { Failed } = tally.nodes;
  const [first] = Failed;
  const { count = 0, seen } = counted.get(keyOf(object.metadata)) ?? {};
  const retry = `kubelet-config rollout retry ${object.metadata.name}`;
  if (!first) {
    if (count < (object.spec.rollout?.maxFailures ?? 1)) return undefined;
    const names = listed([...(seen?.values() ?? [])].map(({ node }) => ({ name: node })));
    const gone = `It failed on ${nodes(count)} that ${count === 1 ? 'is' : 'are'} gone by now or select other objects${names === '' ? '' : `: ${names}`}.`;
    return { reason: 'NodesFailed', message: `${gone} No further node changes to it: correct the object, or ${retry}.` };
  }
  const message = `It failed on, or cannot be carried out on, ${of(Failed, tally)}, which keep what they had: ${listed(Failed)}. Run kubectl describe nodekubelet ${first.name} to see why, and correct the object; to try the same again: ${retry}.${alsoWithoutAgent(tally)}${alsoHeld(tally)}`;
  return { reason: 'NodesFailed', message };
}

/** Maintenance windows that no change fits into: only a person can make the rollout go on. */
function neverOpens(tally: Tally, waiting: WaitingNodes): Finding | undefined {
  const closed = [...tally.nodes.Waiting, ...tally.leaving].map((member) => waiting.get(member));
  const never = closed.find((reason) => reason?.kind === 'Window' && reason.state.kind === 'Never');
  if (never === undefined) return undefined;
  return { reason: 'NoWindow', message: `No node can change: ${describeWaiting(never)}. Correct rollout.windows.` };
}

/** Another object has failed too often, and all nodes that wait would get it together with this one. */
function stopped(tally: Tally, waiting: WaitingNodes): Finding | undefined {
  const reasons = [...tally.nodes.Waiting, ...tally.leaving].map((member) => waiting.get(member));
  const cause = reasons.find((reason) => reason?.kind === 'Stopped');
  if (cause === undefined || tally.nodes.Updating.length > 0 || reasons.some((reason) => reason?.kind !== 'Stopped'))
    return undefined;
  const message = `Its nodes wait, because ${cause.object} has failed on as many nodes as its rollout.maxFailures allows. Run kubectl describe kubeletconfig ${cause.object} to see where, and correct that object.`;
  return { reason: 'NodesFailed', message };
}

function withoutAgent(tally: Tally): Finding | undefined {
  if (tally.missing.length === 0) return undefined;
  const message = `No agent answers on ${of(tally.missing, tally)}: ${listed(tally.missing)}. Check that the agent runs there and reaches the API server, or delete the Nodes that are gone for good.${alsoHeld(tally)}`;
  return { reason: 'WithoutAgent', message };
}

function alsoWithoutAgent({ missing }: Tally): string {
  return missing.length > 0 ? ` No agent answers on ${listed(missing)}.` : '';
}

function alsoHeld({ nodes: { Held } }: Tally): string {
  return Held.length > 0 ? ` ${heldNodes(Held).message}` : '';
}

function rollingOut(tally: Tally, waiting: WaitingNodes): Finding | undefined {
  const { Updated, Updating, Waiting, WithoutAgent, Held, Failed } = tally.nodes;
  const asking = [...Waiting, ...tally.leaving];
  if (Updating.length + asking.length + Held.length + WithoutAgent.length === tally.missing.length) return undefined;
  // Only a person can make the rollout go on; Reconciling would hide that.
  if (
    Updating.length === 0 &&
    asking.length > 0 &&
    Held.length === 0 &&
    asking.every((member) => waiting.get(member)?.kind === 'Stopped')
  )
    return undefined;
  const progress = `${of(Updated, tally)} ${Updated.length === 1 ? 'runs' : 'run'} it`;
  const parts = [
    progress,
    ...(Updating.length > 0 ? [`${Updating.length} changing`] : []),
    ...(Waiting.length > 0 ? [`${Waiting.length} waiting`] : []),
    ...(tally.leaving.length > 0 ? [`${tally.leaving.length} leaving it`] : []),
    ...(WithoutAgent.length > 0 ? [`${WithoutAgent.length} without agent (${listed(WithoutAgent)})`] : []),
    ...(Failed.length > 0 ? [`${Failed.length} failed (${listed(Failed)})`] : []),
  ].join(', ');
  const held = Updating.length === 0 ? heldUp(asking, waiting) : undefined;
  const isOnlyHeld = Updating.length + asking.length === 0 && WithoutAgent.length === tally.missing.length;
  const reason = isOnlyHeld ? 'Held' : (held?.reason ?? 'RollingOut');
  return { reason, message: `${parts}.${held ? ` ${held.message}` : ''}${alsoHeld(tally)}` };
}

function allThere(tally: Tally): Finding {
  const { length } = tally.nodes.Updated;
  if (matched(tally) === 0) {
    const message = 'No node has the labels that nodeSelector asks for; compare it with kubectl get nodes --show-labels.';
    return { reason: 'NoNodesSelected', message };
  }
  return {
    reason: 'AllNodesUpdated',
    message: length === 1 ? 'The one node that it selects runs it.' : `All ${length} nodes run it.`,
  };
}

function withWarnings({ reason, message }: Finding, count: number): Finding {
  if (count === 0) return { reason, message };
  return { reason, message: `${message} There ${count === 1 ? 'is 1 warning' : `are ${count} warnings`}: see status.warnings.` };
}

/** Ready is False while the object is stalled or reconciling, and gives the reason of that. */
export function answersOf({ stalled, reconciling, ready }: Findings): Answers {
  const inTheWay = stalled ?? reconciling;
  return {
    ready: answer(!inTheWay, inTheWay ?? ready),
    reconciling: answer(reconciling !== undefined, reconciling ?? nothingToDo),
    stalled: answer(stalled !== undefined, stalled ?? nothingInTheWay),
  };
}

function answer(holds: boolean, { reason, message }: Finding): Answer {
  return { holds, reason, message };
}

const nothingToDo: Finding = { reason: 'NothingToDo', message: 'No node is changing or waiting for its turn.' };
const nothingInTheWay: Finding = { reason: 'NothingInTheWay', message: '' };

/** How many nodes the object counts. */
export function matched({ nodes }: Tally): number {
  return Object.values(nodes).reduce((sum, { length }) => sum + length, 0);
}

function of(some: readonly Member[], tally: Tally): string {
  return `${some.length} of ${nodes(matched(tally))}`;
}

/** The error that the agent of a failed node reports, cut to `limit` characters. */
export function complaintOf({ nodeKubelet }: Member, limit: number): string {
  const { lastError, failures, phase } = nodeKubelet?.status ?? {};
  return cut(lastError?.message ?? failures?.[0]?.reason ?? phase ?? '', limit);
}
