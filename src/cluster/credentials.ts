/**
 * Who we are to the API server. Everything about kubeconfigs, tokens that change and plugins that make them is `@kubernetes/client-node`'s;
 * here is only where to look, and when to look again.
 */

import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import type { Agent } from 'node:http';
import type { RequestOptions } from 'node:https';
import { isIPv6 } from 'node:net';
import { delimiter, join } from 'node:path';
// The package's index also imports what talks to pods and a model of every kind: 6 MiB that nobody here uses.
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { CredentialsError } from './credentials-error.ts';
import { readKubeconfigs } from './kubeconfig.ts';

export interface Credentials {
  /** Where they come from, for people. */
  readonly origin: string;
  /** Of the pod, or of the context. */
  readonly namespace: string | undefined;
  /** Reads tokens, certificates and plugins' answers as they are now. Whoever asks meanwhile waits for the same answer. */
  current(): Promise<CurrentCredentials>;
  /** The server does not take them: whatever was kept of them is read anew next time. */
  forget(): void;
}

export interface CurrentCredentials {
  /** `https://10.0.0.1:6443`, perhaps with a path; no slash at its end. */
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `user:password` */
  readonly auth?: string;
  /** Goes by the kubeconfig's proxy; made anew for every call. */
  readonly agent: Agent;
  /** Two that are equal may share their connections. */
  readonly connection: string;
}

export interface CredentialsSource {
  /** A path given by a person; nothing else is looked at then. */
  readonly kubeconfig?: string;
  readonly context?: string;
  /** KUBERNETES_SERVICE_HOST and _PORT, KUBECONFIG, HOME. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where a pod finds its token, certificate and namespace; only tests have it elsewhere. */
  readonly serviceAccountDirectory?: string;
}

const serviceAccountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Looks in this order and stops at the first: the file given; the pod's service account; KUBECONFIG; ~/.kube/config.
 * @throws CredentialsError when there are none, or a file cannot be used
 */
export function loadCredentials(source: CredentialsSource): Credentials {
  const { origin, load } = locate(source);
  return keepCredentials(origin, () => {
    const config = new KubeConfig();
    config.loadFromOptions(load());
    return config;
  });
}

type LoadOptions = Parameters<KubeConfig['loadFromOptions']>[0];

function locate(source: CredentialsSource): { readonly origin: string; readonly load: () => LoadOptions } {
  const { kubeconfig, context, environment } = source;
  const fromFiles = (paths: readonly string[]) => ({ origin: paths.join(', '), load: () => readKubeconfigs(paths, context) });
  if (kubeconfig !== undefined) return fromFiles([kubeconfig]);
  if (environment['KUBERNETES_SERVICE_HOST']) {
    const directory = source.serviceAccountDirectory ?? serviceAccountDirectory;
    return { origin: directory, load: () => inCluster(directory, environment) };
  }
  const listed = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  const paths = listed.length > 0 ? listed : [join(environment['HOME'] ?? '/', '.kube', 'config')];
  const present = paths.filter((path) => existsSync(path));
  if (present.length > 0) return fromFiles(present);
  const remedy = 'give a kubeconfig with --kubeconfig, or run in a pod with a service account';
  const where = listed.length > 0 ? `KUBECONFIG names ${listed.join(delimiter)}` : `there is no ${paths[0]}`;
  throw new CredentialsError(paths[0] ?? '', `no credentials for an API server: not in a pod, and ${where}`, remedy);
}

function inCluster(directory: string, environment: CredentialsSource['environment']): LoadOptions {
  const tokenFile = join(directory, 'token');
  const caFile = join(directory, 'ca.crt');
  for (const path of [tokenFile, caFile]) {
    try {
      accessSync(path, constants.R_OK);
    } catch (error) {
      const reason = `KUBERNETES_SERVICE_HOST is set, as in a pod, but ${path} cannot be read`;
      const remedy = 'let the pod mount a service account token (automountServiceAccountToken), or give --kubeconfig';
      throw new CredentialsError(path, reason, remedy, { cause: error });
    }
  }
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? '';
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${environment['KUBERNETES_SERVICE_PORT'] || '443'}`;
  return {
    clusters: [{ name: 'pod', server, caFile, skipTLSVerify: false }],
    users: [{ name: 'pod', authProvider: { name: 'tokenFile', config: { tokenFile } } }],
    contexts: [{ name: 'pod', cluster: 'pod', user: 'pod', namespace: contentOf(join(directory, 'namespace')) }],
    currentContext: 'pod',
  };
}

/** Some hand-made service account volumes have no such file. */
function contentOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

/** kube-apiserver closes what is idle for 90 s: to be first spares us a request into a closing connection. */
const idleMilliseconds = 60_000;

/** How long the answer of a plugin is used again: one without an expiry would be asked for with a new process for every request. */
const pluginMilliseconds = 10_000;
/** Who asks after so long does not wait for a plugin that hangs, but has another begin. */
const longestQuestion = 60_000;

function keepCredentials(origin: string, load: () => KubeConfig): Credentials {
  let config: KubeConfig | undefined = load();
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace;
  let latest: { readonly answer: Promise<CurrentCredentials>; readonly until: () => number } | undefined;

  function ask(): Promise<CurrentCredentials> {
    let until = performance.now() + longestQuestion;
    const answer = read();
    latest = { answer, until: () => until };
    answer.then(
      () => {
        until = config?.getCurrentUser()?.exec ? performance.now() + pluginMilliseconds : 0;
      },
      () => {
        until = 0;
      },
    );
    return answer;
  }

  async function read(): Promise<CurrentCredentials> {
    try {
      // With caches of its own inside: a new one has none.
      config ??= load();
      const options: RequestOptions = { timeout: idleMilliseconds };
      await config.applyToHTTPSOptions(options);
      return { server: (config.getCurrentCluster()?.server ?? '').replace(/\/+$/, ''), ...shown(options) };
    } catch (error) {
      if (error instanceof CredentialsError) throw error;
      const reason = error instanceof Error ? error.message.trim() : String(error);
      const remedy = 'check the files and the plugin that are named there';
      throw new CredentialsError(origin, `no credentials from ${origin}: ${reason}`, remedy, { cause: error });
    }
  }

  return {
    origin,
    namespace,
    current: () => (latest !== undefined && performance.now() < latest.until() ? latest.answer : ask()),
    forget() {
      config = undefined;
      latest = undefined;
    },
  };
}

function shown(options: RequestOptions): Omit<CurrentCredentials, 'server'> {
  const { headers, auth, agent, ca, cert, key, servername, rejectUnauthorized } = options;
  if (typeof agent !== 'object') throw new Error('the credentials came without a connection');
  const texts = Object.entries(headers ?? {}).map(([name, value]) => [name, String(value).trim()]);
  return {
    headers: Object.fromEntries(texts),
    ...(typeof auth === 'string' && { auth }),
    agent,
    connection: JSON.stringify([ca, cert, key, servername, rejectUnauthorized].map((part) => String(part ?? ''))),
  };
}
