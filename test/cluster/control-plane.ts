/**
 * A real kube-apiserver on a real etcd for the cluster tier. Their programs are in $KUBEBUILDER_ASSETS, as
 * for envtest.
 */

import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { call, type Response, type Server } from './call.ts';
import { type Program, scratchDirectory, startListening, startProgram } from './program.ts';

export interface ControlPlane {
  /** `https://127.0.0.1:PORT`, or of the option `pods`. */
  readonly url: string;
  /** Bearer token of an administrator (group system:masters). */
  readonly token: string;
  /** The server's certificate, in PEM. */
  readonly ca: string;
  /** Bearer token of the kubelet of one of `nodes`: system:node:NAME, in the group system:nodes. */
  kubeletToken(node: string): string;
  /** What a controller manager needs beside the kubeconfig, as paths. */
  readonly files: { readonly serviceAccountKey: string; readonly certificate: string };
  /** Path of a kubeconfig for the same administrator. */
  readonly kubeconfig: string;
  /** Never rejects for an exit status. `input` becomes its standard input. */
  kubectl(args: readonly string[], input?: string): Promise<CommandResult>;
  /**
   * Never rejects for an HTTP status. A PATCH is a merge patch. `path` begins with / and may have a query.
   */
  request(method: string, path: string, body?: unknown): Promise<Response>;
  /** The requests so far, from the audit log of the API server. */
  audit(): Promise<readonly AuditEntry[]>;
  /** Kills the API server with all its connections. etcd goes on. */
  stopApiServer(): Promise<void>;
  /** Starts the API server again: same port, certificate, keys and objects. */
  startApiServer(): Promise<void>;
  stop(): Promise<void>;
}

/** One request that was answered, or a watch that ended. */
export interface AuditEntry {
  readonly username: string;
  /** get, list, watch, create, patch, … */
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** HTTP status. */
  readonly code: number;
  readonly userAgent: string;
  /** When it was answered, in milliseconds since the epoch. */
  readonly at: number;
}

export interface ControlPlaneOptions {
  /** The names of the nodes of `kubeletToken`; `machine` alone by default. */
  readonly nodes?: readonly string[];
  /** What the API server shows to kubelets, PEM files; without it `kubectl logs` cannot work. */
  readonly kubeletClient?: { readonly certificate: string; readonly key: string };
  /**
   * For a cluster with pods. The API server listens where pods look for it, at the first address of the Services: no kube-proxy is
   * needed. Both addresses must be this machine's, and the port free: a network of its own. Service accounts work as usual.
   */
  readonly pods?: { readonly advertised: string };
}

/** The first address of `--service-cluster-ip-range`, which every pod has as KUBERNETES_SERVICE_HOST. */
export const serviceAddress = '10.0.0.1';

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts both on free ports of 127.0.0.1. Resolves when /readyz answers and there is a default namespace.
 * Call `stop` in `afterAll`. If the test run ends or is killed before that, they and their directories go
 * with it.
 * @throws Error that says what is missing, or why a program did not start
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const assets = resolve(process.env['KUBEBUILDER_ASSETS'] ?? '');
  await checkPrograms(assets);
  const etcd = await startEtcd(join(assets, 'etcd'));
  try {
    const apiServer = await makeApiServer(join(assets, 'kube-apiserver'), etcd, options);
    const server = await apiServer.start();
    const kubeconfig = join(etcd.directory, 'kubeconfig');
    await writeFile(kubeconfig, kubeconfigText(server), { mode: 0o600 });
    return {
      ...server,
      kubeletToken: (node) => apiServer.kubeletToken(node),
      files: apiServer.files,
      kubeconfig,
      kubectl: (args, input) =>
        run(join(assets, 'kubectl'), ['--kubeconfig', kubeconfig, '--cache-dir', join(etcd.directory, 'cache'), ...args], input),
      request: (method, path, body) => call(server, method, path, body),
      audit: () => apiServer.audit(),
      stopApiServer: () => apiServer.stop(),
      startApiServer: async () => void (await apiServer.start()),
      async stop() {
        await apiServer.stop();
        await etcd.program.stop();
      },
    };
  } catch (error) {
    await etcd.program.stop();
    throw error;
  }
}

async function checkPrograms(assets: string): Promise<void> {
  const missing: string[] = [];
  for (const name of ['etcd', 'kube-apiserver', 'kubectl']) {
    await access(join(assets, name), constants.X_OK).catch(() => missing.push(name));
  }
  if (missing.length === 0) return;
  throw new Error(
    `KUBEBUILDER_ASSETS=${assets} holds no ${missing.join(', no ')} that can be run: name a directory with etcd, kube-apiserver and kubectl, e.g. the one that \`setup-envtest use -p path\` prints`,
  );
}

interface Etcd {
  readonly program: Program;
  readonly url: string;
  /** Removed together with etcd, after everything else. */
  readonly directory: string;
}

