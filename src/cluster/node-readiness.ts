/** Whether a Node is Ready and since when that has been known, read from the API server itself: what a watch has seen may be old. */

import type { NodeReadiness } from '../node/ports/node-readiness.ts';
import { ApiError, type KubernetesApi } from './kubernetes-api.ts';
import { nodes } from './resources.ts';

export async function readiness(api: KubernetesApi, nodeName: string): Promise<NodeReadiness> {
  try {
    const { status } = await api.get(nodes, nodeName);
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    if (!ready?.lastHeartbeatTime) return { kind: 'Absent' };
    const { lastHeartbeatTime: heartbeat, reason = '', message = '' } = ready;
    return {
      kind: 'Seen',
      isReady: ready.status === 'True',
      message: message || reason || `its condition Ready is ${ready.status}`,
      heartbeat,
      // By the clock of this machine, which is the one that the kubelet has written it by.
      heartbeatAge: Date.now() - Date.parse(heartbeat),
    };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.code === 'NotFound' ? { kind: 'Absent' } : { kind: 'Unreachable', reason: error.message };
  }
}
