/** Our own two resources, as the API server serves them. */

import { nodeKubeletKind } from '../api/schema/node-kubelet.ts';
import { apiVersion, kind } from '../api/schema/schema.ts';
import type { KubeletConfig, NodeKubelet } from '../api/types.ts';
import type { Resource } from './kubernetes-api.ts';

export const kubeletConfigs: Resource<KubeletConfig> = { apiVersion, kind, plural: 'kubeletconfigs' };
export const nodeKubelets: Resource<NodeKubelet> = { apiVersion, kind: nodeKubeletKind, plural: 'nodekubelets' };
