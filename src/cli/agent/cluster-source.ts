/**
 * Objects, labels and permission from an API server; the outcome goes into the node's NodeKubelet and, where a person should see it, into
 * an Event on the Node. Before the cluster knows the node a directory can stand in for it.
 */

import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { type AgentWatch, watchForAgent } from '../../cluster/agent-watch.ts';
import { CredentialsError } from '../../cluster/credentials-error.ts';
import { ApiError, type KubernetesApi } from '../../cluster/kubernetes-api.ts';
import { linkNodeKubelet, type NodeKubeletLink } from '../../cluster/node-kubelet.ts';
import { whoAmI } from '../../cluster/resources.ts';
import type { ObjectReference } from '../../desired/effective.ts';
import { type OpenMachine, systemClock } from '../../host/machine.ts';
import { readJournal } from '../../node/journal.ts';
import type { Outcome } from '../../node/reconcile.ts';
import { nodeStatus, rfc3339 } from '../../node/report.ts';
import { readCluster } from '../../source/cluster.ts';
import type { Validate } from '../../source/load.ts';
import type { AgentSource, Inquiry } from './source.ts';

export interface ClusterSourceOptions {
  /** Called again until it succeeds: a kubeconfig may not be there yet. */
  readonly connect: () => KubernetesApi;
  readonly nodeName: string | undefined;
  readonly unit: string;
  readonly validate: Validate;
  /** Stands in as long as the cluster has not shown this node and nothing on the host came from it. */
  readonly bootstrap: AgentSource | undefined;
  readonly onChange: () => void;
  readonly log: Logger;
}

interface Session {
  readonly watch: AgentWatch;
  readonly link: NodeKubeletLink;
}

export function clusterSource(options: ClusterSourceOptions): AgentSource {
  const { bootstrap, onChange, log, unit } = options;
  const validate = remembering(options.validate);
  let session: Session | undefined;
  let selected: readonly ObjectReference[] | undefined;
  let driftRepairs = 0;

  const openSession = async (): Promise<Session> => {
    const api = options.connect();
    const nodeName = (options.nodeName ?? (await nameFromServer(api))).toLowerCase();
    const watch = watchForAgent({ api, nodeName, onChange, clock: systemClock, random: Math.random, onError: onceEach(log) });
    log.info({ node: nodeName }, 'this node');
    return { watch, link: linkNodeKubelet(api, watch.nodeKubelet, () => rfc3339(Date.now())) };
  };

  const ask = async (machine: OpenMachine): Promise<Inquiry> => {
    const problem = await connected();
    if (session === undefined) return (await standIn(machine)) ?? nobody(problem ?? 'not connected');
    const view = session.watch.view();
    const snapshot = readCluster(view, validate);
    selected = snapshot.selected?.map(({ metadata: { name, uid = '', generation = 0 } }) => ({ name, uid, generation }));
    if (snapshot.selected === undefined) {
      const instead = await standIn(machine);
      if (instead) return instead;
    }
    const { link } = session;
    return {
      source: snapshot.answer,
      labels: snapshot.labels,
      authority: { permission: link.permission(randomUUID()), claim: link.claim },
    };
  };

  /** Why there is no session, if there is none. */
  const connected = async (): Promise<string | undefined> => {
    try {
      session ??= await openSession();
      return undefined;
    } catch (error) {
      if (error instanceof ApiError || error instanceof CredentialsError || error instanceof NamelessError) return error.message;
      throw error;
    }
  };

  const standIn = async (machine: OpenMachine): Promise<Inquiry | undefined> => {
    if (bootstrap === undefined) return undefined;
    const { committed } = await readJournal(machine.files);
    if (committed?.inputs?.objects.some(({ uid }) => uid !== '')) return undefined;
    const inquiry = await bootstrap.ask(machine);
    const permission = {
      kind: 'Controller',
      request: undefined,
      claimed: undefined,
      approval: undefined,
      isUnregistered: true,
      newId: randomUUID(),
    } as const;
    const why = 'the cluster does not know this node yet';
    return { ...inquiry, authority: { permission, claim: async () => ({ kind: 'NotClaimed', why }) } };
  };

  const report = async (outcome: Outcome, machine: OpenMachine): Promise<void> => {
    if (outcome.kind === 'Changed' && outcome.result.kind === 'Committed' && outcome.reason === 'Drift') driftRepairs += 1;
    const node = session?.watch.view().node;
    if (session === undefined || node === undefined || typeof node === 'string') return;
    const { link } = session;
    const facts = {
      outcome,
      journal: await readJournal(machine.files),
      unit: await machine.systemd.status(unit),
      desired: selected,
      kubeletVersion: node.kubeletVersion,
      driftRepairs,
      now: rfc3339(Date.now()),
    };
    const result = await link.report(node, (previous, generation) => nodeStatus({ ...facts, previous, generation }));
    if (result === 'Written') driftRepairs = 0;
  };

  return {
    origin: 'cluster',
    ask,
    report,
    close: async () => {
      await session?.watch.stop();
      await bootstrap?.close();
    },
  };
}

function nobody(reason: string): Inquiry {
  const remedy = 'the node keeps what it has; it is tried again';
  const problem = { severity: 'error', code: 'SourceLost', path: [], reason, remedy } as const;
  return {
    source: { kind: 'Unknown', problems: [problem] },
    labels: {},
    authority: {
      permission: {
        kind: 'Controller',
        request: undefined,
        claimed: undefined,
        approval: undefined,
        isUnregistered: false,
        newId: randomUUID(),
      },
      claim: async () => ({ kind: 'NotClaimed', why: reason }),
    },
  };
}

/** The credentials are of no node, and nobody has said which one this is. */
class NamelessError extends Error {
  override readonly name = 'NamelessError';
}

/** The name that the admission policy will hold us to: a kubelet's own certificate or a token that is bound to a pod or node says it. */
async function nameFromServer(api: KubernetesApi): Promise<string> {
  const user = await whoAmI(api);
  const [, ofCertificate] = /^system:node:(.+)$/.exec(user?.username ?? '') ?? [];
  const name = ofCertificate ?? user?.extra?.['authentication.kubernetes.io/node-name']?.[0];
  if (name !== undefined) return name;
  throw new NamelessError(
    `the API server knows us as ${user?.username ?? 'nobody'}, which is no node: give the name of the Node with --node-name`,
  );
}

/** A server that stays away is a line in the log, not one for every try. */
function onceEach(log: Logger) {
  const said = new Map<string, string>();
  return (plural: string, error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    if (said.get(plural) === message) return;
    said.set(plural, message);
    log.warn({ watching: plural }, message);
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
