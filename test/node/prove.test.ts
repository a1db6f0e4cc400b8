import { describe, expect, test } from 'vitest';
import type { UnitStatus } from '../../src/node/host.ts';
import { type ProofOptions, prove } from '../../src/node/prove.ts';
import type { Verdict } from '../../src/node/record.ts';
import { manualClock } from '../fakes/clock.ts';
import { memorySystemd } from '../fakes/systemd.ts';

const unit = 'kubelet.service';

interface Proving {
  /** Undefined as long as nothing is decided. */
  readonly verdict: () => Verdict | 'Proved' | undefined;
  readonly seconds: (count: number) => Promise<void>;
  readonly change: (status: Partial<UnitStatus>) => void;
}

/** A unit that was just restarted is being watched. */
async function proving(options: Partial<ProofOptions> = {}, first: Partial<UnitStatus> = {}): Promise<Proving> {
  const systemd = memorySystemd();
  systemd.define(unit);
  await systemd.restart(unit);
  systemd.change(unit, first);
  const clock = manualClock();
  let verdict: Verdict | 'Proved' | undefined;
  void prove(unit, systemd, clock, { timeoutSeconds: 60, minReadySeconds: 10, ...options }).then((found) => {
    verdict = found ?? 'Proved';
  });
  await clock.advance(0);
  return {
    verdict: () => verdict,
    seconds: (count) => clock.advance(count * 1000),
    change: (status) => systemd.change(unit, status),
  };
}

test('a unit that stays up for long enough is proved, and not sooner', async () => {
  const { verdict, seconds } = await proving();
  await seconds(9.5);
  expect(verdict()).toBeUndefined();
  await seconds(0.5);
  expect(verdict()).toBe('Proved');
});

test('the time counts from when it was up', async () => {
  const { verdict, seconds, change } = await proving({}, { activeState: 'activating' });
  await seconds(30);
  change({ activeState: 'active' });
  await seconds(9.75);
  expect(verdict()).toBeUndefined();
  await seconds(1);
  expect(verdict()).toBe('Proved');
});

test('no time at all is enough where none is asked for', async () => {
  expect((await proving({ minReadySeconds: 0 })).verdict()).toBe('Proved');
});

describe('it failed:', () => {
  test.each<[string, Partial<UnitStatus>, string]>([
    ['it failed', { activeState: 'failed', result: 'exit-code' }, `${unit} failed (exit-code)`],
    ['it stopped', { activeState: 'inactive', result: 'success' }, `${unit} stopped by itself (success)`],
    [
      'it waits to be restarted',
      { activeState: 'activating', subState: 'auto-restart', result: 'signal' },
      `${unit} exited and waits to be restarted (signal)`,
    ],
    [
      'systemd has restarted it',
      { restarts: 2, invocationId: 'other' },
      `${unit} exited and was restarted by systemd, 2 times so far`,
    ],
  ])('%s', async (_what, status, reason) => {
    const { verdict, seconds, change } = await proving();
    await seconds(5);
    change(status);
    await seconds(0.25);
    expect(verdict()).toEqual({ kind: 'Failed', reason });
  });
});

describe('it was interrupted:', () => {
  test('somebody else restarted it', async () => {
    const { verdict, seconds, change } = await proving();
    await seconds(5);
    change({ invocationId: 'of-somebody' });
    await seconds(0.25);
    expect(verdict()).toEqual({
      kind: 'Interrupted',
      reason: `${unit} was restarted by somebody else while it was being watched`,
    });
  });

  test('it did not get ready in time', async () => {
    const { verdict, seconds } = await proving({}, { activeState: 'activating' });
    await seconds(59.75);
    expect(verdict()).toBeUndefined();
    await seconds(0.25);
    expect(verdict()).toEqual({ kind: 'Interrupted', reason: `${unit} was still activating after 60 s` });
  });

  test('we were asked to stop', async () => {
    const stop = new AbortController();
    const { verdict, seconds } = await proving({ stop: stop.signal });
    await seconds(2);
    stop.abort();
    await seconds(0.25);
    expect(verdict()).toEqual({ kind: 'Interrupted', reason: `asked to stop before ${unit} had been up for 10 s` });
  });
});
