/** Which changes of a node ask the controller for a node without pods. */

import { expect, test } from 'vitest';
import type { DisruptionRequest, KubeletConfigSpec } from '../../../src/api/types.ts';
import type { Authority } from '../../../src/node/model/permission.ts';
import { kubeletConfig } from '../../builders.ts';
import { type MemoryMachine, memoryMachine } from '../machine.ts';

type Kubelet = NonNullable<KubeletConfigSpec['kubelet']>;

const workers = (configuration: object, kubelet: Kubelet = {}) =>
  kubeletConfig('workers', {
    kubelet: { ...kubelet, configuration: { ...configuration } },
    launcher: { host: {} },
    health: { minReadySeconds: 0 },
  });

async function running(object: ReturnType<typeof workers>): Promise<MemoryMachine> {
  const machine = await memoryMachine({}, undefined, { keepsState: true });
  expect(await machine.apply([object])).toMatchObject({ kind: 'Changed', result: { kind: 'Committed' } });
  return machine;
}

function asking(request?: DisruptionRequest): Authority {
  return {
    permission: { kind: 'Controller', request, claimed: undefined, approval: undefined, isUnregistered: false, newId: 'new' },
    claim: () => Promise.resolve({ kind: 'NotClaimed', why: 'nothing is granted' }),
  };
}

async function asked(machine: MemoryMachine, objects: readonly ReturnType<typeof workers>[], stands?: DisruptionRequest) {
  const outcome = await machine.apply(objects, { authority: asking(stands), retry: false });
  expect(outcome.kind).toBe('Waiting');
  return outcome.kind === 'Waiting' ? outcome.request : undefined;
}

const pinned = { cpuManagerPolicy: 'static', kubeReserved: { cpu: '1' } };

test.each<[string, object, object, boolean]>([
  ['another policy of the CPU manager', { maxPods: 10 }, pinned, true],
  ['back to no policy', pinned, { maxPods: 10 }, true],
  ['other CPUs reserved, with a policy', pinned, { ...pinned, kubeReserved: { cpu: '2' } }, true],
  ['other CPUs reserved, without a policy', { kubeReserved: { cpu: '1' } }, { kubeReserved: { cpu: '2' } }, false],
  ['another cgroup driver', {}, { cgroupDriver: 'systemd' }, true],
  ['the default said in so many words', {}, { cgroupDriver: 'cgroupfs', maxPods: 11 }, false],
  ['fewer pods', { maxPods: 110 }, { maxPods: 64 }, false],
])('%s', async (_what, from, to, expected) => {
  const machine = await running(workers(from));
  expect((await asked(machine, [workers(to)]))?.needsEmptyNode ?? false).toBe(expected);
});

test('a kubelet of another minor', async () => {
  const host = { version: 'v1.30.2' };
  const machine = await memoryMachine({}, undefined, { keepsState: true, kubeletVersion: () => host.version });
  const committed = { kind: 'Changed', result: { kind: 'Committed' } };
  expect(await machine.apply([workers({}, { version: 'v1.30' })])).toMatchObject(committed);
  const patched = await asked(machine, [workers({ maxPods: 11 }, { version: 'v1.30.2' })]);
  expect(patched).not.toHaveProperty('needsEmptyNode');
  host.version = 'v1.31.1';
  expect(await asked(machine, [workers({ maxPods: 11 }, { version: 'v1.31' })])).toMatchObject({ needsEmptyNode: true });
});

test('the way back to a machine without a kubelet does not ask: nothing starts there that would have to fit', async () => {
  const machine = await running(workers(pinned));
  const back = await asked(machine, []);
  expect(back).toMatchObject({ reason: 'Restore' });
  expect(back).not.toHaveProperty('needsEmptyNode');
});

test('a request that stands is corrected and keeps its id', async () => {
  const machine = await running(workers({}));
  const first = await asked(machine, [workers({ cgroupDriver: 'systemd' })]);
  expect(first).toMatchObject({ id: 'new', needsEmptyNode: true });
  const { needsEmptyNode: _left, ...older } = first ?? { id: '', revision: '', reason: 'Change' as const };
  expect(await asked(machine, [workers({ cgroupDriver: 'systemd' })], { ...older, id: 'older' })).toEqual({
    ...first,
    id: 'older',
  });
});
