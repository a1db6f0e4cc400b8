/**
 * Reads kubeconfig files as kubectl does: several are merged, the first file that sets something wins, and
 * paths in a file are relative to it.
 */

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { newClusters, newContexts, newUsers } from '@kubernetes/client-node/dist/config_types.js';
import { parse } from 'yaml';
import { CredentialsError } from './credentials-error.ts';

type Options = Parameters<KubeConfig['loadFromOptions']>[0];
type Tree = { [key: string]: unknown };

interface Named extends Tree {
  readonly name: string;
}

/** One file, already with absolute paths. */
interface KubeconfigFile {
  readonly path: string;
  readonly clusters: readonly Named[];
  readonly users: readonly Named[];
  readonly contexts: readonly Named[];
  readonly currentContext: string;
}

/**
 * The options for `KubeConfig.loadFromOptions`, with one cluster, user and context.
 * @param context the name of the context; by default the current one of the files
 * @param read the text of a file; tells by throwing that there is none
 * @throws CredentialsError that names the file
 */
export function readKubeconfigs(paths: readonly string[], context?: string, read: ReadText = readFromDisk): Options {
  const files = paths.map((path) => readKubeconfig(path, read));
  const clusters = firstOfEachName(files.flatMap((file) => file.clusters));
  const users = firstOfEachName(files.flatMap((file) => file.users));
  const contexts = firstOfEachName(files.flatMap((file) => file.contexts));
  const currentContext = context ?? files.map((file) => file.currentContext).find((name) => name !== '') ?? '';
  // Only the chosen context is checked: faults of the others do not matter.
  const { cluster, user, context: chosen } = checkContext(paths.join(', '), { clusters, users, contexts }, currentContext);
  return {
    clusters: newClusters([allowingPlainHttp(cluster)]),
    users: newUsers([withExecInformation(user, treeOr(cluster['cluster'], {}))]),
    contexts: newContexts([chosen]),
    currentContext,
  };
}

interface Chosen {
  readonly cluster: Named;
  readonly user: Named;
  readonly context: Named;
}

function firstOfEachName(entries: readonly Named[]): Named[] {
  const byName = new Map<string, Named>();
  for (const entry of entries) if (!byName.has(entry.name)) byName.set(entry.name, entry);
  return [...byName.values()];
}

type ReadText = (path: string) => string;

function readFromDisk(path: string): string {
  return readFileSync(path, 'utf8');
}

function readKubeconfig(path: string, read: ReadText): KubeconfigFile {
  const content = parsed(path, read);
  const absolute = (file: string) => resolve(dirname(path), file);
  const named = (list: string, part: string, amend: (tree: Tree) => Tree) =>
    entries(path, content, list).map((entry) => ({ ...entry, [part]: amend(treeOr(entry[part], {})) }));
  return {
    path,
    clusters: named('clusters', 'cluster', (cluster) => withPaths(cluster, ['certificate-authority'], absolute)),
    users: named('users', 'user', (user) => {
      const amended = withPaths(user, ['client-certificate', 'client-key', 'tokenFile'], absolute);
      return withTokenFile(withExecPath(amended, absolute));
    }),
    contexts: entries(path, content, 'contexts'),
    currentContext: text(content['current-context']),
  };
}

function parsed(path: string, read: ReadText): Tree {
  let content: string;
  try {
    content = read(path);
  } catch (error) {
    throw new CredentialsError(path, `cannot read the kubeconfig ${path}`, 'check the path and that this user may read it', {
      cause: error,
    });
  }
  try {
    const tree: unknown = parse(content);
    if (isTree(tree)) return tree;
  } catch (error) {
    throw notAKubeconfig(path, 'it is not YAML', error);
  }
  throw notAKubeconfig(path, content.trim() === '' ? 'it is empty' : 'it is not a map');
}

function notAKubeconfig(path: string, reason: string, cause?: unknown): CredentialsError {
  const remedy = 'write it anew, for example with the tool that made the cluster';
  return new CredentialsError(path, `${path} is not a kubeconfig: ${reason}`, remedy, { cause });
}

