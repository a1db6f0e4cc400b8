/** A session on the bus: which signals it takes, from whom, and what it does when systemd comes back. */

import { describe, expect, test } from 'vitest';
import type { BusCall, BusListener, BusSignal } from '../../src/host/bus.ts';
import { openSession } from '../../src/host/session.ts';
import type { HostEvent } from '../../src/node/ports/host-watch.ts';
import { SystemdError } from '../../src/node/ports/systemd.ts';
import { eventually } from '../eventually.ts';

const unit = 'kubelet.service';
const [daemon, systemd, stranger] = ['org.freedesktop.DBus', ':1.1', ':1.99'];
const bySystemd = { sender: systemd, interface: 'org.freedesktop.systemd1.Manager' };

/** A bus whose other end is the test. @param answer what a call returns, or the error that it throws */
async function session(answer: (call: BusCall) => unknown[] | Error | undefined = () => undefined) {
  const calls: string[] = [];
  const events: HostEvent[] = [];
  let listener: BusListener | undefined;
  let closed = false;
  let gone = 0;
  const call = async (made: BusCall) => {
    calls.push([made.member, ...(made.body ?? [])].join(' '));
    const answered = answer(made) ?? (made.member === 'GetNameOwner' ? [systemd] : []);
    if (answered instanceof Error) throw answered;
    return answered;
  };
  const close = () => {
    closed = true;
  };
  const opened = await openSession(
    {
      socketPath: '/run/dbus/system_bus_socket',
      timeoutMilliseconds: 1_000,
      gone: () => {
        gone += 1;
      },
      listener: () => ({ unit, report: (event) => void events.push(event) }),
    },
    async (_path, given) => {
      listener = given;
      return { call, close };
    },
  );
  const signal = (received: Partial<BusSignal> & Pick<BusSignal, 'member'>) =>
    listener?.signal({ ...bySystemd, body: [], ...received });
  return {
    jobs: opened.jobs,
    calls,
    events,
    signal,
    lose: (error: SystemdError) => listener?.lost(error),
    isClosed: () => closed,
    timesGone: () => gone,
  };
}

const changed: readonly unknown[] = ['org.freedesktop.systemd1.Unit', { ActiveState: {} }, []];
const removed: readonly unknown[] = [1, '/job/1', unit, 'done'];

test('it listens before it asks systemd for anything', async () => {
  const { calls } = await session();
  expect(calls.slice(0, 2)).toEqual([
    expect.stringMatching(/^AddMatch .*sender='org\.freedesktop\.systemd1'.*member='JobRemoved'$/),
    expect.stringMatching(/^AddMatch .*sender='org\.freedesktop\.DBus'.*member='NameOwnerChanged'/),
  ]);
  expect(calls.slice(2, -2)).not.toEqual([]);
  for (const rule of calls.slice(2, -2)) expect(rule).toMatch(/^AddMatch type='signal',sender='org\.freedesktop\.systemd1',/);
  expect(calls.slice(-2)).toEqual(['GetNameOwner org.freedesktop.systemd1', 'Subscribe']);
});

describe('a signal', () => {
  test('of systemd is taken', async () => {
    const { signal, events, jobs } = await session();
    const result = jobs.result(unit, async () => '/job/1', 1_000);
    await eventually(() => expect(jobs.awaited).toEqual(['/job/1']));
    signal({ member: 'PropertiesChanged', body: changed });
    signal({ member: 'UnitFilesChanged' });
    signal({ member: 'Reloading', body: [false] });
    signal({ member: 'JobRemoved', body: removed });
    expect(events).toEqual(['Unit', 'Unit', 'Reloaded']);
    expect(await result).toBe('done');
  });

  test.each([
    ['another program', stranger],
    ['the bus itself', daemon],
    ['nobody', ''],
    ['a program that calls itself systemd', 'org.freedesktop.systemd1'],
  ])('of %s is not', async (_who, sender) => {
    const { signal, events, jobs } = await session();
    const result = jobs.result(unit, async () => '/job/1', 1_000);
    await eventually(() => expect(jobs.awaited).toEqual(['/job/1']));
    signal({ sender, member: 'PropertiesChanged', body: changed });
    signal({ sender, member: 'UnitFilesChanged' });
    signal({ sender, member: 'Reloading', body: [false] });
    signal({ sender, member: 'JobRemoved', body: removed });
    expect(events).toEqual([]);
    expect(jobs.awaited).toEqual(['/job/1']);
    signal({ member: 'JobRemoved', body: [1, '/job/1', unit, 'failed'] });
    expect(await result).toBe('failed');
  });

  test('that systemd has another name is believed of the bus alone', async () => {
    const { signal, events } = await session();
    const renamed = (sender: string) =>
      signal({ sender, member: 'NameOwnerChanged', body: ['org.freedesktop.systemd1', systemd, stranger] });
    for (const sender of [stranger, systemd]) renamed(sender);
    signal({ sender: stranger, member: 'UnitFilesChanged' });
    expect(events).toEqual([]);
    renamed(daemon);
    signal({ sender: stranger, member: 'UnitFilesChanged' });
    expect(events).toEqual(['Unit']);
  });
});

