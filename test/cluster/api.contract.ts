/**
 * What every API server must do for our client. It runs against a real server, and against the one in
 * test/fakes.
 */

import { describe, expect, test } from 'vitest';
import type { ApiErrorCode, KubernetesApi, Selection, WatchEvent, WatchOptions } from '../../src/cluster/kubernetes-api.ts';
import { nodes, selfSubjectReviews, whoAmI } from '../../src/cluster/resources.ts';
import { eventually } from '../eventually.ts';
import { configMaps } from './config-maps.ts';
import { evictionContract } from './eviction.contract.ts';
import { freshName } from './fresh-name.ts';
import { type Widget, widgets } from './widgets.ts';
import { workersContract } from './workers.contract.ts';

/** A server that serves widgets. */
export interface ApiWorld {
  /** With pages of three objects. */
  readonly api: KubernetesApi;
  readonly username: string;
  /** A resourceVersion that is too old for the server. */
  tooOld(): string;
  /** How long a watch must last until the server sends a bookmark. */
  readonly bookmarkSeconds: number;
}

export const failure = (code: ApiErrorCode) => expect.objectContaining({ name: 'ApiError', code });

interface Watching {
  readonly events: WatchEvent<Widget>[];
  readonly ended: Promise<void>;
  stop(): void;
}

function watching(api: KubernetesApi, resourceVersion: string, options: Partial<WatchOptions> & Selection = {}): Watching {
  const events: WatchEvent<Widget>[] = [];
  const stopping = new AbortController();
  const all = { resourceVersion, timeoutSeconds: 60, idleMilliseconds: 60_000, signal: stopping.signal, ...options };
  const ended = api.watch(widgets, all, (event) => events.push(event));
  ended.catch(() => undefined);
  return { events, ended, stop: () => stopping.abort() };
}

/** `Added widget-1@2`, without bookmarks. */
const told = (events: readonly WatchEvent<Widget>[]) =>
  events.flatMap((event) =>
    event.type === 'Bookmark' ? [] : [`${event.type} ${event.object.metadata.name} ${event.object.spec?.size}`],
  );

