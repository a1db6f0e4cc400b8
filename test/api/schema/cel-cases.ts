/**
 * Objects that keep and that break each CEL rule, at each place of the schema, alone and together with other
 * faults.
 */

import { rootSchema, rulesOf, schemaNodes } from '../../../src/api/schema/walk.ts';
import { examplePath, objectWith } from '../../cluster/kubelet-configs.ts';
import { ruleVectors } from '../validate/rule-vectors.ts';

export interface CelCase {
  readonly what: string;
  readonly object: object;
}

const bySchema: readonly CelCase[] = schemaNodes(rootSchema).flatMap(({ path, node }) =>
  rulesOf(node).flatMap(({ rule }) =>
    ruleVectors
      .filter((vector) => vector.rule === rule)
      .map(({ self }) => ({ what: `${path.join('.')}: ${rule}`, object: objectWith(examplePath(path), self) })),
  ),
);

const volumes = ['spec', 'launcher', 'rkt', 'volumes'];

const together: readonly CelCase[] = [
  {
    what: 'two rules at two places',
    object: objectWith(['spec'], {
      nodeSelector: { matchLabels: {} },
      launcher: {},
      patches: [{ op: 'remove', path: '/priority' }],
    }),
  },
  {
    what: 'one rule at two items, between them one that holds',
    object: objectWith(volumes, [{ name: 'a' }, { name: 'b', empty: {} }, { name: 'c', empty: {}, hostPath: '/c' }]),
  },
  {
    what: 'a rule, and a pattern that does not fit',
    object: objectWith(['spec'], { nodeSelector: { matchLabels: {} }, launcher: {}, files: [{ path: 'opt/../a' }] }),
  },
  {
    what: 'a rule, and a number out of its range',
    object: objectWith(['spec', 'health'], { minReadySeconds: 60, timeoutSeconds: 9 }),
  },
  {
    what: 'a rule, and a wrong type elsewhere: no rule is looked at',
    object: objectWith(['spec'], { nodeSelector: { matchLabels: {} }, launcher: {}, priority: 'high' }),
  },
  {
    what: 'a rule, and a field that is missing: no rule is looked at',
    object: objectWith(['spec'], { launcher: {} }),
  },
  {
    what: 'a rule about a field that is null, which is dropped before',
    object: objectWith(['spec', 'launcher'], { rkt: null, host: {} }),
  },
  {
    what: 'characters that are one to CEL, and more as bytes or in UTF-16',
    object: objectWith(['spec', 'files', 0], { path: '/opt/é/😀/..' }),
  },
  {
    what: 'a line break before what a pattern looks for at the end',
    object: objectWith(['spec', 'patches', 0], { op: 'remove', path: '/kubelet\n/launcher/' }),
  },
  { what: 'a percentage that is none', object: objectWith(['spec', 'rollout', 'maxUnavailable'], '0') },
  { what: 'a number beyond 32 bits', object: objectWith(['spec', 'rollout', 'maxUnavailable'], 2 ** 32) },
];

export const celCases: readonly CelCase[] = [...bySchema, ...together];
