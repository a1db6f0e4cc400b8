import { describe, expect, test } from 'vitest';
import type { NewEvent } from '../../src/cluster/event-object.ts';
import { EventRecorder } from '../../src/cluster/event-recorder.ts';
import { ApiError, type KubernetesApi, type Patch } from '../../src/cluster/kubernetes-api.ts';
import type { Event } from '../../src/cluster/resources.ts';
import { manualClock } from '../fakes/clock.ts';

const failed: NewEvent = {
  regarding: { apiVersion: 'kubelet-config.dev/v1alpha1', kind: 'NodeKubelet', name: 'worker-1', uid: '1-2' },
  type: 'Warning',
  reason: 'ConfigurationFailed',
  action: 'Undoing',
  note: 'the kubelet is not healthy',
};

const unexpected = () => Promise.reject(new Error('nobody expects this call'));

/** A recorder that runs, and a server that stores its events. */
function started() {
  const clock = manualClock(Date.parse('2026-01-31T09:00:00Z'));
  const created: Event[] = [];
  const patched: [name: string, patch: Patch][] = [];
  const answers: ((() => Error | Promise<Error>) | undefined)[] = [];
  const stopping = new AbortController();
  const answer = async <Value>(value: () => Value): Promise<Value> => {
    const error = await answers.shift()?.();
    if (error !== undefined) throw error;
    return value();
  };
  const api: KubernetesApi = {
    create: (_resource, object) =>
      answer(() => {
        created.push(object as unknown as Event);
        return object;
      }),
    patch: (_resource, name, patch) =>
      answer(() => {
        patched.push([name, patch]);
        return created[0] as never;
      }),
    get: unexpected,
    list: unexpected,
    watch: unexpected,
    createOn: unexpected,
    delete: unexpected,
    serverTime: () => undefined,
  };
  const recorder = new EventRecorder({
    api,
    clock,
    random: () => 0,
    date: () => new Date(clock.now()),
    reportingController: 'kubelet-config.dev/agent',
    reportingInstance: 'worker-1',
  });
  const ended = recorder.run(stopping.signal);
  const stop = () => {
    stopping.abort();
    return ended;
  };
  return { clock, created, patched, answers, recorder, stop };
}

const away = () => new ApiError('Unreachable', 'cut off');

test('an event says what happened to what, and who says so', async () => {
  const { clock, created, recorder, stop } = started();
  const related = { apiVersion: 'v1', kind: 'Node', name: 'worker-1' };
  recorder.record({ ...failed, related });
  expect(created).toEqual([]);
  await clock.advance(0);
  expect(created).toEqual([
    {
      metadata: { name: expect.stringMatching(/^worker-1\.[0-9a-f]+$/), namespace: 'default' },
      eventTime: '2026-01-31T09:00:00.000000Z',
      ...failed,
      related,
      reportingController: 'kubelet-config.dev/agent',
      reportingInstance: 'worker-1',
    },
  ]);
  await stop();
});

test.each([
  ['x'.repeat(1024), 'x'.repeat(1024)],
  ['x'.repeat(1025), `${'x'.repeat(1021)}…`],
  [`${'x'.repeat(1020)}ü${'x'.repeat(9)}`, `${'x'.repeat(1020)}…`],
])('a note of more than 1024 bytes is cut between two characters', async (note, stored) => {
  const { clock, created, recorder, stop } = started();
  recorder.record({ ...failed, note });
  await clock.advance(0);
  expect(created[0]?.note).toBe(stored);
  await stop();
});

test('the longest name leaves room for what makes it the name of an event', async () => {
  const { clock, created, recorder, stop } = started();
  recorder.record({ ...failed, regarding: { ...failed.regarding, name: `${'a'.repeat(219)}-${'b'.repeat(33)}` } });
  await clock.advance(0);
  expect(created[0]?.metadata.name).toMatch(/^a{219}\.[0-9a-f]{1,30}$/);
  await stop();
});

