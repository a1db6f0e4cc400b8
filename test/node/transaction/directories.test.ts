import { beforeEach, describe, expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../../src/api/types.ts';
import { stateFile } from '../../../src/node/transaction/state-file.ts';
import { kubeletConfig } from '../../builders.ts';
import { failOn } from '../../fakes/files.ts';
import { failCall } from '../../fakes/systemd.ts';
import { type MemoryMachine, memoryMachine } from '../machine.ts';

const extra = '/etc/kubernetes/made/by/us/extra.conf';
const object = (spec: Partial<KubeletConfigSpec> = {}) =>
  kubeletConfig('workers', {
    kubelet: { configuration: { maxPods: 64 } },
    launcher: { host: {} },
    files: [{ path: extra, mode: '0644', content: 'x' }],
    ...spec,
  });

let machine: MemoryMachine;

/** Somebody else's: one that is empty, and one that is not. */
beforeEach(async () => {
  machine = await memoryMachine({ '/opt/cni/loopback': 'x' });
  machine.files.putDirectory('/opt/bin');
  machine.files.putDirectory('/etc/systemd/system');
});

/** Below /etc and /opt, without files. */
async function directories(below = ['/etc', '/opt']): Promise<string[]> {
  const found: string[] = [];
  for (const path of below) {
    const inner = await machine.files.past.list(path).catch(() => undefined);
    if (inner) found.push(path, ...(await directories(inner.map((name) => `${path}/${name}`))));
  }
  return found;
}
const theirs = ['/etc', '/etc/systemd', '/etc/systemd/system', '/opt', '/opt/bin', '/opt/cni'];

describe('directories that we made', () => {
  test('go with our files when the objects are withdrawn, and no others do', async () => {
    expect(await directories()).toEqual(theirs);
    await machine.apply([object()]);
    expect(await directories()).toContain('/etc/kubernetes/made/by/us');
    await machine.apply([]);
    expect(await directories()).toEqual(theirs);
  });

  test('also those of an earlier change', async () => {
    await machine.apply([object()]);
    await machine.apply([object({ files: [] })]);
    await machine.apply([object({ kubelet: { configuration: { maxPods: 65 } } })]);
    await machine.apply([]);
    expect(await directories()).toEqual(theirs);
  });

  test('stay where anything else is in them by now', async () => {
    await machine.apply([object()]);
    machine.files.put('/etc/kubernetes/made/of-somebody-else', 'x');
    await machine.apply([]);
    expect(await directories()).toEqual([theirs[0], '/etc/kubernetes', '/etc/kubernetes/made', ...theirs.slice(1)]);
  });

  test('go when the very first change is undone', async () => {
    machine.systemd.failWhen(failCall('restart', 'JobFailed', 'After'));
    expect(await machine.apply([object()])).toMatchObject({ result: { kind: 'Undone' } });
    expect(await directories()).toEqual(theirs);
  });

  test('are nobody’s afterwards: one that comes again is left alone', async () => {
    await machine.apply([object()]);
    await machine.apply([]);
    machine.files.putDirectory('/etc/kubernetes');
    await machine.apply([]);
    expect(await directories()).toContain('/etc/kubernetes');
    await machine.apply([object({ files: [], kubelet: { flags: { v: 2 } } })]);
    await machine.apply([]);
    expect(await directories()).toContain('/etc/kubernetes');
  });

  test('that cannot be removed do no harm', async () => {
    await machine.apply([object()]);
    machine.files.failWhen(failOn('/etc/kubernetes/made/by/us', 'EROFS', 'removeDirectory'));
    expect(await machine.apply([])).toMatchObject({ result: { kind: 'Committed' } });
    expect(machine.host()).toEqual({ '/opt/cni/loopback': 'x' });
  });
});

test('a record from before they were written down reads as ever', async () => {
  await machine.apply([object()]);
  const path = '/var/lib/kubelet-config/committed/000001/record.json';
  const { value } = JSON.parse(machine.files.contents()[path] ?? '');
  expect(value.directories).toContain('/etc/kubernetes/made/by');
  const { directories: _directories, ...older } = value;
  machine.files.put(path, stateFile(older).content.toString());
  expect(await machine.apply([])).toMatchObject({ result: { kind: 'Committed' } });
  expect(machine.host()).toEqual({ '/opt/cni/loopback': 'x' });
});
