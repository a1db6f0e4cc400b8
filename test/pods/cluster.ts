/** A whole cluster: API server, scheduler and controller manager, and nodes whose kubelets run pods. */

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { succeed } from '../cluster/kubelet-configs.ts';
import { type Program, scratchDirectory, startProgram } from '../cluster/program.ts';
import { asset } from './needs.ts';
import { gateway, makeNetwork, removeNetwork } from './network.ts';
import { lastWordsOf, type PodNode, startNode } from './node.ts';

export interface PodCluster {
  readonly plane: ControlPlane;
  readonly nodes: readonly PodNode[];
  /** For files of a test; goes with the cluster. */
  readonly directory: string;
  /** Standard output of kubectl. @throws Error with its standard error */
  kubectl(...words: readonly string[]): Promise<string>;
  apply(object: unknown): Promise<void>;
  /** An object, or undefined while there is none. */
  get<Kind>(...words: readonly string[]): Promise<Kind | undefined>;
  /** What everything said last, for a test that has failed. */
  lastWords(): Promise<string>;
  stop(): Promise<void>;
}

/** Resolves when every node is Ready. What has been started is stopped if that does not come about. */
export async function startPodCluster(names: readonly string[]): Promise<PodCluster> {
  const steps: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const step of steps.reverse()) await step();
  };
  return start(names, (step) => steps.push(step), stop).catch(async (error) => {
    await stop();
    throw error;
  });
}

async function start(
  names: readonly string[],
  atEnd: (step: () => Promise<void>) => void,
  stop: () => Promise<void>,
): Promise<PodCluster> {
  const directory = await scratchDirectory('pods');
  atEnd(async () => rmSync(directory, { recursive: true, force: true }));
  await makeNetwork(names.length);
  atEnd(removeNetwork);
  const plane = await startControlPlane({ nodes: names, pods: { advertised: gateway } });
  atEnd(() => plane.stop());
  for (const program of await startControllers(plane)) atEnd(() => program.stop());
  const starting = names.map((name, index) => startNode(plane, name, index + 1, diskOf(directory, name)));
  const started = await Promise.allSettled(starting);
  for (const node of started) if (node.status === 'fulfilled') atEnd(() => node.value.guest.stop());
  const nodes = await Promise.all(starting);
  const kubectl = (...words: readonly string[]) => succeed(plane, words);
  for (const name of names) await kubectl('wait', '--for=create', `node/${name}`, '--timeout=120s');
  await kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=120s');
  return {
    plane,
    nodes,
    directory,
    kubectl,
    apply: async (object) => void (await succeed(plane, ['apply', '-f', '-'], JSON.stringify(object))),
    get: async <Kind>(...words: readonly string[]) => {
      const said = await kubectl('get', ...words, '--ignore-not-found', '--output=json');
      return said === '' ? undefined : (JSON.parse(said) as Kind);
    },
    lastWords: async () => {
      const shown = await plane.kubectl(['get', 'kc,nk,nodes,pods,events', '--all-namespaces', '--output=wide']);
      return [shown.stdout, shown.stderr, ...(await Promise.all(nodes.map(lastWordsOf)))].join('\n');
    },
    stop,
  };
}

function diskOf(place: string, name: string): string {
  mkdirSync(join(place, name));
  return join(place, name);
}

/** A controller has an account of its own, as everywhere, so that the permissions of Kubernetes count. */
async function startControllers(plane: ControlPlane): Promise<Program[]> {
  const common = [`--kubeconfig=${plane.kubeconfig}`, '--leader-elect=false', '--bind-address=127.0.0.1'];
  const { serviceAccountKey, certificate } = plane.files;
  const manager = [
    '--use-service-account-credentials',
    `--root-ca-file=${certificate}`,
    `--service-account-private-key-file=${serviceAccountKey}`,
  ];
  const start = async (name: string, words: readonly string[]) =>
    startProgram(await scratchDirectory(name), [asset(name), ...common, ...words]);
  return [await start('kube-scheduler', []), await start('kube-controller-manager', manager)];
}
