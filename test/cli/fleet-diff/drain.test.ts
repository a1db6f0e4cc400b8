import { expect, test } from 'vitest';
import { defaultAllowance } from '../../../src/api/paths.ts';
import type { KubeletConfigSpec } from '../../../src/api/types.ts';
import { drainNeed } from '../../../src/cli/fleet-diff/drain.ts';
import { desiredFor } from '../../../src/desired/effective.ts';
import { stored } from '../../fleet/builders.ts';

type Kubelet = NonNullable<KubeletConfigSpec['kubelet']>;
const desired = (kubelet: Kubelet) => desiredFor([stored('workers', { kubelet })], {}, defaultAllowance);

/** What drain says, for a change between two kubelets. */
function need(drain: 'Never' | 'WhenRequired' | 'Always' | undefined, before: Kubelet, after: Kubelet) {
  return drainNeed([stored('workers', { rollout: { ...(drain && { drain }) } })], desired(before), desired(after));
}

const [one, other] = [{ flags: { v: 2 } }, { flags: { v: 4 } }];

test.each([
  [undefined, one, other, 'No'],
  ['Never', { version: 'v1.35.1' }, { version: 'v1.36.1' }, 'No'],
  ['Always', one, other, 'Yes'],
  ['WhenRequired', one, other, 'Unknown'],
  ['WhenRequired', { version: 'v1.36.1' }, { version: 'v1.36.2' }, 'Unknown'],
  ['WhenRequired', { version: 'v1.35.1' }, { version: 'v1.36.1' }, 'Yes'],
  ['WhenRequired', { configuration: { cgroupDriver: 'systemd' } }, { configuration: { cgroupDriver: 'cgroupfs' } }, 'Yes'],
  ['WhenRequired', one, { ...one, configuration: { topologyManagerPolicy: 'restricted' } }, 'Yes'],
  ['WhenRequired', one, { flags: { v: 2, 'root-dir': '/data/kubelet' } }, 'Yes'],
] as const)('%s, from %j to %j: %s', (drain, before, after, expected) => {
  expect(need(drain, before, after)).toBe(expected);
});

test('of several objects the strictest counts', () => {
  const objects = [stored('a'), stored('b', { rollout: { drain: 'Always' } })];
  expect(drainNeed(objects, desired(one), desired(other))).toBe('Yes');
});
