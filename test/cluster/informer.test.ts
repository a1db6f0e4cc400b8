import { describe, expect, test } from 'vitest';
import { Informer, type InformerOptions } from '../../src/cluster/informer.ts';
import { ApiError, type WatchEvent } from '../../src/cluster/kubernetes-api.ts';
import { type Node, nodes } from '../../src/cluster/resources.ts';
import { type ManualClock, manualClock } from '../fakes/clock.ts';
import { type ListCall, type ScriptedApi, scriptedApi, type WatchCall } from './scripted-api.ts';

interface Trial extends Pick<ScriptedApi, 'lists' | 'watches'> {
  readonly informer: Informer<Node>;
  readonly clock: ManualClock;
  readonly changed: string[];
  readonly delays: number[];
  /** `name@version` of all known objects. */
  known(): string[];
  list(index: number): ListCall;
  watch(index: number): WatchCall;
  settle(): Promise<void>;
}

function started(options: Partial<InformerOptions<Node>> = {}): Trial {
  const { api, lists, watches } = scriptedApi();
  const clock = manualClock();
  const changed: string[] = [];
  const delays: number[] = [];
  const informer = new Informer<Node>({
    api,
    resource: nodes,
    clock,
    random: () => 0,
    onChange: (name) => changed.push(name),
    log: (_error, delay) => delays.push(delay),
    ...options,
  });
  informer.start();
  return {
    informer,
    clock,
    changed,
    delays,
    lists,
    watches,
    known: () => [...informer.objects.values()].map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort(),
    list: (index) => lists[index] ?? expect.fail(`there is no list ${index}`),
    watch: (index) => watches[index] ?? expect.fail(`there is no watch ${index}`),
    settle: () => clock.advance(0),
  };
}

/** An informer that has listed, and watches, without an event so far. */
async function synced(items: Node[], resourceVersion: string, options: Partial<InformerOptions<Node>> = {}): Promise<Trial> {
  const trial = started(options);
  trial.list(0).answer({ items, resourceVersion });
  await trial.settle();
  trial.watch(0).open();
  trial.changed.length = 0;
  return trial;
}

const node = (name: string, resourceVersion: string, others: Partial<Node> = {}): Node => ({
  ...others,
  metadata: { name, resourceVersion },
});
const event = (type: 'Added' | 'Modified' | 'Deleted', name: string, resourceVersion: string): WatchEvent<Node> => ({
  type,
  object: node(name, resourceVersion),
});
const bookmark = (resourceVersion: string): WatchEvent<Node> => ({ type: 'Bookmark', resourceVersion });
const unreachable = new ApiError('Unreachable', 'cut off');
const gone = new ApiError('Gone', 'too old', { status: 410 });

describe('what is known', () => {
  test('is what the list says, then what the watch says', async () => {
    const trial = started({ selection: { fieldSelector: 'metadata.name=a' }, random: () => 0.5 });
    expect(trial.informer.synced).toBe(false);
    trial.list(0).answer({ items: [node('a', '3'), node('b', '4')], resourceVersion: '5' });
    await trial.settle();
    expect(trial.informer.synced).toBe(true);
    expect(trial.known()).toEqual(['a@3', 'b@4']);
    expect(trial.watch(0).options).toMatchObject({ resourceVersion: '5', timeoutSeconds: 450, fieldSelector: 'metadata.name=a' });
    trial.watch(0).send(event('Added', 'c', '6'), event('Modified', 'a', '7'), event('Deleted', 'b', '8'));
    expect(trial.known()).toEqual(['a@7', 'c@6']);
    expect(trial.changed).toEqual(['a', 'b', 'c', 'a', 'b']);
  });

  test('is only what is worth keeping, and only news is told', async () => {
    const trial = await synced([node('a', '1', { spec: { unschedulable: true }, status: {} })], '1', {
      keep: ({ metadata, spec }) => ({ metadata, ...(spec && { spec }) }),
      isNews: (before, after) => before.spec?.unschedulable !== after.spec?.unschedulable,
    });
    expect(trial.informer.objects.get('a')).toEqual(node('a', '1', { spec: { unschedulable: true } }));
    const heartbeat = node('a', '2', { spec: { unschedulable: true }, status: {} });
    trial.watch(0).send({ type: 'Modified', object: heartbeat });
    expect(trial.known()).toEqual(['a@2']);
    expect(trial.changed).toEqual([]);
    trial.watch(0).send(event('Modified', 'a', '3'), event('Deleted', 'a', '4'));
    expect(trial.changed).toEqual(['a', 'a']);
  });

  test('stays, whatever goes wrong', async () => {
    const trial = await synced([node('a', '1')], '1');
    trial.watch(0).fail(gone);
    await trial.clock.advance(1_000);
    for (let tries = 1; tries <= 8; tries += 1) {
      trial.list(tries).fail(new ApiError('ServerError', 'no', { status: 500 }));
      await trial.clock.advance(32_000);
    }
    expect(trial.known()).toEqual(['a@1']);
    expect(trial.changed).toEqual([]);
  });

  test('loses what a new list no longer has', async () => {
    const trial = await synced([node('a', '1'), node('b', '2')], '2');
    trial.watch(0).fail(gone);
    await trial.clock.advance(1_000);
    trial.list(1).answer({ items: [node('b', '2'), node('c', '7')], resourceVersion: '9' });
    await trial.settle();
    expect(trial.known()).toEqual(['b@2', 'c@7']);
    expect(trial.changed).toEqual(['c', 'a']);
    expect(trial.watch(1).options.resourceVersion).toBe('9');
  });
});

