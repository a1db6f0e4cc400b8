import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Asking, jsonPatch, mergePatch, startAsking } from './asking.ts';
import { thing, thingCrd, things } from './thing.ts';

let asking: Asking;
const ask: Asking['ask'] = (...request) => asking.ask(...request);
const done: Asking['done'] = (...request) => asking.done(...request);

beforeEach(async () => {
  asking = await startAsking({ crds: [thingCrd] });
});
afterEach(() => asking.server.stop());

/** For what a write did: the fields that move. */
function moved({ metadata }: { metadata: { resourceVersion?: string; generation?: number } }) {
  return { version: metadata.resourceVersion, generation: metadata.generation };
}

describe('a new object', () => {
  test('gets what the server alone may say, and no status', async () => {
    const given = { ...thing('a', {}, { uid: 'mine', creationTimestamp: '2000-01-01T00:00:00Z' }), status: { phase: 'Up' } };
    const { status, body } = await ask('POST', things, given);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      metadata: {
        name: 'a',
        generation: 1,
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        creationTimestamp: expect.not.stringMatching(/^2000/),
        managedFields: [{ manager: 'asking', operation: 'Update' }],
      },
      spec: { must: 'x', count: 3 },
    });
    expect(body).not.toHaveProperty('status');
  });

  test('of a name that is taken is refused', async () => {
    await done('POST', things, thing('a'));
    expect(await ask('POST', things, thing('a'))).toMatchObject({
      status: 409,
      body: {
        kind: 'Status',
        reason: 'AlreadyExists',
        message: 'things.probe.dev "a" already exists',
        details: { name: 'a', group: 'probe.dev', kind: 'things' },
        code: 409,
      },
    });
  });

  test('gets a name when it has only the beginning of one', async () => {
    const object = { ...thing(''), metadata: { generateName: 'some-' } };
    const names = [await done('POST', things, object), await done('POST', things, object)].map(({ metadata }) => metadata.name);
    expect(names).toEqual([expect.stringMatching(/^some-[a-z0-9]{5}$/), expect.stringMatching(/^some-[a-z0-9]{5}$/)]);
    expect(new Set(names).size).toBe(2);
  });

  test('is not stored by a dry run', async () => {
    expect(await ask('POST', `${things}?dryRun=All`, thing('a'))).toMatchObject({
      status: 201,
      body: { metadata: { name: 'a' } },
    });
    expect(await ask('GET', `${things}/a`)).toMatchObject({ status: 404, body: { reason: 'NotFound' } });
  });

  test('needs its namespace', async () => {
    const lease = { metadata: { name: 'l' }, spec: { holderIdentity: 'me' } };
    const leases = (namespace: string) => `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
    expect(await ask('POST', leases('nowhere'), lease)).toMatchObject({
      status: 404,
      body: { message: 'namespaces "nowhere" not found' },
    });
    expect(await ask('POST', leases('default'), lease)).toMatchObject({
      status: 201,
      body: { metadata: { namespace: 'default' } },
    });
    await done('DELETE', '/api/v1/namespaces/default');
    expect(await ask('POST', leases('default'), lease)).toMatchObject({ status: 403, body: { reason: 'Forbidden' } });
  });
});

describe('a change', () => {
  test('of the spec moves the generation, one of the metadata does not, and none of either nothing', async () => {
    const first = await done('POST', things, thing('a'));
    const specChanged = await done('PATCH', `${things}/a`, { spec: { count: 4 } }, mergePatch);
    expect(moved(specChanged)).toEqual({ version: expect.not.stringMatching(String(moved(first).version)), generation: 2 });
    const labelled = await done('PATCH', `${things}/a`, { metadata: { labels: { a: 'b' } } }, mergePatch);
    expect(moved(labelled).generation).toBe(2);
    expect(moved(labelled).version).not.toBe(moved(specChanged).version);
    const same = await done('PATCH', `${things}/a`, { metadata: { labels: { a: 'b' } }, spec: { count: 4 } }, mergePatch);
    expect(same).toEqual(labelled);
  });

  test('through the main resource leaves the status alone, one through /status everything else', async () => {
    await done('POST', things, thing('a'));
    const everything = { metadata: { labels: { a: 'b' } }, spec: { count: 4 }, status: { phase: 'Up' } };
    const main = await done('PATCH', `${things}/a`, everything, mergePatch);
    expect(main).toMatchObject({ metadata: { labels: { a: 'b' } }, spec: { count: 4 } });
    expect(main).not.toHaveProperty('status');
    const other = { metadata: { labels: { a: 'c' } }, spec: { count: 5 }, status: { phase: 'Down' } };
    const status = await done('PATCH', `${things}/a/status`, other, mergePatch);
    expect(status).toMatchObject({
      metadata: { labels: { a: 'b' }, generation: 2 },
      spec: { count: 4 },
      status: { phase: 'Down' },
    });
  });

  test.each(['', '/status'])(
    'with another resourceVersion than the stored one conflicts: PUT and PATCH a%s',
    async (subresource) => {
      const stale = await done('POST', things, thing('a'));
      await done('PATCH', `${things}/a`, { spec: { count: 4 } }, mergePatch);
      const conflict = { status: 409, body: { reason: 'Conflict', details: { name: 'a', kind: 'things' } } };
      expect(await ask('PUT', `${things}/a${subresource}`, stale)).toMatchObject(conflict);
      const { resourceVersion } = stale.metadata;
      const patch = { metadata: { resourceVersion }, spec: { count: 5 }, status: { phase: 'Up' } };
      expect(await ask('PATCH', `${things}/a${subresource}`, patch, mergePatch)).toMatchObject(conflict);
    },
  );

  test('by PUT needs a resourceVersion, but not of a node', async () => {
    await done('POST', things, thing('a'));
    expect(await ask('PUT', `${things}/a`, thing('a', { count: 4 }))).toMatchObject({
      status: 422,
      body: { details: { causes: [{ field: 'metadata.resourceVersion' }] } },
    });
    await done('POST', '/api/v1/nodes', { metadata: { name: 'n' } });
    expect(await ask('PUT', '/api/v1/nodes/n', { metadata: { name: 'n', labels: { a: 'b' } } })).toMatchObject({ status: 200 });
  });

  test('may not touch who the object is', async () => {
    await done('POST', things, thing('a'));
    const patched = (metadata: object) => ask('PATCH', `${things}/a`, { metadata }, mergePatch);
    expect(await patched({ uid: 'other' })).toMatchObject({ status: 422 });
    expect(await patched({ name: 'other' })).toMatchObject({ status: 400 });
    expect(await patched({ creationTimestamp: '2000-01-01T00:00:00Z' })).toMatchObject({
      status: 200,
      body: { metadata: { creationTimestamp: expect.not.stringMatching(/^2000/) } },
    });
  });

  test('of a node’s status may also change its labels', async () => {
    await done('POST', '/api/v1/nodes', { metadata: { name: 'n' } });
    const patch = { metadata: { labels: { a: 'b' } }, spec: { unschedulable: true }, status: { phase: 'Running' } };
    const node = await done('PATCH', '/api/v1/nodes/n/status', patch, mergePatch);
    expect(node).toMatchObject({ metadata: { labels: { a: 'b' } }, status: { phase: 'Running' } });
    expect(node).not.toHaveProperty('spec.unschedulable');
  });
});

describe('a JSON patch', () => {
  test('is carried out whole or not at all', async () => {
    await done('POST', things, thing('a'));
    const patch = [
      { op: 'replace', path: '/spec/count', value: 5 },
      { op: 'test', path: '/spec/must', value: 'other' },
    ];
    const refusal = { status: 422, body: { reason: 'Invalid', message: expect.stringContaining('rejected our request') } };
    expect(await ask('PATCH', `${things}/a`, patch, jsonPatch)).toMatchObject(refusal);
    expect(await done('GET', `${things}/a`)).toMatchObject({ spec: { count: 3 } });
    expect(await done('PATCH', `${things}/a`, patch.slice(0, 1), jsonPatch)).toMatchObject({ spec: { count: 5 } });
  });

  test('that is none is a bad request, and of an unknown type neither', async () => {
    await done('POST', things, thing('a'));
    expect(await ask('PATCH', `${things}/a`, { op: 'test' }, jsonPatch)).toMatchObject({ status: 400 });
    expect(await ask('PATCH', `${things}/a`, {}, 'application/strategic-merge-patch+json')).toMatchObject({ status: 415 });
  });
});

describe('a deletion', () => {
  test('takes it away at once, if it is the one that was meant', async () => {
    const { metadata } = await done('POST', things, thing('a'));
    expect(await ask('DELETE', `${things}/a`, { preconditions: { uid: 'other' } })).toMatchObject({
      status: 409,
      body: { reason: 'Conflict', message: expect.stringContaining('UID in the precondition (other)') },
    });
    expect(await ask('DELETE', `${things}/a`, { preconditions: { uid: metadata.uid } })).toMatchObject({
      status: 200,
      body: { kind: 'Status', status: 'Success', details: { uid: metadata.uid } },
    });
    expect(await ask('DELETE', `${things}/a`)).toMatchObject({ status: 404 });
  });

  test('waits for the finalizers, to which none may be added', async () => {
    await done('POST', things, thing('a', {}, { finalizers: ['a.dev/one', 'a.dev/two'] }));
    const dying = await done('DELETE', `${things}/a`);
    expect(dying).toMatchObject({
      metadata: { deletionTimestamp: expect.any(String), deletionGracePeriodSeconds: 0, generation: 2 },
    });
    expect(await done('DELETE', `${things}/a`)).toEqual(dying);
    const finalizers = (names: string[]) => ask('PATCH', `${things}/a`, { metadata: { finalizers: names } }, mergePatch);
    expect(await finalizers(['a.dev/one', 'a.dev/three'])).toMatchObject({ status: 422 });
    expect(await finalizers(['a.dev/one'])).toMatchObject({ status: 200 });
    expect(await ask('GET', `${things}/a`)).toMatchObject({ status: 200 });
    expect(await finalizers([])).toMatchObject({ status: 200 });
    expect(await ask('GET', `${things}/a`)).toMatchObject({ status: 404 });
  });
});
