/** Requests to ask the double and a real API server, one after the other, to see whether they answer alike. */

import { applyPatch, json, jsonPatch, mergePatch } from './asking.ts';
import { thing, things } from './thing.ts';

export interface Line {
  readonly method: string;
  readonly path: string;
  readonly contentType: string;
  /** In it and in the path `$VERSION` and `$UID` stand for those of the object that was answered last. */
  readonly body: string | undefined;
}

function line(method: string, path: string, body?: unknown, contentType = json): Line {
  return { method, path, contentType, body: body === undefined ? undefined : JSON.stringify(body) };
}

const nodes = '/api/v1/nodes';
const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const events = '/apis/events.k8s.io/v1/namespaces/default/events';
const configMaps = '/api/v1/namespaces/default/configmaps';

const create = (object: object) => line('POST', things, object);
const merge = (path: string, body: object) => line('PATCH', path, body, mergePatch);
const operate = (path: string, ...operations: object[]) => line('PATCH', path, operations, jsonPatch);
const apply = (path: string, query: string, body: object) =>
  line('PATCH', `${path}?${query}`, { apiVersion: 'probe.dev/v1', kind: 'Thing', metadata: { name: 's' }, ...body }, applyPatch);

const bad = [
  { must: undefined },
  { must: 'Xtoolonglonglong' },
  { must: 'X', count: 10, mode: 'C', when: 'now' },
  { map: { a: '123456', b: '', c: '', d: '' }, list: ['a', 'b', 'c', 'd'] },
  { set: ['a', 'a'], keyed: [{ name: 'a' }, { name: 'a' }] },
  { keyed: [{}], list: 'a', free: [] },
  { count: 3_000_000_000 },
  { list: [null] },
];

const creation = [
  ...bad.map((spec) => create(thing('bad', spec))),
  create({ ...thing('a', { foo: 1 }, { uid: 'mine', labels: { a: 'b' } }), status: { phase: 'Up' } }),
  create(thing('a')),
  create(thing('b', { count: null, map: null, list: null, percent: '5%', free: { deep: [{ x: null }] } })),
  create(thing('a-name-that-is-too-long')),
  create(thing('A_')),
  create(thing('', {}, { name: '' })),
  create(thing('c', {}, { labels: { 'a b': 'c d' } })),
  create(thing('c', {}, { resourceVersion: '5' })),
  create({ ...thing('c'), apiVersion: 'probe.dev/v2' }),
  create({ ...thing('c'), kind: 'Other' }),
  create({ metadata: { name: 'c' } }),
  line('POST', `${things}?fieldValidation=Strict`, thing('c', { foo: 1 }, { lables: {} })),
  line('POST', `${things}?dryRun=All`, thing('c')),
  line('POST', things, thing('c'), 'text/plain'),
];

const change = [
  line('GET', `${things}/a`),
  line('PUT', `${things}/a`, thing('a')),
  line('PUT', `${things}/a`, thing('a', {}, { resourceVersion: '1' })),
  line('PUT', `${things}/a`, thing('b', {}, { resourceVersion: '1' })),
  line('PUT', `${things}/none`, thing('none')),
  line('GET', `${things}/a`),
  line('PUT', `${things}/a`, thing('a', { count: 4 }, { resourceVersion: '$VERSION', labels: { a: 'b' } })),
  line('PUT', `${things}/a`, thing('a', { count: 4 }, { resourceVersion: '$VERSION', labels: { a: 'b' } })),
  merge(`${things}/a`, { metadata: { resourceVersion: '$VERSION' }, spec: { count: 5 }, status: { phase: 'Up' } }),
  merge(`${things}/a`, { metadata: { resourceVersion: '1' }, spec: { count: 6 } }),
  merge(`${things}/a`, { metadata: { resourceVersion: null } }),
  merge(`${things}/a`, { metadata: { name: 'q' } }),
  merge(`${things}/a`, { metadata: { creationTimestamp: '2020-01-01T00:00:00Z' } }),
  merge(`${things}/a`, { metadata: { labels: { a: null, new: 'l' }, annotations: { 'probe.dev/x': 'y' } } }),
  merge(`${things}/a/status`, { metadata: { labels: { q: 'r' } }, spec: { must: 'y' }, status: { phase: 'Up' } }),
  merge(`${things}/a/status`, { metadata: { resourceVersion: '1' }, status: { phase: 'Down' } }),
  merge(`${things}/a/status`, { status: { phase: 'Sideways' } }),
  merge(`${things}/a`, { spec: { frozen: 'a' } }),
  merge(`${things}/a`, { spec: { frozen: 'b' } }),
  merge(`${things}/none`, {}),
  operate(`${things}/a`, { op: 'test', path: '/spec/must', value: 'no' }),
  operate(`${things}/a`, { op: 'remove', path: '/spec/none' }),
  operate(`${things}/a`, { op: 'replace', path: '/spec/mode', value: 'A' }),
  operate(`${things}/a`, { op: 'add', path: '/spec/none/x', value: 1 }),
  operate(
    `${things}/a`,
    { op: 'test', path: '/metadata/resourceVersion', value: '$VERSION' },
    { op: 'remove', path: '/spec/mode' },
  ),
  operate(`${things}/a`, { op: 'replace', path: '/metadata/resourceVersion', value: '1' }, { op: 'remove', path: '/spec/count' }),
  line('PATCH', `${things}/a`, { op: 'test' }, jsonPatch),
  line('PATCH', `${things}/a`, [1], mergePatch),
  line('PATCH', `${things}/a`, {}, 'application/strategic-merge-patch+json'),
];

