import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { lead } from '../../src/cluster/leader-election.ts';
import { type ManualClock, manualClock } from '../fakes/clock.ts';
import { generatedSlow } from '../runs.ts';
import { type LeaseApi, leaseApi } from './lease-api.ts';

interface Candidate {
  readonly outcome: Promise<'Stopped' | 'Lost'>;
  readonly leaders: string[];
  readonly errors: unknown[];
  /** The terms that it was given. */
  readonly terms: string[];
  /** Whether it works now. */
  works: boolean;
  stop(): void;
  /** Lets its work end. */
  endWork(error?: Error): void;
}

interface WorldParts {
  readonly server: LeaseApi;
  readonly clock: ManualClock;
}

interface CandidateOptions {
  readonly random?: () => number;
  /** How long its work takes to end when it is asked to. */
  readonly winding?: number;
  readonly leaseSeconds?: number;
}

function candidate(
  { server, clock }: WorldParts,
  identity: string,
  { random = () => 0, winding = 0, leaseSeconds }: CandidateOptions = {},
): Candidate {
  const stopping = new AbortController();
  const state: Candidate = {
    leaders: [],
    errors: [],
    terms: [],
    works: false,
    stop: () => stopping.abort(),
    endWork: () => undefined,
    outcome: lead({
      api: server.api,
      namespace: 'kubelet-config',
      name: 'controller',
      identity,
      leaseSeconds,
      clock,
      random,
      date: () => new Date(clock.now()),
      signal: stopping.signal,
      onNewLeader: (leader) => state.leaders.push(leader),
      log: (error) => state.errors.push(error),
      onStartedLeading: (signal, term) =>
        new Promise((resolve, reject) => {
          state.terms.push(term);
          state.works = true;
          state.endWork = (error) => {
            state.works = false;
            if (error === undefined) resolve();
            else reject(error);
          };
          signal.addEventListener('abort', () => void clock.sleep(winding).then(() => state.endWork()));
        }),
    }),
  };
  state.outcome.catch(() => undefined);
  return state;
}

function world(): WorldParts {
  return { server: leaseApi(), clock: manualClock() };
}

test('the first leads and the others wait for as long as it renews', async () => {
  const parts = world();
  const first = candidate(parts, 'first');
  await parts.clock.advance(0);
  const second = candidate(parts, 'second');
  await parts.clock.advance(60_000);
  expect([first.works, second.works]).toEqual([true, false]);
  expect(parts.server.lease()?.spec).toEqual({
    holderIdentity: 'first',
    leaseDurationSeconds: 15,
    acquireTime: '1970-01-01T00:00:00.000000Z',
    renewTime: '1970-01-01T00:01:00.000000Z',
    leaseTransitions: 0,
  });
  expect([first.leaders, second.leaders]).toEqual([['first'], ['first']]);
});

test('who leads asks once for each renewal', async () => {
  const parts = world();
  candidate(parts, 'first');
  await parts.clock.advance(10_000);
  expect(parts.server.calls).toEqual(['get', 'create', 'patch', 'patch', 'patch', 'patch', 'patch']);
});

test('a shorter Lease is renewed sooner, lost sooner, and free sooner', async () => {
  const parts = world();
  const first = candidate(parts, 'first', { leaseSeconds: 3 });
  await parts.clock.advance(2_000);
  expect(parts.server.lease()?.spec).toMatchObject({ holderIdentity: 'first', leaseDurationSeconds: 3 });
  expect(parts.server.calls).toEqual(['get', 'create', 'patch', 'patch', 'patch', 'patch', 'patch']);
  const second = candidate(parts, 'second', { leaseSeconds: 3 });
  await parts.clock.advance(0);
  parts.server.mood = 'silent';
  await parts.clock.advance(2_000);
  expect(await first.outcome).toBe('Lost');
  parts.server.mood = 'well';
  await parts.clock.advance(3_000);
  expect(second.works).toBe(true);
});

describe('given back', () => {
  test('the next leads at its next try', async () => {
    const parts = world();
    const first = candidate(parts, 'first');
    await parts.clock.advance(0);
    const second = candidate(parts, 'second');
    await parts.clock.advance(3_000);
    first.stop();
    await parts.clock.advance(2_000);
    expect(await first.outcome).toBe('Stopped');
    expect(second.works).toBe(true);
    expect(parts.server.lease()?.spec).toMatchObject({ holderIdentity: 'second', leaseTransitions: 1 });
  });

  test('only when the work has ended, however long that takes', async () => {
    const parts = world();
    const first = candidate(parts, 'first', { winding: 60_000 });
    await parts.clock.advance(0);
    const second = candidate(parts, 'second');
    first.stop();
    await parts.clock.advance(59_000);
    expect([first.works, second.works]).toEqual([true, false]);
    await parts.clock.advance(5_000);
    expect([first.works, second.works]).toEqual([false, true]);
  });

  test('when the work ends by itself, and when it fails', async () => {
    const parts = world();
    const first = candidate(parts, 'first');
    await parts.clock.advance(0);
    first.endWork();
    expect(await first.outcome).toBe('Stopped');
    const second = candidate(parts, 'second');
    await parts.clock.advance(0);
    expect(second.works).toBe(true);
    second.endWork(new Error('a bug'));
    await expect(second.outcome).rejects.toThrow('a bug');
    expect(parts.server.lease()?.spec?.holderIdentity).toBe('');
  });
});

