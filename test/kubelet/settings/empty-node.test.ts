import { expect, test } from 'vitest';
import type { Json } from '../../../src/api/json.ts';
import type { SettingChange } from '../../../src/kubelet/settings/compare.ts';
import { asksForEmptyNode, isOtherMinor } from '../../../src/kubelet/settings/empty-node.ts';
import type { Setting } from '../../../src/kubelet/settings/setting.ts';

const setting = (name: string, value: Json): Setting => ({
  kind: name.startsWith('--') ? 'Flag' : 'Field',
  name,
  value,
  by: '/file',
});
const changed = (name: string, from: Json, to: Json): SettingChange => ({
  kind: 'Changed',
  from: setting(name, from),
  to: setting(name, to),
});
const gained = (name: string, to: Json): SettingChange => ({ kind: 'New', to: setting(name, to) });
const lost = (name: string, from: Json, to?: Json): SettingChange => ({
  kind: 'Lost',
  from: setting(name, from),
  ...(to !== undefined && { to: { ...setting(name, to), by: undefined } }),
});

test.each<[string, SettingChange, boolean]>([
  ['the cgroup driver', changed('cgroupDriver', 'cgroupfs', 'systemd'), true],
  ['the cgroup driver by default', lost('cgroupDriver', 'systemd', 'cgroupfs'), true],
  ['the root of the cgroups', gained('cgroupRoot', '/pods'), true],
  ['the runtime', changed('containerRuntimeEndpoint', 'unix:///a', 'unix:///b'), true],
  ['who attaches volumes', changed('enableControllerAttachDetach', true, false), true],
  ['the length of user namespaces', changed('userNamespaces.idsPerPod', 65536, 131072), true],
  ['the directory of the kubelet', gained('--root-dir', '/data/kubelet'), true],
  ['the same directory, said for the first time', gained('--root-dir', '/var/lib/kubelet/'), false],
  ['the same directory, not said any more', lost('--root-dir', '/var/lib/kubelet'), false],
  ['the name of the node', gained('--hostname-override', 'other'), true],
  ['a topology policy that rejects', changed('topologyManagerPolicy', 'none', 'single-numa-node'), true],
  ['a topology policy that admits', changed('topologyManagerPolicy', 'restricted', 'best-effort'), false],
  ['the default topology policy', lost('topologyManagerPolicy', 'restricted', 'none'), false],
  ['the scope of the topology', changed('topologyManagerScope', 'container', 'pod'), true],
  ['the policy of the CPU manager, which the state file tells', changed('cpuManagerPolicy', 'none', 'static'), false],
  ['how many pods there may be', changed('maxPods', 110, 64), false],
  ['what is evicted', changed('evictionHard["memory.available"]', '100Mi', '1Gi'), false],
  ['what is reserved', changed('kubeReserved.cpu', '1', '2'), false],
  ['a variable of the same name', { kind: 'New', to: { ...setting('cgroupDriver', 'systemd'), kind: 'Variable' } }, false],
])('a change of %s', (_what, change, expected) => {
  expect(asksForEmptyNode([changed('v', 1, 2), change])).toBe(expected);
});

test('without changes no node needs to be empty', () => {
  expect(asksForEmptyNode([])).toBe(false);
});

test.each([
  ['v1.35.2', 'v1.36.1', true],
  ['v1.36.1', 'v1.35.2', true],
  ['v1.36', 'v1.36.2', false],
  ['v1.9.1', 'v1.10.0', true],
  [undefined, 'v1.36.1', false],
  ['v1.36.1', undefined, false],
  ['latest', 'v1.36.1', false],
] as const)('%s → %s', (before, after, expected) => {
  expect(isOtherMinor(before, after)).toBe(expected);
});
