import { describe, expect, test } from 'vitest';
import { AgentLoop } from '../../src/agent/loop.ts';
import type { Problem } from '../../src/api/problem.ts';
import type { Rest } from '../../src/node/model/action.ts';
import type { TransactionResult } from '../../src/node/model/event.ts';
import type { Outcome } from '../../src/node/model/outcome.ts';
import { HostFileError } from '../../src/node/ports/files.ts';
import { transactionRecord } from '../builders.ts';
import { manualClock } from '../fakes/clock.ts';

const problem: Problem = { severity: 'error', code: 'FlagInvalid', path: ['spec', 'kubelet'], reason: 'no', remedy: 'do' };
const refusal = new HostFileError('NoSpace', '/etc/x', 'its file system is full', 'free space');
const record = transactionRecord();

const unchanged: Outcome = { kind: 'Unchanged', revision: 'r', warnings: [] };
const warned: Outcome = { ...unchanged, warnings: [{ ...problem, severity: 'warning' }] };
const kept: Outcome = { kind: 'Kept', problems: [problem] };
const changed = (result: TransactionResult): Outcome => ({
  kind: 'Changed',
  record,
  result,
  warnings: [],
  foreign: [],
  reason: 'Change',
});
const committed = changed({ kind: 'Committed' });

/** What the agent says for one outcome after the other, each after something may have changed. */
async function saidOf(outcomes: readonly (Outcome | Error)[]): Promise<string[]> {
  const said: string[] = [];
  const left = [...outcomes];
  const clock = manualClock();
  const stop = new AbortController();
  const agent = new AgentLoop({
    pass: async () => {
      const next = left.shift();
      if (next === undefined) throw new RangeError('a pass that nobody asked for');
      if (next instanceof Error) throw next;
      return next;
    },
    clock,
    random: () => 0,
    log: {
      outcome: (outcome) => void said.push(outcome.kind),
      retry: (error, delay) => void said.push(`again in ${delay}: ${error instanceof Error ? error.message : ''}`),
    },
  });
  const ended = agent.run(stop.signal);
  await clock.advance(0);
  while (left.length > 0) {
    agent.notice();
    await clock.advance(0);
  }
  stop.abort();
  await ended;
  return said;
}

describe('says', () => {
  test.each<[string, readonly Outcome[], readonly string[]]>([
    ['nothing where nothing changed', [unchanged, unchanged], []],
    ['every change', [committed, unchanged, committed], ['Changed', 'Changed']],
    ['a complaint once', [kept, kept, kept], ['Kept']],
    ['another complaint', [kept, { kind: 'Kept', problems: [{ ...problem, reason: 'other' }] }], ['Kept', 'Kept']],
    [
      'the same complaint at another place',
      [kept, { kind: 'Kept', problems: [{ ...problem, position: { file: 'a', line: 2, column: 1, excerpt: '' } }] }],
      ['Kept', 'Kept'],
    ],
    ['that there is nothing to complain of any more', [kept, unchanged, unchanged], ['Kept', 'Unchanged']],
    ['a complaint that comes back', [kept, unchanged, kept], ['Kept', 'Unchanged', 'Kept']],
    ['a warning once', [warned, warned, unchanged], ['Unchanged', 'Unchanged']],
    [
      'a failure that is remembered',
      [
        { kind: 'Kept', problems: [], failedBefore: 'x' },
        { kind: 'Kept', problems: [], failedBefore: 'x' },
      ],
      ['Kept'],
    ],
  ])('%s', async (_what, outcomes, said) => {
    expect(await saidOf(outcomes)).toEqual(said);
  });
});

describe('tries again', () => {
  test.each<[string, Outcome | Error, readonly string[]]>([
    [
      'when the host cannot be read',
      { kind: 'Unreadable', error: refusal },
      ['Unreadable', 'again in 1000: its file system is full'],
    ],
    [
      'when the host refuses',
      changed({ kind: 'Refused', errors: [refusal] }),
      ['Changed', 'again in 1000: its file system is full'],
    ],
    [
      'when it could not be undone',
      changed({ kind: 'NotUndone', verdict: { kind: 'Failed', reason: 'exit' }, error: refusal }),
      ['Changed', 'again in 1000: exit'],
    ],
    ['what a person has to put right, perhaps on the host, without saying so', kept, ['Kept']],
    ['when a pass threw', new Error('bus'), ['again in 1000: bus']],
  ])('%s', async (_what, outcome, said) => {
    expect(await saidOf([outcome])).toEqual(said);
  });
});

describe('does not try again', () => {
  test.each<[string, Outcome, readonly string[]]>([
    ['what the kubelet itself refused', changed({ kind: 'Undone', verdict: { kind: 'Failed', reason: 'exit' } }), ['Changed']],
    ['what went well', committed, ['Changed']],
  ])('%s', async (_what, outcome, said) => {
    expect(await saidOf([outcome])).toEqual(said);
  });
});

test('what the source says anew ends a long delay, and the next failure waits for a second again', async () => {
  const clock = manualClock();
  const stop = new AbortController();
  const passes: number[] = [];
  const pass = async (): Promise<Outcome> => {
    passes.push(clock.now());
    return unchanged;
  };
  let isTaken = false;
  const report = async () => {
    if (!isTaken) throw new Error('it belongs to an earlier Node');
  };
  const log = { outcome: () => undefined, retry: () => undefined };
  const agent = new AgentLoop({ pass, report, clock, random: () => 0, log });
  const ended = agent.run(stop.signal);
  for (let second = 0; second < 600; second += 1) await clock.advance(1_000);
  // The Node is there again; what was in the way goes half a second later, and no event tells of it.
  agent.notice();
  await clock.advance(500);
  isTaken = true;
  const before = passes.length;
  await clock.advance(500);
  expect(passes.length).toBe(before + 1);
  stop.abort();
  await ended;
});

