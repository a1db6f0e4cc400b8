/**
 * What a rollout over thousands of nodes costs: the controller as it is shipped, on a real API server or on
 * its double; the agents are a loop that asks, claims and reports by the agent's own code.
 */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { contentOf } from '../../src/api/content.ts';
import type { KubeletConfig } from '../../src/api/types.ts';
import { connect } from '../../src/cluster/client.ts';
import { loadCredentials } from '../../src/cluster/credentials.ts';
import type { KubernetesApi } from '../../src/cluster/kubernetes-api.ts';
import { kubeletConfigs } from '../../src/cluster/own-resources.ts';
import { nodes } from '../../src/cluster/resources.ts';
import { kubeletConfig } from '../../test/builders.ts';
import { buildProgram, type RunningProgram } from '../../test/built-program.ts';
import { countingBytes } from './fleet/bytes.ts';
import { FleetOfLoops } from './fleet/loops.ts';
import { inParallel } from './fleet/parallel.ts';
import { doubleServer, type FleetServer, realServer } from './fleet/servers.ts';

const usage = `What a rollout over thousands of nodes costs: memory and requests of the controller, requests of an agent, bytes that one agent gets.
The controller is the built program; the agents are one process, so that the time is the time of this machine and no promise.

Usage: npx tsx hack/benchmark/fleet.ts [OPTION]…

  --nodes N,…            numbers of nodes, one rollout each (default 100,1000)
  --double               on the double of an API server instead of the real one of $KUBEBUILDER_ASSETS
  --max-unavailable X    of the object (default 10%)
  -h, --help

Examples:
  KUBEBUILDER_ASSETS=$(setup-envtest use -p path) npx tsx hack/benchmark/fleet.ts --nodes 5000
  npx tsx hack/benchmark/fleet.ts --double --nodes 100,1000,10000
`;

interface Result {
  readonly nodes: number;
  readonly created: number;
  readonly seconds: number;
  /** Controllers that lost the Lease meanwhile. */
  readonly ended: number;
  readonly restMebibytes: number;
  readonly mostMebibytes: number;
  readonly ofAgents: ReadonlyMap<string, number>;
  readonly ofController: ReadonlyMap<string, number>;
  readonly objectBytes: number;
  readonly ownBytes: number;
}

