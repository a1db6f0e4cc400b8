/** Expressions on a node: which objects need facts, what comes of their values, and what a failure does. */

import { describe, expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../../src/api/types.ts';
import type { HostFactsForExpressions } from '../../../src/computed/facts.ts';
import { stickyGiB } from '../../../src/computed/facts.ts';
import type { ReconcileRequest } from '../../../src/node/model/preview.ts';
import { kubeletConfig } from '../../builders.ts';
import { facts } from '../../computed/facts.ts';
import { type MemoryMachine, memoryMachine } from '../machine.ts';

const configuration = '/etc/kubernetes/kubelet-config.yaml';
const memoryFile = '/var/lib/kubelet-config/memory.json';
const host = { kubelet: { configuration: { cgroupDriver: 'systemd' } }, launcher: { host: {} } };

const computing = (name: string, computed: Record<string, string>, spec: Partial<KubeletConfigSpec> = {}) =>
  kubeletConfig(
    name,
    { ...spec, computed: Object.entries(computed).map(([path, expression]) => ({ path, expression })) },
    { uid: name },
  );

/** A machine with so many processors and so much memory. */
function sized(cpus: number, gib = 31): Pick<ReconcileRequest, 'machineFacts' | 'node'> {
  const machineFacts = async (last: number | undefined): Promise<HostFactsForExpressions> => ({
    ...facts,
    machine: { ...facts.machine, cpus: { value: cpus }, memoryGiB: { value: stickyGiB(gib * 2 ** 30, last) } },
  });
  return { machineFacts, node: { name: { value: 'a' }, annotations: { value: {} } } };
}

const configured = async (machine: MemoryMachine) => machine.host()[configuration];
const maxPods = 'kubelet.configuration.maxPods';
const workers = computing('workers', { [maxPods]: 'min(110, machine.cpus * 20)' }, host);

describe('the value', () => {
  test('is written, and a machine that grows changes it', async () => {
    const machine = await memoryMachine();
    expect(await machine.apply([workers], sized(2))).toMatchObject({ kind: 'Changed', result: { kind: 'Committed' } });
    expect(await configured(machine)).toContain('maxPods: 40');
    expect(await machine.apply([workers], sized(4))).toMatchObject({ kind: 'Changed' });
    expect(await configured(machine)).toContain('maxPods: 80');
  });

  test('alone is an input: facts that give the same value change nothing', async () => {
    const machine = await memoryMachine();
    await machine.apply([workers], sized(8));
    expect(await machine.apply([workers], sized(64))).toMatchObject({ kind: 'Unchanged' });
  });

  test('counts with the priority of its object', async () => {
    const machine = await memoryMachine();
    const above = kubeletConfig('above', { priority: 10, kubelet: { configuration: { maxPods: 7 } } }, { uid: 'above' });
    await machine.apply([workers, above], sized(2));
    expect(await configured(machine)).toContain('maxPods: 7');
    const computedAbove = computing('higher', { [maxPods]: 'machine.cpus' }, { priority: 20 });
    await machine.apply([workers, above, computedAbove], sized(2));
    expect(await configured(machine)).toContain('maxPods: 2');
  });

  test('is there before the patches of its object', async () => {
    const machine = await memoryMachine();
    const patches = [
      { op: 'test' as const, path: '/kubelet/configuration/maxPods', value: 40 },
      { op: 'remove' as const, path: '/kubelet/configuration/maxPods' },
    ];
    const patched = { ...workers, spec: { ...workers.spec, patches } };
    expect(await machine.apply([patched], sized(2))).toMatchObject({ kind: 'Changed' });
    expect(await configured(machine)).not.toContain('maxPods');
  });

  test('of two objects of equal priority is a conflict if it differs', async () => {
    const machine = await memoryMachine();
    const other = computing('xylo', { [maxPods]: 'machine.cpus * 20' });
    expect(await machine.apply([workers, other], sized(64))).toMatchObject({
      kind: 'Kept',
      problems: [{ code: 'Conflict', object: 'xylo' }],
    });
    expect(await machine.apply([workers, other], sized(2))).toMatchObject({ kind: 'Changed' });
  });
});

describe('a failure', () => {
  const sizes = computing('sizes', { [maxPods]: 'int(node.labels["size"])' });
  const base = kubeletConfig('base', host, { uid: 'base' });

  test('keeps what the node has, and names the object', async () => {
    const machine = await memoryMachine();
    await machine.apply([base], sized(2));
    const before = machine.host();
    expect(await machine.apply([base, sizes], sized(2))).toMatchObject({
      kind: 'Kept',
      problems: [{ code: 'ComputedFailed', object: 'sizes', reason: `${maxPods} = int(node.labels["size"]): No such key: size` }],
    });
    expect(machine.host()).toEqual(before);
  });

  test('ends with the label', async () => {
    const machine = await memoryMachine();
    expect(await machine.apply([base, sizes], { ...sized(2), labels: { size: '12' } })).toMatchObject({ kind: 'Changed' });
    expect(await configured(machine)).toContain('maxPods: 12');
  });

  test('of an object that does not select the node is none', async () => {
    const machine = await memoryMachine();
    const elsewhere = { ...sizes, spec: { ...sizes.spec, nodeSelector: { matchLabels: { role: 'other' } } } };
    expect(await machine.apply([base, elsewhere], sized(2))).toMatchObject({ kind: 'Changed' });
  });

  test('a path that objects may not write is refused as if it were written', async () => {
    const machine = await memoryMachine();
    const path = '"/etc/" + (machine.cpus > 1 ? "ssh" : "kubernetes") + "/kubelet.yaml"';
    const elsewhere = computing('elsewhere', { 'kubelet.configurationPath': path }, host);
    expect(await machine.apply([elsewhere], sized(2))).toMatchObject({
      kind: 'Kept',
      problems: [{ code: 'PathNotAllowed', object: 'elsewhere', writtenAt: ['spec', 'computed', 0, 'expression'] }],
    });
  });

  test('static pods in a place that an expression names are protected', async () => {
    const machine = await memoryMachine();
    const files = [{ path: '/etc/kubernetes/pods/a.yaml', content: 'kind: Pod\n' }];
    const pods = computing('pods', { 'kubelet.configuration.staticPodPath': '"/etc/kubernetes/" + "pods"' }, { ...host, files });
    expect(await machine.apply([pods], sized(2))).toMatchObject({ kind: 'Kept', problems: [{ code: 'PathNotAllowed' }] });
  });

  test('a value that no kubelet takes is refused at its expression', async () => {
    const machine = await memoryMachine();
    const wrong = computing('wrong', { 'kubelet.flags.node-status-update-frequency': 'node.name' }, host);
    expect(await machine.apply([wrong], sized(2))).toMatchObject({
      kind: 'Kept',
      problems: [{ code: 'FlagInvalid', object: 'wrong', writtenAt: ['spec', 'computed', 0, 'expression'] }],
    });
  });
});

test('a warning about an expression reaches the node', async () => {
  const machine = await memoryMachine();
  const cycle = computing('cycle', { 'kubelet.flags.hostname-override': 'node.name' }, host);
  expect(await machine.apply([cycle], sized(2))).toMatchObject({
    kind: 'Changed',
    warnings: expect.arrayContaining([expect.objectContaining({ code: 'ComputedCycle', object: 'cycle' })]),
  });
});

describe('facts', () => {
  test('are not read if no object that selects the node computes anything', async () => {
    const machine = await memoryMachine();
    const elsewhere = { ...workers, spec: { ...workers.spec, nodeSelector: { matchLabels: { role: 'other' } } } };
    const machineFacts = () => Promise.reject(new Error('they are read'));
    expect(await machine.apply([kubeletConfig('base', host), elsewhere], { machineFacts })).toMatchObject({ kind: 'Changed' });
  });

  test('the memory that was told last sticks, also for the next process', async () => {
    const machine = await memoryMachine();
    const memory = computing('memory', { [maxPods]: 'machine.memoryGiB' }, host);
    await machine.apply([memory], sized(2, 31.9));
    expect(await configured(machine)).toContain('maxPods: 31');
    expect(await machine.apply([memory], sized(2, 32.2))).toMatchObject({ kind: 'Unchanged' });
    expect(await machine.apply([memory], sized(2, 32.6))).toMatchObject({ kind: 'Changed' });
    expect(await machine.apply([memory], sized(2, 31.6))).toMatchObject({ kind: 'Unchanged' });
    expect(await configured(machine)).toContain('maxPods: 32');
  });

  test('the memory is written when it is another one, and never by a look', async () => {
    const machine = await memoryMachine();
    await machine.preview([workers], sized(2));
    expect((await machine.files.read(memoryFile)).kind).toBe('Absent');
    await machine.apply([workers], sized(2));
    const written = await machine.files.read(memoryFile);
    expect(written).toMatchObject({ kind: 'File', mode: 0o600 });
    await machine.files.remove(memoryFile);
    await machine.apply([kubeletConfig('base', host)], sized(2));
    expect((await machine.files.read(memoryFile)).kind).toBe('Absent');
  });

  test('a damaged record of the memory counts as none', async () => {
    const machine = await memoryMachine({ [memoryFile]: '{"checksum": "x", "value": {"memoryGiB": 99}}' });
    await machine.apply([computing('memory', { [maxPods]: 'machine.memoryGiB' }, host)], sized(2, 31.9));
    expect(await configured(machine)).toContain('maxPods: 31');
  });

  test('that this program cannot ask for are errors of the expressions that use them', async () => {
    const machine = await memoryMachine();
    expect(await machine.apply([workers])).toMatchObject({ kind: 'Kept', problems: [{ code: 'ComputedFailed' }] });
    const named = computing('named', { 'kubelet.flags.hostname-override': 'node.labels[?"a"].orValue("b")' }, host);
    expect(await machine.apply([named])).toMatchObject({ kind: 'Changed' });
  });
});