describe('a write of our own', () => {
  test('is known before its event, and no older event undoes it', async () => {
    const trial = await synced([node('a', '9')], '9');
    trial.informer.absorb(node('a', '11'));
    expect(trial.known()).toEqual(['a@11']);
    trial.watch(0).send(event('Modified', 'a', '10'), event('Modified', 'a', '11'));
    expect(trial.known()).toEqual(['a@11']);
    expect(trial.changed).toEqual([]);
    trial.watch(0).send(event('Modified', 'a', '12'));
    expect(trial.changed).toEqual(['a']);
  });

  test('whose answer comes late does not bring back what is gone', async () => {
    const trial = await synced([node('a', '9')], '9');
    trial.watch(0).send(event('Deleted', 'a', '12'));
    trial.informer.absorb(node('a', '11'));
    expect(trial.known()).toEqual([]);
    trial.informer.absorb(node('a', '13'));
    expect(trial.known()).toEqual(['a@13']);
  });

  test('that made an object anew is not undone by the end of the one before', async () => {
    const trial = await synced([node('a', '9')], '9');
    trial.informer.absorb(node('a', '13'));
    trial.watch(0).send(event('Deleted', 'a', '12'), event('Added', 'a', '13'));
    expect(trial.known()).toEqual(['a@13']);
    expect(trial.changed).toEqual([]);
  });

  test('that takes an object out of the selection ends with its event', async () => {
    const trial = await synced([node('a', '9')], '9');
    trial.informer.absorb(node('a', '10'));
    trial.watch(0).send(event('Deleted', 'a', '10'));
    trial.informer.absorb(node('a', '10'));
    expect(trial.known()).toEqual([]);
  });

  test('is not undone by a list that is older', async () => {
    const trial = await synced([node('a', '9')], '9');
    trial.watch(0).fail(gone);
    await trial.clock.advance(1_000);
    trial.informer.absorb(node('a', '21'));
    trial.informer.absorb(node('b', '22'));
    trial.list(1).answer({ items: [node('a', '9')], resourceVersion: '20' });
    await trial.settle();
    expect(trial.known()).toEqual(['a@21', 'b@22']);
  });

  test('versions that are no numbers are taken as they come', async () => {
    const trial = await synced([node('a', 'x9')], 'x9');
    trial.informer.absorb(node('a', 'x11'));
    trial.watch(0).send(event('Modified', 'a', 'x10'));
    expect(trial.known()).toEqual(['a@x10']);
  });
});

test('a server that has gone back in time is believed', async () => {
  const trial = await synced([node('a', '90'), node('b', '80')], '100');
  trial.watch(0).send(event('Deleted', 'c', '101'));
  trial.watch(0).fail(new ApiError('ServerError', 'Too large resource version', { status: 504 }));
  await trial.clock.advance(1_000);
  trial.list(1).answer({ items: [node('a', '30'), node('c', '20')], resourceVersion: '40' });
  await trial.settle();
  expect(trial.known()).toEqual(['a@30', 'c@20']);
});