test('work that fails before the lease is given back is an error of who leads, and of nobody else', async () => {
  const parts = world();
  const first = candidate(parts, 'first');
  await parts.clock.advance(0);
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  onTestFinished(() => void process.off('unhandledRejection', unhandled));
  parts.server.hold();
  first.endWork(new Error('a bug'));
  await new Promise(setImmediate);
  parts.server.letGo();
  await expect(first.outcome).rejects.toThrow('a bug');
  expect(unhandled).not.toHaveBeenCalled();
});

describe('lost', () => {
  test.each(['failing', 'silent'] as const)('ten seconds after the last renewal, while the server is %s', async (mood) => {
    const parts = world();
    const first = candidate(parts, 'first');
    await parts.clock.advance(4_000);
    parts.server.mood = mood;
    await parts.clock.advance(9_999);
    expect(first.works).toBe(true);
    await parts.clock.advance(1);
    expect(first.works).toBe(false);
    expect(await first.outcome).toBe('Lost');
  });

  test('not by one answer that does not come', async () => {
    const parts = world();
    const first = candidate(parts, 'first');
    await parts.clock.advance(1_000);
    parts.server.mood = 'silent';
    await parts.clock.advance(2_000);
    parts.server.mood = 'well';
    await parts.clock.advance(60_000);
    expect(first.works).toBe(true);
  });

  test('at once when somebody else has it', async () => {
    const parts = world();
    const first = candidate(parts, 'first');
    await parts.clock.advance(1_000);
    parts.server.write({ holderIdentity: 'thief', leaseDurationSeconds: 15 });
    await parts.clock.advance(1_000);
    expect(await first.outcome).toBe('Lost');
    expect(parts.server.lease()?.spec?.holderIdentity).toBe('thief');
  });

  test('not by a write of somebody else to the same Lease', async () => {
    const parts = world();
    const first = candidate(parts, 'first');
    await parts.clock.advance(1_000);
    parts.server.write({ ...parts.server.lease()?.spec, leaseDurationSeconds: 40 });
    await parts.clock.advance(30_000);
    expect(first.works).toBe(true);
  });

  test.each<[string, (server: LeaseApi) => void]>([
    ['its transitions are others', ({ lease, write }) => write({ ...lease()?.spec, leaseTransitions: 40 })],
    [
      'it was deleted and made again, with our name in it',
      ({ lease, write, remove }) => {
        const spec = lease()?.spec;
        remove();
        write(spec);
      },
    ],
    ['it was given away', ({ lease, write }) => write({ ...lease()?.spec, holderIdentity: '' })],
  ])('when %s', async (_what, spoil) => {
    const parts = world();
    const first = candidate(parts, 'first');
    await parts.clock.advance(1_000);
    spoil(parts.server);
    const left = parts.server.lease();
    await parts.clock.advance(2_000);
    expect(await first.outcome).toBe('Lost');
    expect(parts.server.lease()).toBe(left);
  });

  test('when it was deleted: it is not made again by who led', async () => {
    const parts = world();
    const first = candidate(parts, 'first');
    await parts.clock.advance(1_000);
    parts.server.remove();
    await parts.clock.advance(2_000);
    expect(await first.outcome).toBe('Lost');
    expect(parts.server.lease()).toBeUndefined();
  });
});

