/**
 * One node as an API server shows it at one moment: its objects and the Node's labels. While the server
 * does not answer, or if the Node vanishes, the answer is Unknown and the node keeps what it has.
 */

import { hasErrors, type Problem } from '../../api/problem.ts';
import type { KubeletConfig, Labels } from '../../api/types.ts';
import { newerProblems } from '../../api/validate/newer.ts';
import { selects } from '../../desired/select.ts';
import type { Validate } from '../../manifest/load/load.ts';
import type { ClusterView } from '../../node/model/cluster-view.ts';
import type { SourceAnswer } from '../../node/model/desired-state.ts';

export interface ClusterSnapshot {
  readonly answer: SourceAnswer;
  readonly labels: Labels;
  /** The objects that select this node; undefined if that cannot be said. */
  readonly selected: readonly KubeletConfig[] | undefined;
}

/**
 * For its nodes, an object that is being deleted is gone already: the controller keeps it until all of them
 * have gone back to what they had before.
 */
export function readCluster({ kubeletConfigs, node, nodeName, connectError }: ClusterView, validate: Validate): ClusterSnapshot {
  if (kubeletConfigs === undefined || node === 'NotListed') {
    return lost(connectError ?? 'the API server has not answered yet', 'the node keeps what it has until the API server answers');
  }
  if (node === 'Missing') {
    const remedy = 'the node keeps what it has until a Node of this name is there (--node-name gives another name)';
    return lost(`the API server has no Node named ${nodeName}`, remedy);
  }
  const { labels } = node;
  const selected = kubeletConfigs.filter(
    (object) => object.metadata.deletionTimestamp === undefined && maySelect(object, labels, validate),
  );
  const problems = selected.flatMap((object) => validate(object));
  const answer: SourceAnswer = hasErrors(problems)
    ? { kind: 'Unknown', problems }
    : { kind: 'Answers', objects: selected, withdrawnWhen: 'NotSelected' };
  return { answer, labels, selected };
}

/**
 * The name of an object that pauses its nodes, of those that select the node or that it runs. A deleted one
 * pauses nothing: a person who deletes it wants its nodes to go back.
 */
export function pausedBy(objects: readonly KubeletConfig[], own: readonly { readonly uid: string }[]): string | undefined {
  const uids = new Set(own.map(({ uid }) => uid));
  return objects.find(
    ({ metadata, spec }) =>
      spec.rollout?.paused === true && metadata.deletionTimestamp === undefined && uids.has(metadata.uid ?? ''),
  )?.metadata.name;
}

/**
 * If this program is too old to read the selector, the object may select the node: its problem is then
 * reported.
 */
function maySelect(object: KubeletConfig, labels: Labels, validate: Validate): boolean {
  const isUnreadable = validate(object).some(({ code, path }) => code === 'AgentTooOld' && path[1] === 'nodeSelector');
  return isUnreadable || selects(object.spec.nodeSelector, labels);
}

/**
 * An object of a newer CRD is not validated further: a field that seems missing may stand in one that we
 * cannot read.
 */
export function validateStored(validate: Validate): Validate {
  return (value) => {
    const newer = newerProblems(value);
    if (newer.length > 0) return newer;
    // Kubernetes itself may add fields to metadata.
    return validate(value).filter(({ code, path }) => !(code === 'UnknownField' && path[0] === 'metadata'));
  };
}

/** The answer while a Node that was registered anew does not have all its labels yet. */
export function notSettled(objects: readonly string[]): SourceAnswer {
  const reason = `the Node was registered anew a moment ago, and ${objects.join(', ')} ${objects.length === 1 ? 'does' : 'do'} not select it now`;
  const remedy = 'give the Node its labels again; otherwise the node goes back from the objects in two minutes';
  return { kind: 'Unknown', problems: [{ severity: 'error', code: 'NodeRegisteredAnew', path: [], reason, remedy }] };
}

function lost(reason: string, remedy: string): ClusterSnapshot {
  const problem: Problem = { severity: 'error', code: 'SourceLost', path: [], reason, remedy };
  return { answer: { kind: 'Unknown', problems: [problem] }, labels: {}, selected: undefined };
}
