/** The steps of an armed transaction: the fence before each, and who is to blame for one that failed. */

import { describe, expect, test } from 'vitest';
import type { TransactionEvent } from '../../../src/node/model/event.ts';
import type { Machine } from '../../../src/node/model/machine.ts';
import { absent } from '../../../src/node/model/record.ts';
import type { Step } from '../../../src/node/model/step.ts';
import { HostFileError } from '../../../src/node/ports/files.ts';
import { SystemdError } from '../../../src/node/ports/systemd.ts';
import { Attempt } from '../../../src/node/transaction/attempt.ts';
import { arm } from '../../../src/node/transaction/open-transaction.ts';
import { armed, undoing } from '../../../src/node/transaction/state-directory.ts';
import { transactionRecord } from '../../builders.ts';
import { memoryDeadMan } from '../../fakes/dead-man.ts';
import { memoryFiles } from '../../fakes/files.ts';
import { memoryHealthz } from '../../fakes/healthz.ts';
import { memorySystemd } from '../../fakes/systemd.ts';

const unit = 'kubelet.service';
const [one, other] = ['/etc/kubernetes/one', '/etc/kubernetes/other'];
const late = { kind: 'Interrupted', reason: 'the change was not confirmed in time' };
const deadline = 100_000;

const write = (path: string): Step => ({ kind: 'Write', path, state: { mode: 0o644, uid: 0, gid: 0, sha256: '' } }) as Step;
const restart: Step = { kind: 'Restart', unit };

/** An armed transaction at a moment of its time, which the test moves. */
async function opened(steps: readonly Step[], now = 0) {
  const files = memoryFiles();
  const systemd = memorySystemd();
  systemd.define(unit, '[Service]\nExecStart=/usr/bin/kubelet\n');
  const idle = { enabled: false, active: true };
  const record = transactionRecord({
    files: [one, other].map((path) => ({ path, before: absent, after: absent })),
    unit: { name: unit, before: idle, invocationBefore: '', after: idle },
  });
  await arm(files, record, new Map(), new Map());
  const time = { now };
  const done: string[] = [];
  const hooks: { label?: (path: string) => Promise<string | undefined>; sleep?: () => Promise<void> } = {};
  const machine: Machine = {
    files,
    systemd,
    deadMan: memoryDeadMan(files, systemd),
    healthz: memoryHealthz().probe,
    clock: {
      now: () => time.now,
      sleep: async (milliseconds) => {
        time.now += milliseconds;
        await hooks.sleep?.();
      },
    },
    label: async (path) => hooks.label?.(path),
  };
  const transaction = {
    record,
    steps,
    contents: new Map([one, other].map((path) => [path, Buffer.from('new')])),
    preImages: new Map(),
    health: { timeoutSeconds: 60, minReadySeconds: 10, healthz: undefined },
    nodeReadiness: undefined,
  };
  const report = (event: TransactionEvent) => {
    if (event.kind === 'Done') done.push('path' in event.step ? event.step.path : event.step.kind);
  };
  const run = () => new Attempt(transaction, deadline, machine, report).run();
  const host = () => Object.keys(files.contents()).filter((path) => path.startsWith('/etc/'));
  return { run, files, systemd, time, done, host, hooks };
}

/** What the undo script does first. */
const takeOver = (files: Machine['files']) => files.rename(armed, undoing);