const rich = { labels: { a: 'b', c: 'd' } };
const application = [
  apply(`${things}/s`, '', { spec: { must: 'x' } }),
  apply(`${things}/s`, 'fieldManager=one', { spec: { must: 'x', foo: 1 } }),
  apply(`${things}/s`, 'fieldManager=one', {
    metadata: { name: 's', ...rich },
    spec: {
      must: 'x',
      keyed: [{ name: 'a', a: '1' }, { name: 'b' }],
      set: ['p', 'q'],
      map: { k: 'v' },
      free: { deep: { er: [1] } },
      atom: { a: '1' },
    },
  }),
  apply(`${things}/s`, 'fieldManager=two', {
    metadata: { name: 's', labels: { a: 'z' } },
    spec: { keyed: [{ name: 'a', a: '2' }] },
  }),
  apply(`${things}/s`, 'fieldManager=two', {
    spec: { must: 'x', keyed: [{ name: 'a', b: '2' }, { name: 'c' }], set: ['q', 'r'] },
  }),
  apply(`${things}/s`, 'fieldManager=one', { metadata: { name: 's', labels: { c: 'd' } }, spec: { must: 'x' } }),
  apply(`${things}/s`, 'fieldManager=two&force=true', { metadata: { name: 's', labels: { c: 'e' } }, spec: { must: 'z' } }),
  apply(`${things}/s`, 'fieldManager=two&force=true', { metadata: { name: 's', labels: { c: 'e' } }, spec: { must: 'z' } }),
  merge(`${things}/s?fieldManager=three`, { spec: { must: 'w' }, metadata: { labels: { c: null, new: 'l' } } }),
  apply(`${things}/s`, 'fieldManager=two', { metadata: { name: 's', labels: { c: 'e' } }, spec: { must: 'z' } }),
  apply(`${things}/s/status`, 'fieldManager=two', { spec: { must: 'q' }, status: { phase: 'Up' } }),
  apply(`${things}/none/status`, 'fieldManager=two', { metadata: { name: 'none' }, status: { phase: 'Up' } }),
  apply(`${things}/s`, 'fieldManager=two&force=true', { metadata: { name: 's', resourceVersion: '1' }, spec: { must: 'v' } }),
  apply(`${things}/s`, 'fieldManager=two', { metadata: { name: 't' } }),
];

const lists = [
  create(thing('l1', {}, { labels: { role: 'worker', zone: 'a' } })),
  create(thing('l2', {}, { labels: { role: 'control', zone: 'b' } })),
  ...['role', '!role', 'role!=worker', 'role in (worker, control),zone notin (b)', 'empty=', 'a===b', 'a in b', 'a,'].map(
    (selector) => line('GET', `${things}?labelSelector=${encodeURIComponent(selector)}`),
  ),
  ...['metadata.name=l1', 'status.phase=Up', 'status.phase!=Up', 'spec.must=x', 'metadata.namespace=x', 'a'].map((selector) =>
    line('GET', `${things}?fieldSelector=${encodeURIComponent(selector)}`),
  ),
  ...['limit=2', 'limit=2&labelSelector=role', 'limit=x', 'continue=abc', 'resourceVersion=abc', 'resourceVersion=99999999'].map(
    (query) => line('GET', `${things}?${query}`),
  ),
];

