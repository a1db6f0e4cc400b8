import { expect, test } from 'vitest';
import { watchList } from '../../../src/agent/watch-list.ts';
import type { ReconcileRequest } from '../../../src/node/model/preview.ts';
import { readInstalledKubelet } from '../../../src/node/ports/installed-kubelet.ts';
import { overlaid } from '../../../src/node/ports/overlay.ts';
import { kubeletConfig } from '../../builders.ts';
import { memoryMachine } from '../machine.ts';

const directory = '/etc/kubernetes/kubelet-config.d';
const own = `${directory}/50-kubelet-config.conf`;
const stranger = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: 5\n';
const kubeadm = {
  '/etc/systemd/system/kubelet.service': '[Service]\nExecStart=/usr/bin/kubelet\n',
  '/etc/systemd/system/kubelet.service.d/10-kubeadm.conf':
    '[Service]\nEnvironmentFile=-/etc/default/kubelet\nEnvironmentFile=-/etc/kubelet/*.env\nExecStart=\nExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml $KUBELET_EXTRA_ARGS\n',
  '/var/lib/kubelet/config.yaml': 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n',
};
const object = kubeletConfig('workers', { launcher: { existing: {} }, kubelet: { configuration: { maxPods: 64 } } });

test.each(['99-mine.conf', '.hidden.conf', 'more/x.conf'])(
  'a file of somebody else in our directory is refused: %s',
  async (name) => {
    const machine = await memoryMachine({ ...kubeadm, [`${directory}/${name}`]: stranger });
    const before = machine.host();
    const refused = { code: 'ConfigurationInvalid', reason: expect.stringContaining(`${directory}/${name} is not ours`) };
    expect(await machine.apply([object])).toMatchObject({ kind: 'Kept', problems: [refused] });
    expect(machine.host()).toEqual(before);
  },
);

test('a file that the kubelet does not read may lie there', async () => {
  const machine = await memoryMachine({ ...kubeadm, [`${directory}/50-kubelet-config.conf~`]: stranger });
  expect(await machine.apply([object])).toMatchObject({ kind: 'Changed', result: { kind: 'Committed' } });
});

test('one that comes later is told by every pass, and nothing is restarted for it', async () => {
  const machine = await memoryMachine(kubeadm);
  expect(await machine.apply([object])).toMatchObject({ kind: 'Changed', result: { kind: 'Committed' } });
  await machine.files.write(`${directory}/99-mine.conf`, { mode: 0o644, uid: 0, gid: 0, content: Buffer.from(stranger) });
  expect(await machine.apply([object])).toMatchObject({ kind: 'Kept', problems: [{ code: 'ConfigurationInvalid' }] });
  await machine.files.remove(`${directory}/99-mine.conf`);
  expect(await machine.apply([object])).toMatchObject({ kind: 'Unchanged' });
});

test('a link in the place of the directory is refused: the kubelet would not read it', async () => {
  const machine = await memoryMachine(kubeadm);
  await machine.files.link(directory, '/srv/elsewhere');
  const refused = { code: 'ConfigurationInvalid', reason: expect.stringContaining('is a symbolic link') };
  expect(await machine.apply([object])).toMatchObject({ kind: 'Kept', problems: [refused] });
});

test('no object may write there', async () => {
  const files = [{ path: `${directory}/60-more.conf`, content: stranger }];
  const machine = await memoryMachine(kubeadm);
  const spec = { ...object.spec, files };
  expect(await machine.apply([{ ...object, spec }])).toMatchObject({ problems: [{ code: 'PathNotAllowed' }] });
});

test('watched are the files of the node that may come, and whole directories where any name counts', async () => {
  const machine = await memoryMachine(kubeadm);
  const facts: ReconcileRequest['facts'] = async (_programs, asked) => ({
    osRelease: {},
    ...(asked && { installed: await readInstalledKubelet(overlaid(machine.files, asked.without), asked.unit) }),
  });
  expect(await machine.apply([object], { facts })).toMatchObject({ kind: 'Changed', result: { kind: 'Committed' } });
  const { paths, directories } = await watchList(machine, 'kubelet.service');
  expect(paths).toEqual(expect.arrayContaining([own, '/etc/default/kubelet', '/var/lib/kubelet/config.yaml']));
  expect(directories).toEqual(expect.arrayContaining([directory, '/etc/kubelet']));
});

test('a variable of the object is beaten by a file that a pattern names', async () => {
  const dropIn = '/etc/systemd/system/kubelet.service.d/90-site.conf';
  const spec = { ...object.spec, launcher: { host: {} }, unit: { environment: { HTTPS_PROXY: 'http://ours' } } };
  const machine = await memoryMachine({
    [dropIn]: '[Service]\nEnvironmentFile=-/etc/site/*.env\n',
    '/etc/site/proxy.env': 'HTTPS_PROXY=http://theirs\n',
  });
  expect(await machine.apply([{ ...object, spec }])).toMatchObject({
    kind: 'Kept',
    problems: [{ reason: expect.stringContaining('/etc/site/*.env') }],
  });
});
