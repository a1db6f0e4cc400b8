/**
 * Records how a real kubectl reads YAML and JSON, so that the tests of our reader compare with facts.
 * `npx tsx hack/record-kubectl-scalars.ts` rewrites test/vectors/kubectl-scalars.json; it needs kubectl in PATH and no cluster.
 */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileCases, fragmentCases } from './record-kubectl-scalars.cases.ts';

const resource = {
  name: 'kubeletconfigs',
  singularName: 'kubeletconfig',
  namespaced: false,
  kind: 'KubeletConfig',
  verbs: ['get', 'create', 'patch'],
};
const version = { groupVersion: 'kubelet-config.dev/v1alpha1', version: 'v1alpha1' };

/** Just enough of an API server for kubectl to know KubeletConfig; no object exists in it. */
const answers: Readonly<Record<string, unknown>> = {
  '/version': { major: '1', minor: '32', gitVersion: 'v1.32.0' },
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/api/v1': { kind: 'APIResourceList', groupVersion: 'v1', resources: [] },
  '/apis': {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: [{ name: 'kubelet-config.dev', versions: [version], preferredVersion: version }],
  },
  '/apis/kubelet-config.dev/v1alpha1': {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: version.groupVersion,
    resources: [resource],
  },
};

async function startDiscovery(): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = answers[(request.url ?? '').split('?')[0] ?? ''];
    const missing = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 };
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? missing));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

type Outcome = { readonly objects: readonly KubernetesObject[] } | { readonly error: string };

interface KubernetesObject {
  readonly kind?: string;
  readonly metadata?: { name?: string; annotations?: Record<string, string> };
  readonly spec?: unknown;
  readonly items?: readonly KubernetesObject[];
}

/** What kubectl would send for a file, or the first line of its complaint. */
function runKubectl(kubeconfig: string, text: string): Promise<Outcome> {
  const command = ['--kubeconfig', kubeconfig, 'apply', '--dry-run=client', '--validate=false', '-o', 'json', '-f', '-'];
  return new Promise((resolve) => {
    const child = execFile(
      'kubectl',
      command,
      { env: { ...process.env, HOME: join(kubeconfig, '..') } },
      (failure, stdout, stderr) => {
        if (stderr.includes('no objects passed to apply')) return resolve({ objects: [] });
        if (failure !== null) return resolve({ error: (stderr.trim().split('\n')[0] ?? '').slice(0, 200) });
        const output: KubernetesObject = stdout.trim() === '' ? { items: [] } : JSON.parse(stdout);
        return resolve({
          objects: output.kind === 'List' ? (output.items ?? []) : output.items === undefined ? [output] : output.items,
        });
      },
    );
    child.stdin?.end(text);
  });
}

const header = 'apiVersion: kubelet-config.dev/v1alpha1\nkind: KubeletConfig\nmetadata: {name: scalar}\n';

/** A whole manifest with the fragment under `spec:`. The test builds the same text. */
function manifestOf(fragment: string): string {
  return `${header}spec:\n${fragment
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')}\n`;
}

function fileOf(template: string): string {
  return template
    .replace(/OBJECT\((\w+)\)/g, 'apiVersion: kubelet-config.dev/v1alpha1\nkind: KubeletConfig\nmetadata: {name: $1}\n')
    .replace(
      /JSON\((\w+)\)/g,
      '{"apiVersion": "kubelet-config.dev/v1alpha1", "kind": "KubeletConfig", "metadata": {"name": "$1"}}',
    );
}

async function recordFragments(kubeconfig: string) {
  return inPairs(fragmentCases, async ({ yaml, weRefuse }) => {
    const outcome = await runKubectl(kubeconfig, manifestOf(yaml));
    const read = 'error' in outcome ? outcome : { json: outcome.objects[0]?.spec };
    return { yaml, ...read, ...(weRefuse === undefined ? {} : { weRefuse }) };
  });
}

async function recordFiles(kubeconfig: string) {
  return inPairs(fileCases, async ({ title, file, weRefuse }) => {
    const outcome = await runKubectl(kubeconfig, fileOf(file));
    const named = (object: KubernetesObject) => ({
      name: object.metadata?.name,
      ...(object.spec === undefined ? {} : { spec: object.spec }),
    });
    const read = 'error' in outcome ? outcome : { objects: outcome.objects.map(named) };
    return { title, file: fileOf(file), ...read, ...(weRefuse === undefined ? {} : { weRefuse }) };
  });
}

/** Two at a time: each is a kubectl of its own. */
async function inPairs<Case, Result>(cases: readonly Case[], record: (one: Case) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let index = 0; index < cases.length; index += 2)
    results.push(...(await Promise.all(cases.slice(index, index + 2).map(record))));
  return results;
}

const server = await startDiscovery();
const directory = await mkdtemp(join(tmpdir(), 'record-kubectl-'));
try {
  const address = server.address() as AddressInfo;
  const kubeconfig = join(directory, 'kubeconfig');
  const cluster = { clusters: [{ name: 'stub', cluster: { server: `http://127.0.0.1:${address.port}` } }] };
  const context = { contexts: [{ name: 'stub', context: { cluster: 'stub', user: '' } }], 'current-context': 'stub' };
  await writeFile(kubeconfig, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...cluster, ...context }));
  const recording = { header, fragments: await recordFragments(kubeconfig), files: await recordFiles(kubeconfig) };
  await writeFile(
    new URL('../test/vectors/kubectl-scalars.json', import.meta.url),
    `${JSON.stringify(recording, undefined, 1)}\n`,
  );
} finally {
  server.close();
  await rm(directory, { recursive: true, force: true });
}
