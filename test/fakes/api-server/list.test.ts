import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Asking, mergePatch, startAsking } from './asking.ts';
import type { ApiObject } from './object.ts';
import { thing, thingCrd, things } from './thing.ts';

let asking: Asking;
beforeEach(async () => {
  asking = await startAsking({ crds: [thingCrd] });
  asking.server.put(thing('b', {}, { labels: { role: 'control', zone: 'b' } }));
  asking.server.put({ ...thing('a', {}, { labels: { role: 'worker', zone: 'a' } }), status: { phase: 'Up' } } as ApiObject);
  asking.server.put(thing('c', {}, { labels: { zone: 'a', empty: '' } }));
});
afterEach(() => asking.server.stop());

interface List {
  readonly metadata: { readonly continue?: string; readonly resourceVersion: string; readonly remainingItemCount?: number };
  readonly items: readonly ApiObject[];
}

async function list(query: Record<string, string>): Promise<List & { names: string[] }> {
  const body = (await asking.done('GET', `${things}?${new URLSearchParams(query)}`)) as unknown as List;
  return { ...body, names: body.items.map(({ metadata }) => metadata.name) };
}

describe('selects', () => {
  test.each([
    ['', ['a', 'b', 'c']],
    ['role', ['a', 'b']],
    ['!role', ['c']],
    ['role=worker', ['a']],
    ['role==worker,zone=a', ['a']],
    ['role!=worker', ['b', 'c']],
    ['role in (worker, control),zone notin (b)', ['a']],
    ['zone in (a),role', ['a']],
    ['role notin (worker)', ['b', 'c']],
    ['empty=', ['c']],
  ])('by labels: %s', async (labelSelector, names) => {
    expect((await list({ labelSelector })).names).toEqual(names);
  });

  test.each([
    ['metadata.name=a', ['a']],
    ['metadata.name!=a', ['b', 'c']],
    ['status.phase=Up', ['a']],
    ['status.phase!=Up,metadata.name==b', ['b']],
    ['status.phase=', ['b', 'c']],
  ])('by fields: %s', async (fieldSelector, names) => {
    expect((await list({ fieldSelector })).names).toEqual(names);
  });

  test.each([
    { labelSelector: 'a===b' },
    { labelSelector: 'a in b' },
    { labelSelector: 'a,' },
    { fieldSelector: 'spec.must=x' },
    { fieldSelector: 'metadata.namespace=x' },
    { fieldSelector: 'a' },
    { resourceVersion: 'abc' },
    { limit: 'x' },
    { continue: 'abc' },
  ])('nothing by what it cannot read: %o', async (query) => {
    const { status, body } = await asking.ask('GET', `${things}?${new URLSearchParams(query as Record<string, string>)}`);
    expect({ status, body }).toMatchObject({ status: 400, body: { reason: 'BadRequest' } });
  });
});

describe('in pages', () => {
  test('shows the moment of the first', async () => {
    const first = await list({ limit: '2' });
    expect(first).toMatchObject({ names: ['a', 'b'], metadata: { remainingItemCount: 1 } });
    await asking.done('DELETE', `${things}/c`);
    await asking.done('POST', things, thing('d'));
    await asking.done('PATCH', `${things}/d`, { spec: { count: 5 } }, mergePatch);
    const next = first.metadata.continue ?? '';
    const second = await list({ limit: '2', continue: next });
    expect(second.names).toEqual(['c']);
    expect(second.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
    expect((await list({})).names).toEqual(['a', 'b', 'd']);
  });

  test('expires when the server has forgotten that moment', async () => {
    const first = await list({ limit: '2' });
    asking.server.compact();
    const query = new URLSearchParams({ limit: '2', continue: first.metadata.continue ?? '' });
    const { status, body } = await asking.ask('GET', `${things}?${query}`);
    expect({ status, body }).toMatchObject({ status: 410, body: { reason: 'Expired', code: 410 } });
    const inconsistent = (body as List).metadata.continue ?? '';
    expect((await list({ limit: '2', continue: inconsistent })).names).toEqual(['c']);
  });

  test('counts nothing when a selector leaves some out, and may end with an empty page', async () => {
    const first = await list({ limit: '2', labelSelector: 'role' });
    expect(first.names).toEqual(['a', 'b']);
    expect(first.metadata).not.toHaveProperty('remainingItemCount');
    const second = await list({ limit: '2', labelSelector: 'role', continue: first.metadata.continue ?? '' });
    expect(second.names).toEqual([]);
    expect(second.metadata).not.toHaveProperty('continue');
  });
});

test('a revision that is yet to come times out', async () => {
  expect(await asking.ask('GET', `${things}?resourceVersion=999999`)).toMatchObject({
    status: 504,
    body: { reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
  });
});

test('the items of a built-in list do not say what they are', async () => {
  const { items } = (await asking.done('GET', '/api/v1/namespaces')) as unknown as List;
  expect(items.map((item) => item.kind)).toEqual([undefined, undefined, undefined, undefined]);
});
