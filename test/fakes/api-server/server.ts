/**
 * The API server as a double for tests: a real HTTP server on this machine that answers as kube-apiserver 1.36 does, keeps everything in
 * memory, counts what it is asked, and fails in any way that a test asks for. The contract suite of the client runs against it and
 * against a real one.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { builtInResources } from './built-in.ts';
import { type DirectAccess, directAccess } from './direct.ts';
import { exchange, type NodeReadinessProbe } from './exchange.ts';
import { type EventMatch, type Misfortune, Misfortunes, type Mishap, type RequestMatch } from './misfortune.ts';
import type { RequestRecord } from './request-record.ts';
import { resourcesOf } from './resource.ts';
import { Store } from './store.ts';
import type { User } from './user.ts';

export interface ApiServerOptions {
  /** CustomResourceDefinitions, parsed. */
  readonly crds?: readonly object[];
  /** How often a watch that allows bookmarks gets one; 60000 by default. */
  readonly bookmarkMilliseconds?: number;
  /** For creationTimestamp and the like. */
  readonly now?: () => number;
}

export interface ApiServerDouble extends DirectAccess {
  readonly url: string;
  /** Who has which token. May be changed at any time. */
  readonly tokens: Map<string, User>;
  /** Of `system:masters`. */
  readonly adminToken: string;
  /** All since the start, in the order in which they came; the entries are live. */
  readonly requests: readonly RequestRecord[];
  /** How many watches are open. */
  readonly watches: number;
  /** For this server, with the administrator's token unless another is given. */
  kubeconfig(token?: string): string;
  /** Befalls the next requests that match. */
  misbehave(match: RequestMatch, misfortune: Misfortune): Mishap;
  loseEvents(match?: EventMatch): Mishap;
  repeatEvents(match?: EventMatch): Mishap;
  /** In good order, as after timeoutSeconds. */
  endWatches(): void;
  /** They stay open and nothing comes any more, not even their end. */
  silenceWatches(): void;
  /** Without a word, those with open watches too. */
  cutConnections(): void;
  /** Forgets history: every resourceVersion and continue token given out so far is too old. */
  compact(): void;
  /** Cuts all connections and refuses new ones; what is stored stays. */
  stop(): Promise<void>;
  /** After `stop`, at the same address. */
  restart(): Promise<void>;
}

export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServerDouble> {
  const { crds = [], bookmarkMilliseconds = 60_000, now = Date.now } = options;
  const adminToken = randomBytes(16).toString('hex');
  const tokens = new Map<string, User>([[adminToken, { username: 'admin', groups: ['system:masters'] }]]);
  const shared: NodeReadinessProbe = {
    store: new Store(),
    resources: [...builtInResources, ...crds.flatMap(resourcesOf)],
    tokens,
    misfortunes: new Misfortunes(),
    watches: new Set(),
    records: [],
    bookmarkMilliseconds,
    now,
    uid: randomUUID,
  };
  const { store, watches, misfortunes, records } = shared;
  const direct = directAccess(shared);
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
    direct.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }

  const server = createServer((request, response) => {
    exchange(shared, request, response).catch((error: unknown) => {
      // A client that breaks off is no news; everything else is a mistake in here, and an answer like that of a server that panics.
      if (!response.destroyed) response.writeHead(500).end(String(error instanceof Error ? error.stack : error));
    });
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const url = `http://127.0.0.1:${port}`;

  return {
    ...direct,
    url,
    tokens,
    adminToken,
    requests: records,
    // What is spread above would be its value at this moment.
    get resourceVersion() {
      return direct.resourceVersion;
    },
    get watches() {
      return watches.size;
    },
    kubeconfig: (token = adminToken) => kubeconfigText(url, token),
    misbehave: (match, misfortune) => misfortunes.add(match, misfortune),
    loseEvents: (match = {}) => misfortunes.addToEvents(match, 0),
    repeatEvents: (match = {}) => misfortunes.addToEvents(match, 2),
    endWatches: () => {
      for (const watch of [...watches]) watch.end();
    },
    silenceWatches: () => {
      for (const watch of watches) watch.silence();
    },
    cutConnections: () => server.closeAllConnections(),
    compact: () => store.compact(),
    stop: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
    restart: async () => {
      await listen(port);
    },
  };
}

function kubeconfigText(server: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'double',
    clusters: [{ name: 'double', cluster: { server } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'double', context: { cluster: 'double', user: 'test' } }],
  });
}
