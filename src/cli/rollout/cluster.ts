/** The cluster of a person: their credentials, the fleet as it is now, and one object of it by name. */

import type { KubeletConfig } from '../../api/types.ts';
import { nearest } from '../../api/validate/parts.ts';
import { connect } from '../../cluster/client.ts';
import { fleetNode } from '../../cluster/fleet-watch.ts';
import type { KubernetesApi } from '../../cluster/kubernetes-api.ts';
import { kubeletConfigs, nodeKubelets } from '../../cluster/own-resources.ts';
import { nodes } from '../../cluster/resources.ts';
import type { FleetView } from '../../fleet/fleet.ts';
import { afterGrace } from '../../loop/grace.ts';
import type { CommandContext } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { clusterUnusable, credentialsFrom } from '../flags/credentials.ts';
import { userAgent } from '../version.ts';

/** What reading the fleet needs. */
export const readingNeeds = 'list and watch kubeletconfigs, nodekubelets and nodes';

/** @throws CommandFailure if there are no credentials */
export function connectTo(kubeconfig: string | undefined, { environment, stop }: CommandContext): KubernetesApi {
  return connect(credentialsFrom(kubeconfig, environment), { userAgent, abandon: afterGrace(stop) });
}

/** Reads the whole fleet once. @throws CommandFailure if the API server does not give it */
export async function readFleet(api: KubernetesApi): Promise<FleetView> {
  const lists = Promise.all([api.list(kubeletConfigs), api.list(nodes), api.list(nodeKubelets)]);
  const [objects, machines, reports] = await lists.catch((error: unknown) => clusterUnusable(error, readingNeeds));
  return {
    kubeletConfigs: objects.items,
    nodes: machines.items.map(fleetNode),
    nodeKubelets: reports.items,
    time: undefined,
  };
}

/** Reads the objects alone. @throws CommandFailure if the API server does not give them */
export async function readObjects(api: KubernetesApi): Promise<readonly KubeletConfig[]> {
  return (await api.list(kubeletConfigs).catch((error: unknown) => clusterUnusable(error, 'list kubeletconfigs'))).items;
}

/** @throws CommandFailure with the nearest name if there is no such object */
export function objectNamed(name: string, objects: readonly KubeletConfig[]): KubeletConfig {
  const found = objects.find(({ metadata }) => metadata.name === name);
  if (found) return found;
  const names = objects.map(({ metadata }) => metadata.name).sort();
  const near = nearest(name, names);
  const remedy = near === undefined ? listing(names) : `did you mean ${near}?`;
  throw new CommandFailure(exitCodes.usage, `the cluster has no KubeletConfig ${name}`, remedy);
}

const mostListed = 10;

function listing(names: readonly string[]): string {
  if (names.length === 0) return 'check that the credentials are for the cluster that you mean: it has no KubeletConfig at all';
  const more = names.length > mostListed ? ` and ${names.length - mostListed} more` : '';
  return `it has ${names.slice(0, mostListed).join(', ')}${more}`;
}

/** @throws CommandFailure if the command was not told of which object it is */
export function onlyName(name: string | undefined, command: string): string {
  if (name !== undefined) return name;
  const remedy = `name it, as in kubelet-config ${command} workers; kubelet-config rollout status shows all`;
  throw new CommandFailure(exitCodes.usage, 'it is not said which KubeletConfig', remedy);
}
