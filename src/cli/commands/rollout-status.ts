/** `kubelet-config rollout status`: how far the nodes of a cluster are with their objects. */

import { nanosecondsOf } from '../../go/values.ts';
import { type CommandContext, command } from '../command.ts';
import { CommandFailure, type ExitCode, exitCodes } from '../failure.ts';
import { allowanceOf } from '../flags/intent.ts';
import { allowanceOptions, kubeconfigOption, outputOption } from '../flags/options.ts';

export const rolloutStatus = command({
  name: 'rollout status',
  positional: {
    name: 'name',
    describe: 'Names of KubeletConfigs (default: all of the cluster)',
    isObject: true,
    isOptional: true,
    isMany: true,
  },
  options: {
    watch: { alias: 'w', type: 'boolean', default: false, describe: 'Show every change, until stopped' },
    wait: {
      type: 'boolean',
      default: false,
      describe: 'Show every change, until all of the objects are ready or one of them is stalled',
    },
    timeout: {
      type: 'string',
      requiresArg: true,
      describe: 'End after this time, such as 30m or 1h30m, wherever the rollout is (default: none)',
    },
    kubeconfig: kubeconfigOption,
    output: outputOption,
    ...allowanceOptions,
  },
  examples: [
    ['rollout status', 'how far all objects are'],
    [
      'rollout status workers --watch',
      'on a terminal the picture is drawn anew in place; elsewhere there is a line for each change',
    ],
    ['rollout status workers --wait --timeout 30m', 'in a pipeline'],
    ['rollout status workers --wait -o json', 'a line of JSON for each change'],
  ],
  epilogue:
    'Exits with 0 if all of the objects are ready at their present generation, with 4 if one is stalled: it does not go on without a person. Else with 1: the rollout is not finished, or not within --timeout. Ctrl-C ends the command, and not the rollout.\n' +
    'Give the same --unit and --allow-path as the controller has.',
  run: async (flags: Flags, context) => {
    const request = {
      names: flags.name ?? [],
      isWaiting: flags.wait,
      isFollowing: flags.watch || flags.wait,
      milliseconds: flags.timeout === undefined ? undefined : millisecondsOf(flags.timeout),
      kubeconfig: flags.kubeconfig,
      allowance: allowanceOf(flags),
    };
    if (!request.isFollowing && flags.timeout !== undefined) throw nothingToTime();
    return showStatus(request, context);
  },
});

interface Flags {
  readonly name?: readonly string[] | undefined;
  readonly watch: boolean;
  readonly wait: boolean;
  readonly timeout: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly unit: string;
  readonly 'allow-path': readonly string[];
  readonly 'environment-file': readonly string[];
}

type Request = Parameters<typeof import('../rollout/show-status.ts')['showStatus']>[0];

/** What talks to a cluster is loaded when it is needed: TAB and --help do without. */
async function showStatus(request: Request, context: CommandContext): Promise<ExitCode> {
  return (await import('../rollout/show-status.ts')).showStatus(request, context);
}

/** @throws CommandFailure if it is no duration, or not longer than nothing */
function millisecondsOf(text: string): number {
  const nanoseconds = nanosecondsOf(text) ?? 0;
  if (nanoseconds > 0) return nanoseconds / 1e6;
  throw new CommandFailure(exitCodes.usage, `--timeout ${text} is no length of time`, 'give it as in --timeout 30m or 1h30m');
}

function nothingToTime(): CommandFailure {
  const reason = '--timeout is given, and nothing is waited for';
  return new CommandFailure(exitCodes.usage, reason, 'add --wait, or --watch');
}
