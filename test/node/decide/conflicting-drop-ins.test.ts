import { expect, test } from 'vitest';
import { kubeletConfig } from '../../builders.ts';
import { memoryMachine, unitFile } from '../machine.ts';

const kubeadm = '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf';
const own = '/etc/systemd/system/kubelet.service.d/10-kubeadm.conf';
const other = '[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --other\n';
const plain = '[Service]\nEnvironment=A=1\n';

const object = (files: { path: string; content: string }[] = []) => kubeletConfig('workers', { launcher: { host: {} }, files });

test.each([
  '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf',
  '/run/systemd/system/service.d/10-all.conf',
  '/etc/systemd/system/service.d/99-all.conf',
])('a drop-in of others that sets ExecStart is refused: %s', async (path) => {
  const machine = await memoryMachine({ [path]: other });
  expect(await machine.apply([object()])).toMatchObject({ kind: 'Kept', problems: [{ code: 'UnitInvalid' }] });
});

test('a drop-in for all services counts by its name, beside ours', async () => {
  const dropIn = { ...object(), spec: { ...object().spec, takeover: 'Replace' as const, unit: { mode: 'DropIn' as const } } };
  const vendor = { '/usr/lib/systemd/system/kubelet.service': '[Service]\nExecStart=/usr/bin/kubelet\n' };
  const later = await memoryMachine({ ...vendor, '/usr/lib/systemd/system/service.d/99-all.conf': other });
  expect(await later.apply([dropIn])).toMatchObject({ kind: 'Kept', problems: [{ code: 'UnitInvalid' }] });
  const earlier = await memoryMachine({ ...vendor, '/usr/lib/systemd/system/service.d/10-all.conf': other });
  expect(await earlier.apply([dropIn])).toMatchObject({ kind: 'Changed' });
});

test('a file of the object hides it, and nothing is refused', async () => {
  const machine = await memoryMachine({ [kubeadm]: other });
  expect(await machine.apply([object([{ path: own, content: plain }])])).toMatchObject({ kind: 'Changed' });
  expect(machine.host()[own]).toBe(plain);
});

test('it comes back when that file goes, which is refused before anything is touched', async () => {
  const machine = await memoryMachine({ [kubeadm]: other });
  await machine.apply([object([{ path: own, content: plain }])]);
  const before = machine.host();
  expect(await machine.apply([object()])).toMatchObject({
    kind: 'Kept',
    problems: [{ code: 'UnitInvalid', reason: expect.stringContaining(kubeadm) }],
  });
  expect(machine.host()).toEqual(before);
  expect(before[unitFile]).toBeDefined();
});