describe('what happens again', () => {
  test('counts up the same event, at most once a minute', async () => {
    const { clock, created, patched, recorder, stop } = started();
    recorder.record(failed);
    await clock.advance(10_000);
    recorder.record(failed);
    await clock.advance(10_000);
    recorder.record(failed);
    await clock.advance(39_999);
    expect(patched).toEqual([]);
    await clock.advance(1);
    const series = { count: 3, lastObservedTime: '2026-01-31T09:00:20.000000Z' };
    expect(patched).toEqual([[created[0]?.metadata.name, { type: 'Merge', body: { series } }]]);
    await clock.advance(300_000);
    expect([created.length, patched.length]).toEqual([1, 1]);
    await stop();
  });

  test.each<[string, Partial<NewEvent>]>([
    ['to another object', { regarding: { ...failed.regarding, uid: '3-4' } }],
    ['for another reason', { reason: 'ConfigurationUndone' }],
    ['with another note', { note: 'the kubelet does not answer' }],
  ])('%s is an event of its own', async (_name, other) => {
    const { clock, created, recorder, stop } = started();
    recorder.record(failed);
    recorder.record({ ...failed, ...other });
    await clock.advance(0);
    expect(created).toHaveLength(2);
    await stop();
  });

  test('in turns with another one counts up both', async () => {
    const { clock, created, patched, recorder, stop } = started();
    const recovered: NewEvent = { ...failed, type: 'Normal', reason: 'ConfigurationApplied', note: 'it answers' };
    for (const event of [failed, recovered, failed, recovered, failed]) {
      recorder.record(event);
      await clock.advance(1_000);
    }
    await clock.advance(60_000);
    expect(created.map(({ reason }) => reason)).toEqual(['ConfigurationFailed', 'ConfigurationApplied']);
    expect(patched.map(([, { body }]) => body)).toEqual([
      { series: { count: 3, lastObservedTime: '2026-01-31T09:00:04.000000Z' } },
      { series: { count: 2, lastObservedTime: '2026-01-31T09:00:03.000000Z' } },
    ]);
    await stop();
  });

  test('after six minutes is a new event', async () => {
    const { clock, created, recorder, stop } = started();
    recorder.record(failed);
    await clock.advance(360_000);
    recorder.record(failed);
    await clock.advance(60_000);
    expect(created).toHaveLength(2);
    await stop();
  });

  test('is a new event with its count when the server has forgotten the first', async () => {
    const { clock, created, answers, recorder, stop } = started();
    recorder.record(failed);
    await clock.advance(0);
    recorder.record(failed);
    answers.push(() => new ApiError('NotFound', 'no such event', { status: 404 }));
    await clock.advance(60_000);
    expect(created.map(({ series }) => series?.count)).toEqual([undefined, 2]);
    await stop();
  });
});

describe('what the server does not take', () => {
  test('is tried again when it may pass', async () => {
    const { clock, created, answers, recorder, stop } = started();
    answers.push(away, away);
    recorder.record(failed);
    await clock.advance(2_999);
    expect(created).toEqual([]);
    await clock.advance(1);
    expect([created.length, recorder.dropped]).toEqual([1, 0]);
    await stop();
  });

  test('is dropped after five tries, with all that was counted meanwhile', async () => {
    const { clock, created, answers, recorder, stop } = started();
    answers.push(away, away, away, away, away);
    recorder.record(failed);
    await clock.advance(1_000);
    recorder.record(failed);
    await clock.advance(60_000);
    expect([created.length, recorder.dropped]).toEqual([0, 2]);
    await stop();
  });

  test('is dropped at once when it is refused, and the next is sent', async () => {
    const { clock, created, answers, recorder, stop } = started();
    answers.push(() => new ApiError('Forbidden', 'no', { status: 403 }));
    recorder.record(failed);
    recorder.record({ ...failed, note: 'other' });
    await clock.advance(0);
    expect(created.map(({ note }) => note)).toEqual(['other']);
    expect(recorder.dropped).toBe(1);
    await stop();
  });
});

test('more than can be kept is dropped, not waited for', async () => {
  const { clock, created, answers, recorder, stop } = started();
  answers.push(() => new Promise(() => undefined));
  for (let number = 0; number < 300; number += 1) recorder.record({ ...failed, note: String(number) });
  await clock.advance(0);
  expect([created.length, recorder.dropped]).toEqual([0, 44]);
  void stop();
});

describe('stopped', () => {
  test('it sends what is left', async () => {
    const { clock, created, patched, recorder, stop } = started();
    recorder.record(failed);
    await clock.advance(0);
    recorder.record(failed);
    recorder.record({ ...failed, note: 'last words' });
    await stop();
    expect([created.length, patched.length]).toEqual([2, 1]);
    expect(clock.sleepers).toBe(0);
  });

  test('it does not wait for a server that is away', async () => {
    const { created, answers, recorder, stop } = started();
    recorder.record(failed);
    recorder.record({ ...failed, note: 'other' });
    answers.push(away);
    await stop();
    expect(created).toEqual([]);
  });
});