async function measure(count: number, maxUnavailable: string, isDouble: boolean): Promise<Result> {
  const scratch = mkdtempSync(join(tmpdir(), 'kubelet-config-bench-'));
  const program = buildProgram();
  const server = await (isDouble ? doubleServer(scratch) : realServer(scratch));
  try {
    const api = connect(loadCredentials({ kubeconfig: server.kubeconfig, environment: {} }), { userAgent: 'bench' });
    const begun = performance.now();
    const names = Array.from({ length: count }, (_, index) => `node-${String(index).padStart(5, '0')}`);
    const fleet = new FleetOfLoops(api);
    await inParallel(names, 32, (name) => server.createNode(name));
    const { items } = await api.list(nodes);
    await fleet.start(items.map(({ metadata: { name, uid = '' } }) => ({ name, uid })));
    const created = (performance.now() - begun) / 1000;

    const given = [`--namespace=kubelet-config`, `--kubeconfig=${server.controllerKubeconfig}`];
    const controller = keptRunning(() => program.start(['controller', ...given]));
    await until(() => controller.said().includes('"leading"'), controller.said);
    const result = await rollOut({ api, server, fleet, controller, count, maxUnavailable });
    return { ...result, created };
  } finally {
    await program.remove();
    await server.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface KeptRunning {
  /** Process id of the one that runs. */
  pid(): number;
  said(): string;
  /** How many ended by themselves: on a machine that is too busy the Lease is lost. */
  ended(): number;
  stop(): void;
}

/** Starts it again when it ends, as a Deployment does. */
function keptRunning(start: () => RunningProgram): KeptRunning {
  let [current, ended, isStopped, earlier] = [start(), 0, false, ''];
  const watch = async (): Promise<void> => {
    await current.ended;
    if (isStopped) return;
    [ended, earlier] = [ended + 1, earlier + current.said()];
    current = start();
    await watch();
  };
  void watch();
  const stop = () => {
    isStopped = true;
  };
  return { pid: () => current.child.pid ?? 0, said: () => earlier + current.said(), ended: () => ended, stop };
}

interface Rollout {
  readonly api: KubernetesApi;
  readonly server: FleetServer;
  readonly fleet: FleetOfLoops;
  readonly controller: KeptRunning;
  readonly count: number;
  readonly maxUnavailable: string;
}

async function rollOut({ api, server, fleet, controller, count, maxUnavailable }: Rollout): Promise<Omit<Result, 'created'>> {
  const object = kubeletConfig('workers', {
    kubelet: { flags: { v: 2 } },
    launcher: { host: {} },
    rollout: { maxUnavailable },
  });
  const objectBytes = countingBytes(server, 'kubeletconfigs');
  const ownBytes = countingBytes(server, 'nodekubelets', 'node-00000');
  await Promise.all([objectBytes.opened, ownBytes.opened]);
  const [ownBefore, begun] = [ownBytes.count(), performance.now()];
  fleet.beginCounting();
  const before = await server.controllerRequests();
  const stored = await api.create(kubeletConfigs, object);
  await fleet.ask({ name: 'workers', uid: stored.metadata.uid ?? '', generation: 1, content: contentOf(object) });
  await until(
    async () => isReady(await api.get<KubeletConfig>(kubeletConfigs, 'workers'), count),
    () => `${fleet.errors().join('\n')}\n${controller.said()}`,
  );
  const seconds = (performance.now() - begun) / 1000;
  const ofController = difference(await server.controllerRequests(), before);
  const memory = memoryOf(controller.pid());
  objectBytes.stop();
  ownBytes.stop();
  const ofAgents = new Map(fleet.requests);
  await fleet.stop();
  const bytes = { objectBytes: objectBytes.count(), ownBytes: ownBytes.count() - ownBefore };
  controller.stop();
  return { nodes: count, seconds, ended: controller.ended(), ...memory, ofAgents, ofController, ...bytes };
}

function isReady({ status }: KubeletConfig, count: number): boolean {
  return status?.nodes?.updated === count && status.conditions?.[0]?.status === 'True';
}

function difference(after: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>): Map<string, number> {
  return new Map(
    [...after].map(([kind, count]) => [kind, count - (before.get(kind) ?? 0)] as const).filter(([, count]) => count > 0),
  );
}

function memoryOf(pid: number): Pick<Result, 'restMebibytes' | 'mostMebibytes'> {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (field: string) => Math.round(Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) / 1024);
  return { restMebibytes: read('VmRSS'), mostMebibytes: read('VmHWM') };
}

/** @param said what to print now and then: it may take long, or never come */
async function until(isTrue: () => boolean | Promise<boolean>, said: () => string): Promise<void> {
  for (let look = 1; !(await isTrue()); look += 1) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (look % 120 === 0) process.stderr.write(`still waiting\n${said().slice(-2000)}\n`);
  }
}

function print({ nodes: count, created, seconds, ended, restMebibytes, mostMebibytes, ...rest }: Result): void {
  const perNode = (requests: ReadonlyMap<string, number>) =>
    [...requests].map(([kind, requested]) => `${kind} ${(requested / count).toFixed(3)}`).join(', ') || 'none';
  const sum = [...rest.ofAgents.values(), ...rest.ofController.values()].reduce((total, requested) => total + requested, 0);
  const lines = [
    [`${count} nodes`, `made in ${created.toFixed(0)} s, changed in ${seconds.toFixed(1)} s`],
    ['controller', `${restMebibytes} MiB at the end, ${mostMebibytes} MiB at most, the Lease lost ${ended} times`],
    ['requests per node', (sum / count).toFixed(2)],
    ['  of its agent', perNode(rest.ofAgents)],
    ['  of the controller', perNode(rest.ofController)],
    ['bytes to one agent', `${rest.objectBytes} of KubeletConfigs, ${rest.ownBytes} of its own NodeKubelet`],
  ];
  for (const [what = '', value = ''] of lines) process.stdout.write(`${what.padEnd(20)}  ${value}\n`);
}

const { values: options } = parseArgs({
  options: {
    nodes: { type: 'string', default: '100,1000' },
    double: { type: 'boolean', default: false },
    'max-unavailable': { type: 'string', default: '10%' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (options.help) process.stdout.write(usage);
else
  for (const count of options.nodes.split(',').map(Number))
    print(await measure(count, options['max-unavailable'], options.double));
