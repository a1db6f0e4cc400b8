/** What the API server says of one node, at one moment. `src/cluster` provides it. */

import type { KubeletConfig, Labels } from '../../api/types.ts';
import type { Hold } from './hold.ts';

/** As far as the agent looks at it. */
export interface NodeSeen {
  readonly name: string;
  readonly uid: string;
  readonly labels: Labels;
  readonly kubeletVersion: string | undefined;
  readonly hold?: Hold | undefined;
}

export interface ClusterView {
  /** Undefined until they have been listed once. */
  readonly kubeletConfigs: readonly KubeletConfig[] | undefined;
  readonly node: NodeSeen | 'NotListed' | 'Missing';
  readonly nodeName: string;
  /** The message of the latest error; undefined if there was none. */
  readonly connectError: string | undefined;
}
