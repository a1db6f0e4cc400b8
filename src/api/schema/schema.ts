/** The schema of KubeletConfig. The TypeScript types, the CRD and the offline validation are made from it. */

import { mergedDefaults } from '../defaults.ts';
import { kubeletSchema } from './kubelet.ts';
import { launcherSchema } from './launcher.ts';
import { choice, integer, list, map, notEmpty, object, optional, text } from './parts.ts';
import { rolloutSchema } from './rollout.ts';
import { statusSchema } from './status.ts';
import { computedSchema, filesSchema, healthSchema, patchesSchema, unitSchema } from './unit.ts';

export const group = 'kubelet-config.dev';
export const version = 'v1alpha1';
export const apiVersion = `${group}/${version}` as const;
export const kind = 'KubeletConfig';

/** The fields of spec that are merged per node. No field below them may have a default in the CRD. */
export const mergedFields = ['kubelet', 'launcher', 'unit', 'files', 'health', 'drift'] as const;

const labelValue = { maxLength: 63 };
const labelKey = { maxLength: 317 };

export const labelSelectorSchema = object(
  'Which nodes, by their labels; all parts must match. matchLabels: {} selects every node. An empty selector is refused, because that is what the API server leaves of a misspelt one.',
  {
    matchLabels: optional(
      map('Labels that the node must have, with these values.', text('Value of the label.', labelValue), { maxProperties: 32 }),
    ),
    matchExpressions: optional(
      list(
        'Expressions that must all hold.',
        object(
          'One expression over a label.',
          {
            key: text('Key of the label.', labelKey),
            operator: choice('How the label relates to values. Exists and DoesNotExist take no values.', [
              'In',
              'NotIn',
              'Exists',
              'DoesNotExist',
            ]),
            values: optional(
              list('Values for In and NotIn, at least one.', text('Value of the label.', labelValue), { maxItems: 64 }),
            ),
          },
          {
            rules: [
              {
                rule: "self.operator in ['In','NotIn'] ? has(self.values) && size(self.values) > 0 : !has(self.values) || size(self.values) == 0",
                reason: 'In and NotIn need at least one value, Exists and DoesNotExist take none',
                remedy: 'add values, or leave them out for Exists and DoesNotExist',
              },
            ],
          },
        ),
        { maxItems: 32 },
      ),
    ),
  },
  { atomic: true, ...notEmpty },
);

export const specSchema = object('What the selected nodes should have.', {
  // Required, since the API server prunes a misspelt key, and its absence would then select every node.
  nodeSelector: labelSelectorSchema,
  priority: optional(
    integer(
      'Where several objects select a node and set the same field, the one with the higher priority wins, field by field.',
      {
        minimum: -1_000_000,
        maximum: 1_000_000,
        default: 0,
      },
    ),
  ),
  kubelet: optional(kubeletSchema),
  launcher: optional(launcherSchema),
  unit: optional(unitSchema),
  files: optional(filesSchema),
  patches: optional(patchesSchema),
  computed: optional(computedSchema),
  health: optional(healthSchema),
  drift: optional(
    choice(
      `What happens when someone else changes a managed file: Repair brings it back, Report only says so. Default ${mergedDefaults.drift}. Merged per node.`,
      ['Repair', 'Report'],
    ),
  ),
  deletionPolicy: optional(
    choice(
      'What happens to the files of this object when no object wants them any more: Restore brings back what was there before, Orphan leaves them. Where objects differ about one path, Orphan wins.',
      ['Restore', 'Orphan'],
      { default: 'Restore' },
    ),
  ),
  takeover: optional(
    choice(
      'Whether a change may lose settings that others gave to the kubelet of a node. With Refuse, the default, it is refused, and says which; Replace accepts the loss. What counts is the object that names the launcher.',
      ['Refuse', 'Replace'],
    ),
  ),
  rollout: optional(rolloutSchema),
});

export const kubeletConfigSchema = object(
  'Says which kubelet the selected nodes run, how it is launched and with which flags and settings.',
  { spec: specSchema, status: optional(statusSchema) },
  {
    rules: [
      {
        rule: 'self.metadata.name.size() <= 63',
        reason: 'metadata.name has more than 63 characters',
        remedy: 'choose a shorter name: it is used as a label value and in file names',
      },
    ],
  },
);