function entries(path: string, content: Tree, list: string): Named[] {
  const value = content[list] ?? [];
  if (!Array.isArray(value)) throw notAKubeconfig(path, `${list} is not a list`);
  return value.map((entry: unknown, index) => {
    if (!isTree(entry) || typeof entry['name'] !== 'string') throw notAKubeconfig(path, `${list}[${index}] has no name`);
    return { ...entry, name: entry['name'] };
  });
}

/** The context with its cluster and user. All three must exist. */
function checkContext(
  path: string,
  { clusters, users, contexts }: { readonly [list in 'clusters' | 'users' | 'contexts']: readonly Named[] },
  name: string,
): Chosen {
  const refuse = (reason: string, remedy: string) => new CredentialsError(path, `${path}: ${reason}`, remedy);
  if (name === '') throw refuse('it has no current context', 'set one with `kubectl config use-context NAME`');
  const context = contexts.find((entry) => entry.name === name);
  const names = contexts.map((entry) => entry.name).join(', ') || 'none';
  if (context === undefined) throw refuse(`there is no context ${name}`, `use one that is there: ${names}`);
  const { cluster: clusterName, user: userName } = treeOr(context['context'], {});
  const cluster = clusters.find((entry) => entry.name === clusterName);
  const user = users.find((entry) => entry.name === userName);
  const server = text(treeOr(cluster?.['cluster'], {})['server']);
  const remedy = `correct the context ${name}, or use another: ${names}`;
  if (!cluster || !/^https?:\/\//.test(server))
    throw refuse(`the cluster ${clusterName} has no server with http:// or https://`, remedy);
  if (!user) throw refuse(`there is no user ${userName}`, remedy);
  return { cluster, user, context };
}

/** The library refuses plain HTTP, unless it is told not to check a certificate. */
function allowingPlainHttp(cluster: Named): Named {
  const settings = treeOr(cluster['cluster'], {});
  const isPlain = text(settings['server']).startsWith('http://');
  return isPlain ? { ...cluster, cluster: { ...settings, 'insecure-skip-tls-verify': true } } : cluster;
}

/**
 * The library does not know `tokenFile`: it looks for a `token-file`, which no other tool writes, and reads
 * it once. As the token of a pod, it reads the file once a minute.
 */
function withTokenFile(user: Tree): Tree {
  const { tokenFile, ...others } = user;
  if (typeof tokenFile !== 'string' || tokenFile === '') return user;
  const { token: _overruled, ...kept } = others;
  return { ...kept, 'auth-provider': { name: 'tokenFile', config: { tokenFile } } };
}

/** A command with a slash is relative to the kubeconfig; any other is looked up in PATH. */
function withExecPath(user: Tree, absolute: (file: string) => string): Tree {
  const exec = user['exec'];
  if (!isTree(exec) || !text(exec['command']).includes('/')) return user;
  return { ...user, exec: { ...exec, command: absolute(text(exec['command'])) } };
}

/** Some plugins (GKE's) fail without KUBERNETES_EXEC_INFO, which the library does not set. */
function withExecInformation(user: Named, cluster: Tree): Named {
  const settings = treeOr(user['user'], {});
  const exec = settings['exec'];
  if (!isTree(exec)) return user;
  const spec = {
    interactive: false,
    ...(exec['provideClusterInfo'] === true && { cluster: clusterInformation(cluster) }),
  };
  const value = JSON.stringify({ apiVersion: exec['apiVersion'], kind: 'ExecCredential', spec });
  const env = [...(Array.isArray(exec['env']) ? exec['env'] : []), { name: 'KUBERNETES_EXEC_INFO', value }];
  return { ...user, user: { ...settings, exec: { ...exec, env } } };
}

function clusterInformation(cluster: Tree): Tree {
  const keys = ['server', 'tls-server-name', 'insecure-skip-tls-verify', 'certificate-authority-data', 'proxy-url'];
  return Object.fromEntries(keys.filter((key) => cluster[key] !== undefined).map((key) => [key, cluster[key]]));
}

function withPaths(tree: Tree, keys: readonly string[], absolute: (file: string) => string): Tree {
  const found = keys.filter((key) => text(tree[key]) !== '');
  return { ...tree, ...Object.fromEntries(found.map((key) => [key, absolute(text(tree[key]))])) };
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function treeOr(value: unknown, otherwise: Tree): Tree {
  return isTree(value) ? value : otherwise;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
