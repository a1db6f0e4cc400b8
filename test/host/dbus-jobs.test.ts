import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Jobs } from '../../src/host/jobs.ts';
import { SystemdError } from '../../src/node/ports/systemd.ts';
import { eventually } from '../eventually.ts';
import { type ManualClock, manualClock } from '../fakes/clock.ts';

const unit = 'kubelet.service';

describe('the result of a job', () => {
  let jobs: Jobs;

  let clock: ManualClock;

  beforeEach(() => {
    clock = manualClock();
    jobs = new Jobs(clock);
  });
  afterEach(async () => {
    await clock.advance(0);
    expect(clock.sleepers).toBe(0);
  });

  /** A request for a job that the test answers. */
  function ask(): { result: Promise<string>; answer: (path: string) => void; refuse: (error: Error) => void } {
    let answer: (path: string) => void = () => undefined;
    let refuse: (error: Error) => void = () => undefined;
    const reply = new Promise<string>((resolve, reject) => {
      answer = resolve;
      refuse = reject;
    });
    return { result: jobs.result(unit, () => reply, 1000), answer, refuse };
  }

  async function awaited(...paths: string[]): Promise<void> {
    await eventually(() => expect(jobs.awaited).toEqual(paths));
  }

  test('comes after the reply that names it', async () => {
    const { result, answer } = ask();
    answer('/job/1');
    await awaited('/job/1');
    jobs.ended('/job/2', 'failed');
    jobs.ended('/job/1', 'done');
    await expect(result).resolves.toBe('done');
    expect(jobs.awaited).toEqual([]);
  });

  test('comes before the reply that names it', async () => {
    const { result, answer } = ask();
    jobs.ended('/job/2', 'done');
    jobs.ended('/job/1', 'failed');
    answer('/job/1');
    await expect(result).resolves.toBe('failed');
  });

  test('comes in the same breath as the reply', async () => {
    const { result, answer } = ask();
    answer('/job/1');
    jobs.ended('/job/1', 'done');
    await expect(result).resolves.toBe('done');
  });

  test('is kept while any question is open, and no longer', async () => {
    const first = ask();
    const second = ask();
    jobs.ended('/job/2', 'done');
    jobs.ended('/job/1', 'canceled');
    first.answer('/job/1');
    await expect(first.result).resolves.toBe('canceled');
    second.answer('/job/2');
    await expect(second.result).resolves.toBe('done');

    const later = ask();
    later.answer('/job/2');
    await awaited('/job/2');
    jobs.lost('/job/2', 'NoSuchJob');
    await expect(later.result).rejects.toMatchObject({ code: 'JobUnknown' });
  });

  test('is told to all who wait for one job, as systemd merges equal ones', async () => {
    const both = [ask(), ask()];
    for (const { answer } of both) answer('/job/1');
    await awaited('/job/1');
    // The second caller must have got its reply, too.
    await Promise.resolve();
    jobs.ended('/job/1', 'done');
    await expect(Promise.all(both.map(({ result }) => result))).resolves.toEqual(['done', 'done']);
  });

  test('is unknown when it is lost', async () => {
    const { result, answer } = ask();
    answer('/job/1');
    await awaited('/job/1');
    jobs.lost('/job/1', 'Disconnected');
    await expect(result).rejects.toMatchObject({ name: 'SystemdError', code: 'JobUnknown', detail: 'Disconnected', unit });
  });

  test('is not waited for longer than allowed', async () => {
    const { result, answer } = ask();
    answer('/job/1');
    await awaited('/job/1');
    const refused = expect(result).rejects.toMatchObject({ code: 'TimedOut', unit });
    await clock.advance(1000);
    await refused;
    expect(jobs.awaited).toEqual([]);
  });

  test('is the refusal when there is no job', async () => {
    const { result, refuse } = ask();
    refuse(new SystemdError('Refused', 'org.freedesktop.systemd1.NoSuchUnit', 'no'));
    await expect(result).rejects.toMatchObject({ code: 'Refused' });
  });
});