export function apiContract(world: () => ApiWorld): void {
  const api = () => world().api;
  const make = (others: Partial<Widget> = {}) =>
    api().create(widgets, { spec: { size: 1 }, ...others, metadata: { name: freshName(), ...others.metadata } });

  test('an answer tells the clock of the server', async () => {
    await make();
    // Both run on this machine. The limit is against a wrong unit or zone, not against a slow machine.
    expect(Math.abs((api().serverTime() ?? 0) - Date.now())).toBeLessThan(1_800_000);
  });

  describe('create and get', () => {
    test('give the object as it is stored, and nothing of who manages its fields', async () => {
      const created = await make({ metadata: { name: freshName(), labels: { role: 'a' } } });
      expect(created).toEqual({
        apiVersion: 'contract.kubelet-config.dev/v1',
        kind: 'Widget',
        metadata: {
          name: created.metadata.name,
          uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
          generation: 1,
          resourceVersion: expect.stringMatching(/^[1-9]\d*$/),
          creationTimestamp: expect.stringMatching(/^\d{4}-.*Z$/),
          labels: { role: 'a' },
        },
        spec: { size: 1 },
      });
      expect(await api().get(widgets, created.metadata.name)).toEqual(created);
    });

    test('refuse what is there, what is not, and what breaks the schema', async () => {
      const { metadata } = await make();
      await expect(make({ metadata: { name: metadata.name } })).rejects.toEqual(failure('AlreadyExists'));
      await expect(api().get(widgets, freshName())).rejects.toEqual(failure('NotFound'));
      await expect(make({ metadata: { name: 'No Name' } })).rejects.toEqual(failure('Invalid'));
      await expect(make({ spec: { size: 'big' as unknown as number } })).rejects.toEqual(failure('Invalid'));
    });

    test('of a kind that is not served are no evidence that an object is gone', async () => {
      const gadgets = { ...widgets, kind: 'Gadget', plural: 'gadgets' };
      await expect(api().get(gadgets, 'a')).rejects.toEqual(failure('Unreadable'));
      await expect(api().list(gadgets)).rejects.toEqual(failure('Unreadable'));
      await expect(api().create(gadgets, { metadata: { name: 'a' } })).rejects.toEqual(failure('Unreadable'));
      await expect(api().get({ ...gadgets, apiVersion: 'elsewhere.dev/v1' }, 'a')).rejects.toEqual(failure('Unreadable'));
      const { signal } = new AbortController();
      const options = { resourceVersion: '1', timeoutSeconds: 60, idleMilliseconds: 60_000, signal };
      await expect(api().watch(gadgets, options, () => undefined)).rejects.toEqual(failure('Unreadable'));
    });

    test('work in a namespace, and on kinds of Kubernetes itself', async () => {
      const name = freshName('map');
      const maps = configMaps('default');
      await api().create(maps, { metadata: { name }, data: { ledger: '[]' } });
      expect(await api().get(maps, name)).toMatchObject({ metadata: { namespace: 'default' }, data: { ledger: '[]' } });
      await expect(api().get(configMaps('kube-system'), name)).rejects.toEqual(failure('NotFound'));
      await expect(api().create(configMaps('nowhere'), { metadata: { name } })).rejects.toEqual(failure('NotFound'));
    });
  });

  describe('a merge patch', () => {
    test('changes what it names, removes what it nulls, and leaves the rest', async () => {
      const { metadata } = await make({ spec: { size: 1, parts: { a: '1', b: '2' } } });
      const patched = await api().patch(widgets, metadata.name, {
        type: 'Merge',
        body: { spec: { parts: { a: null, c: '3' } } },
      });
      expect(patched.spec).toEqual({ size: 1, parts: { b: '2', c: '3' } });
      expect(patched.metadata.generation).toBe(2);
      expect(await api().get(widgets, metadata.name)).toEqual(patched);
    });

    test('that changes nothing writes nothing', async () => {
      const created = await make();
      expect(await api().patch(widgets, created.metadata.name, { type: 'Merge', body: { spec: { size: 1 } } })).toEqual(created);
    });

    test('with a resourceVersion is compare-and-swap: of many at once one succeeds', async () => {
      const { metadata } = await make();
      const { resourceVersion } = metadata;
      const tries = [2, 3, 4, 5, 6].map((size) =>
        api().patch(widgets, metadata.name, { type: 'Merge', body: { metadata: { resourceVersion }, spec: { size } } }),
      );
      const outcomes = await Promise.allSettled(tries);
      const winners = outcomes.filter((outcome) => outcome.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toEqual(failure('Conflict'));
      expect(await api().get(widgets, metadata.name)).toEqual(winners[0]?.value);
    });

    test('of what is not there, or against the schema, is refused', async () => {
      const patch = { type: 'Merge', body: { spec: { size: 'big' } } } as const;
      await expect(api().patch(widgets, freshName(), patch)).rejects.toEqual(failure('NotFound'));
      const { metadata } = await make();
      await expect(api().patch(widgets, metadata.name, patch)).rejects.toEqual(failure('Invalid'));
    });
  });

  test('a JSON patch is carried out whole or not at all', async () => {
    const { metadata } = await make({ spec: { size: 1, parts: { a: '1' } } });
    const patched = await api().patch(widgets, metadata.name, {
      type: 'Json',
      body: [
        { op: 'test', path: '/spec/size', value: 1 },
        { op: 'replace', path: '/spec/size', value: 2 },
        { op: 'add', path: '/spec/parts/b', value: '2' },
        { op: 'remove', path: '/spec/parts/a' },
      ],
    });
    expect(patched.spec).toEqual({ size: 2, parts: { b: '2' } });
    const stale = api().patch(widgets, metadata.name, {
      type: 'Json',
      body: [
        { op: 'replace', path: '/spec/size', value: 3 },
        { op: 'test', path: '/spec/parts/b', value: 'other' },
      ],
    });
    await expect(stale).rejects.toEqual(failure('Invalid'));
    expect(await api().get(widgets, metadata.name)).toEqual(patched);
  });

  describe('apply', () => {
    const apply = (name: string, spec: Widget['spec'], fieldManager = 'one') => {
      const body: Widget = { metadata: { name }, ...(spec && { spec }) };
      return api().patch(widgets, name, { type: 'Apply', body, fieldManager });
    };

    test('makes the object, drops what is no longer applied, and leaves what others set', async () => {
      const name = freshName();
      expect((await apply(name, { size: 1, parts: { a: '1', b: '2' } })).metadata.generation).toBe(1);
      await api().patch(widgets, name, { type: 'Merge', body: { spec: { parts: { c: '3' } } } });
      expect((await apply(name, { parts: { b: '2' } })).spec).toEqual({ parts: { b: '2', c: '3' } });
    });

    test('takes over what others have applied', async () => {
      const name = freshName();
      await apply(name, { size: 1 }, 'one');
      expect((await apply(name, { size: 2 }, 'two')).spec).toEqual({ size: 2 });
      expect((await apply(name, undefined, 'one')).spec).toEqual({ size: 2 });
    });

    test('of the same again writes nothing', async () => {
      const name = freshName();
      const first = await apply(name, { size: 1 });
      expect(await apply(name, { size: 1 })).toEqual(first);
    });
  });

  test('the status is written by itself, and counts no generation', async () => {
    const { metadata } = await make();
    const status = { type: 'Merge', body: { spec: { size: 9 }, status: { phase: 'Fine' } } } as const;
    const patched = await api().patch(widgets, metadata.name, status, { subresource: 'status' });
    expect(patched).toMatchObject({ metadata: { generation: 1 }, spec: { size: 1 }, status: { phase: 'Fine' } });
    const other = { type: 'Merge', body: { spec: { size: 2 }, status: { phase: 'Bad' } } } as const;
    expect(await api().patch(widgets, metadata.name, other)).toMatchObject({
      metadata: { generation: 2 },
      spec: { size: 2 },
      status: { phase: 'Fine' },
    });
    const stale = { metadata: { resourceVersion: metadata.resourceVersion }, status: { phase: 'Bad' } };
    await expect(api().patch(widgets, metadata.name, { type: 'Merge', body: stale }, { subresource: 'status' })).rejects.toEqual(
      failure('Conflict'),
    );
  });

  describe('delete', () => {
    test('removes the object that is meant, and no other of its name', async () => {
      const { metadata } = await make();
      const other = { uid: '00000000-0000-4000-8000-000000000000' };
      await expect(api().delete(widgets, metadata.name, other)).rejects.toEqual(failure('Conflict'));
      await api().delete(widgets, metadata.name, metadata.uid === undefined ? {} : { uid: metadata.uid });
      await expect(api().get(widgets, metadata.name)).rejects.toEqual(failure('NotFound'));
      await expect(api().delete(widgets, metadata.name)).rejects.toEqual(failure('NotFound'));
    });

    test('waits for finalizers', async () => {
      const { metadata } = await make({ metadata: { name: freshName(), finalizers: ['kubelet-config.dev/test'] } });
      await api().delete(widgets, metadata.name);
      expect(await api().get(widgets, metadata.name)).toMatchObject({ metadata: { deletionTimestamp: expect.any(String) } });
      await api().patch(widgets, metadata.name, { type: 'Merge', body: { metadata: { finalizers: null } } });
      await expect(api().get(widgets, metadata.name)).rejects.toEqual(failure('NotFound'));
    });
  });

  describe('list', () => {
    test('takes all pages, and what is selected only', async () => {
      const group = freshName('group');
      const made = [];
      for (let index = 0; index < 7; index += 1)
        made.push(await make({ metadata: { name: freshName(), labels: { group, parity: index % 2 === 0 ? 'even' : 'odd' } } }));
      const { items, resourceVersion } = await api().list(widgets, { labelSelector: `group=${group}` });
      expect(new Set(items)).toEqual(new Set(made));
      expect(resourceVersion).toMatch(/^[1-9]\d*$/);
      const odd = await api().list(widgets, { labelSelector: `group=${group},parity notin (even)` });
      expect(odd.items).toHaveLength(3);
      const name = made[0]?.metadata.name ?? '';
      expect((await api().list(widgets, { fieldSelector: `metadata.name=${name}` })).items).toEqual([made[0]]);
    });

    test('names the kind in every object', async () => {
      const name = freshName('node');
      await api().create(nodes, { metadata: { name } });
      const { items } = await api().list(nodes, { fieldSelector: `metadata.name=${name}` });
      expect(items).toMatchObject([{ apiVersion: 'v1', kind: 'Node', metadata: { name } }]);
    });

    test('of a selection that makes no sense is refused', async () => {
      await expect(api().list(widgets, { labelSelector: 'a in' })).rejects.toEqual(failure('Invalid'));
      await expect(api().list(widgets, { fieldSelector: 'spec.colour=red' })).rejects.toEqual(failure('Invalid'));
    });
  });

  describe('a watch', () => {
    test('goes on from where a list ends, and ends when it is no longer wanted', async () => {
      const group = freshName('group');
      const selection = { labelSelector: `group=${group}` };
      const first = await make({ metadata: { name: freshName(), labels: { group } } });
      const { resourceVersion } = await api().list(widgets, selection);
      const second = await make({ metadata: { name: freshName(), labels: { group } } });
      const { events, ended, stop } = watching(api(), resourceVersion, selection);
      await make();
      const [one, two] = [first.metadata.name, second.metadata.name];
      await api().patch(widgets, one, { type: 'Merge', body: { spec: { size: 2 } } });
      await api().delete(widgets, two);
      await eventually(() => expect(told(events)).toEqual([`Added ${two} 1`, `Modified ${one} 2`, `Deleted ${two} 1`]));
      for (const event of events)
        if (event.type !== 'Bookmark') expect(event.object.metadata).not.toHaveProperty('managedFields');
      stop();
      await ended;
    });

    test('tells when an object comes into the selection, and when it leaves it', async () => {
      const group = freshName('group');
      const { metadata } = await make();
      const label = (value: string | null) =>
        api().patch(widgets, metadata.name, { type: 'Merge', body: { metadata: { labels: { group: value } } } });
      const { events, ended, stop } = watching(api(), metadata.resourceVersion ?? '', { labelSelector: `group=${group}` });
      await label(group);
      const left = await label(null);
      await eventually(() => expect(told(events)).toEqual([`Added ${metadata.name} 1`, `Deleted ${metadata.name} 1`]));
      expect(events[1]).toMatchObject({ object: { metadata: { resourceVersion: left.metadata.resourceVersion } } });
      stop();
      await ended;
    });

    test('is narrowed to one object by its name', async () => {
      const mine = await make();
      const other = await make();
      const fieldSelector = `metadata.name=${mine.metadata.name}`;
      const { events, ended, stop } = watching(api(), other.metadata.resourceVersion ?? '', { fieldSelector });
      for (const { metadata } of [other, mine])
        await api().patch(widgets, metadata.name, { type: 'Merge', body: { spec: { size: 2 } } });
      await eventually(() => expect(told(events)).toEqual([`Modified ${mine.metadata.name} 2`]));
      stop();
      await ended;
    });

    test('says that it is open, brings bookmarks, and ends in its time', async () => {
      const { metadata } = await make();
      let opened = 0;
      const { events, ended } = watching(api(), metadata.resourceVersion ?? '', {
        timeoutSeconds: world().bookmarkSeconds,
        fieldSelector: `metadata.name=${metadata.name}`,
        opened: () => {
          opened += 1;
        },
      });
      await eventually(() => expect(opened).toBe(1));
      // The server sends a bookmark only if something happened after the watch began.
      await make();
      await ended;
      expect(events).toContainEqual({ type: 'Bookmark', resourceVersion: expect.stringMatching(/^[1-9]\d*$/) });
    });

    test('from too long ago is refused as such', async () => {
      await make();
      await expect(watching(api(), world().tooOld()).ended).rejects.toEqual(failure('Gone'));
    });
  });

  test('the server knows who we are', async () => {
    expect(await whoAmI(api())).toMatchObject({
      username: world().username,
      groups: expect.arrayContaining(['system:authenticated']),
    });
    await expect(api().list(selfSubjectReviews)).rejects.toEqual(failure('Invalid'));
  });

  workersContract(world);
  evictionContract(world);
}