describe('the fence', () => {
  test.each([
    ['the last moment', deadline - 5_000, [one, other]],
    ['a moment too late for another step', deadline - 4_999, []],
    ['after the deadline', deadline + 1, []],
  ])('at %s', async (_when, now, done) => {
    const attempt = await opened([write(one), write(other)], now);
    const verdict = await attempt.run();
    expect(attempt.done).toEqual(done);
    expect(attempt.host()).toEqual(done);
    if (done.length === 0) expect(verdict).toEqual({ ...late, kubeletUntouched: true });
    else expect(verdict).not.toMatchObject(late);
  });

  test('an agent that was suspended in the middle of a step begins no other one', async () => {
    const attempt = await opened([write(one), write(other), restart]);
    attempt.hooks.label = async () => {
      attempt.time.now = deadline;
      return undefined;
    };
    expect(await attempt.run()).toEqual({ ...late, kubeletUntouched: true });
    expect(attempt.done).toEqual([one]);
    expect(attempt.host()).toEqual([one]);
  });

  test('once the undo script has begun, no other step begins, however much time is left', async () => {
    const attempt = await opened([write(one), write(other), restart]);
    attempt.hooks.label = async () => {
      await takeOver(attempt.files);
      return undefined;
    };
    expect(await attempt.run()).toEqual({ ...late, kubeletUntouched: true });
    expect(attempt.done).toEqual([one]);
    expect(attempt.host()).toEqual([one]);
    expect(attempt.systemd.changes()).toEqual([]);
  });

  test.each<[string, (attempt: Awaited<ReturnType<typeof opened>>) => Promise<void>]>([
    ['the time is over', async ({ time }) => void Object.assign(time, { now: deadline })],
    ['the undo script has begun', ({ files }) => takeOver(files)],
  ])('ends a proof as soon as %s', async (_what, happens) => {
    const attempt = await opened([restart]);
    let looks = 0;
    attempt.hooks.sleep = async () => {
      looks += 1;
      if (looks === 3) await happens(attempt);
    };
    expect(await attempt.run()).toEqual(late);
    expect(looks).toBe(3);
  });
});

describe('what a failed restart says', () => {
  const failing = async (error: Error) => {
    const attempt = await opened([restart]);
    attempt.systemd.failWhen(() => undefined);
    attempt.systemd.restart = async () => {
      throw error;
    };
    return attempt.run();
  };
  const job = (result: string) => new SystemdError('JobFailed', result, `its job was ${result}`, { unit });

  test.each([
    ['a job that failed', job('failed'), 'Failed'],
    ['a job that another program replaced', job('canceled'), 'Interrupted'],
    ['a unit that systemd refuses', new SystemdError('Refused', 'BadUnitSetting', 'bad unit'), 'Failed'],
    ['a bus that was lost', new SystemdError('Disconnected', 'EPIPE', 'lost'), 'Interrupted'],
    ['an answer that did not come', new SystemdError('TimedOut', 'RestartUnit', 'late'), 'Interrupted'],
    ['a result that nobody knows', new SystemdError('JobUnknown', 'EPIPE', 'lost'), 'Interrupted'],
    ['a disk that is full', new HostFileError('NoSpace', one, 'full', 'free some'), 'Interrupted'],
    ['a fault of this program', new TypeError('x is not a function'), 'Failed'],
  ])('%s', async (_what, error, kind) => {
    expect(await failing(error)).toMatchObject({ kind, reason: error.message });
  });

  test('the kubelet was touched from the restart on, and not by what comes before it', async () => {
    expect(await failing(new SystemdError('Disconnected', 'EPIPE', 'lost'))).not.toHaveProperty('kubeletUntouched');
    const attempt = await opened([write(one), restart]);
    attempt.files.failWhen(({ path }) =>
      path === one ? { error: new HostFileError('NoSpace', one, 'full', 'free some'), when: 'Before' } : undefined,
    );
    expect(await attempt.run()).toMatchObject({ kind: 'Interrupted', kubeletUntouched: true });
  });
});

test('a failure is reset before the start, so that a start limit does not keep the kubelet down', async () => {
  const attempt = await opened([{ kind: 'Stop', unit }, restart]);
  await attempt.run();
  expect(attempt.systemd.changes()).toEqual([`stop ${unit}`, `resetFailed ${unit}`, `resetFailed ${unit}`, `restart ${unit}`]);
});

test('each file gets its label right after it was written, before the next step', async () => {
  const attempt = await opened([write(one), write(other), restart]);
  const seen: (readonly string[])[] = [];
  attempt.hooks.label = async (path) => {
    seen.push([path, ...attempt.host(), ...attempt.systemd.changes()]);
    return undefined;
  };
  await attempt.run();
  expect(seen).toEqual([
    [one, one],
    [other, one, other],
  ]);
});