function startEtcd(binary: string): Promise<Etcd> {
  const start = async (port: number) => {
    const directory = await scratchDirectory('etcd');
    const url = `http://127.0.0.1:${port}`;
    const program = startProgram(directory, [
      binary,
      `--data-dir=${join(directory, 'data')}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      // A cluster of one member: nothing ever connects there.
      '--listen-peer-urls=http://127.0.0.1:0',
      '--unsafe-no-fsync',
      '--log-level=warn',
    ]);
    return { program, url, directory };
  };
  return startListening('etcd', start, async ({ url }) => (await fetch(`${url}/health`).catch(() => undefined))?.ok === true);
}

interface ApiServer extends Pick<ControlPlane, 'files' | 'kubeletToken'> {
  /** Also starts it again, on the same port. */
  start(): Promise<Server>;
  stop(): Promise<void>;
  audit(): Promise<readonly AuditEntry[]>;
}

async function makeApiServer(
  binary: string,
  etcd: Etcd,
  { nodes = ['machine'], kubeletClient, pods }: ControlPlaneOptions,
): Promise<ApiServer> {
  const token = randomBytes(24).toString('hex');
  const kubeletTokens = new Map(nodes.map((node) => [node, randomBytes(24).toString('hex')]));
  const at = (name: string) => join(etcd.directory, name);
  const tokens = [`${token},admin,admin,"system:masters"`];
  for (const [node, secret] of kubeletTokens) tokens.push(`${secret},system:node:${node},${node},"system:nodes"`);
  const files = { serviceAccountKey: at('service-accounts.key'), certificate: at('apiserver.crt') };
  await writeFile(at('tokens.csv'), `${tokens.join('\n')}\n`, { mode: 0o600 });
  await writeFile(files.serviceAccountKey, signingKey(), { mode: 0o600 });
  await writeFile(at('audit-policy.json'), JSON.stringify(auditPolicy));
  let running: { readonly program: Program; readonly port: number } | undefined;

  const startAt = async (port: number) => {
    const program = startProgram(await scratchDirectory('apiserver'), [
      binary,
      `--etcd-servers=${etcd.url}`,
      `--bind-address=${pods ? '0.0.0.0' : '127.0.0.1'}`,
      `--advertise-address=${pods?.advertised ?? '127.0.0.1'}`,
      `--secure-port=${port}`,
      // It finds its self-signed certificate here, or makes one.
      `--cert-dir=${etcd.directory}`,
      `--token-auth-file=${at('tokens.csv')}`,
      '--authorization-mode=Node,RBAC',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${files.serviceAccountKey}`,
      `--service-account-signing-key-file=${files.serviceAccountKey}`,
      '--service-cluster-ip-range=10.0.0.0/24',
      '--endpoint-reconciler-type=none',
      // Without a controller manager there is no default service account, which this plugin asks for.
      ...(pods ? [] : ['--disable-admission-plugins=ServiceAccount']),
      `--audit-policy-file=${at('audit-policy.json')}`,
      `--audit-log-path=${at('audit.log')}`,
      '--audit-log-mode=blocking',
      '--profiling=false',
      ...(kubeletClient
        ? [`--kubelet-client-certificate=${kubeletClient.certificate}`, `--kubelet-client-key=${kubeletClient.key}`]
        : []),
    ]);
    return { program, port, url: `https://${pods ? serviceAddress : '127.0.0.1'}:${port}`, certificate: files.certificate };
  };

  return {
    files,
    kubeletToken: (node) => {
      const found = kubeletTokens.get(node);
      if (found === undefined) throw new RangeError(`there is no node ${node}`);
      return found;
    },
    start: async () => {
      const earlier = pods ? 443 : running?.port;
      const begin = (free: number) => startAt(earlier ?? free);
      const started = await startListening('kube-apiserver', begin, (candidate) => isReady(candidate, token));
      running = started;
      return { url: started.url, token, ca: await readFile(started.certificate, 'utf8') };
    },
    stop: async () => running?.program.stop(),
    audit: async () => auditEntries(await readFile(at('audit.log'), 'utf8')),
  };
}

/** Logs who asked for what, for every request that was answered. */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  rules: [{ level: 'None', users: ['system:apiserver'] }, { level: 'Metadata' }],
};

interface AuditEvent {
  readonly verb: string;
  readonly userAgent?: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly name?: string };
  readonly responseStatus?: { readonly code?: number };
  readonly stageTimestamp: string;
}

function auditEntries(log: string): AuditEntry[] {
  const lines = log.slice(0, log.lastIndexOf('\n') + 1).split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const { verb, userAgent = '', user, objectRef = {}, responseStatus, stageTimestamp } = JSON.parse(line) as AuditEvent;
      const { resource = '', subresource = '', name = '' } = objectRef;
      const at = Date.parse(stageTimestamp);
      return { username: user.username, verb, resource, subresource, name, code: responseStatus?.code ?? 0, userAgent, at };
    });
}

async function isReady(started: { readonly url: string; readonly certificate: string }, token: string): Promise<boolean> {
  try {
    const server = { url: started.url, token, ca: await readFile(started.certificate, 'utf8') };
    const answers = [await call(server, 'GET', '/readyz'), await call(server, 'GET', '/api/v1/namespaces/default')];
    return answers.every(({ status }) => status === 200);
  } catch {
    return false;
  }
}

function signingKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'sec1', format: 'pem' }).toString();
}

function kubeconfigText({ url, token, ca }: Server): string {
  const authority = Buffer.from(ca).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority-data': authority } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
  });
}

function run(program: string, args: readonly string[], input: string | undefined): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number')
        reject(new Error(`could not run kubectl ${args.join(' ')}`, { cause: error }));
      else resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
    // The program may end before it has read all of its input.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