describe('the watch', () => {
  test('that ends in its time goes on from the last it heard, without a list', async () => {
    const trial = await synced([node('a', '1')], '1');
    await trial.clock.advance(300_000);
    trial.watch(0).send(event('Modified', 'a', '5'), bookmark('8'));
    trial.watch(0).end();
    await trial.settle();
    expect(trial.watch(1).options.resourceVersion).toBe('8');
    expect(trial.lists).toHaveLength(1);
    expect(trial.delays).toEqual([]);
  });

  test('that breaks goes on from the last it heard, after a pause that grows', async () => {
    const trial = await synced([], '1');
    trial.watch(0).send(bookmark('4'));
    for (const [index, delay] of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 32_000].entries()) {
      trial.watch(index).fail(unreachable);
      await trial.clock.advance(delay - 1);
      expect(trial.watches).toHaveLength(index + 1);
      await trial.clock.advance(1);
      expect(trial.watch(index + 1).options.resourceVersion).toBe('4');
    }
    expect(trial.lists).toHaveLength(1);
  });

  test('that lived, by an event or for a minute, begins the pauses anew', async () => {
    const trial = await synced([], '1');
    trial.watch(0).fail(unreachable);
    await trial.clock.advance(1_000);
    trial.watch(1).send(bookmark('4'));
    trial.watch(1).fail(unreachable);
    await trial.clock.advance(1_000);
    await trial.clock.advance(60_000);
    trial.watch(2).fail(unreachable);
    await trial.settle();
    expect(trial.delays).toEqual([1_000, 1_000, 1_000]);
  });

  test('that ends as soon as it began counts as broken', async () => {
    const trial = await synced([], '1');
    trial.watch(0).end();
    await trial.settle();
    expect(trial.watches).toHaveLength(1);
    expect(trial.delays).toEqual([1_000]);
  });

  test.each([
    ['its version is too old', gone],
    ['the server failed', new ApiError('ServerError', 'no', { status: 500 })],
    ['the server knows us no longer', new ApiError('Unauthorized', 'no', { status: 401 })],
    ['it cannot be read', new ApiError('Unreadable', 'no')],
  ])('is begun with a new list when %s', async (_name, error) => {
    const trial = await synced([], '1');
    trial.watch(0).fail(error);
    await trial.clock.advance(1_000);
    expect(trial.lists).toHaveLength(2);
  });

  test('waits as long as the server asks', async () => {
    const trial = await synced([], '1');
    trial.watch(0).fail(new ApiError('TooManyRequests', 'slow down', { status: 429, retryAfterSeconds: 7 }));
    await trial.settle();
    expect(trial.delays).toEqual([7_000]);
    await trial.clock.advance(7_000);
    expect(trial.watch(1).options.resourceVersion).toBe('1');
  });

  test('pauses at random, so that not all come back at once', async () => {
    const trial = await synced([], '1', { random: () => 1 });
    trial.watch(0).fail(unreachable);
    await trial.settle();
    expect(trial.delays).toEqual([500]);
  });
});

test('whether the server answers is known, and since when', async () => {
  let told = 0;
  const trial = started({
    onContact: () => {
      told += 1;
    },
  });
  expect(trial.informer.contact).toEqual({ answering: false, since: 0 });
  trial.list(0).fail(unreachable);
  await trial.clock.advance(1_000);
  trial.list(1).answer({ items: [], resourceVersion: '1' });
  await trial.settle();
  expect(trial.informer.contact).toEqual({ answering: true, since: 1_000 });
  expect(told).toBe(2);
  await trial.clock.advance(5_000);
  trial.watch(0).fail(gone);
  await trial.settle();
  expect(trial.informer.contact.answering).toBe(true);
  await trial.clock.advance(2_000);
  trial.list(2).fail(unreachable);
  await trial.clock.advance(4_000);
  expect(trial.informer.contact).toEqual({ answering: false, since: 8_000 });
  trial.list(3).answer({ items: [], resourceVersion: '2' });
  await trial.settle();
  trial.watch(1).fail(unreachable);
  await trial.clock.advance(8_000);
  expect(trial.informer.contact.answering).toBe(false);
  trial.watch(2).open();
  expect(trial.informer.contact.answering).toBe(true);
  expect(told).toBe(6);
});

describe('stopped', () => {
  test('it ends the watch at once, and asks for nothing more', async () => {
    const trial = await synced([], '1');
    await trial.informer.stop();
    expect(trial.watch(0).options.signal.aborted).toBe(true);
    expect(trial.watches).toHaveLength(1);
  });

  test('in a pause, it leaves nobody asleep', async () => {
    const trial = started();
    trial.list(0).fail(unreachable);
    await trial.settle();
    expect(trial.clock.sleepers).toBe(1);
    await trial.informer.stop();
    expect(trial.clock.sleepers).toBe(0);
    expect(trial.lists).toHaveLength(1);
  });

  test('before the first list, it tells who waits for that', async () => {
    const trial = started();
    const waited = trial.informer.whenSynced();
    const stopped = trial.informer.stop();
    expect(trial.list(0).signal?.aborted).toBe(true);
    trial.list(0).answer({ items: [node('a', '1')], resourceVersion: '1' });
    await stopped;
    expect(await waited).toBe(false);
    expect(await trial.informer.whenSynced()).toBe(false);
    expect(trial.known()).toEqual([]);
  });
});

test('who waits for the first list is told', async () => {
  const trial = started();
  const waited = trial.informer.whenSynced();
  trial.list(0).answer({ items: [], resourceVersion: '1' });
  expect(await waited).toBe(true);
  expect(await trial.informer.whenSynced()).toBe(true);
});
