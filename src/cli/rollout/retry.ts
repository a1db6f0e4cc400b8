/** Asks the controller to let nodes try an object again on which it failed. */

import { retryAnnotation } from '../../api/annotations.ts';
import { contentOf } from '../../api/content.ts';
import type { KubeletConfig, NodeKubelet } from '../../api/types.ts';
import type { KubernetesApi } from '../../cluster/kubernetes-api.ts';
import type { FleetView } from '../../fleet/fleet.ts';
import { generationOf, referenceTo } from '../../fleet/member.ts';
import { listed, nodes } from '../../fleet/words.ts';
import { now } from '../../loop/now.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { printAs, type Terminal } from '../print/terminal.ts';
import { objectNamed, readFleet } from './cluster.ts';
import { edit } from './edit.ts';

/** @throws CommandFailure if the object has failed nowhere, or the API server refuses */
export async function retryIn(api: KubernetesApi, name: string, terminal: Terminal): Promise<void> {
  const failed = await edit(api, async () => {
    const view = await readFleet(api);
    const object = objectNamed(name, view.kubeletConfigs);
    const result = failedNodes(object, view);
    if (result.length === 0) throw nothingFailed(object, view);
    const value = nextValue(object.metadata.annotations?.[retryAnnotation], now());
    return { object, patch: { metadata: { annotations: { [retryAnnotation]: value } } }, result };
  });
  if (terminal.format) {
    printAs(terminal.format, { object: name, failed }, terminal);
    return;
  }
  const names = listed(failed.map((node) => ({ name: node })));
  terminal.out(
    `${name} failed on ${nodes(failed.length)} (${names}), and may be tried again there: one node at a time, until one has proved it`,
  );
  terminal.out(`kubelet-config rollout status ${name} --watch shows how it goes`);
}

/**
 * Names of the nodes on which the present content failed, also of those that are gone. A node that cannot
 * carry the object out has tried nothing.
 */
export function failedNodes(object: KubeletConfig, { nodeKubelets }: FleetView): string[] {
  const content = contentOf(object);
  const reported = nodeKubelets.filter((one) => hasFailedOn(object, content, one)).map(({ metadata }) => metadata.name);
  const { rollout } = object.status ?? {};
  const counted = rollout?.content === content ? (rollout.failed?.nodes ?? []).map(({ name }) => name) : [];
  return [...new Set([...reported, ...counted])].sort();
}

/** Whether the agent remembers a failure of this content, by its hash or by its generation. */
function hasFailedOn(object: KubeletConfig, content: string, { status }: NodeKubelet): boolean {
  return (status?.failures ?? []).some(({ objects }) => {
    const reference = referenceTo(object, objects);
    return reference !== undefined && (reference.content === content || reference.generation === generationOf(object));
  });
}

/** A text that was not there before, also when two people ask within a second. */
export function nextValue(before: string | undefined, time: string): string {
  return before?.startsWith(time) ? `${before}+` : time;
}

function nothingFailed(object: KubeletConfig, { nodeKubelets }: FleetView): CommandFailure {
  const { name } = object.metadata;
  const stalled = nodeKubelets.filter(
    ({ status }) => status?.phase === 'Stalled' && referenceTo(object, status.desired) !== undefined,
  );
  const reason = `there is nothing to retry: no node has tried the present ${name} and failed`;
  const [first] = stalled;
  if (!first)
    return new CommandFailure(exitCodes.usage, reason, `kubelet-config rollout status ${name} says what its nodes wait for`);
  const which = listed(stalled.map(({ metadata }) => metadata));
  const remedy = `${which} cannot carry it out: kubectl describe nodekubelet ${first.metadata.name} says why; it is tried when that has changed`;
  return new CommandFailure(exitCodes.usage, reason, remedy);
}
