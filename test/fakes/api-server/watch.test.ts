import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../eventually.ts';
import { type Asking, mergePatch, type OpenWatch, startAsking } from './asking.ts';
import { thing, thingCrd, things } from './thing.ts';

let asking: Asking;
beforeEach(async () => {
  asking = await startAsking({ crds: [thingCrd], bookmarkMilliseconds: 20 });
});
afterEach(() => asking.server.stop());

function watch(query: Record<string, string> = {}): Promise<OpenWatch> {
  return asking.watch(`${things}?${new URLSearchParams({ watch: '1', ...query })}`);
}

/** Waits until the watch has told so much, and no more than that. */
async function told({ events }: OpenWatch, ...expected: string[]): Promise<void> {
  await eventually(() => expect(events.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual(expected));
}

const label = (name: string, role: string | null) =>
  asking.done('PATCH', `${things}/${name}`, { metadata: { labels: { role } } }, mergePatch);

describe('begins', () => {
  test.each([{}, { resourceVersion: '0' }])('with what is there: %o', async (query) => {
    asking.server.put(thing('a'));
    const open = await watch(query as Record<string, string>);
    await told(open, 'ADDED a');
    asking.server.put(thing('b'));
    await told(open, 'ADDED a', 'ADDED b');
  });

  test('after a resourceVersion, with all that happened since', async () => {
    asking.server.put(thing('a'));
    const { resourceVersion } = asking.server;
    asking.server.put(thing('b'));
    asking.server.remove('things', 'a');
    asking.server.put({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } });
    const open = await watch({ resourceVersion });
    await told(open, 'ADDED b', 'DELETED a');
    asking.server.put(thing('b', { count: 4 }));
    await told(open, 'ADDED b', 'DELETED a', 'MODIFIED b');
  });

  test('not where history is forgotten: an error in an answer that began well', async () => {
    const { resourceVersion } = asking.server;
    asking.server.compact();
    const open = await watch({ resourceVersion });
    expect(await open.ended).toBe('Ended');
    expect(open.status).toBe(200);
    expect(open.events).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', reason: 'Expired', code: 410 } }]);
    await told(await watch({ resourceVersion: asking.server.resourceVersion }));
  });

  test('as a list that goes on, with a bookmark where the list ends', async () => {
    asking.server.put(thing('a'));
    const open = await watch({ sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: 'true' });
    await eventually(() => expect(open.events.length).toBeGreaterThan(1));
    expect(open.events).toMatchObject([
      { type: 'ADDED' },
      { type: 'BOOKMARK', object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } } },
      ...open.events.slice(2).map(() => ({ type: 'BOOKMARK' })),
    ]);
  });
});

test('the deleted object has the resourceVersion of its deletion', async () => {
  const before = asking.server.put(thing('a'));
  const open = await watch({ resourceVersion: asking.server.resourceVersion });
  asking.server.remove('things', 'a');
  await told(open, 'DELETED a');
  expect(open.events[0]?.object).toEqual({
    ...before,
    metadata: { ...before.metadata, resourceVersion: asking.server.resourceVersion },
  });
});

test('what begins or ceases to match a selector comes or goes', async () => {
  const byLabel = await watch({ labelSelector: 'role=worker' });
  const byField = await watch({ fieldSelector: 'metadata.name=a' });
  await asking.done('POST', things, thing('a'));
  await label('a', 'worker');
  await asking.done('PATCH', `${things}/a`, { spec: { count: 4 } }, mergePatch);
  await label('a', null);
  await asking.done('POST', things, thing('b', {}, { labels: { role: 'worker' } }));
  await asking.done('DELETE', `${things}/a`);
  await told(byLabel, 'ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED b');
  // As it was when it still matched.
  expect(byLabel.events[2]?.object.metadata.labels).toEqual({ role: 'worker' });
  await told(byField, 'ADDED a', 'MODIFIED a', 'MODIFIED a', 'MODIFIED a', 'DELETED a');
});

test('a write that changes nothing is no event', async () => {
  asking.server.put(thing('a'));
  const open = await watch({ resourceVersion: asking.server.resourceVersion });
  await asking.done('PATCH', `${things}/a`, { spec: { must: 'x' } }, mergePatch);
  await label('a', 'worker');
  await told(open, 'MODIFIED a');
});

test('bookmarks say how far it is, to those who want to know', async () => {
  const wants = await watch({ allowWatchBookmarks: 'true' });
  const doesNot = await watch();
  asking.server.put({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } });
  const { resourceVersion } = asking.server;
  await eventually(() =>
    expect(wants.events.at(-1)).toEqual({
      type: 'BOOKMARK',
      object: { apiVersion: 'probe.dev/v1', kind: 'Thing', metadata: { resourceVersion } },
    }),
  );
  expect(doesNot.events).toEqual([]);
});

describe('ends', () => {
  test('after its timeoutSeconds', async () => {
    const open = await watch({ timeoutSeconds: '0.05', allowWatchBookmarks: 'true' });
    expect(await open.ended).toBe('Ended');
    expect(open.events.at(-1)?.type).toBe('BOOKMARK');
  });

  test('when the test says so, in good order or not', async () => {
    const first = await watch();
    asking.server.endWatches();
    expect(await first.ended).toBe('Ended');
    const second = await watch();
    asking.server.cutConnections();
    expect(await second.ended).toBe('Broken');
    await eventually(() => expect(asking.server.watches).toBe(0));
  });

  test('for the server when the client goes', async () => {
    const open = await watch();
    expect(asking.server.watches).toBe(1);
    open.close();
    await eventually(() => expect(asking.server.watches).toBe(0));
  });
});

test('events can be lost or come twice', async () => {
  const open = await watch();
  asking.server.loseEvents({ event: ({ object }) => object.metadata.name === 'b' });
  asking.server.repeatEvents({ event: ({ type }) => type === 'MODIFIED' });
  for (const name of ['a', 'b', 'c']) asking.server.put(thing(name));
  asking.server.put(thing('b', { count: 4 }));
  asking.server.put(thing('b', { count: 5 }));
  await told(open, 'ADDED a', 'ADDED c', 'MODIFIED b', 'MODIFIED b', 'MODIFIED b');
});

test('a silent watch stays open and tells nothing, not even its end', async () => {
  const silent = await watch();
  asking.server.silenceWatches();
  const open = await watch();
  asking.server.put(thing('a'));
  asking.server.endWatches();
  expect(await open.ended).toBe('Ended');
  await told(open, 'ADDED a');
  expect(silent.events).toEqual([]);
  expect(asking.server.requests.map(({ isOpen }) => isOpen)).toEqual([true, false]);
});
