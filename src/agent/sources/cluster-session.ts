/** Everything that the agent has open with one API server: its watches, its NodeKubelet, its events. */

import type { Logger } from 'pino';
import { type AgentWatch, watchForAgent } from '../../cluster/agent-watch.ts';
import { EventRecorder } from '../../cluster/event-recorder.ts';
import type { KubernetesApi } from '../../cluster/kubernetes-api.ts';
import { linkNodeKubelet, type NodeKubeletLink } from '../../cluster/node-kubelet.ts';
import { systemClock } from '../../loop/clock.ts';
import { logOnce } from '../../loop/log-once.ts';
import { now } from '../../loop/now.ts';
import { nameFromServer } from './connect.ts';

export interface ClusterSession {
  readonly api: KubernetesApi;
  readonly watch: AgentWatch;
  readonly link: NodeKubeletLink;
  readonly events: EventRecorder;
  /** Resolves when the recorded events have been sent. */
  close(): Promise<void>;
}

export interface ClusterSessionOptions {
  /** @throws CredentialsError while there is no kubeconfig */
  readonly connect: () => KubernetesApi;
  /** Name of the Node; if undefined, the API server is asked who we are. */
  readonly nodeName: string | undefined;
  readonly onChange: () => void;
  readonly log: Logger;
}

/** @throws CredentialsError, ApiError, or NamelessError if it is not known which node this is */
export async function openSession({ connect, nodeName: given, onChange, log }: ClusterSessionOptions): Promise<ClusterSession> {
  const api = connect();
  const nodeName = (given ?? (await nameFromServer(api))).toLowerCase();
  const common = { api, clock: systemClock, random: Math.random };
  const watch = watchForAgent({ ...common, nodeName, onChange, onError: logOnce(log) });
  log.info({ node: nodeName }, 'this node');
  const reporter = { reportingController: 'kubelet-config.dev/agent', reportingInstance: nodeName };
  const events = new EventRecorder({ ...common, ...reporter });
  const closing = new AbortController();
  const sent = events.run(closing.signal);
  return {
    api,
    watch,
    link: linkNodeKubelet({ api, cache: watch.nodeKubelet, now, onChange }),
    events,
    close: async () => {
      await watch.stop();
      closing.abort();
      await sent;
    },
  };
}
