import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Asking, mergePatch, startAsking } from './asking.ts';
import { thing, thingCrd, things } from './thing.ts';

let asking: Asking;
afterEach(() => asking.server.stop());

interface Refusal {
  readonly message: string;
  readonly details: { readonly causes: readonly { readonly field: string; readonly reason: string; readonly message: string }[] };
}

describe('a custom resource', () => {
  beforeEach(async () => {
    asking = await startAsking({ crds: [thingCrd] });
  });

  test.each([
    [{ must: undefined }, 'spec.must', 'FieldValueRequired', 'Required value'],
    [
      { must: 5 },
      'spec.must',
      'FieldValueTypeInvalid',
      'Invalid value: "integer": spec.must in body must be of type string: "integer"',
    ],
    [{ must: 'Xtoolonglonglong' }, 'spec.must', 'FieldValueTooLong', 'Too long: may not be more than 10 bytes'],
    [{ must: 'X' }, 'spec.must', 'FieldValueInvalid', `Invalid value: "X": spec.must in body should match '^[a-z]*$'`],
    [{ count: 10 }, 'spec.count', 'FieldValueInvalid', 'Invalid value: 10: spec.count in body should be less than or equal to 9'],
    [{ mode: 'C' }, 'spec.mode', 'FieldValueNotSupported', 'Unsupported value: "C": supported values: "A", "B"'],
    [{ list: ['a', 'b', 'c', 'd'] }, 'spec.list', 'FieldValueTooMany', 'Too many: 4: must have at most 3 items'],
    [{ map: { a: '123456' } }, 'spec.map.a', 'FieldValueTooLong', 'Too long: may not be more than 5 bytes'],
    [
      { when: 'now' },
      'spec.when',
      'FieldValueTypeInvalid',
      'Invalid value: "now": spec.when in body must be of type date-time: "now"',
    ],
    [{ set: ['a', 'a'] }, 'spec.set[1]', 'FieldValueDuplicate', 'Duplicate value: "a"'],
    [{ keyed: [{ name: 'a' }, { name: 'a' }] }, 'spec.keyed[1]', 'FieldValueDuplicate', 'Duplicate value: {"name":"a"}'],
    [{ keyed: [{}] }, 'spec.keyed[0].name', 'FieldValueRequired', 'Required value'],
  ])('with %o is refused', async (spec, field, reason, message) => {
    const { status, body } = await asking.ask('POST', things, thing('a', spec));
    expect({ status, body }).toMatchObject({ status: 422, body: { reason: 'Invalid', details: { name: 'a', kind: 'Thing' } } });
    expect((body as Refusal).details.causes[0]).toEqual({ field, reason, message });
    expect((body as Refusal).message).toContain(`${field}: ${message}`);
  });

  test.each([
    { percent: 5 },
    { percent: '5%' },
    { free: { any: [{ thing: null }] } },
    { when: '2026-01-01T00:00:00.5Z' },
    { map: {} },
  ])('with %o is taken as it is', async (spec) => {
    expect(await asking.done('POST', things, thing('a', spec))).toMatchObject({ spec });
  });

  test('loses unknown fields and nulls, and the server warns of the former', async () => {
    const object = thing('a', { foo: 1, count: null, keyed: [{ name: 'k', bar: 1 }] }, { lables: {} });
    const { body, headers } = await asking.ask('POST', things, object);
    expect(body).toMatchObject({ spec: { must: 'x', count: 3, keyed: [{ name: 'k', b: 'bee' }] } });
    expect(headers.get('warning')).toBe(
      '299 - "unknown field \\"metadata.lables\\"", 299 - "unknown field \\"spec.foo\\"", 299 - "unknown field \\"spec.keyed[0].bar\\""',
    );
  });

  test('with unknown fields is refused if that is asked for', async () => {
    expect(await asking.ask('POST', `${things}?fieldValidation=Strict`, thing('a', { foo: 1 }))).toMatchObject({
      status: 400,
      body: {
        reason: 'BadRequest',
        message: 'Thing in version "v1" cannot be handled as a Thing: strict decoding error: unknown field "spec.foo"',
      },
    });
    await asking.done('POST', things, thing('a'));
    const patch = await asking.ask('PATCH', `${things}/a?fieldValidation=Strict`, { spec: { foo: 1 } }, mergePatch);
    expect(patch).toMatchObject({ status: 422, body: { message: expect.stringContaining('unknown field "spec.foo"') } });
  });

  test('is held to its rules, also to those about a change', async () => {
    expect(await asking.ask('POST', things, thing('a-name-that-is-too-long'))).toMatchObject({
      status: 422,
      body: { details: { causes: [{ field: '<nil>', message: 'Invalid value: the name is too long' }] } },
    });
    await asking.done('POST', things, thing('a', { frozen: 'a' }));
    expect(await asking.ask('PATCH', `${things}/a`, { spec: { frozen: 'b' } }, mergePatch)).toMatchObject({
      status: 422,
      body: { details: { causes: [{ field: 'spec.frozen', message: 'Invalid value: "b": it is frozen' }] } },
    });
  });

  test.each([
    [{ labels: { 'a b': 'c' } }, 422, 'metadata.labels: Invalid value: "a b"'],
    [{ labels: { a: 'b c' } }, 422, 'metadata.labels: Invalid value: "b c"'],
    [{ labels: { a: 1 } }, 400, 'cannot be handled'],
    [{ name: 'A_' }, 422, 'metadata.name: Invalid value: "A_": a lowercase RFC 1123 subdomain'],
    [{ name: '' }, 422, 'metadata.name: Required value'],
    [{ ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n' }] }, 422, 'metadata.ownerReferences[0].uid'],
    [{ resourceVersion: '5' }, 500, 'resourceVersion should not be set'],
  ])('with the metadata %o is refused', async (metadata, status, message) => {
    expect(await asking.ask('POST', things, thing('a', {}, metadata))).toMatchObject({
      status,
      body: { message: expect.stringContaining(message) },
    });
  });

  test.each([
    [{ kind: 'Other' }, 422],
    [{ kind: undefined }, 400],
    [{ apiVersion: 'probe.dev/v2' }, 400],
    [{ apiVersion: undefined }, 400],
  ])('that says it is %o is refused', async (change, status) => {
    expect(await asking.ask('POST', things, { ...thing('a'), ...change })).toMatchObject({ status });
  });

  test('that is no JSON, too long, or in another form is refused', async () => {
    expect(await asking.ask('POST', things, '{"metadata":')).toMatchObject({ status: 400 });
    expect(await asking.ask('POST', things, thing('a'), 'text/plain')).toMatchObject({ status: 415 });
    const long = thing('a', {}, { annotations: { a: 'x'.repeat(3 * 1024 * 1024) } });
    expect(await asking.ask('POST', things, long)).toMatchObject({ status: 413 });
  });
});

describe('a built-in resource', () => {
  beforeEach(async () => {
    asking = await startAsking();
  });

  test('a new node is tainted until it is ready', async () => {
    const node = await asking.done('POST', '/api/v1/nodes', { metadata: { name: 'n' }, spec: { podCIDR: '10.0.0.0/24' } });
    const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
    expect(node['spec']).toEqual({ podCIDR: '10.0.0.0/24', taints: [taint] });
    const bad = { spec: { taints: [taint, taint, { key: 'a', effect: 'Bad' }] } };
    const { status, body } = await asking.ask('PATCH', '/api/v1/nodes/n', bad, mergePatch);
    expect(status).toBe(422);
    expect((body as Refusal).details.causes.map(({ reason }) => reason)).toEqual([
      'FieldValueDuplicate',
      'FieldValueNotSupported',
    ]);
    expect(await asking.done('PATCH', '/api/v1/nodes/n', { spec: { taints: [] } }, mergePatch)).not.toHaveProperty('spec.taints');
  });

  test('a lease has times with six digits', async () => {
    const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
    const lease = (renewTime: string, leaseDurationSeconds = 15) => ({
      metadata: { name: 'l' },
      spec: { holderIdentity: 'me', renewTime, leaseDurationSeconds },
    });
    expect(await asking.ask('POST', leases, lease('2026-01-01T00:00:00.000Z'))).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('parsing time "2026-01-01T00:00:00.000Z"') },
    });
    const good = '2026-01-01T00:00:00.000000Z';
    expect(await asking.ask('POST', leases, lease(good, 0))).toMatchObject({ status: 422 });
    expect(await asking.done('POST', leases, lease(good))).toMatchObject({ spec: { renewTime: good } });
    expect(await asking.ask('PUT', `${leases}/m`, { ...lease(good), metadata: { name: 'm' } })).toMatchObject({ status: 201 });
  });

  test('an event says everything, in the right namespace, and is then only counted', async () => {
    const events = (namespace: string) => `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
    const event = {
      metadata: { name: 'e' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      type: 'Normal',
      reason: 'Reason',
      action: 'Act',
      note: 'note',
      regarding: { kind: 'Node', name: 'n' },
      reportingController: 'kubelet-config.dev/agent',
      reportingInstance: 'n',
    };
    for (const field of ['eventTime', 'type', 'reason', 'action', 'reportingController', 'reportingInstance']) {
      expect(await asking.ask('POST', events('default'), { ...event, [field]: undefined })).toMatchObject({ status: 422 });
    }
    expect(await asking.ask('POST', events('kube-public'), event)).toMatchObject({ status: 422 });
    expect(await asking.ask('POST', events('default'), event)).toMatchObject({ status: 201 });
    const patch = (change: object) => asking.ask('PATCH', `${events('default')}/e`, change, mergePatch);
    expect(await patch({ note: 'other' })).toMatchObject({ status: 422 });
    const lastObservedTime = '2026-01-01T00:00:01.000000Z';
    expect(await patch({ series: { count: 1, lastObservedTime } })).toMatchObject({ status: 422 });
    expect(await patch({ series: { count: 2, lastObservedTime } })).toMatchObject({ status: 200 });
  });

  test('a config map holds texts', async () => {
    const maps = '/api/v1/namespaces/default/configmaps';
    expect(await asking.ask('POST', maps, { metadata: { name: 'm' }, data: { a: 1 } })).toMatchObject({ status: 400 });
    expect(await asking.ask('POST', maps, { metadata: { name: 'm' }, data: { 'a b': '1' } })).toMatchObject({ status: 422 });
    expect(await asking.ask('POST', maps, { metadata: { name: 'm' }, data: { a: '1' } })).toMatchObject({ status: 201 });
  });
});

test('serves the generated CustomResourceDefinitions', async () => {
  const directory = new URL('../../../crds/', import.meta.url);
  const texts = readdirSync(directory).map((name) => readFileSync(new URL(name, directory), 'utf8'));
  const crds = texts.map((text) => parse(text) as { kind: string }).filter(({ kind }) => kind === 'CustomResourceDefinition');
  asking = await startAsking({ crds });
  const path = '/apis/kubelet-config.dev/v1alpha1/kubeletconfigs';
  const object = {
    apiVersion: 'kubelet-config.dev/v1alpha1',
    kind: 'KubeletConfig',
    metadata: { name: 'workers' },
    spec: { nodeSelector: { matchLabels: {} }, kubelet: { flags: { v: 2 } } },
  };
  expect(await asking.done('POST', `${path}?fieldValidation=Strict`, object)).toMatchObject({
    spec: { priority: 0, kubelet: { flags: { v: 2 } } },
  });
  const twoLaunchers = {
    ...object,
    metadata: { name: 'bad' },
    spec: { nodeSelector: { matchLabels: {} }, launcher: { rkt: {}, host: {} } },
  };
  expect(await asking.ask('POST', path, twoLaunchers)).toMatchObject({
    status: 422,
    body: { details: { causes: [{ field: 'spec.launcher' }] } },
  });
});
