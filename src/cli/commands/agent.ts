/** `kubelet-config agent`: keeps one host at what its source says. */

import { runAgent } from '../../agent/agent.ts';
import { controllerLease } from '../../cluster/resources.ts';
import { validateObject } from '../../computed/check.ts';
import { command } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { chooseSource } from '../flags/agent-source.ts';
import type { CommandOption } from '../flags/command-option.ts';
import { allowanceOf } from '../flags/intent.ts';
import { allowanceOptions, logLevelOption, metricsOption, nodeOptions, rootOption } from '../flags/options.ts';
import { makeLog } from '../print/log.ts';
import { version } from '../version.ts';

const { node: _node, ...labelOptions } = nodeOptions;

const options = {
  source: {
    type: 'string',
    completes: 'Source',
    describe: 'Where the objects are: cluster, or dir:PATH (default: dir:/etc/kubelet-config.d of the host)',
  },
  root: rootOption,
  'node-name': {
    type: 'string',
    describe:
      'Name of the Node (default: $NODE_NAME; then the name in the credentials, or for dir: the host name of this machine)',
  },
  kubeconfig: {
    type: 'string',
    completes: 'File',
    describe: "For --source=cluster: the credentials to use (default: the pod's, then kubectl's)",
  },
  bootstrap: {
    type: 'string',
    completes: 'SourceDirectory',
    describe: 'For --source=cluster: dir:PATH with objects that count until the cluster knows this node',
  },
  'lease-namespace': {
    type: 'string',
    describe: `For --source=cluster: namespace of the controller's Lease, which tells whose approvals count (default: ${controllerLease.namespace})`,
  },
  'lease-name': { type: 'string', describe: `For --source=cluster: name of that Lease (default: ${controllerLease.name})` },
  ...labelOptions,
  approve: { choices: ['self'] as const, describe: 'Who allows a change: self, for a machine without a controller' },
  'metrics-address': metricsOption,
  'log-level': logLevelOption,
  ...allowanceOptions,
} as const satisfies Record<string, CommandOption>;

export const agent = command({
  name: 'agent',
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
    'While the source does not answer, the node keeps what it has. To withdraw an object, delete it; in a directory, remove its file and leave another one there.\n' +
    "With --source=cluster, a change waits for the controller's approval unless --approve=self is given.",
  run: async (flags, context) => {
    const allowance = allowanceOf(flags);
    const validate = (value: unknown) => validateObject(value, allowance);
    const log = await makeLog(context.log, flags['log-level']);
    const openSource = await chooseSource(flags, { context, validate, log });
    await runAgent({
      root: flags.root,
      allowance,
      openSource,
      isSelfApproved: flags.approve === 'self',
      metricsAddress: flags['metrics-address'],
      version,
      log,
      stop: context.stop,
    });
    return exitCodes.ok;
  },
});
