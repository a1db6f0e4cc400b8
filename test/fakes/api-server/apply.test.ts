import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Asking, applyPatch, mergePatch, startAsking } from './asking.ts';
import { fieldSetOf, fieldsV1 } from './field-set.ts';
import { fieldsOf } from './field-tree.ts';
import type { ApiObject } from './object.ts';
import { thing, thingCrd, things } from './thing.ts';

let asking: Asking;
beforeEach(async () => {
  asking = await startAsking({ crds: [thingCrd] });
});
afterEach(() => asking.server.stop());

interface Application {
  readonly as: string;
  readonly force?: boolean;
  readonly subresource?: 'status';
}

function tryToApply({ as, force = false, subresource }: Application, object: object) {
  const path = `${things}/a${subresource ? `/${subresource}` : ''}?fieldManager=${as}${force ? '&force=true' : ''}`;
  const whole = {
    apiVersion: 'probe.dev/v1',
    kind: 'Thing',
    ...object,
    metadata: { name: 'a', ...('metadata' in object && (object.metadata as object)) },
  };
  return asking.ask('PATCH', path, whole, applyPatch);
}

async function apply(application: Application, object: object): Promise<ApiObject> {
  const { status, body } = await tryToApply(application, object);
  expect({ status, body }).toMatchObject({ status: expect.toBeOneOf([200, 201]) });
  return body as ApiObject;
}

function ownersOf({ metadata }: ApiObject): Record<string, unknown> {
  return Object.fromEntries((metadata.managedFields ?? []).map(({ manager, fieldsV1: fields }) => [manager, fields]));
}

test('creates what is not there; defaults are nobody’s', async () => {
  const { status, body } = await tryToApply({ as: 'one' }, { spec: { must: 'x', keyed: [{ name: 'k' }] } });
  expect(status).toBe(201);
  expect(body).toMatchObject({ metadata: { generation: 1 }, spec: { must: 'x', count: 3, keyed: [{ name: 'k', b: 'bee' }] } });
  expect(ownersOf(body as ApiObject)).toEqual({
    one: { 'f:spec': { 'f:must': {}, 'f:keyed': { 'k:{"name":"k"}': { '.': {}, 'f:name': {} } } } },
  });
});

test('twice changes nothing', async () => {
  const object = { spec: { must: 'x', set: ['p'], keyed: [{ name: 'k', a: '1' }], atom: { a: '1' }, free: { x: { y: [1] } } } };
  const first = await apply({ as: 'one' }, object);
  expect(await apply({ as: 'one' }, object)).toEqual(first);
});

test('takes away what the manager no longer applies, unless another one does too', async () => {
  const all = { labels: { a: 'b', c: 'd' } };
  await apply(
    { as: 'one' },
    { metadata: all, spec: { must: 'x', set: ['p', 'q'], keyed: [{ name: 'k', a: '1' }, { name: 'l' }], map: { m: 'n' } } },
  );
  await apply({ as: 'two' }, { metadata: { labels: { a: 'b' } }, spec: { must: 'x', set: ['q'], keyed: [{ name: 'l' }] } });
  const left = await apply({ as: 'one' }, { spec: { must: 'x' } });
  expect(left.metadata.labels).toEqual({ a: 'b' });
  expect(left['spec']).toEqual({ must: 'x', count: 3, set: ['q'], keyed: [{ name: 'l', b: 'bee' }] });
  const bare = await apply({ as: 'two' }, { spec: { must: 'x' } });
  expect(bare.metadata).not.toHaveProperty('labels');
  expect(bare['spec']).toEqual({ must: 'x', count: 3 });
});

test('merges lists by key and by value, replaces what is atomic', async () => {
  await apply({ as: 'one' }, { spec: { must: 'x', set: ['p'], keyed: [{ name: 'k', a: '1' }] } });
  const both = await apply({ as: 'two' }, { spec: { set: ['q'], keyed: [{ name: 'k', b: '2' }, { name: 'l' }], list: ['1'] } });
  expect(both['spec']).toEqual({
    must: 'x',
    count: 3,
    set: ['p', 'q'],
    keyed: [
      { name: 'k', a: '1', b: '2' },
      { name: 'l', b: 'bee' },
    ],
    list: ['1'],
  });
  expect((await apply({ as: 'two' }, { spec: { list: ['2'] } }))['spec']).toMatchObject({ list: ['2'] });
});

