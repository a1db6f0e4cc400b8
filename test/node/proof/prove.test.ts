import { describe, expect, test } from 'vitest';
import type { Shortfall } from '../../../src/node/model/health.ts';
import type { HealthzAnswer, SocketOwner } from '../../../src/node/ports/healthz.ts';
import type { RunningHealth } from '../../../src/node/ports/running-kubelet.ts';
import { type Systemd, SystemdError, type UnitStatus } from '../../../src/node/ports/systemd.ts';
import type { MainPort } from '../../../src/node/proof/main-port.ts';
import { type ProofOptions, prove } from '../../../src/node/proof/prove.ts';
import { manualClock } from '../../fakes/clock.ts';
import { healthy, type MemoryHealthz, memoryHealthz, unhealthy } from '../../fakes/healthz.ts';
import { failCall, type MemorySystemd, memorySystemd } from '../../fakes/systemd.ts';

const unit = 'kubelet.service';

interface Proving {
  /** Undefined as long as nothing is decided. */
  readonly verdict: () => Shortfall | 'Proved' | undefined;
  readonly seconds: (count: number) => Promise<void>;
  readonly change: (status: Partial<UnitStatus>) => void;
  readonly healthz: MemoryHealthz;
  readonly systemd: MemorySystemd;
}

/** A unit that was just restarted is being watched. */
async function proving(
  options: Partial<ProofOptions> = {},
  first: Partial<UnitStatus> = {},
  answer?: HealthzAnswer,
  socketOwner?: SocketOwner,
  explain?: Systemd['explain'],
): Promise<Proving> {
  const systemd = memorySystemd();
  systemd.define(unit);
  await systemd.restart(unit);
  systemd.change(unit, first);
  const clock = manualClock();
  const healthz = memoryHealthz();
  if (answer) healthz.answer(() => answer);
  let verdict: Shortfall | 'Proved' | undefined;
  void prove(
    unit,
    { systemd: explain ? { ...systemd, explain } : systemd, clock, healthz: healthz.probe, socketOwner },
    { timeoutSeconds: 60, minReadySeconds: 10, ...options },
  ).then((found) => {
    verdict = found ?? 'Proved';
  });
  await clock.advance(0);
  return {
    verdict: () => verdict,
    seconds: (count) => clock.advance(count * 1000),
    change: (status) => systemd.change(unit, status),
    healthz,
    systemd,
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
    ['it failed', { activeState: 'failed', result: 'exit-code' }, `${unit} failed: it exited with an error (exit-code)`],
    ['it stopped', { activeState: 'inactive', result: 'success' }, `${unit} does not run: it ended without an error (success)`],
    [
      'it ended otherwise than by a stop',
      { activeState: 'inactive', result: 'exec-condition', restartPolicy: 'always' },
      `${unit} does not run: a command of ExecCondition= said that it must not start (exec-condition)`,
    ],
    [
      'it waits to be restarted',
      { activeState: 'activating', subState: 'auto-restart', result: 'signal' },
      `${unit} ended and waits to be restarted: it was killed by a signal (signal)`,
    ],
    [
      'systemd has restarted it once',
      { restarts: 1, invocationId: 'other' },
      `${unit} exited and was restarted by systemd, 1 times so far`,
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

test('a unit that systemd skipped is said to be so, and not to have stopped', async () => {
  const why = 'systemd did not start it, because a condition of the unit is not met: ConditionPathExists=/x';
  const { verdict } = await proving({}, { activeState: 'inactive', subState: 'dead' }, undefined, undefined, async () => why);
  expect(verdict()).toEqual({ kind: 'Failed', reason: `${unit} does not run: ${why}` });
});

test('the one word of systemd is told if it cannot be asked for more', async () => {
  const lost = async () => Promise.reject(new SystemdError('Disconnected', 'gone', 'the bus is gone'));
  const failed = { activeState: 'failed', result: 'oom-kill' };
  const { verdict } = await proving({}, failed, undefined, undefined, lost);
  expect(verdict()).toEqual({ kind: 'Failed', reason: `${unit} failed: oom-kill` });
});

describe('it was interrupted:', () => {
  test('somebody else restarted it', async () => {
    const { verdict, seconds, change } = await proving();
    await seconds(5);
    change({ invocationId: 'of-somebody' });
    await seconds(0.25);
    expect(verdict()).toEqual({
      kind: 'Interrupted',
      reason: `${unit} was restarted by a person or another program during the proof`,
    });
  });

  test('somebody else stopped what would not have stayed down by itself', async () => {
    const { verdict, seconds, change } = await proving({}, { restartPolicy: 'always' });
    await seconds(5);
    change({ activeState: 'inactive', subState: 'dead', result: 'success' });
    await seconds(0.25);
    expect(verdict()).toEqual({
      kind: 'Interrupted',
      reason: `${unit} was stopped by a person or another program during the proof`,
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
    expect(verdict()).toEqual({
      kind: 'Interrupted',
      reason: `kubelet-config was told to stop before ${unit} had been healthy for 10 s`,
    });
  });
});

describe('systemd that is away for a while', () => {
  test('is waited for', async () => {
    const { verdict, seconds, systemd } = await proving();
    await seconds(5);
    systemd.failWhen(failCall('status', 'Disconnected'));
    await seconds(10);
    expect(verdict()).toBeUndefined();
    systemd.failWhen(undefined);
    await seconds(0.25);
    expect(verdict()).toBe('Proved');
  });

  test('tells of a restart that nobody saw', async () => {
    const { verdict, seconds, systemd, change } = await proving();
    await seconds(5);
    systemd.failWhen(failCall('status', 'TimedOut'));
    change({ invocationId: 'of-somebody' });
    await seconds(3);
    systemd.failWhen(undefined);
    await seconds(0.25);
    expect(verdict()).toMatchObject({ kind: 'Interrupted', reason: expect.stringContaining('by a person or another program') });
  });

  test('and does not come back in time, is an interruption', async () => {
    const { verdict, seconds, systemd } = await proving();
    systemd.failWhen(failCall('status', 'Disconnected'));
    await seconds(59.75);
    expect(verdict()).toBeUndefined();
    await seconds(0.25);
    expect(verdict()).toEqual({ kind: 'Interrupted', reason: `status ${unit}: Disconnected` });
  });
});

describe('where it answers', () => {
  const healthz = { address: '127.0.0.1', port: 10248 };

  test('the time counts from when it was healthy', async () => {
    const { verdict, seconds, healthz: asked } = await proving({ healthz }, {}, unhealthy);
    await seconds(20);
    asked.answer(() => healthy);
    await seconds(9.75);
    expect(verdict()).toBeUndefined();
    await seconds(0.5);
    expect(verdict()).toBe('Proved');
    expect(new Set(asked.asked)).toEqual(new Set([healthz]));
  });

  test('what is not healthy for a moment begins anew', async () => {
    const { verdict, seconds, healthz: asked } = await proving({ healthz });
    await seconds(8);
    asked.answer(() => unhealthy);
    await seconds(0.25);
    asked.answer(() => healthy);
    await seconds(9.5);
    expect(verdict()).toBeUndefined();
    await seconds(1);
    expect(verdict()).toBe('Proved');
  });

  test('one that never is has failed, in its own words, and not before its time', async () => {
    const { verdict, seconds } = await proving({ healthz }, {}, unhealthy);
    await seconds(59.75);
    expect(verdict()).toBeUndefined();
    await seconds(0.25);
    expect(verdict()).toEqual({
      kind: 'Failed',
      reason: `${unit} runs and was not healthy for 10 s within 60 s: http://127.0.0.1:10248/healthz answered 500: syncloop failed`,
    });
  });

  test('one that comes and goes has failed', async () => {
    const { verdict, seconds, healthz: asked } = await proving({ healthz });
    for (let round = 0; round < 6; round += 1) {
      await seconds(8);
      asked.answer(() => unhealthy);
      await seconds(1);
      asked.answer(() => healthy);
    }
    await seconds(6);
    expect(verdict()).toMatchObject({ kind: 'Failed' });
  });

  test('one that began late is interrupted: nothing was wrong with it', async () => {
    const { verdict, seconds, healthz: asked } = await proving({ healthz }, {}, unhealthy);
    await seconds(55);
    asked.answer(() => healthy);
    await seconds(5);
    expect(verdict()).toEqual({ kind: 'Interrupted', reason: `${unit} had been up for less than 10 s after 60 s` });
  });

  const taken: HealthzAnswer = { kind: 'PortTaken', reason: 'a program of user 65534 listens there' };

  test("another user's answer proves nothing, and is held against nobody", async () => {
    const { verdict, seconds } = await proving({ healthz }, {}, taken);
    await seconds(59.75);
    expect(verdict()).toBeUndefined();
    await seconds(0.25);
    expect(verdict()).toEqual({
      kind: 'Interrupted',
      reason: `PortTaken: a program of user 65534 listens there, so ${unit} cannot be proved healthy`,
    });
  });

  test("another user's answer in between begins the time anew, and is no relapse of the kubelet", async () => {
    const { verdict, seconds, healthz: asked } = await proving({ healthz });
    await seconds(8);
    asked.answer(() => taken);
    await seconds(44);
    asked.answer(() => healthy);
    await seconds(8);
    expect(verdict()).toMatchObject({ kind: 'Interrupted' });
  });

  test("the socket of another program of root's proves nothing either; each socket is looked up once", async () => {
    const asked: string[] = [];
    const {
      verdict,
      seconds,
      healthz: answers,
    } = await proving({ healthz }, {}, { kind: 'Ok', socket: '7' }, async (name, socket) => {
      asked.push(`${name} ${socket}`);
      return socket === '7' ? 'Other' : 'Unit';
    });
    await seconds(20);
    answers.answer(() => ({ kind: 'Ok', socket: '8' }));
    await seconds(10.5);
    expect(verdict()).toBe('Proved');
    expect(asked).toEqual([`${unit} 7`, `${unit} 8`]);
  });

  test("a kubelet in a container, whose socket cannot be looked up, is proved by root's socket alone", async () => {
    const { verdict, seconds } = await proving({ healthz }, {}, { kind: 'Ok', socket: '7' }, async () => 'Unknown');
    await seconds(10.5);
    expect(verdict()).toBe('Proved');
  });

  test('it is not asked before the unit is up', async () => {
    const { seconds, healthz: asked } = await proving({ healthz }, { activeState: 'activating' });
    await seconds(5);
    expect(asked.asked).toEqual([]);
  });
});

describe('what passed before', () => {
  const unready: Shortfall = { kind: 'Failed', reason: 'the Node is not Ready: no network' };
  const unproven: Shortfall = { kind: 'Unproven', reason: 'the API server is away' };

  test('is waited for, once the kubelet itself is well', async () => {
    let shortfall: Shortfall | undefined = unready;
    let looks = 0;
    const nodeReadiness = {
      shortfall: async () => {
        looks += 1;
        return shortfall;
      },
    };
    const { verdict, seconds } = await proving({ nodeReadiness });
    await seconds(9.75);
    expect(looks).toBe(0);
    await seconds(20);
    expect(verdict()).toBeUndefined();
    shortfall = undefined;
    await seconds(0.25);
    expect(verdict()).toBe('Proved');
  });

  test.each([unready, unproven])('says why not when the time is over: %j', async (shortfall) => {
    const { verdict, seconds } = await proving({ nodeReadiness: { shortfall: async () => shortfall } });
    await seconds(59.75);
    expect(verdict()).toBeUndefined();
    await seconds(0.25);
    expect(verdict()).toEqual(shortfall);
  });
});

describe('a kubelet whose port for /healthz is switched off', () => {
  const endpoint = { address: '127.0.0.1', port: 10_250 };
  const refused: RunningHealth = { kind: 'Unknown', reason: '403' };
  const ill: RunningHealth = { kind: 'NotOk', reason: 'it answered 500' };
  const ok: RunningHealth = { kind: 'Ok' };

  /** By the second: what it answers at its own port, the last answer for good. */
  async function provingAt(answers: readonly RunningHealth[], more: Partial<MainPort> = {}, owner?: SocketOwner) {
    let asked = 0;
    const ask = async () => answers[Math.min(asked++, answers.length - 1)] ?? ok;
    const mainPort = { endpoint, ask, answeredBefore: true, ...more };
    return { ...(await proving({ mainPort }, {}, undefined, owner)), asked: () => asked };
  }

  test('is proved by its own port, which is asked once a second and no more', async () => {
    const { verdict, seconds, asked, healthz } = await provingAt([ok]);
    await seconds(10);
    expect(verdict()).toBe('Proved');
    expect(asked()).toBeLessThanOrEqual(11);
    expect(healthz.asked).toEqual([]);
  });

  test('is not while it says there that it is ill', async () => {
    const { verdict, seconds } = await provingAt([ill, ill, ok]);
    await seconds(10);
    expect(verdict()).toBeUndefined();
    await seconds(2.5);
    expect(verdict()).toBe('Proved');
    const never = await provingAt([ill]);
    await never.seconds(61);
    expect(never.verdict()).toEqual({ kind: 'Failed', reason: expect.stringContaining('it answered 500') });
  });

  test('nor if it gets ill again', async () => {
    const { verdict, seconds } = await provingAt([ok, ok, ill], { answeredBefore: false });
    await seconds(61);
    expect(verdict()).toMatchObject({ kind: 'Failed' });
  });

  test('is not blamed for silence where it never answered: it may listen elsewhere', async () => {
    const { verdict, seconds } = await provingAt([{ kind: 'NotOk', reason: 'no program listens' }], { answeredBefore: false });
    await seconds(10);
    expect(verdict()).toBe('Proved');
  });

  test.each<[string, RunningHealth[], boolean]>([
    ['does not let us ask', [refused], false],
    ['never answered', [ill], false],
    ['does not let us ask any more', [refused], true],
  ])('needs its Node Ready if it %s', async (_what, answers, answeredBefore) => {
    let shortfall: Shortfall | undefined = { kind: 'Interrupted', reason: 'the Node is not Ready' };
    const { verdict, seconds } = await provingAt(answers, {
      answeredBefore,
      nodeReadiness: { shortfall: async () => shortfall },
    });
    await seconds(30);
    expect(verdict()).toBeUndefined();
    shortfall = undefined;
    await seconds(1);
    expect(verdict()).toBe('Proved');
  });

  test('does not need it if it answers', async () => {
    const shortfall = async (): Promise<Shortfall> => ({ kind: 'Interrupted', reason: 'the Node is not Ready' });
    const { verdict, seconds } = await provingAt([ok], { nodeReadiness: { shortfall } });
    await seconds(10);
    expect(verdict()).toBe('Proved');
  });

  test('is not proved by another program that answers there', async () => {
    const elsewhere = await provingAt([{ kind: 'Ok', socket: '7' }], {}, async () => 'Other');
    await elsewhere.seconds(61);
    expect(elsewhere.verdict()).toEqual({
      kind: 'Interrupted',
      reason: expect.stringMatching(/^PortTaken: another program of root.*127\.0\.0\.1:10250/),
    });
  });
});

test('says what it waits for, when that changes and each second', async () => {
  const told: string[] = [];
  const announce: ProofOptions['announce'] = ({ what, elapsedSeconds, timeoutSeconds }) =>
    void told.push(`${what}, ${elapsedSeconds} s of ${timeoutSeconds} s`);
  const notYet = { shortfall: async () => ({ kind: 'Failed', reason: 'not Ready' }) as const };
  const { seconds, change } = await proving(
    { minReadySeconds: 1, nodeReadiness: notYet, announce },
    { activeState: 'activating' },
  );
  await seconds(1);
  change({ activeState: 'active' });
  await seconds(3);
  expect(told).toEqual([
    'kubelet.service to become active (it is activating), 0 s of 60 s',
    'kubelet.service to become active (it is activating), 1 s of 60 s',
    'kubelet.service to stay up for 1 s, 1 s of 60 s',
    'Node Ready, 2 s of 60 s',
    'Node Ready, 3 s of 60 s',
  ]);
});
