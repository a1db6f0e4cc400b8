/**
 * NodeKubelet: the object of one node through which agent and controller talk. The controller writes spec,
 * the agent writes status, each with a compare-and-swap. A request is finished when the agent has removed it.
 */

import * as Type from 'typebox';
import type { JsonMap } from '../json.ts';
import { choice, integer, list, object, optional, text, yesNo } from './parts.ts';
import { conditionsSchema, generationOf, warningSchema } from './status.ts';

export const nodeKubeletKind = 'NodeKubelet';

const id = { maxLength: 64 };
const count = { minimum: 0, maximum: 2 ** 31 - 1 };

/** The phases of a node, ordered from good to bad. The description of `phase` says what each means. */
export const phases = ['Unmanaged', 'UpToDate', 'Waiting', 'Applying', 'Paused', 'Held', 'Stalled', 'Failed', 'Undoing'] as const;

/** Why an agent asks for a disruption. */
export const requestReasons = ['Change', 'Drift', 'Retry', 'Restore'] as const;

/** Stands for a revision when a node goes back to what was there before any KubeletConfig. */
export const originalsRevision = 'originals';

/** Objects that may select one node: as many as its status has room for. */
export const mostObjects = 64;
export const mostFailures = 5;
export const mostPending = 16;
/** Warnings that a NodeKubelet names; its count includes all. */
export const mostWarnings = 8;

/** Characters of `lastError.message` and of the messages of conditions; then those of `failures[].reason`. */
export const longestMessage = 2048;
export const longestFailureReason = 1024;

/** In bytes of JSON: there is one report for each of thousands of nodes. */
export const largestInUse = 8_192;
export const mostFlagsInUse = 256;
export const mostWithheldInUse = 32;
export const mostUnreadInUse = 8;
export const longestFlagInUse = 2_048;
export const longestNameInUse = 128;

const dateTime = (description: string) => Type.Unsafe<string>({ type: 'string', format: 'date-time', description });

const revision = (description: string) =>
  text(`${description} "${originalsRevision}" is what was there before any KubeletConfig.`, id);

export const requestSchema = object('The one disruption that the agent asks for. Absent when it needs none.', {
  id: text(
    'Another one for each disruption: a retry needs its own grant, and so does each change between the same two revisions.',
    id,
  ),
  revision: revision('The revision to go to.'),
  inputs: optional(text('Hash of all that the revision was made from.', id)),
  reason: choice(
    'Why: Change (objects, labels or the machine ask for another revision), Drift (a managed file was changed outside kubelet-config), Retry (an earlier try was interrupted, or a person asked on the node to try again what failed), Restore (no object selects the node any more).',
    requestReasons,
  ),
  needsEmptyNode: optional(
    yesNo('Whether the change asks for a node without pods, such as another policy of the CPU manager. Absent for no.'),
  ),
});

const referencesSchema = (description: string) =>
  list(
    description,
    object('One KubeletConfig.', {
      name: text('Its name.', { maxLength: 63 }),
      uid: text('Its uid; empty for one from a file.', id),
      generation: integer('Its generation; 0 for one from a file.', generationOf),
      content: optional(text('Hash of what it gives to nodes: pausing its rollout changes the generation and not this.', id)),
    }),
    { maxItems: mostObjects, keys: ['name'] },
  );

export const failureSchema = object('A revision that this node has tried and undone, and does not try again by itself.', {
  inputs: text('Hash of all that the revision was made from: another one is tried again.', id),
  revision: revision('What was tried.'),
  reason: text('Why it failed.', { maxLength: longestFailureReason }),
  request: optional(text('The id of the approved request that failed; absent if no controller approved it.', id)),
  at: optional(dateTime('When it was undone, by the clock of the node.')),
  objects: optional(referencesSchema('The objects that it was made of.')),
});

const nodeWarningSchema = object('One warning.', {
  ...warningSchema.properties,
  object: optional(text('The KubeletConfig that it is about, if it is one.', { maxLength: 63 })),
});

const nameInUse = text('One of them.', { maxLength: longestNameInUse });

export const inUseSchema = object(
  'The settings of the kubelet as its next start takes them, so that upgrade-check can compare another release. No value that may be secret.',
  {
    flags: optional(
      list(
        'Its flags without the two dashes, each with its value; a repeated flag stands there several times.',
        text('NAME=VALUE.', { maxLength: longestFlagInUse + 1 }),
        { maxItems: mostFlagsInUse },
      ),
    ),
    configuration: optional(
      Type.Unsafe<JsonMap>(
        object('The fields that its KubeletConfiguration and the drop-ins to it set.', {}, { atomic: true, open: true }),
      ),
    ),
    withheld: optional(
      list(
        'Flags (with dashes) and fields that are set and whose value is not told: it may be secret, is too long, or no kubelet known here has the flag or field.',
        nameInUse,
        { maxItems: mostWithheldInUse },
      ),
    ),
    withheldMore: optional(integer('How many more such flags and fields there are.', count)),
    unread: optional(list('Paths of files with settings that cannot be read.', nameInUse, { maxItems: mostUnreadInUse })),
    argumentsUnknown: optional(yesNo('Whether the kubelet may have further arguments that nobody but its process knows.')),
    cgroupVersion: optional(integer('1 or 2: the version of the control groups of the machine.', { minimum: 1, maximum: 2 })),
  },
);

