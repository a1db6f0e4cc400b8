/**
 * spec.rollout: how fast a change may go through the fleet. It belongs to its object and is never merged.
 * The API server sets no defaults in it: they would hide that a misspelt field was dropped.
 */

import * as Type from 'typebox';
import { choice, integer, list, notEmpty, object, optional, rulesKeyword, text, yesNo } from './parts.ts';

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

const drainOptionsSchema = object(
  'How a node is drained.',
  {
    timeoutSeconds: optional(
      integer('Seconds after which a drain that is not finished is given up, and the node left as it is. Default 600.', {
        minimum: 10,
        maximum: 86400,
      }),
    ),
    evictEmptyDir: optional(
      yesNo('Whether pods with emptyDir volumes may be evicted, which loses the data of these volumes. Default false.'),
    ),
    evictUnmanaged: optional(
      yesNo('Whether pods that no controller would create again may be evicted, which loses these pods. Default false.'),
    ),
  },
  notEmpty,
);

const windowSchema = object('A time in which nodes may be changed.', {
  schedule: text('When it opens, in cron syntax with five fields, as in a CronJob: minute, hour, day, month, day of the week.', {
    maxLength: 128,
  }),
  duration: text('How long it stays open, e.g. 4h or 1h30m.', {
    maxLength: 16,
    pattern: '^([0-9]+h)?([0-9]+m)?$',
    expects: 'hours and minutes, e.g. 4h, 90m or 1h30m',
  }),
  timeZone: optional(
    text('Time zone of the schedule as in the IANA database, e.g. Europe/Berlin. Default Etc/UTC.', { maxLength: 64 }),
  ),
});

const respectSchema = object(
  'Marks that other tools for maintenance set on nodes. A node with one of them waits, and is not in the way of others.',
  {
    cordons: optional(yesNo('Whether a node waits while it is cordoned (spec.unschedulable). Default false.')),
    taints: optional(
      list('A node waits while it has a taint with one of these keys.', text('Key of a taint.', { maxLength: 317 }), {
        maxItems: 16,
      }),
    ),
    conditions: optional(
      list(
        'A node waits while one of these conditions of the Node is True.',
        text('Type of a condition, e.g. MaintenancePending.', { maxLength: 316 }),
        { maxItems: 16 },
      ),
    ),
  },
  notEmpty,
);

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
        'Changes a few nodes first, and the others after these have been healthy for a while.',
        {
          count: optional(
            integer('How many nodes may have a new content before the others follow. Default 1.', { minimum: 1, maximum: 5000 }),
          ),
          soakSeconds: optional(
            integer('Seconds for which all of them must be available before the others follow. Default 600.', {
              minimum: 0,
              maximum: 604800,
            }),
          ),
        },
        notEmpty,
      ),
    ),
    batches: optional(
      choice(
        'Doubling, the default: at most twice as many nodes change at once as have proved the new content, and maxFailures at the beginning. Full: as many as maxUnavailable allows, from the beginning.',
        ['Doubling', 'Full'],
      ),
    ),
    maxFailures: optional(
      integer('After this many nodes on which a content of the object failed, no further node is changed to it. Default 1.', {
        minimum: 1,
        maximum: 5000,
      }),
    ),
    topologyKey: optional(
      text(
        'Node label, e.g. topology.kubernetes.io/zone: the nodes with one value of it are finished before those with the next, nodes without the label last.',
        { maxLength: 317 },
      ),
    ),
    drain: optional(
      choice(
        'Whether the pods of a node are evicted before its kubelet is restarted. Never, the default: they go on running. WhenRequired: if the change asks for an empty node, such as another policy of the CPU manager. Always: before each change.',
        ['Never', 'WhenRequired', 'Always'],
      ),
    ),
    drainOptions: optional(drainOptionsSchema),
    approval: optional(
      choice(
        'Automatic, the default: the controller lets nodes change as the limits above allow. Manual: further nodes get a new content only when a person approves them with kubelet-config rollout approve.',
        ['Automatic', 'Manual'],
      ),
    ),
    windows: optional(
      list('Nodes are changed only while one of these windows is open. Without windows, at any time.', windowSchema, {
        maxItems: 16,
      }),
    ),
    respect: optional(respectSchema),
    dryRun: optional(
      yesNo(
        'While this is true no node is changed to this object; the status says which nodes would be changed, in which order. Default false.',
      ),
    ),
  },
  notEmpty,
);
