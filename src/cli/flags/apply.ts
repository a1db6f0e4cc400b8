/** From the command line of `apply` and `diff` to what the node should have. */

import type { PathAllowance } from '../../api/paths.ts';
import type { Problem } from '../../api/problem.ts';
import type { Labels } from '../../api/types.ts';
import { desiredFor } from '../../desired/effective.ts';
import type { SourceAnswer } from '../../node/model/desired-state.ts';
import type { ReconcileRequest } from '../../node/model/preview.ts';
import type { CommandContext } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import type { CommandOption } from './command-option.ts';
import { type Intent, readIntent } from './intent.ts';
import { type NodeIdentity, readNode } from './node.ts';
import { filesOption, nodeOptions } from './options.ts';

export const applyOptions = {
  file: {
    ...filesOption,
    demandOption: false,
    coerce: (paths: string[] | undefined) => paths && filesOption.coerce(paths),
  },
  ...nodeOptions,
  withdraw: {
    type: 'boolean',
    default: false,
    describe: 'Take away what is applied; what was there before the first apply comes back',
  },
} as const satisfies Record<string, CommandOption>;

interface ApplyFlags {
  readonly file?: readonly string[] | undefined;
  readonly withdraw: boolean;
  readonly node?: string | undefined;
  readonly label: readonly string[];
  readonly labels?: string | undefined;
}

/** The desired state of the command line, and how its problems get their places. */
export interface ApplyRequest {
  readonly source: SourceAnswer;
  readonly labels: Labels;
  readonly node: ReconcileRequest['node'];
  locate(problems: readonly Problem[]): Problem[];
}

/**
 * Reads the objects and the labels. Prints every problem.
 * @throws CommandFailure on any error, without -f and --withdraw, or if the objects contradict --withdraw
 */
export async function readApply(flags: ApplyFlags, allowance: PathAllowance, context: CommandContext): Promise<ApplyRequest> {
  const { file, withdraw } = flags;
  if (file === undefined && !withdraw) throw noFiles();
  const intent = file && (await readIntent(file, allowance, context));
  const node = await readNode(flags, context.terminal);
  const { labels } = node;
  const identity = identityOf(node);
  if (!withdraw) return { ...requestOf(intent, 'Never'), ...identity };
  const objects = intent?.objects.map(({ object }) => object) ?? [];
  if (desiredFor(objects, labels, allowance).kind !== 'Unselected') throw contradiction();
  return { ...requestOf(undefined, 'NotSelected'), ...identity };
}

/** The node of the command line, as a pass takes it. */
export function identityOf({ name, labels, annotations }: NodeIdentity): Pick<ApplyRequest, 'labels' | 'node'> {
  return { labels, node: { name: { value: name }, annotations: { value: annotations } } };
}

function requestOf(intent: Intent | undefined, withdrawnWhen: 'NotSelected' | 'Never'): Omit<ApplyRequest, 'labels' | 'node'> {
  const objects = intent?.objects.map(({ object }) => object) ?? [];
  const locate = (problems: readonly Problem[]) => intent?.locate(problems) ?? [...problems];
  return { source: { kind: 'Answers', objects, withdrawnWhen }, locate };
}

function noFiles(): CommandFailure {
  const remedy = 'give them with -f; --withdraw takes away what is applied';
  return new CommandFailure(exitCodes.usage, 'it is not said which objects', remedy);
}

function contradiction(): CommandFailure {
  const reason = 'the objects select this node, and --withdraw takes away what is applied to it; nothing was changed';
  return new CommandFailure(exitCodes.invalid, reason, 'leave out --withdraw to apply them, or -f to take away what is applied');
}
