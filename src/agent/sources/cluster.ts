/**
 * Objects, labels and permission from an API server; the outcome goes into the node's NodeKubelet and, where a person should see it, into
 * an Event on the Node. Before the cluster knows the node a directory can stand in for it.
 */

import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { hideInReason } from '../../api/hide-secrets.ts';
import { type AgentWatch, watchForAgent } from '../../cluster/agent-watch.ts';
import { EventRecorder } from '../../cluster/event-recorder.ts';
import type { KubernetesApi } from '../../cluster/kubernetes-api.ts';
import { linkNodeKubelet, type NodeKubeletLink } from '../../cluster/node-kubelet.ts';
import { readiness } from '../../cluster/node-readiness.ts';
import type { ObjectReference } from '../../desired/effective.ts';
import { type OpenMachine, systemClock } from '../../host/machine.ts';
import { logOnce } from '../../loop/log-once.ts';
import { rfc3339 } from '../../loop/time.ts';
import type { Validate } from '../../manifest/load.ts';
import type { Outcome } from '../../node/model/outcome.ts';
import { isRepair } from '../../node/model/outcome.ts';
import type { Authority } from '../../node/model/permission.ts';
import { SystemdError } from '../../node/ports/systemd.ts';
import { describeOutcome } from '../../node/report/describe-outcome.ts';
import { nodeStatus } from '../../node/report/status.ts';
import { readJournal } from '../../node/transaction/journal.ts';
import { readCluster, validateStored } from './cluster-view.ts';
import { type ConnectError, nameFromServer, untilConnected } from './connect.ts';
import type { AgentSource, SourceSnapshot } from './source.ts';

export interface ClusterSourceOptions {
  /** Called again until it succeeds: a kubeconfig may not be there yet. */
  readonly connect: () => KubernetesApi;
  readonly nodeName: string | undefined;
  readonly unit: string;
  readonly validate: Validate;
  /** Stands in as long as the cluster has nothing for this node and nothing on the host came from it. */
  readonly bootstrap: AgentSource | undefined;
  readonly onChange: () => void;
  readonly log: Logger;
}

interface Session {
  readonly api: KubernetesApi;
  readonly watch: AgentWatch;
  readonly link: NodeKubeletLink;
  readonly events: EventRecorder;
  /** Resolves when what was recorded has been sent. */
  close(): Promise<void>;
}

