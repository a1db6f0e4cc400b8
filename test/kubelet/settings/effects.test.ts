import { expect, test } from 'vitest';
import { changeEffects } from '../../../src/kubelet/data/change-effects.ts';
import { fieldRow } from '../../../src/kubelet/field-table.ts';
import { isFlagOfAnyRelease } from '../../../src/kubelet/flag-table.ts';
import { describeEffect, effectWords } from '../../../src/kubelet/settings/effects.ts';
import { textOf } from '../../manifests/documents.ts';

test.each(changeEffects)(
  '$setting is a setting of the kubelet, and stands in the table of docs/changes.md',
  ({ setting, kind, why }) => {
    const isKnown = setting.startsWith('--') ? isFlagOfAnyRelease(setting.slice(2)) : fieldRow(setting) !== undefined;
    expect(isKnown).toBe(true);
    expect(textOf('docs/changes.md')).toContain(`| \`${setting}\` | ${effectWords[kind]} | ${why} |\n`);
  },
);

test('the table of docs/changes.md has no other row', () => {
  const rows = textOf('docs/changes.md').match(/^\| `.*$/gm) ?? [];
  expect(rows).toHaveLength(changeEffects.length);
});

test.each([
  ['Field', 'evictionHard["memory.available"]', /^running pods are admitted anew/],
  ['Field', 'kubeReserved.cpu', /^running pods are admitted anew/],
  ['Flag', '--node-labels', /^only a Node that registers/],
  ['Field', 'maxPodsPerDay', undefined],
  ['Variable', 'maxPods', undefined],
  ['Field', 'syncFrequency', undefined],
] as const)('%s %s', (kind, name, expected) => {
  const described = describeEffect({ kind, name });
  if (expected === undefined) expect(described).toBeUndefined();
  else expect(described).toMatch(expected);
});
