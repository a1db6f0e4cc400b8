/** `kubelet-config rollout retry`: lets nodes try an object again on which it failed. */

import { type CommandContext, command } from '../command.ts';
import { type ExitCode, exitCodes } from '../failure.ts';
import { kubeconfigOption, outputOption } from '../flags/options.ts';

export const rolloutRetry = command({
  name: 'rollout retry',
  positional: { name: 'name', describe: 'Name of the KubeletConfig', isObject: true },
  options: { kubeconfig: kubeconfigOption, output: outputOption },
  examples: [['rollout retry workers', 'after what made it fail on the nodes was put right']],
  epilogue:
    'It sets the annotation kubelet-config.dev/retry of the object. One node at a time tries it again, until one has proved it. When the object itself changes, it is tried again without this command.',
  run: (flags: Flags, context) => retryRollout(flags, context),
});

interface Flags {
  readonly name?: string | undefined;
  readonly kubeconfig: string | undefined;
}

/** What talks to a cluster is loaded when it is needed: TAB and --help do without. */
async function retryRollout({ name, kubeconfig }: Flags, context: CommandContext): Promise<ExitCode> {
  const [{ connectTo, onlyName }, { retryIn }] = await Promise.all([
    import('../rollout/cluster.ts'),
    import('../rollout/retry.ts'),
  ]);
  const wanted = onlyName(name, 'rollout retry');
  await retryIn(connectTo(kubeconfig, context), wanted, context.terminal);
  return exitCodes.ok;
}