describe('the term', () => {
  test('is the uid of the Lease and its transitions, and another one for each who leads', async () => {
    const parts = world();
    const first = candidate(parts, 'first');
    await parts.clock.advance(20_000);
    first.stop();
    await parts.clock.advance(0);
    const second = candidate(parts, 'second');
    await parts.clock.advance(20_000);
    expect([...first.terms, ...second.terms]).toEqual(['lease-1/0', 'lease-1/1']);
  });

  test('is another one for the same name, though the Lease was never given back', async () => {
    const parts = world();
    parts.server.write({ holderIdentity: 'first', leaseDurationSeconds: 15, leaseTransitions: 6 });
    const again = candidate(parts, 'first');
    await parts.clock.advance(0);
    expect(again.terms).toEqual(['lease-1/7']);
  });

  test('of two processes of one name only the later one goes on', async () => {
    const parts = world();
    const first = candidate(parts, 'same');
    await parts.clock.advance(1_000);
    const second = candidate(parts, 'same');
    await parts.clock.advance(2_000);
    expect([first.works, second.works]).toEqual([false, true]);
    expect(await first.outcome).toBe('Lost');
  });

  test('is another one after the Lease was deleted', async () => {
    const parts = world();
    const first = candidate(parts, 'first');
    await parts.clock.advance(1_000);
    parts.server.remove();
    await parts.clock.advance(2_000);
    const again = candidate(parts, 'first');
    await parts.clock.advance(0);
    expect([...first.terms, ...again.terms]).toEqual(['lease-1/0', 'lease-2/0']);
  });

  test('is not ended by an earlier try, whose answer comes only when another one has led to it', async () => {
    const parts = world();
    const letGoFirst = parts.server.hold();
    const first = candidate(parts, 'first');
    await parts.clock.advance(10_000);
    parts.server.hold();
    parts.server.letGo();
    await parts.clock.advance(3_000);
    expect(first.terms).toEqual(['lease-1/0']);
    letGoFirst();
    await parts.clock.advance(30_000);
    expect(first.works).toBe(true);
  });

  test('is that of the try that was answered, if an earlier one was stored without an answer', async () => {
    const parts = world();
    parts.server.mood = 'deaf';
    const first = candidate(parts, 'first');
    await parts.clock.advance(11_000);
    parts.server.mood = 'well';
    await parts.clock.advance(30_000);
    expect(first.works).toBe(true);
    const { metadata, spec } = parts.server.lease() ?? {};
    expect(first.terms).toEqual([`${metadata?.uid}/${spec?.leaseTransitions}`]);
  });
});

describe('taken over', () => {
  test('fifteen seconds after the lease last changed before our eyes, whatever the times in it say', async () => {
    const parts = world();
    parts.server.write({ holderIdentity: 'dead', leaseDurationSeconds: 15, renewTime: '1999-01-01T00:00:00.000000Z' });
    const second = candidate(parts, 'second');
    await parts.clock.advance(14_999);
    expect(second.works).toBe(false);
    await parts.clock.advance(1_001);
    expect(second.works).toBe(true);
  });

  test('by one of those who wait, who try at times of their own', async () => {
    const parts = world();
    parts.server.write({ holderIdentity: 'dead', leaseDurationSeconds: 15 });
    const others = [0, 0.5, 0.9].map((chance) => candidate(parts, `candidate-${chance}`, { random: () => chance }));
    await parts.clock.advance(30_000);
    expect(others.filter(({ works }) => works)).toHaveLength(1);
  });

  test('by who waited for a server that was away', async () => {
    const parts = world();
    parts.server.mood = 'failing';
    const first = candidate(parts, 'first');
    await parts.clock.advance(5_000);
    expect(first.errors).toHaveLength(3);
    parts.server.mood = 'well';
    await parts.clock.advance(2_000);
    expect(first.works).toBe(true);
  });
});

test('stopped while it waits, it ends at once and begins nothing', async () => {
  const parts = world();
  parts.server.write({ holderIdentity: 'other', leaseDurationSeconds: 15 });
  const second = candidate(parts, 'second');
  await parts.clock.advance(500);
  second.stop();
  expect(await second.outcome).toBe('Stopped');
  parts.server.mood = 'silent';
  const third = candidate(parts, 'third');
  await parts.clock.advance(500);
  third.stop();
  expect(await third.outcome).toBe('Stopped');
  expect(parts.clock.sleepers).toBe(0);
});

test('whatever the server does, never two lead at a time, and one does when it is well again', async () => {
  const moods = fc.array(
    fc.record({
      mood: fc.constantFrom<LeaseApi['mood']>('well', 'failing', 'silent', 'deaf'),
      seconds: fc.integer({ min: 1, max: 20 }),
    }),
    { maxLength: 12 },
  );
  const chances = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(moods, chances, async (steps, drawn) => {
      const parts = world();
      let draws = 0;
      const random = () => drawn[draws++ % drawn.length] ?? 0;
      const all = new Map<string, Candidate>();
      const join = (name: string) => {
        const joined = candidate(parts, name, { random });
        all.set(name, joined);
        void joined.outcome.then((outcome) => outcome === 'Lost' && join(name));
      };
      for (const name of ['a', 'b', 'c']) join(name);
      const working = () => [...all.values()].filter(({ works }) => works).length;
      for (const { mood, seconds } of steps) {
        parts.server.mood = mood;
        for (let second = 0; second < seconds; second += 1) {
          await parts.clock.advance(1_000);
          expect(working()).toBeLessThanOrEqual(1);
        }
      }
      parts.server.mood = 'well';
      await parts.clock.advance(30_000);
      expect(working()).toBe(1);
      for (const { stop } of all.values()) stop();
      await parts.clock.advance(1_000);
      expect(working()).toBe(0);
    }),
    { numRuns: generatedSlow },
  );
});
