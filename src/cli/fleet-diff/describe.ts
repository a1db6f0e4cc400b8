/** A comparison with the fleet in words and as data. Pure. */

import type { KubeletConfig } from '../../api/types.ts';
import { listed, nodes as nodeCount } from '../../fleet/words.ts';
import { hideInReason } from '../../text/hide-secrets.ts';
import type { NodesDiff } from './nodes.ts';
import type { ObjectDiff } from './objects.ts';

export interface FleetDiff {
  readonly objects: readonly ObjectDiff[];
  readonly nodes: NodesDiff;
}

/** Whether an object or a node would change. */
export function differs({ objects, nodes }: FleetDiff): boolean {
  return objects.some(({ change }) => change === 'New' || change === 'Changed') || nodes.changed.length > 0;
}

/** Lines for a person. */
export function fleetDiffLines(diff: FleetDiff): string[] {
  return [...diff.objects.map(objectLine), ...nodeLines(diff.nodes), ...waitLines(diff)];
}

const mostFields = 5;

function objectLine({ name, change, fields, isOtherContent, after }: ObjectDiff): string {
  switch (change) {
    case 'New':
      return `${name}: new`;
    case 'Same':
      return `${name}: the same`;
    case 'Absent':
      return `${name}: only in the cluster, and stays there${after.metadata.deletionTimestamp === undefined ? '' : ' until it is deleted'}`;
    case 'Changed': {
      const more = fields.length > mostFields ? ` and ${fields.length - mostFields} more` : '';
      const gives = isOtherContent ? '' : '; what it gives to nodes stays the same';
      return `${name}: changed: ${fields.slice(0, mostFields).join(', ')}${more}${gives}`;
    }
    default:
      return change satisfies never;
  }
}

function nodeLines(diff: NodesDiff): string[] {
  const { changed, unchanged, restarted, goingBack, drained, perhapsDrained, refused, held, withoutAgent } = diff;
  const refusing = refused.reduce((sum, { nodes }) => sum + nodes.length, 0);
  const total = changed.length + unchanged.length + refusing;
  const part = (names: readonly string[], what: string) =>
    names.length === 0 ? [] : [`  ${nodeCount(names.length)} ${what}: ${named(names)}`];
  if (changed.length + refusing === 0) return [`no node of ${total} would change`];
  const restarts =
    restarted.length === changed.length ? 'and their kubelets restart' : `${restarted.length} restart their kubelets`;
  return [
    changed.length === 0
      ? `no node of ${total} would change`
      : `${changed.length} of ${nodeCount(total)} would change, ${restarts}: ${named(changed)}`,
    ...part(goingBack, 'would go back to what was there before, since no object selects them any more'),
    ...part(drained, 'would be drained'),
    ...part(perhapsDrained, 'would be drained if the change asks for an empty node, which only the agents can tell'),
    ...part(held, 'held by a person, which change when they are released'),
    ...part(withoutAgent, 'without agent, which change when one runs there'),
    ...refused.flatMap(({ code, reason, remedy, nodes }) => [
      `${nodeCount(nodes.length)} would keep what ${nodes.length === 1 ? 'it has' : 'they have'} (${named(nodes)}): ${code}: ${hideInReason(reason)}`,
      `    → ${remedy}`,
    ]),
  ];
}

/** Why no node would change at once. */
function waitLines({ objects, nodes }: FleetDiff): string[] {
  if (nodes.changed.length === 0) return [];
  const touched = objects.filter(({ change }) => change === 'New' || change === 'Changed').map(({ after }) => after);
  const isPaused = ({ spec }: KubeletConfig) => spec.rollout?.paused === true;
  return touched.filter(isPaused).map(({ metadata: { name } }) => `${name} is paused: its nodes change when it is resumed`);
}

/** The same for a program, with the name of each node. */
export function fleetDiffData(diff: FleetDiff) {
  const { nodes, objects } = diff;
  const listOf = (names: readonly string[]) => ({ count: names.length, nodes: names });
  return {
    differs: differs(diff),
    objects: objects.map(({ name, change, fields, isOtherContent }) => ({ name, change, fields, otherContent: isOtherContent })),
    nodes: {
      unchanged: listOf(nodes.unchanged),
      changed: listOf(nodes.changed),
      restarted: listOf(nodes.restarted),
      goingBack: listOf(nodes.goingBack),
      drained: listOf(nodes.drained),
      perhapsDrained: listOf(nodes.perhapsDrained),
      held: listOf(nodes.held),
      withoutAgent: listOf(nodes.withoutAgent),
      refused: nodes.refused.map(({ code, reason, remedy, nodes: names }) => ({
        code,
        reason: hideInReason(reason),
        remedy,
        ...listOf(names),
      })),
    },
  };
}

function named(names: readonly string[]): string {
  return listed(names.map((name) => ({ name })));
}