const deletion = [
  line('DELETE', `${things}/b`, { preconditions: { uid: 'other' } }),
  line('DELETE', `${things}/b`, { preconditions: { resourceVersion: '1' } }),
  line('GET', `${things}/b`),
  line('DELETE', `${things}/b`, { preconditions: { uid: '$UID' } }),
  line('DELETE', `${things}/b`),
  create(thing('f', {}, { finalizers: ['probe.dev/x', 'probe.dev/y'] })),
  line('DELETE', `${things}/f`),
  line('DELETE', `${things}/f`),
  create(thing('f')),
  merge(`${things}/f`, { metadata: { finalizers: ['probe.dev/x', 'probe.dev/z'] } }),
  merge(`${things}/f`, { metadata: { finalizers: ['probe.dev/x'] } }),
  merge(`${things}/f`, { metadata: { finalizers: null } }),
  line('GET', `${things}/f`),
];

const lease = (name: string, spec: object, metadata: object = {}) => ({ metadata: { name, ...metadata }, spec });
const time = '2026-01-01T00:00:00.123456Z';
const builtIns = [
  line('POST', nodes, { metadata: { name: 'n', labels: { role: 'worker' } }, spec: { foo: 1, unschedulable: true } }),
  line('POST', nodes, { metadata: { name: 'm' }, spec: { taints: [{ key: 'a b', effect: 'X' }] } }),
  merge(`${nodes}/n/status`, {
    metadata: { labels: { q: 'r' } },
    spec: { unschedulable: true },
    status: {
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          lastHeartbeatTime: '2026-01-01T00:00:00.5Z',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    },
  }),
  merge(`${nodes}/n`, { spec: { unschedulable: true, taints: [] }, status: { conditions: null } }),
  line('PUT', `${nodes}/n`, { metadata: { name: 'n' } }),
  line('POST', `${nodes}/n`, { metadata: { name: 'n' } }),
  line('POST', leases, lease('l', { holderIdentity: 'me', renewTime: '2026-01-01T00:00:00.000Z' })),
  line('POST', leases, lease('l', { leaseDurationSeconds: 0, leaseTransitions: -1 })),
  line('POST', leases, lease('l', { holderIdentity: 'me', leaseDurationSeconds: 15, acquireTime: time, renewTime: time })),
  line('PUT', `${leases}/l`, lease('l', { holderIdentity: 'you', renewTime: time }, { resourceVersion: '$VERSION' })),
  line('PUT', `${leases}/l`, lease('l', { holderIdentity: 'me' }, { resourceVersion: '1' })),
  line('PUT', `${leases}/l`, lease('l', { holderIdentity: 'me' })),
  line('PUT', `${leases}/new`, lease('new', { holderIdentity: 'me' })),
  line('GET', `${leases}/l/status`),
  line('POST', leases.replace('default', 'nowhere'), lease('l', {})),
  line('POST', events, { metadata: { name: 'e' } }),
  line('POST', events, {
    metadata: { name: 'e' },
    eventTime: time,
    type: 'Normal',
    reason: 'Reason',
    action: 'Act',
    note: 'note',
    regarding: { kind: 'Node', name: 'n' },
    reportingController: 'probe.dev/prober',
    reportingInstance: 'n',
  }),
  merge(`${events}/e`, { series: { count: 2, lastObservedTime: time } }),
  merge(`${events}/e`, { note: 'other', action: 'Other' }),
  line('POST', configMaps, { metadata: { name: 'c' }, data: { a: 'b' } }),
  line('PUT', `${configMaps}/c`, { metadata: { name: 'c', resourceVersion: '$VERSION' }, data: { a: 'c' } }),
  line('PUT', `${configMaps}/c`, { metadata: { name: 'c', resourceVersion: '1' }, data: {} }),
  merge(`${configMaps}/c`, { data: { 'a b': 'c' } }),
  line('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {}),
  line('GET', '/apis/authentication.k8s.io/v1/selfsubjectreviews'),
];

const elsewhere = [
  '/readyz',
  '/nothing',
  '/apis/none.dev/v1/things',
  '/apis/probe.dev/v1/none',
  '/api/v1/none',
  `${things}/a/scale`,
];

export const conversation: readonly Line[] = [
  ...creation,
  ...change,
  ...application,
  ...lists,
  ...deletion,
  ...builtIns,
  ...elsewhere.map((path) => line('GET', path)),
];