/** What an approval counts as: docs/rollout.md. */
export const places = ['Rollout', 'Cure', 'NewNode'] as const;

export const nodeKubeletSpecSchema = object('What the controller has decided for this node.', {
  approval: optional(
    object('The answer to status.request: an equal id is a grant, any other id is none.', {
      request: text('The id of the request that is granted; empty if an approval was taken back.', id),
      revision: optional(revision('The revision that is granted.')),
      term: optional(
        text(
          'The term of the controller that granted it: uid of its Lease, a slash, leaseTransitions. An agent takes up only what the present leader granted.',
          { maxLength: 128 },
        ),
      ),
      until: optional(dateTime('The agent must begin before this time, by the clock of the API server: a window ends then.')),
      stage: optional(
        choice('Drain: the controller empties the node, and the agent waits. Go, the default: the agent may begin.', [
          'Drain',
          'Go',
        ]),
      ),
      place: optional(
        choice(
          'Rollout: the node takes a place of its objects. Cure: it was unavailable already. NewNode: it has just joined and runs no pods yet.',
          places,
        ),
      ),
    }),
  ),
  retry: optional(
    text('The id of a request whose change failed: the agent may try the same again, because a person said so.', id),
  ),
});

export const nodeKubeletStatusSchema = object('What the agent of this node reports. Only the agent of this node writes it.', {
  observedGeneration: optional(integer('The generation of this object that the agent has seen.', generationOf)),
  phase: optional(
    choice(
      'Unmanaged: no object selects the node, and nothing of ours is on it. UpToDate: the node runs what the objects ask for. Waiting: a change is wanted and not granted yet. Applying: a granted change is being made. Paused: a change is wanted, and rollout.paused of an object keeps it waiting. Held: a change is wanted, and a person holds the node, has stopped its kubelet or has gone back to an earlier revision. Stalled: the objects cannot be carried out here, and the node keeps what it has. Failed: a change was tried and undone. Undoing: a change failed and its undo is not finished.',
      phases,
    ),
  ),
  request: optional(requestSchema),
  claimed: optional(text('The id of the request that the agent has begun, or completed last.', id)),
  applied: optional(revision('The revision that is on the host. Absent while it is in between, and where nothing of ours is.')),
  lastKnownGood: optional(revision('The last revision with which the kubelet has proved healthy.')),
  inputs: optional(referencesSchema('The objects of which the applied revision was made.')),
  desired: optional(referencesSchema('The objects that select the node now, as the agent has last seen them.')),
  failures: optional(
    list('What was tried and undone, the newest first.', failureSchema, { maxItems: mostFailures, keys: ['inputs'] }),
  ),
  pending: optional(
    list(
      'Paths on the host that the change would touch; the last entry says how many more there are.',
      text('A path.', { maxLength: 4096 }),
      { maxItems: mostPending },
    ),
  ),
  kubeletVersion: optional(text('Version of the kubelet that runs, as the Node reports it.', { maxLength: 128 })),
  inUse: optional(inUseSchema),
  kubeletStartTime: optional(dateTime('When the unit of the kubelet was last started, by the clock of the node.')),
  driftRepairs: optional(integer('How often the agent has brought back files that were changed outside kubelet-config.', count)),
  lastError: optional(
    object('What is wrong now; absent when nothing is.', {
      code: text('One word for programs; docs/errors.md explains each.', { maxLength: 64 }),
      message: text('What is wrong and what to do about it.', { maxLength: longestMessage }),
      since: optional(dateTime('Since when it is so, by the clock of the node.')),
    }),
  ),
  warningCount: optional(integer('How many warnings there are; absent without any.', count)),
  warnings: optional(
    list('What the node runs or asks for, and probably was not meant; it stops nothing. The first of all.', nodeWarningSchema, {
      maxItems: mostWarnings,
    }),
  ),
  conditions: optional(conditionsSchema),
});

export const nodeKubeletSchema = object(
  'How one node is doing, and whether it may change now. One per Node, with its name and owned by it; made by the agent on the node.',
  { spec: optional(nodeKubeletSpecSchema), status: optional(nodeKubeletStatusSchema) },
);