export function clusterSource(options: ClusterSourceOptions): AgentSource {
  const { bootstrap, onChange, log, unit } = options;
  const validate = remembering(validateStored(options.validate));
  let session: Session | undefined;
  let selected: readonly ObjectReference[] | undefined;
  let driftRepairs = 0;

  const openSession = async (): Promise<Session> => {
    const api = options.connect();
    const nodeName = (options.nodeName ?? (await nameFromServer(api))).toLowerCase();
    const watch = watchForAgent({ api, nodeName, onChange, clock: systemClock, random: Math.random, onError: logOnce(log) });
    log.info({ node: nodeName }, 'this node');
    const events = new EventRecorder({
      api,
      clock: systemClock,
      random: Math.random,
      reportingController: 'kubelet-config.dev/agent',
      reportingInstance: nodeName,
    });
    const closing = new AbortController();
    const sent = events.run(closing.signal);
    const close = async () => {
      await watch.stop();
      closing.abort();
      await sent;
    };
    const link = linkNodeKubelet({ api, cache: watch.nodeKubelet, now: () => rfc3339(Date.now()), onChange });
    return { api, watch, link, events, close };
  };

  const ask = async (machine: OpenMachine): Promise<SourceSnapshot> => {
    await connecting.tried;
    if (session === undefined) return (await fromBootstrap(machine, unregistered)) ?? unanswered(connecting.trouble());
    const { api, watch, link } = session;
    await watch.settled;
    const view = watch.view();
    const { answer, labels, selected: found } = readCluster(view, validate);
    selected = found?.map(({ metadata: { name, uid = '', generation = 0 } }) => ({ name, uid, generation }));
    const node = typeof view.node === 'string' ? undefined : view.node;
    const authority = { permission: link.permission(node, randomUUID()), claim: link.claim };
    const isAsked = found === undefined || found.length === 0;
    const instead = isAsked ? await fromBootstrap(machine, found === undefined ? unregistered : authority) : undefined;
    const readNodeReadiness = node && (() => readiness(api, node.name));
    return { ...(instead ?? { source: answer, labels, authority }), hold: node?.hold, readNodeReadiness };
  };

  /** What was begun from the directory is not withdrawn because the cluster has nothing for this node yet. */
  const fromBootstrap = async (machine: OpenMachine, authority: Authority): Promise<SourceSnapshot | undefined> => {
    if (bootstrap === undefined) return undefined;
    const { committed } = await readJournal(machine.files);
    const isOfDirectory = committed?.inputs?.objects.every(({ uid }) => uid === '') ?? committed === undefined;
    return isOfDirectory ? { ...(await bootstrap.ask(machine)), authority } : undefined;
  };

  const report = async (outcome: Outcome, machine: OpenMachine): Promise<void> => {
    if (isRepair(outcome)) driftRepairs += 1;
    const node = session?.watch.view().node;
    if (session === undefined || node === undefined || typeof node === 'string') return;
    const { link, events } = session;
    const event = eventOf(outcome);
    if (event) events.record({ ...event, regarding: { apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid } });
    const facts = {
      outcome,
      journal: await readJournal(machine.files),
      unit: await machine.systemd.status(unit).catch(ignoreSystemd),
      desired: selected,
      kubeletVersion: node.kubeletVersion,
      driftRepairs,
      now: rfc3339(Date.now()),
    };
    const result = await link.report(node, (previous, generation) => nodeStatus({ ...facts, previous, generation }));
    if (result === 'Written') driftRepairs = 0;
  };

  const connecting = untilConnected(async () => {
    session = await openSession();
    onChange();
  });
  return {
    origin: 'cluster',
    ask,
    report,
    close: async () => {
      await connecting.stop();
      await session?.close();
      await bootstrap?.close();
    },
  };
}

/** Of a machine that the cluster has not shown yet. */
const unregistered = unasked(true, 'the cluster does not know this node yet');

function unanswered({ reason, remedy }: ConnectError): SourceSnapshot {
  const problem = { severity: 'error', code: 'SourceLost', path: [], reason, remedy } as const;
  return { source: { kind: 'Unknown', problems: [problem] }, labels: {}, authority: unasked(false, reason) };
}

/** A controller is to be asked, and cannot be. */
function unasked(isUnregistered: boolean, why: string): Authority {
  const nothing = { request: undefined, claimed: undefined, approval: undefined };
  return {
    permission: { kind: 'Controller', ...nothing, isUnregistered, newId: randomUUID() },
    claim: async () => ({ kind: 'NotClaimed', why }),
  };
}

/** An object is the same one until it is edited, and takes milliseconds to validate. */
function remembering(validate: Validate): Validate {
  const found = new WeakMap<object, ReturnType<Validate>>();
  return (value) => {
    if (typeof value !== 'object' || value === null) return validate(value);
    const known = found.get(value) ?? validate(value);
    found.set(value, known);
    return known;
  };
}

/** Of a bus that is down the report itself is to tell. */
function ignoreSystemd(error: unknown): undefined {
  if (!(error instanceof SystemdError)) throw error;
}

/** What a person who looks at the Node should see; the NodeKubelet says everything else. */
function eventOf(outcome: Outcome) {
  if (outcome.kind !== 'Changed' || outcome.result.kind === 'Refused') return undefined;
  const isFine = outcome.result.kind === 'Committed';
  const note = hideInReason(describeOutcome(outcome).join('; '));
  return { type: isFine ? 'Normal' : 'Warning', reason: `KubeletConfig${outcome.result.kind}`, action: 'Apply', note } as const;
}
