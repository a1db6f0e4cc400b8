/**
 * spec.rollout: how fast a change may go through the fleet. It belongs to its object and is never merged.
 * The API server sets no defaults in it: they would hide that a misspelt field was dropped.
 */

import * as Type from 'typebox';
import { choice, integer, notEmpty, object, optional, rulesKeyword, text, yesNo } from './parts.ts';

const maxUnavailableSchema = Type.Unsafe<number | string>({
  'x-kubernetes-int-or-string': true,
  anyOf: [{ type: 'integer' }, { type: 'string' }],
  maxLength: 4,
  pattern: '^([1-9][0-9]?|100)%$',
  'x-expects': 'a count of at least 1, or a percentage from "1%" to "100%"',
  [rulesKeyword]: [
    {
      rule: 'type(self) == string || self >= 1',
      reason: 'maxUnavailable is less than 1',
      remedy: 'write a count of at least 1 or a percentage from 1% to 100%; to stop a rollout set paused: true',
    },
  ],
  description:
    'How many of its nodes may be unavailable at once, for whatever reason: a count, or a percentage of the nodes that this object selects or that run it, rounded down, at least 1. Default 1. 0 is refused; use paused to stop.',
});

export const rolloutSchema = object(
  'How a change of this object goes through the fleet.',
  {
    paused: optional(
      yesNo(
        'While this is true no further node is changed that this object selects or that runs it; deleting the object is not held up. Default false.',
      ),
    ),
    maxUnavailable: optional(maxUnavailableSchema),
    canary: optional(
      object(
        'Changes a few nodes first and waits before the others. Not built yet.',
        {
          count: optional(integer('How many nodes go first.', { minimum: 1, maximum: 5000 })),
          soakSeconds: optional(
            integer('Seconds for which they must stay healthy before the others follow.', { minimum: 0, maximum: 604800 }),
          ),
        },
        notEmpty,
      ),
    ),
    maxFailures: optional(
      integer('After this many nodes on which a generation of the object failed, no further node is changed to it. Default 1.', {
        minimum: 1,
        maximum: 5000,
      }),
    ),
    topologyKey: optional(
      text(
        'Node label, e.g. topology.kubernetes.io/zone: the nodes with one value of it are finished before those with the next. Not built yet.',
        {
          maxLength: 317,
        },
      ),
    ),
    drain: optional(
      object(
        'Drains a node before its kubelet is restarted. Leave it out for no drain. Not built yet.',
        {
          timeoutSeconds: optional(
            integer('Seconds after which a drain that is not finished is given up and the node left as it is.', {
              minimum: 1,
              maximum: 86400,
            }),
          ),
          deleteEmptyDirData: optional(yesNo('Whether pods with emptyDir volumes may be evicted, which loses their data.')),
        },
        notEmpty,
      ),
    ),
    approval: optional(
      choice(
        'Automatic: the controller lets nodes change as the limits above allow. Manual: a person approves each wave. Not built yet: Manual is not taken. Default Automatic.',
        ['Automatic', 'Manual'],
      ),
    ),
  },
  notEmpty,
);