describe('a field of another manager', () => {
  beforeEach(() =>
    apply({ as: 'one' }, { metadata: { labels: { a: 'b' } }, spec: { must: 'x', keyed: [{ name: 'k', a: '1' }] } }),
  );

  test('is a conflict, which names the field and the manager, and nothing is changed', async () => {
    const { status, body } = await tryToApply({ as: 'two' }, { spec: { must: 'y', keyed: [{ name: 'k', a: '2' }] } });
    expect(status).toBe(409);
    expect(body).toMatchObject({
      reason: 'Conflict',
      message: expect.stringMatching(/^Apply failed with 2 conflicts: conflicts with "one":\n- /),
      details: {
        causes: [
          { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.keyed[name="k"].a' },
          { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.must' },
        ],
      },
    });
    expect(asking.server.object('things', 'a')).toMatchObject({ spec: { must: 'x' } });
  });

  test('is shared when the value is the same', async () => {
    expect(ownersOf(await apply({ as: 'two' }, { spec: { must: 'x' } }))).toMatchObject({
      one: { 'f:spec': { 'f:must': {} } },
      two: { 'f:spec': { 'f:must': {} } },
    });
  });

  test('is taken by force', async () => {
    const taken = await apply({ as: 'two', force: true }, { spec: { must: 'y' } });
    expect(taken).toMatchObject({ spec: { must: 'y' }, metadata: { labels: { a: 'b' } } });
    expect(ownersOf(taken)).toEqual({
      one: {
        'f:metadata': { 'f:labels': { 'f:a': {} } },
        'f:spec': { 'f:keyed': { 'k:{"name":"k"}': { '.': {}, 'f:a': {}, 'f:name': {} } } },
      },
      two: { 'f:spec': { 'f:must': {} } },
    });
  });

  test('is taken by whoever changes it by an ordinary patch', async () => {
    await asking.done('PATCH', `${things}/a?fieldManager=three`, { spec: { must: 'z' } }, mergePatch);
    expect(await tryToApply({ as: 'one' }, { spec: { must: 'x' } })).toMatchObject({
      status: 409,
      body: { message: 'Apply failed with 1 conflict: conflict with "three" using probe.dev/v1: .spec.must' },
    });
  });
});

test('to /status owns only the status, and needs the object', async () => {
  expect(await tryToApply({ as: 'one', subresource: 'status' }, { status: { phase: 'Up' } })).toMatchObject({ status: 404 });
  await asking.done('POST', things, thing('a'));
  const object = await apply(
    { as: 'one', subresource: 'status' },
    { metadata: { labels: { a: 'b' } }, spec: { must: 'y' }, status: { phase: 'Up' } },
  );
  expect(object).toMatchObject({ spec: { must: 'x' }, status: { phase: 'Up' } });
  expect(object.metadata).not.toHaveProperty('labels');
  expect(object.metadata.managedFields).toContainEqual(
    expect.objectContaining({
      manager: 'one',
      operation: 'Apply',
      subresource: 'status',
      fieldsV1: { 'f:status': { 'f:phase': {} } },
    }),
  );
});

test('to an object of which nobody has been written down conflicts with all that stands there', async () => {
  asking.server.put(thing('a'));
  expect(await tryToApply({ as: 'one' }, { spec: { must: 'y' } })).toMatchObject({
    status: 409,
    body: { message: expect.stringContaining('"before-first-apply"') },
  });
});

test.each([
  ['without a name for the manager', `${things}/a`, {}, 422],
  ['with managedFields', `${things}/a?fieldManager=one`, { metadata: { name: 'a', managedFields: [] } }, 400],
  ['of another name than the path’s', `${things}/a?fieldManager=one`, { metadata: { name: 'b' } }, 400],
  ['with a field that the schema does not know', `${things}/a?fieldManager=one`, { spec: { must: 'x', foo: 1 } }, 500],
])('%s it is refused', async (_case, path, change, status) => {
  expect(await asking.ask('PATCH', path, { ...thing('a'), ...change }, applyPatch)).toMatchObject({ status });
});

test('sets of fields survive being written down', () => {
  const value = fc.object({ maxDepth: 3, key: fc.stringMatching(/^[a-z.]{1,4}$/), values: [fc.integer(), fc.string()] });
  fc.assert(
    fc.property(value, (object) => {
      const set = fieldsOf({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }, object);
      if (Object.keys(object).length === 0) return;
      expect([...fieldSetOf(fieldsV1(set))].sort()).toEqual([...set].sort());
    }),
  );
});
