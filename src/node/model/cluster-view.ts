/** The answers of the API server about one node at one moment. `src/cluster` provides it. */

import type { KubeletConfig, Labels } from '../../api/types.ts';
import type { Hold } from './hold.ts';

/** The part of a Node object that the agent reads. */
export interface NodeSeen {
  readonly name: string;
  readonly uid: string;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly kubeletVersion: string | undefined;
  readonly hold?: Hold | undefined;
  /** RFC 3339, by the clock of the API server. */
  readonly createdAt?: string | undefined;
}

/** The latest answers of the API server that concern one node. */
export interface ClusterView {
  /** Undefined until the objects have been listed once. */
  readonly kubeletConfigs: readonly KubeletConfig[] | undefined;
  /** NotListed: the Node has not been looked up yet. Missing: the API server has no Node of this name. */
  readonly node: NodeSeen | 'NotListed' | 'Missing';
  readonly nodeName: string;
  /** The message of the latest error; undefined if there was none. */
  readonly connectError: string | undefined;
}
