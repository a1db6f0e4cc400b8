import { expect, test } from 'vitest';
import type { KubeletConfig } from '../../src/api/types.ts';
import { validateKubeletConfig } from '../../src/api/validate/validate.ts';
import { type ClusterView, type NodeSeen, readCluster } from '../../src/source/cluster.ts';
import { kubeletConfig } from '../builders.ts';

const node: NodeSeen = { name: 'a', uid: 'node', labels: { role: 'worker' }, kubeletVersion: 'v1.36.2' };
const spec = { nodeSelector: { matchLabels: { role: 'worker' } }, launcher: { host: {} } };
const workers = kubeletConfig('workers', spec, { uid: 'w', generation: 1 });
const others = kubeletConfig('others', { ...spec, nodeSelector: { matchLabels: { role: 'other' } } });
const misspelt = (object: KubeletConfig) => ({ ...object, spec: { ...object.spec, kublet: {} } }) as KubeletConfig;

const read = (view: Partial<ClusterView>) =>
  readCluster({ kubeletConfigs: [workers, others], node, nodeName: 'a', trouble: undefined, ...view }, validateKubeletConfig);
const lost = (reason: string) => ({
  answer: { kind: 'Unknown', problems: [{ code: 'SourceLost', reason }] },
  selected: undefined,
});

test('answers with the objects that select the node', () => {
  expect(read({})).toMatchObject({ answer: { kind: 'Answers', objects: [workers] }, labels: node.labels, selected: [workers] });
});

test('a node that nothing selects is an answer too', () => {
  expect(read({ kubeletConfigs: [others] })).toMatchObject({ answer: { kind: 'Answers', objects: [] }, selected: [] });
});

test.each<[string, Partial<ClusterView>, string]>([
  ['objects that were never listed', { kubeletConfigs: undefined }, 'the API server has not answered yet'],
  ['the reason for it', { kubeletConfigs: undefined, trouble: 'list nodes: refused' }, 'list nodes: refused'],
  ['a Node that was never listed', { node: 'NotListed' }, 'the API server has not answered yet'],
  ['a Node that is gone', { node: 'Missing' }, 'the API server has no Node named a'],
])('%s is absence of evidence', (_what, view, reason) => {
  expect(read(view)).toMatchObject(lost(reason));
});

test('an object that is being deleted is gone for its nodes', () => {
  const deleting = { ...workers, metadata: { ...workers.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
  expect(read({ kubeletConfigs: [deleting] })).toMatchObject({ answer: { kind: 'Answers', objects: [] } });
});

test('a wrong object stops the nodes that it selects, and no other', () => {
  expect(read({ kubeletConfigs: [misspelt(workers), others] })).toMatchObject({
    answer: { kind: 'Unknown', problems: [{ code: 'UnknownField', object: 'workers' }] },
    selected: [{ metadata: { name: 'workers' } }],
  });
  expect(read({ kubeletConfigs: [workers, misspelt(others)] })).toMatchObject({ answer: { kind: 'Answers' } });
});
