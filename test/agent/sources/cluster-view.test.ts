import { describe, expect, test } from 'vitest';
import { readCluster, validateStored } from '../../../src/agent/sources/cluster-view.ts';
import type { KubeletConfig } from '../../../src/api/types.ts';
import { validateKubeletConfig } from '../../../src/api/validate/validate.ts';
import type { ClusterView, NodeSeen } from '../../../src/node/model/cluster-view.ts';
import { kubeletConfig } from '../../builders.ts';

const node: NodeSeen = { name: 'a', uid: 'node', labels: { role: 'worker' }, annotations: {}, kubeletVersion: 'v1.36.2' };
const spec = { nodeSelector: { matchLabels: { role: 'worker' } }, launcher: { host: {} } };
const workers = kubeletConfig('workers', spec, { uid: 'w', generation: 1 });
const others = kubeletConfig('others', { ...spec, nodeSelector: { matchLabels: { role: 'other' } } });
const wrong = (object: KubeletConfig) =>
  ({ ...object, spec: { ...object.spec, kubelet: { flags: { v: {} } } } }) as unknown as KubeletConfig;
/** As a newer CRD would have it. */
const newer = (object: KubeletConfig, fields: object) => ({ ...object, spec: { ...object.spec, ...fields } }) as KubeletConfig;

const validate = validateStored(validateKubeletConfig);
const read = (view: Partial<ClusterView>) =>
  readCluster({ kubeletConfigs: [workers, others], node, nodeName: 'a', connectError: undefined, ...view }, validate);
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
  ['the reason for it', { kubeletConfigs: undefined, connectError: 'list nodes: refused' }, 'list nodes: refused'],
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
  expect(read({ kubeletConfigs: [wrong(workers), others] })).toMatchObject({
    answer: { kind: 'Unknown', problems: [{ code: 'FlagInvalid', object: 'workers' }] },
    selected: [{ metadata: { name: 'workers' } }],
  });
  expect(read({ kubeletConfigs: [workers, wrong(others)] })).toMatchObject({ answer: { kind: 'Answers' } });
});

describe('what only a newer CRD knows', () => {
  const tooOld = (reason: string, ...path: string[]) => ({
    answer: {
      kind: 'Unknown',
      problems: [{ code: 'AgentTooOld', object: 'workers', path: ['spec', ...path], reason: expect.stringContaining(reason) }],
    },
  });

  test.each<[string, object, string, string[]]>([
    ['a field', { swap: true }, 'the field "swap"', ['swap']],
    ['a field further in', { health: { probes: [] } }, 'the field "probes"', ['health', 'probes']],
    ['a launcher, and not that none is left', { launcher: { wasm: {} } }, 'the field "wasm"', ['launcher', 'wasm']],
    ['a value', { deletionPolicy: 'Archive' }, 'the value "Archive"', ['deletionPolicy']],
  ])('%s stops the nodes that it selects, and no other', (_what, fields, reason, path) => {
    expect(read({ kubeletConfigs: [newer(workers, fields), others] })).toMatchObject(tooOld(reason, ...path));
    expect(read({ kubeletConfigs: [workers, newer(others, fields)] })).toMatchObject({ answer: { kind: 'Answers' } });
  });

  test('in a selector may select any node', () => {
    const nodeSelector = { matchExpressions: [{ key: 'cores', operator: 'Gt', values: ['4'] }] };
    const found = read({ kubeletConfigs: [newer(workers, { nodeSelector })] });
    expect(found).toMatchObject({ answer: { kind: 'Unknown', problems: [{ code: 'AgentTooOld', object: 'workers' }] } });
  });

  test('is no flag, no setting of the kubelet, and nothing that Kubernetes adds to metadata', () => {
    const kubelet = { flags: { 'no-such-flag': 1 }, configuration: { noSuchField: 1 } };
    const object = newer({ ...workers, metadata: { ...workers.metadata, ...{ shard: 1 } } }, { kubelet });
    expect(read({ kubeletConfigs: [object] })).toMatchObject({ answer: { kind: 'Answers' } });
  });

  test('is UnknownField to whoever reads a file', () => {
    expect(validateKubeletConfig(newer(workers, { swap: true }))).toMatchObject([{ code: 'UnknownField' }]);
  });
});
