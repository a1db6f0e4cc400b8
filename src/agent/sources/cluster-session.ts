/** Everything that the agent has open with one API server: its watches, its NodeKubelet, its events. */

import type { Logger } from 'pino';
import { type AgentWatch, watchForAgent } from '../../cluster/agent-watch.ts';
import { EventRecorder } from '../../cluster/event-recorder.ts';
import type { KubernetesApi } from '../../cluster/kubernetes-api.ts';
import { linkNodeKubelet, type NodeKubeletLink } from '../../cluster/node-kubelet.ts';
import type { LinkOptions } from '../../cluster/own-node-kubelet.ts';
import { systemClock } from '../../loop/clock.ts';
import { logOnce } from '../../loop/log-once.ts';
import { now } from '../../loop/now.ts';
import type { ReadKubeletCredentials } from '../../node/ports/running-kubelet.ts';
import { nameFromServer } from './connect.ts';

/** The API server, and the same credentials for the kubelet of this node. */
export interface ClusterConnection {
  readonly api: KubernetesApi;
  readonly kubeletCredentials: ReadKubeletCredentials;
}

export interface ClusterSession extends ClusterConnection {
  readonly watch: AgentWatch;
  readonly link: NodeKubeletLink;
  readonly events: EventRecorder;
  /** Resolves when the recorded events have been sent. */
  close(): Promise<void>;
}

export interface ClusterSessionOptions {
  /** @throws CredentialsError while there is no kubeconfig */
  readonly connect: () => ClusterConnection;
  /** The Lease of the controller whose approvals count. */
  readonly lease: LinkOptions['lease'];
  /** Name of the Node; if undefined, the API server is asked who we are. */
  readonly nodeName: string | undefined;
  readonly onChange: () => void;
  readonly log: Logger;
}

/** @throws CredentialsError, ApiError, or NamelessError if it is not known which node this is */
export async function openSession(options: ClusterSessionOptions): Promise<ClusterSession> {
  const { connect, lease, nodeName: given, onChange, log } = options;
  const { api, kubeletCredentials } = connect();
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
    kubeletCredentials,
    watch,
    link: linkNodeKubelet({ api, cache: watch.nodeKubelet, lease, now, onChange }),
    events,
    close: async () => {
      await watch.stop();
      closing.abort();
      await sent;
    },
  };
}
