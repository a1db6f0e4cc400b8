/** `kubelet-config agent`: keeps one host at what its source says. */

import { join } from 'node:path';
import type { Logger } from 'pino';
import type { InferredOptionTypes, Options } from 'yargs';
import { validateKubeletConfig } from '../api/validate/validate.ts';
import { connect } from '../cluster/client.ts';
import { loadCredentials } from '../cluster/credentials.ts';
import { acquireLock } from '../host/lock.ts';
import { type OpenMachine, openMachine, systemClock } from '../host/machine.ts';
import { makeAgent } from '../node/agent.ts';
import { selfApproved } from '../node/permission.ts';
import { type Outcome, reconcile } from '../node/reconcile.ts';
import type { Validate } from '../source/load.ts';
import { clusterSource } from './agent/cluster-source.ts';
import { directorySource } from './agent/directory-source.ts';
import { agentLog } from './agent/log.ts';
import type { AgentSource } from './agent/source.ts';
import { type CommandContext, command } from './command.ts';
import { allowanceOptions, nodeOptions, rootOption } from './common-options.ts';
import { CommandFailure, exitCodes } from './failure.ts';
import { allowanceOf } from './intent.ts';
import { makeLog } from './log.ts';
import { type NodeFlags, readNode } from './node-identity.ts';
import { userAgent } from './version.ts';

const { node: _node, ...labelOptions } = nodeOptions;

const options = {
  source: {
    type: 'string',
    describe: 'Where the objects are: cluster, or dir:PATH (default: dir:/etc/kubelet-config.d of the host)',
  },
  root: rootOption,
  'node-name': {
    type: 'string',
    describe: "Name of the Node (default: $NODE_NAME; then who the API server says we are, or the machine's host name for dir:)",
  },
  kubeconfig: { type: 'string', describe: "For --source=cluster: whose credentials to use (default: the pod's, then kubectl's)" },
  bootstrap: {
    type: 'string',
    describe: 'For --source=cluster: dir:PATH that counts until the cluster knows this node, e.g. before the first kubelet',
  },
  ...labelOptions,
  approve: { choices: ['self'] as const, describe: 'Who allows a change: self, for a machine without a controller' },
  'metrics-address': { type: 'string', describe: 'Serve /metrics and /healthz at this HOST:PORT (default: not at all)' },
  ...allowanceOptions,
} as const satisfies Record<string, Options>;

export const agent = command({
  name: 'agent',
  summary: 'Keep a host at what its objects say, until stopped',
  options,
  examples: [
    ['agent --source=cluster --root=/host --node-name=worker-1', 'in a pod, with the host at /host'],
    [
      'agent --source=cluster --kubeconfig=/etc/kubernetes/kubelet.conf',
      "as a service of the host, with the kubelet's credentials",
    ],
    ['agent --approve=self --label role=worker', 'this machine alone, from /etc/kubelet-config.d'],
    ['agent --approve=self --source dir:/configs --root /host --labels /node.yaml', 'in a container with the host at /host'],
  ],
  epilogue:
    'A source that does not answer changes nothing: the node keeps what it has. To withdraw an object, delete it; from a directory, remove its file and leave another one there.\n' +
    "With --source=cluster a change waits for the controller's approval, unless --approve=self is given.",
  run: async (flags, context) => {
    const { stop } = context;
    const allowance = allowanceOf(flags);
    const validate = (value: unknown) => validateKubeletConfig(value, allowance);
    const log = await makeLog(context.log);
    const open = await sourceOf(flags, context, validate, log);
    const lock = await acquireLock(flags.root);
    const metrics = await metricsAt(flags['metrics-address']);
    const source = open(() => loop.notice());
    let machine: OpenMachine | undefined;

    const pass = async () => {
      machine ??= await openMachine(flags.root);
      const { authority, ...inquiry } = await source.ask(machine);
      const outcome = await reconcile(
        {
          ...inquiry,
          authority: flags.approve === 'self' ? selfApproved : authority,
          allowance,
          facts: machine.facts,
          restart: true,
          retry: false,
          stop,
          report: () => undefined,
        },
        machine,
      );
      metrics?.passed(outcome);
      return outcome;
    };
    const report = async (outcome: Outcome) => {
      if (machine) await source.report(outcome, machine);
    };
    const loop = makeAgent({ pass, report, clock: systemClock, random: Math.random, log: agentLog(log) });
    log.info({ source: source.origin, root: flags.root, ...(metrics && { metrics: metrics.address }) }, 'watching');
    try {
      await loop.run(stop);
      log.info('stopped');
      return exitCodes.ok;
    } finally {
      await source.close();
      machine?.close();
      await lock.release();
      await metrics?.close();
    }
  },
});

/** Loaded only where somebody asks: an agent on a node keeps its memory for other things. */
async function metricsAt(address: string | undefined) {
  if (address === undefined) return undefined;
  const [{ agentMetrics }, { serveMetrics }] = await Promise.all([import('./agent/metrics.ts'), import('./metrics-server.ts')]);
  const { registry, passed } = agentMetrics();
  // It is healthy as long as it answers: one that is killed for taking long would only begin again.
  return { passed, ...(await serveMetrics(address, registry, () => true)) };
}

type Flags = InferredOptionTypes<typeof options>;
type Open = (onChange: () => void) => AgentSource;

/** @throws CommandFailure for a source that is none, or what does not go with it */
async function sourceOf(flags: Flags, context: CommandContext, validate: Validate, log: Logger): Promise<Open> {
  const { environment, terminal } = context;
  const named = flags['node-name'] ?? (environment['NODE_NAME'] || undefined);
  const node: NodeFlags = { node: named, label: flags.label, labels: flags.labels };
  if (flags.source === 'cluster') {
    const { kubeconfig, bootstrap } = flags;
    const directory = bootstrap === undefined ? undefined : directoryOf('--bootstrap', bootstrap);
    if (directory !== undefined) await readNode(node, terminal);
    return (onChange) =>
      clusterSource({
        connect: () => connect(loadCredentials({ ...(kubeconfig !== undefined && { kubeconfig }), environment }), { userAgent }),
        nodeName: named,
        unit: flags.unit,
        validate,
        bootstrap: directory === undefined ? undefined : directorySource({ directory, node, validate, onChange }),
        onChange,
        log,
      });
  }
  const directory = flags.source === undefined ? join(flags.root, 'etc/kubelet-config.d') : directoryOf('--source', flags.source);
  if (flags.approve !== 'self') {
    throw new CommandFailure(exitCodes.usage, 'a directory has no controller that could approve changes', 'add --approve=self');
  }
  for (const option of ['kubeconfig', 'bootstrap'] as const) {
    if (flags[option] === undefined) continue;
    throw new CommandFailure(
      exitCodes.usage,
      `--${option} goes with --source=cluster only`,
      'leave it out, or add --source=cluster',
    );
  }
  await readNode(node, terminal);
  return (onChange) => directorySource({ directory, node, validate, onChange });
}

/** @throws CommandFailure */
function directoryOf(option: string, source: string): string {
  if (source.startsWith('dir:') && source.length > 4) return source.slice(4);
  const remedy = `give ${option === '--source' ? 'cluster, or ' : ''}dir: and the path of a directory`;
  throw new CommandFailure(exitCodes.usage, `${JSON.stringify(source)} is no source for ${option}`, remedy);
}
