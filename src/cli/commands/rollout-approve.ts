/** `kubelet-config rollout approve`: approves an object for further nodes. */

import { type CommandContext, command } from '../command.ts';
import { CommandFailure, type ExitCode, exitCodes } from '../failure.ts';
import { kubeconfigOption, outputOption } from '../flags/options.ts';

export const rolloutApprove = command({
  name: 'rollout approve',
  positional: { name: 'name', describe: 'Name of the KubeletConfig', isObject: true },
  options: {
    nodes: {
      type: 'string',
      requiresArg: true,
      describe: 'How many more nodes may get the object as it is now (default: as many as maxUnavailable lets change at once)',
    },
    all: { type: 'boolean', default: false, describe: 'All nodes may get the object as it is now' },
    kubeconfig: kubeconfigOption,
    output: outputOption,
  },
  examples: [
    ['rollout approve workers', 'one more wave'],
    ['rollout approve workers --nodes 20', 'twenty more nodes'],
    ['rollout approve workers --all', 'all that are left'],
  ],
  epilogue:
    'For objects with rollout.approval: Manual. It sets the annotation kubelet-config.dev/approve of the object. The approval is for what the object gives to nodes now: when that changes, it counts no more. The other limits of rollout still hold. To take an approval back, pause the rollout.',
  run: (flags: Flags, context) => approveRollout(flags, context),
});

interface Flags {
  readonly name?: string | undefined;
  readonly nodes: string | undefined;
  readonly all: boolean;
  readonly kubeconfig: string | undefined;
}

/** What talks to a cluster is loaded when it is needed: TAB and --help do without. */
async function approveRollout(flags: Flags, context: CommandContext): Promise<ExitCode> {
  const more = countOf(flags);
  const [{ connectTo, onlyName }, { approveIn }] = await Promise.all([
    import('../rollout/cluster.ts'),
    import('../rollout/approve.ts'),
  ]);
  const wanted = onlyName(flags.name, 'rollout approve');
  await approveIn(connectTo(flags.kubeconfig, context), wanted, more, context.terminal);
  return exitCodes.ok;
}

/** @throws CommandFailure if it is no count, or given twice */
function countOf({ nodes, all }: Flags): number | 'all' | 'wave' {
  if (nodes !== undefined && all)
    throw new CommandFailure(exitCodes.usage, '--nodes and --all are both given', 'leave one of them out');
  if (all) return 'all';
  if (nodes === undefined) return 'wave';
  if (/^[1-9]\d{0,5}$/.test(nodes)) return Number(nodes);
  throw new CommandFailure(exitCodes.usage, `--nodes ${nodes} is no count of nodes`, 'give a whole number of at least 1');
}