describe('when systemd is back on the bus', () => {
  const back = { sender: daemon, member: 'NameOwnerChanged', body: ['org.freedesktop.systemd1', '', ':1.2'] };

  test('it subscribes again, and everything is looked at once more', async () => {
    const { signal, events, calls } = await session();
    const before = calls.length;
    signal(back);
    await eventually(() => expect(events).toEqual(['Reloaded', 'Unit']));
    expect(calls.slice(before)).toEqual(['Subscribe']);
  });

  test('while it is away nothing is asked of it', async () => {
    const { signal, events, calls } = await session();
    const before = calls.length;
    signal({ ...back, body: ['org.freedesktop.systemd1', systemd, ''] });
    signal({ sender: systemd, member: 'UnitFilesChanged' });
    expect(calls).toHaveLength(before);
    expect(events).toEqual([]);
  });

  test.each<[string, unknown[] | Error, string[]]>([
    ['still knows is waited for', ['/job/1'], ['/job/1']],
    ['no longer knows has an unknown result', new SystemdError('Refused', 'NoSuchJob', 'no such job'), []],
  ])('a job that it %s', async (_what, answer, awaited) => {
    const { signal, jobs, events } = await session(({ member }) => (member === 'GetJob' ? answer : undefined));
    const result = jobs.result(unit, async () => '/job/1', 60_000);
    const ending = expect(result.catch((error: unknown) => error)).resolves;
    await eventually(() => expect(jobs.awaited).toEqual(['/job/1']));
    signal(back);
    await eventually(() => expect(events).not.toEqual([]));
    expect(jobs.awaited).toEqual(awaited);
    if (awaited.length === 0) return ending.toMatchObject({ code: 'JobUnknown' });
    signal({ sender: ':1.2', member: 'JobRemoved', body: removed });
    return ending.toBe('done');
  });

  test('and cannot be subscribed to, the connection is given up', async () => {
    let asked = 0;
    const { signal, isClosed } = await session(({ member }) => {
      if (member !== 'Subscribe') return undefined;
      asked += 1;
      return asked > 1 ? new SystemdError('TimedOut', 'Subscribe', 'late') : undefined;
    });
    signal(back);
    await eventually(() => expect(isClosed()).toBe(true));
  });
});

test('a lost connection ends every wait, with an unknown result', async () => {
  const { lose, jobs, timesGone } = await session();
  const result = jobs.result(unit, async () => '/job/1', 60_000).catch((error: unknown) => error);
  await eventually(() => expect(jobs.awaited).toEqual(['/job/1']));
  lose(new SystemdError('Disconnected', 'EPIPE', 'lost'));
  expect(await result).toMatchObject({ code: 'JobUnknown' });
  expect(timesGone()).toBe(1);
});

test('a session that could not begin leaves no connection', async () => {
  let closed = false;
  const failure = new SystemdError('Refused', 'AccessDenied', 'denied');
  const opening = openSession(
    { socketPath: '/s', timeoutMilliseconds: 1_000, gone: () => undefined, listener: () => undefined },
    async () => ({
      call: async () => {
        throw failure;
      },
      close: () => {
        closed = true;
      },
    }),
  );
  await expect(opening).rejects.toBe(failure);
  expect(closed).toBe(true);
});
