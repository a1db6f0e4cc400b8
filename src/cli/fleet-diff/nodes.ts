/** What other objects would do to the nodes of a cluster. Pure but for the judge. */

import { canonicalJson } from '../../api/json.ts';
import type { PathAllowance } from '../../api/paths.ts';
import { formatPath, type Problem } from '../../api/problem.ts';
import type { KubeletConfig } from '../../api/types.ts';
import { type Desired, desiredFor } from '../../desired/effective.ts';
import { byPrecedence } from '../../desired/merge.ts';
import type { FleetView } from '../../fleet/fleet.ts';
import type { Judge } from '../../fleet/judge.ts';
import { isDeleting, type Member, membersOf } from '../../fleet/member.ts';
import { type DrainNeed, drainNeed } from './drain.ts';

export interface RefusedNodes {
  readonly code: Problem['code'];
  readonly reason: string;
  readonly remedy: string;
  readonly nodes: readonly string[];
}

/** Names of nodes. Each is in `unchanged`, `changed` or `refused`; the other lists are parts of `changed`. */
export interface NodesDiff {
  readonly unchanged: readonly string[];
  /** They get another content. */
  readonly changed: readonly string[];
  /** Their kubelets restart. The others get another `health` or `drift`, which no kubelet reads. */
  readonly restarted: readonly string[];
  /** No object selects them any more: they go back to what they had before. */
  readonly goingBack: readonly string[];
  readonly drained: readonly string[];
  /** Whether the change asks for an empty node is known on the node alone. */
  readonly perhapsDrained: readonly string[];
  /** They keep what they have. */
  readonly refused: readonly RefusedNodes[];
  /** A person keeps them from changing. */
  readonly held: readonly string[];
  readonly withoutAgent: readonly string[];
}

type Verdict =
  | { readonly kind: 'Unchanged' }
  | { readonly kind: 'Changed'; readonly restarts: boolean; readonly goesBack: boolean; readonly drain: DrainNeed }
  | { readonly kind: 'Refused'; readonly problem: Problem };

/**
 * Compares what each node should have by the objects of the cluster with what it should have by the others.
 * @param view the cluster as it is
 * @param after the objects that it would have instead
 */
export function diffNodes(view: FleetView, after: readonly KubeletConfig[], allowance: PathAllowance, judge: Judge): NodesDiff {
  const others = new Map(membersOf({ ...view, kubeletConfigs: after }).map((member) => [member.name, member]));
  const judged = rememberingVerdicts(allowance, judge);
  const lists = {
    unchanged: [],
    changed: [],
    restarted: [],
    goingBack: [],
    drained: [],
    perhapsDrained: [],
    held: [],
    withoutAgent: [],
  };
  const found: { [List in keyof typeof lists]: string[] } = lists;
  const refused = new Map<string, RefusedNodes & { readonly nodes: string[] }>();
  for (const member of membersOf(view)) {
    const { name, node, nodeKubelet } = member;
    if (!node) continue;
    const verdict = judged(member, others.get(name)?.selecting ?? []);
    if (verdict.kind === 'Unchanged') found.unchanged.push(name);
    else if (verdict.kind === 'Refused') addRefused(refused, verdict.problem, name);
    else {
      found.changed.push(name);
      if (verdict.restarts) found.restarted.push(name);
      if (verdict.goesBack) found.goingBack.push(name);
      if (verdict.restarts && verdict.drain === 'Yes') found.drained.push(name);
      if (verdict.restarts && verdict.drain === 'Unknown') found.perhapsDrained.push(name);
      if (nodeKubelet?.status?.phase === 'Held') found.held.push(name);
      if (nodeKubelet?.status === undefined) found.withoutAgent.push(name);
    }
  }
  return { ...found, refused: [...refused.values()].sort((a, b) => b.nodes.length - a.nodes.length) };
}

function addRefused(refused: Map<string, RefusedNodes & { readonly nodes: string[] }>, problem: Problem, name: string): void {
  const { code, reason, remedy, object, path } = problem;
  const said = `${object === undefined ? '' : `${object}: `}${path.length > 0 ? `${formatPath(path)}: ` : ''}${reason}`;
  const group = refused.get(said) ?? { code, reason: said, remedy, nodes: [] };
  refused.set(said, group);
  group.nodes.push(name);
}

/** There are many nodes, but few different lists of objects and versions of the kubelet. */
function rememberingVerdicts(allowance: PathAllowance, judge: Judge) {
  const known = new Map<string, Verdict>();
  const namesOf = (objects: readonly KubeletConfig[]) => objects.map(({ metadata }) => metadata.name).join();
  return ({ selecting, nodeKubelet }: Member, after: readonly KubeletConfig[]): Verdict => {
    const version = nodeKubelet?.status?.kubeletVersion;
    const key = `${namesOf(selecting)} ${namesOf(after)} ${version ?? ''}`;
    const verdict = known.get(key) ?? verdictOf(selecting, after, version, allowance, judge);
    known.set(key, verdict);
    return verdict;
  };
}

function verdictOf(
  before: readonly KubeletConfig[],
  after: readonly KubeletConfig[],
  version: string | undefined,
  allowance: PathAllowance,
  judge: Judge,
): Verdict {
  const [one, other] = [before, after].map((objects) => givenBy(objects, allowance)) as [Given, Given];
  if (one.text === other.text) return { kind: 'Unchanged' };
  if (other.problem) return { kind: 'Refused', problem: other.problem };
  const [error] = judge(staying(after), version)?.errors ?? [];
  if (error && other.objects.length > 0) return { kind: 'Refused', problem: error };
  const goesBack = other.objects.length === 0;
  const drain = drainNeed(other.objects, one.desired, other.desired);
  return { kind: 'Changed', restarts: one.rendered !== other.rendered, goesBack, drain };
}

interface Given {
  readonly objects: readonly KubeletConfig[];
  readonly desired: Desired;
  /** Equal if a node is given the same. */
  readonly text: string;
  /** Equal if also what is written for the kubelet is the same. */
  readonly rendered: string;
  /** Why the node keeps what it has. */
  readonly problem: Problem | undefined;
}

function givenBy(selecting: readonly KubeletConfig[], allowance: PathAllowance): Given {
  const objects = byPrecedence(staying(selecting));
  const everywhere = objects.map((object) => ({ ...object, spec: { ...object.spec, nodeSelector: { matchLabels: {} } } }));
  const desired = desiredFor(everywhere, {}, allowance);
  // What expressions give is known on the node alone; the same expressions give the same.
  const computed = objects.flatMap(({ spec }) => spec.computed ?? []);
  const errors = desired.kind === 'Conflicting' || desired.kind === 'Invalid' ? desired.problems : [];
  // A field that only an expression sets is missing here, and not on the node.
  const isJudged = computed.length === 0 || desired.kind === 'Conflicting';
  const problem = isJudged ? errors.find(({ severity }) => severity === 'error') : undefined;
  const spec = desired.kind === 'Effective' ? desired.effective.spec : errors.map(({ reason }) => reason);
  const { health: _health, drift: _drift, ...written } = { health: undefined, drift: undefined, ...spec };
  const textOf = (part: unknown) => canonicalJson([desired.kind, part, computed]);
  return { objects, desired, text: textOf(spec), rendered: textOf(written), problem };
}

function staying(objects: readonly KubeletConfig[]): KubeletConfig[] {
  return objects.filter((object) => !isDeleting(object));
}
