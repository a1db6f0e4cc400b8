/** The network of a cluster: a bridge that the nodes are plugged into, and on which the API server listens. */

import { serviceAddress } from '../cluster/control-plane.ts';
import { ran } from './outside.ts';

export const bridge = 'nodes';
/** Of this side of the bridge, where the nodes also find the way to all Services. */
export const gateway = '10.99.0.1';
export const nodeAddress = (number: number) => `10.99.0.${10 + number}`;
export const podRange = (number: number) => `10.244.${number}.0/24`;

const ip = (...words: readonly string[]) => ran('ip', words);

/** Without a fixed address of hardware, a bridge takes another one whenever a node comes or goes. */
export async function makeNetwork(nodes: number): Promise<void> {
  await ip('link', 'add', bridge, 'address', '02:00:00:00:00:01', 'type', 'bridge');
  await ip('address', 'add', `${gateway}/24`, 'dev', bridge);
  await ip('address', 'add', `${serviceAddress}/32`, 'dev', bridge);
  await ip('link', 'set', bridge, 'up');
  for (let number = 1; number <= nodes; number += 1) await ip('route', 'add', podRange(number), 'via', nodeAddress(number));
}

export async function removeNetwork(): Promise<void> {
  await ip('link', 'delete', bridge);
}
