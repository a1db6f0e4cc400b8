/** Whether a Node is Ready, read from the API server: what a watch has seen may be old. */

import type { NodeReadiness } from '../node/ports/node-readiness.ts';
import { ApiError, type KubernetesApi } from './kubernetes-api.ts';
import { nodes } from './resources.ts';

/** Reads the Node's condition Ready. An API server that fails is `Unreachable`, not an error. */
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
      // The kubelet runs on this machine, so both times are by the same clock.
      heartbeatAge: Date.now() - Date.parse(heartbeat),
    };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.code === 'NotFound' ? { kind: 'Absent' } : { kind: 'Unreachable', reason: error.message };
  }
}
