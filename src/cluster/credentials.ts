/**
 * Credentials for the API server: where they are found, and when they are read again.
 * `@kubernetes/client-node` does the rest: tokens that change, and plugins that make them.
 */

import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import type { Agent } from 'node:http';
import type { RequestOptions } from 'node:https';
import { isIPv6 } from 'node:net';
import { delimiter, join } from 'node:path';
// The index of the package also imports exec into pods and a model of every kind: 6 MiB that we do not use.
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { CredentialsError } from './credentials-error.ts';
import { readKubeconfigs } from './kubeconfig.ts';

export interface Credentials {
  /** Files or directory that they come from, for messages. */
  readonly origin: string;
  /** The namespace of the pod, or of the context. */
  readonly namespace: string | undefined;
  /**
   * Reads tokens and certificates, and asks plugins. Calls at the same time share one answer.
   * @throws CredentialsError
   */
  current(): Promise<CurrentCredentials>;
  /** Call this when the server refused them (401): the next call reads everything anew. */
  forget(): void;
}

export interface CurrentCredentials {
  /** `https://10.0.0.1:6443`, perhaps with a path; no slash at its end. */
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For basic authentication: `user:password`. */
  readonly auth?: string;
  /** The client certificate with its key, as PEM. The agent has it already. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** Uses the proxy that the kubeconfig names. Each call makes a new one. */
  readonly agent: Agent;
  /** If this text is equal, connections may be shared: same certificates, same server name. */
  readonly connection: string;
}

export interface CredentialsSource {
  /** The path that a person gave. Then no other place is tried. */
  readonly kubeconfig?: string;
  readonly context?: string;
  /** Read are KUBERNETES_SERVICE_HOST and _PORT, KUBECONFIG, HOME. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where a pod finds its token, certificate and namespace. Only tests set it. */
  readonly serviceAccountDirectory?: string;
}

const serviceAccountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Takes the first of these that exists: the given file; the service account of the pod; KUBECONFIG;
 * ~/.kube/config.
 * @throws CredentialsError when there are no credentials, or a file cannot be used
 */
export function loadCredentials(source: CredentialsSource): Credentials {
  const { origin, load } = locate(source);
  return new KeptCredentials(origin, () => {
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
  throw new CredentialsError(paths[0] ?? '', `found no credentials for an API server: this is not a pod, and ${where}`, remedy);
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

/** Undefined if the file does not exist: some hand-made service account volumes have no namespace. */
function contentOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

/**
 * kube-apiserver closes connections that are idle for 90 s. We close them earlier, so no request meets a
 * closing one.
 */
const idleMilliseconds = 60_000;

/**
 * How long the answer of a plugin is used again. Without this, an answer without expiry would cost a process
 * per request.
 */
const pluginMilliseconds = 10_000;
/** After this time a plugin counts as hanging: the next call starts it again instead of waiting. */
const longestQuestion = 60_000;

/** Reads credentials when they are needed, and keeps them as long as they may be used again. */
class KeptCredentials implements Credentials {
  readonly origin: string;
  readonly namespace: string | undefined;
  readonly #load: () => KubeConfig;
  /** Has caches of its own. Undefined: load it anew. */
  #config: KubeConfig | undefined;
  #latest: Promise<CurrentCredentials> | undefined;
  /** Until when `latest` is shared, by the monotonic clock. */
  #sharedUntil = 0;

  constructor(origin: string, load: () => KubeConfig) {
    this.origin = origin;
    this.#load = load;
    const config = load();
    this.#config = config;
    this.namespace = config.getContextObject(config.getCurrentContext())?.namespace;
  }

  current(): Promise<CurrentCredentials> {
    if (this.#latest !== undefined && performance.now() < this.#sharedUntil) return this.#latest;
    const answer = this.#read();
    this.#share(answer, longestQuestion);
    answer.then(
      () => this.#shareAgain(answer, this.#config?.getCurrentUser()?.exec ? pluginMilliseconds : 0),
      () => this.#shareAgain(answer, 0),
    );
    return answer;
  }

  forget(): void {
    this.#config = undefined;
    this.#latest = undefined;
  }

  #share(answer: Promise<CurrentCredentials>, milliseconds: number): void {
    this.#latest = answer;
    this.#sharedUntil = performance.now() + milliseconds;
  }

  /** Unless a later answer has taken its place, or it was forgotten. */
  #shareAgain(answer: Promise<CurrentCredentials>, milliseconds: number): void {
    if (this.#latest === answer) this.#share(answer, milliseconds);
  }

  async #read(): Promise<CurrentCredentials> {
    try {
      this.#config ??= this.#load();
      const config = this.#config;
      const options: RequestOptions = { timeout: idleMilliseconds };
      await config.applyToHTTPSOptions(options);
      return { server: (config.getCurrentCluster()?.server ?? '').replace(/(?<!\/)\/+$/, ''), ...connectionOf(options) };
    } catch (error) {
      if (error instanceof CredentialsError) throw error;
      const reason = error instanceof Error ? error.message.trim() : String(error);
      const remedy = 'check the files and the plugin that this message names';
      throw new CredentialsError(this.origin, `no credentials from ${this.origin}: ${reason}`, remedy, { cause: error });
    }
  }
}

function connectionOf(options: RequestOptions): Omit<CurrentCredentials, 'server'> {
  const { headers, auth, agent, ca, cert, key, servername, rejectUnauthorized } = options;
  if (typeof agent !== 'object') throw new Error('the Kubernetes client library made no connection for these credentials');
  const texts = Object.entries(headers ?? {}).map(([name, value]) => [name, String(value).trim()]);
  return {
    headers: Object.fromEntries(texts),
    ...(typeof auth === 'string' && { auth }),
    ...(cert && key && { certificate: { cert: String(cert), key: String(key) } }),
    agent,
    connection: JSON.stringify([ca, cert, key, servername, rejectUnauthorized].map((part) => String(part ?? ''))),
  };
}
