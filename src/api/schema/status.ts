/** status: what the controller reports, by the rules of kstatus. */

import * as Type from 'typebox';
import { choice, integer, list, object, optional, text, yesNo } from './parts.ts';

const count = { minimum: 0, maximum: 2 ** 31 - 1 };
export const generationOf = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER };

const dateTime = (description: string) => Type.Unsafe<string>({ type: 'string', format: 'date-time', description });

/**
 * Nodes that `failures` names; the counts include all. It is small since every agent receives the status
 * (design F5).
 */
export const mostFailedNodes = 5;

/** Warnings that a KubeletConfig names; its count includes all. */
export const mostWarnings = 3;
/** Characters of a warning's path; then those of its message. */
export const longestWarningPath = 256;
export const longestWarning = 512;

export const warningSchema = object('One warning.', {
  code: text('One word for programs; docs/errors.md explains each.', { maxLength: 64 }),
  path: text('The field that it is about; empty for none.', { maxLength: longestWarningPath }),
  message: text('What is odd and what to do about it.', { maxLength: longestWarning }),
});

const conditionSchema = object('One aspect of the state of the object.', {
  type: text('Ready, Reconciling or Stalled.', { maxLength: 316 }),
  status: choice('Whether the condition holds.', ['True', 'False', 'Unknown']),
  observedGeneration: optional(integer('The generation of the object that this condition speaks of.', generationOf)),
  lastTransitionTime: dateTime('When status last changed.'),
  reason: Type.Unsafe<string>({
    type: 'string',
    minLength: 1,
    maxLength: 1024,
    pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
    description: 'One word in CamelCase for programs.',
  }),
  message: text('What is true and what to do about it, for people.', { maxLength: 32768 }),
});

export const conditionsSchema = list('Ready, Reconciling and Stalled as kstatus defines them.', conditionSchema, {
  maxItems: 16,
  keys: ['type'],
});

/** Failed nodes that `rollout` names. Their count includes all. */
export const mostCountedFailures = 5;

const rolloutStatusSchema = object(
  'What the controller must not forget about the rollout of one content. It begins anew when the content changes.',
  {
    content: text('Hash of what the object gives to nodes.', { maxLength: 64 }),
    canaries: optional(text('Identifies the set of canaries that soak, or have.', { maxLength: 64 })),
    soakSince: optional(dateTime('Since when all canaries have the content and are available, by the clock of the API server.')),
    provenAt: optional(dateTime('When the canaries had soaked for long enough, by the clock of the API server.')),
    failed: optional(
      object('The nodes on which this content failed, also those that are gone by now.', {
        count: integer('How many.', count),
        nodes: optional(
          list(
            'The last of them.',
            object('One node.', {
              name: text('Its name.', { maxLength: 253 }),
              request: text('The id of the request that failed.', { maxLength: 64 }),
            }),
            { maxItems: mostCountedFailures, keys: ['name'] },
          ),
        ),
      }),
    ),
    retried: optional(text('The last value of the annotation kubelet-config.dev/retry that was heeded.', { maxLength: 64 })),
    onTrial: optional(yesNo('After a retry only one node changes at a time, until one has proved the content. Absent for no.')),
  },
);

const description = 'What became of the object. Written by the controller.';

export const statusSchema = object(
  description,
  {
    observedGeneration: optional(
      integer('The generation of the object that this status speaks of; -1 before the controller has seen it.', {
        ...generationOf,
        minimum: -1,
      }),
    ),
    nodes: optional(
      object('How many nodes are in which state.', {
        matched: optional(integer('Nodes that the object selects.', count)),
        updated: optional(integer('Nodes that run it.', count)),
        updating: optional(integer('Nodes that are changing now.', count)),
        waiting: optional(integer('Nodes that wait for their turn.', count)),
        failed: optional(integer('Nodes on which it failed, or cannot be carried out; they keep what they had.', count)),
        held: optional(integer('Nodes that a person keeps from changing; they keep what they have.', count)),
        withoutAgent: optional(integer('Selected nodes on which no agent answers.', count)),
      }),
    ),
    failures: optional(
      list(
        'Some of the nodes on which it failed or cannot be carried out, by name; the counts tell of all of them.',
        object('One node.', {
          node: text('Its name.', { maxLength: 253 }),
          reason: text('The error that its agent reports, cut short. The NodeKubelet of that name has all of it.', {
            maxLength: 256,
          }),
        }),
        { maxItems: mostFailedNodes, keys: ['node'] },
      ),
    ),
    rollout: optional(rolloutStatusSchema),
    warningCount: optional(integer('How many different warnings there are; absent without any.', count)),
    warnings: optional(
      list(
        'Some of the warnings about it, its own and those of its nodes, cut short; the count tells of all of them. They stop nothing.',
        warningSchema,
        { maxItems: mostWarnings },
      ),
    ),
    conditions: optional(conditionsSchema),
  },
  // kstatus takes an object without status for done, so a pipeline would go on before the controller has seen
  // it.
  { default: { observedGeneration: -1 } },
);