describe('an interrupted change', () => {
  const interrupted = changed({ kind: 'Undone', verdict: { kind: 'Interrupted', reason: 'lost bus' } });
  const log = { outcome: () => undefined, retry: () => undefined };

  test('rests for half a minute, whatever is heard meanwhile, and longer each time', async () => {
    const clock = manualClock();
    const stop = new AbortController();
    const tries: number[] = [];
    const pass = async (resting: Rest | undefined): Promise<Outcome> => {
      if (resting) return { kind: 'Kept', problems: [], interruptedBy: resting.reason };
      tries.push(clock.now());
      return interrupted;
    };
    const agent = new AgentLoop({ pass, clock, random: () => 0, log });
    const ended = agent.run(stop.signal);
    for (let second = 0; second < 120; second += 1) {
      agent.notice();
      await clock.advance(1_000);
    }
    stop.abort();
    await ended;
    expect(tries).toEqual([0, 32_000, 96_000]);
  });

  test('keeps nothing else waiting, and is forgotten after a commit', async () => {
    const clock = manualClock();
    const stop = new AbortController();
    const given: (string | undefined)[] = [];
    const outcomes = [interrupted, committed, unchanged];
    const pass = async (resting: Rest | undefined): Promise<Outcome> => {
      given.push(resting?.reason);
      return outcomes.shift() ?? unchanged;
    };
    const agent = new AgentLoop({ pass, clock, random: () => 0, log });
    const ended = agent.run(stop.signal);
    await clock.advance(0);
    agent.notice();
    await clock.advance(0);
    agent.notice();
    await clock.advance(0);
    stop.abort();
    await ended;
    expect(given).toEqual([undefined, 'lost bus', undefined]);
  });
});

describe('what happens on the host', () => {
  const log = { outcome: () => undefined, retry: () => undefined };
  const notUndone = changed({ kind: 'NotUndone', verdict: { kind: 'Failed', reason: 'exit' }, error: refusal });

  /** When there was a pass, in milliseconds; heard of three times, 100 ms apart, and after that of nothing. */
  async function passes(outcomes: readonly (Outcome | Error)[], milliseconds: number): Promise<number[]> {
    const clock = manualClock();
    const stop = new AbortController();
    const at: number[] = [];
    const left = [...outcomes];
    const pass = async (): Promise<Outcome> => {
      at.push(clock.now());
      const next = left.shift() ?? unchanged;
      if (next instanceof Error) throw next;
      return next;
    };
    const agent = new AgentLoop({ pass, clock, random: () => 0, log });
    const ended = agent.run(stop.signal);
    await clock.advance(0);
    for (let time = 100; time <= 300; time += 100) {
      agent.noticeHost(milliseconds);
      await clock.advance(100);
    }
    await clock.advance(5_000);
    stop.abort();
    await ended;
    return at;
  }

  test('is looked at at once, or when it is due', async () => {
    expect(await passes([], 0)).toEqual([0, 0, 100, 200]);
    expect(await passes([], 1_000)).toEqual([0, 1_000]);
  });

  test('hastens what waits for a person', async () => {
    expect(await passes([kept], 0)).toEqual([0, 0, 100, 200]);
  });

  test.each([
    ['what could not be undone', notUndone],
    ['a pass that threw', new Error('bus')],
  ])('does not hasten %s, which may have made the noise itself; but is not forgotten', async (_what, outcome) => {
    expect(await passes([outcome], 0)).toEqual([0, 1_000, 1_000]);
  });
});

test('what an undo stirs up on the host is not said again, but to whoever asks', async () => {
  const undone = changed({ kind: 'Undone', verdict: { kind: 'Failed', reason: 'exit' } });
  const again: Outcome = { kind: 'Kept', problems: [], failedBefore: 'exit' };
  const left = [undone, again, again, again];
  const said: string[] = [];
  const clock = manualClock();
  const stop = new AbortController();
  const pass = async () => left.shift() ?? unchanged;
  const log = { outcome: (outcome: Outcome) => void said.push(outcome.kind), retry: () => undefined };
  const agent = new AgentLoop({ pass, clock, random: () => 0, log });
  const ended = agent.run(stop.signal);
  await clock.advance(0);
  for (let time = 0; time < 2; time += 1) {
    agent.noticeHost(0);
    await clock.advance(0);
  }
  expect(said).toEqual(['Changed']);
  agent.notice();
  await clock.advance(0);
  stop.abort();
  await ended;
  expect(said).toEqual(['Changed', 'Kept']);
});

test('drift that is repaired while there is something to complain of is told, and the complaint not again', async () => {
  const repaired: Outcome = { ...changed({ kind: 'Committed' }), unresolved: [problem] } as Outcome;
  expect(await saidOf([kept, repaired, kept])).toEqual(['Kept', 'Changed']);
});

test('by itself it looks once at the start, and again only after the delay', async () => {
  const clock = manualClock();
  const stop = new AbortController();
  let passes = 0;
  const pass = async (): Promise<Outcome> => {
    passes += 1;
    return passes < 3 ? { kind: 'Unreadable', error: refusal } : unchanged;
  };
  const log = { outcome: () => undefined, retry: () => undefined };
  const ended = new AgentLoop({ pass, clock, random: () => 0, log }).run(stop.signal);
  await clock.advance(0);
  expect(passes).toBe(1);
  await clock.advance(1000);
  expect(passes).toBe(2);
  await clock.advance(1999);
  expect(passes).toBe(2);
  await clock.advance(1);
  expect(passes).toBe(3);
  await clock.advance(600_000);
  expect(passes).toBe(3);
  stop.abort();
  await ended;
});
