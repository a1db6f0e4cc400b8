import { expect, test, vi } from 'vitest';
import type { Machine } from '../../../src/node/model/machine.ts';
import { InUseReader, type InUseRequest } from '../../../src/node/pass/settings-in-use.ts';

const unitPath = '/etc/systemd/system/kubelet.service';

/** A machine whose kubelet is started with one flag, and which systemd does not run. */
function machineWith(files: Map<string, string>) {
  let now = 0;
  const read = vi.fn(async (path: string) => {
    const text = files.get(path);
    return text === undefined
      ? { kind: 'Absent' as const }
      : { kind: 'File' as const, content: Buffer.from(text), mode: 0o644, uid: 0, gid: 0 };
  });
  const machine = {
    files: { read, list: async () => [] },
    systemd: { running: false },
    clock: { now: () => now },
  } as unknown as Machine;
  const later = (milliseconds: number) => {
    now += milliseconds;
  };
  return { machine, read, later };
}

const request: InUseRequest = { unit: 'kubelet.service', version: 'v1.36.1', invocationId: 'one', isChanged: false };
const unit = (v: number) => `[Service]\nExecStart=/usr/bin/kubelet --v=${v}\n`;

test('the files are read once for a run of the kubelet, and anew after a change, a restart, an upgrade and a while', async () => {
  const files = new Map([[unitPath, unit(1)]]);
  const { machine, read, later } = machineWith(files);
  const reader = new InUseReader();
  const next = async (partial: Partial<InUseRequest> = {}) => (await reader.read(machine, { ...request, ...partial }))?.flags;
  expect(await next()).toEqual(['v=1']);
  const reads = read.mock.calls.length;
  files.set(unitPath, unit(2));
  later(599_999);
  expect(await next()).toEqual(['v=1']);
  expect(read.mock.calls.length).toBe(reads);
  later(1);
  expect(await next()).toEqual(['v=2']);
  files.set(unitPath, unit(3));
  expect(await next({ isChanged: true })).toEqual(['v=3']);
  files.set(unitPath, unit(4));
  expect(await next({ invocationId: 'two' })).toEqual(['v=4']);
  files.set(unitPath, unit(5));
  expect(await next({ invocationId: 'two', version: 'v1.37.0' })).toEqual(['v=5']);
});

test('a machine without a kubelet has nothing to report', async () => {
  expect(await new InUseReader().read(machineWith(new Map()).machine, request)).toBeUndefined();
});
