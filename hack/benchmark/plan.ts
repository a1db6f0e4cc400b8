/**
 * `npx tsx hack/benchmark/plan.ts`: how long the controller plans one pass over a fleet in the middle of a
 * rollout. Prints milliseconds, the median of repeated runs: the first pass of a controller, a pass in which
 * nothing has changed, and one after one NodeKubelet has changed.
 */

import { contentOf } from '../../src/api/content.ts';
import { defaultAllowance } from '../../src/api/paths.ts';
import { apiVersion, kind } from '../../src/api/schema/schema.ts';
import type { KubeletConfig, NodeKubelet } from '../../src/api/types.ts';
import type { AssessOptions } from '../../src/fleet/assess.ts';
import type { FleetNode, FleetView } from '../../src/fleet/fleet.ts';
import { unconfiguredTaintKey } from '../../src/fleet/new-nodes.ts';
import { makeValidator } from '../../src/fleet/object-health.ts';
import { noPassMemory, type PassMemory, planPass } from '../../src/fleet/pass.ts';

const fleets: readonly (readonly [nodes: number, objects: number])[] = [
  [100, 1],
  [1_000, 1],
  [5_000, 1],
  [10_000, 1],
  [5_000, 10],
  [5_000, 50],
];
const repetitions = 15;
const term = 'lease/1';
const validator = makeValidator(defaultAllowance);

/** The first object selects all nodes; each other one selects a pool. Every second node runs the new content of the first. */
function fleetOf(nodeCount: number, objectCount: number): FleetView {
  const kubeletConfigs = Array.from({ length: objectCount }, (_, index) => objectOf(index));
  const nodes = Array.from({ length: nodeCount }, (_, index) => nodeOf(index, objectCount));
  const nodeKubelets = nodes.map((node, index) => reportOf(node, kubeletConfigs, index % 2 === 0));
  return { kubeletConfigs, nodes, nodeKubelets, time: Date.UTC(2026, 0, 1) };
}

function objectOf(index: number): KubeletConfig {
  const name = index === 0 ? 'all' : `pool-${index}`;
  return {
    apiVersion,
    kind,
    metadata: { name, uid: `uid-${name}`, generation: 2, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: {
      nodeSelector: { matchLabels: index === 0 ? {} : { pool: `${index}` } },
      ...(index === 0 && { launcher: { host: {} } }),
      kubelet: { flags: index === 0 ? { v: 4 } : { 'max-pods': 110 } },
      rollout: { maxUnavailable: '10%' },
    },
  };
}

function nodeOf(index: number, pools: number): FleetNode {
  const name = `node-${String(index).padStart(5, '0')}`;
  const labels = { 'kubernetes.io/hostname': name, pool: `${index % pools}` };
  return { name, uid: `uid-${name}`, labels, ready: true, schedulable: true, deleting: false, taints: [], conditions: ['Ready'] };
}

function reportOf({ name, uid, labels }: FleetNode, objects: readonly KubeletConfig[], isUpdated: boolean): NodeKubelet {
  const own = [objects[0], objects[Number(labels['pool'])]].filter((object, index, all) => all.indexOf(object) === index);
  const desired = own.flatMap((object) => (object ? [referenceTo(object)] : []));
  const before = desired.map((reference, index) => (index === 0 ? { ...reference, generation: 1, content: 'old' } : reference));
  const request = { id: `${name}-r`, revision: 'r2', reason: 'Change' as const };
  return {
    apiVersion,
    kind: 'NodeKubelet',
    metadata: {
      name,
      uid: `report-${name}`,
      resourceVersion: '1',
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }],
    },
    status: {
      phase: isUpdated ? 'UpToDate' : 'Waiting',
      desired,
      inputs: isUpdated ? desired : before,
      ...(!isUpdated && { request }),
    },
  };
}

function referenceTo(object: KubeletConfig) {
  const { name, uid = '', generation = 0 } = object.metadata;
  return { name, uid, generation, content: contentOf(object) };
}

/** @returns the view after the agent of one node has written its report again: all else is the very same */
function afterOneReport(view: FleetView, turn: number): FleetView {
  const place = (turn * 7) % view.nodeKubelets.length;
  const nodeKubelets = view.nodeKubelets.map((one, index) =>
    index === place ? { ...one, metadata: { ...one.metadata, resourceVersion: `${turn + 2}` } } : one,
  );
  return { ...view, nodeKubelets };
}

function optionsAt(now: number): AssessOptions {
  const office = { term, inOffice: Date.UTC(2025, 0, 1), newNodeTaint: unconfiguredTaintKey, drains: new Map() };
  return { now, date: '2026-01-01T00:00:00Z', validator, ...office };
}

function measure(nodes: number, objects: number) {
  const times: Record<'first' | 'same' | 'changed', number[]> = { first: [], same: [], changed: [] };
  for (let turn = 0; turn < repetitions; turn += 1) {
    let view = fleetOf(nodes, objects);
    const pass = (memory: PassMemory, kept: number[]): PassMemory => {
      const begun = performance.now();
      const plan = planPass(view, memory, optionsAt(turn));
      kept.push(performance.now() - begun);
      return plan.memory;
    };
    const memory = pass(noPassMemory, times.first);
    const after = pass(memory, times.same);
    view = afterOneReport(view, turn);
    pass(after, times.changed);
  }
  const { first, same, changed } = times;
  return { nodes, objects, 'first pass': median(first), 'nothing new': median(same), 'one report': median(changed) };
}

function median(values: readonly number[]): string {
  const sorted = [...values].sort((one, other) => one - other);
  return (sorted[Math.floor(sorted.length / 2)] ?? Number.NaN).toFixed(1);
}

const [warmNodes, warmObjects] = [500, 2];
measure(warmNodes, warmObjects);
const rows = fleets.map(([nodes, objects]) => measure(nodes, objects));
const columns = ['nodes', 'objects', 'first pass', 'nothing new', 'one report'] as const;
const lines = [columns, ...rows.map((row) => columns.map((column) => String(row[column])))];
for (const line of lines) process.stdout.write(`${line.map((cell) => cell.padStart(12)).join('')}\n`);
process.stdout.write(`milliseconds, median of ${repetitions} runs\n`);
