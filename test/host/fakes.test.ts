/** What the fakes can do beyond the interfaces: fail on demand, and let tests move the time. */

import { describe, expect, test } from 'vitest';
import { manualClock } from '../fakes/clock.ts';
import { Crashed, crashAt, failAt, failOn, memoryFiles } from '../fakes/files.ts';
import { failCall, memorySystemd } from '../fakes/systemd.ts';

const file = { mode: 0o644, uid: 0, gid: 0, content: Buffer.from('x') };

describe('files in memory', () => {
  test('fail the call with a number, or every call on a path, as the kernel would', async () => {
    const files = memoryFiles();
    files.failWhen(failAt(2, 'ENOSPC'));
    await files.write('/a', file);
    await expect(files.write('/b', file)).rejects.toMatchObject({ code: 'NoSpace', path: '/b' });
    files.failWhen(failOn('/a', 'EROFS', 'write'));
    await expect(files.write('/a', file)).rejects.toMatchObject({ code: 'ReadOnly' });
    await files.remove('/a');
    files.failWhen(undefined);
    await files.write('/a', file);
    expect(files.contents()).toEqual({ '/a': 'x' });
    expect(files.calls.map(({ number, method, path }) => `${number} ${method} ${path}`)).toEqual([
      '1 write /a',
      '2 write /b',
      '3 write /a',
      '4 remove /a',
      '5 write /a',
    ]);
  });

  test.each([
    ['Before', {}],
    ['After', { '/a': 'x' }],
  ] as const)('crash %s a call, and stay crashed', async (when, contents) => {
    const files = memoryFiles();
    files.failWhen(crashAt(1, when));
    await expect(files.write('/a', file)).rejects.toBeInstanceOf(Crashed);
    await expect(files.write('/b', file)).rejects.toMatchObject({ name: 'Crashed' });
    expect(files.contents()).toEqual(contents);
  });
});

describe('systemd in memory', () => {
  test('loses an answer before or after it did what it was told', async () => {
    const systemd = memorySystemd();
    systemd.define('a.service');
    systemd.failWhen(failCall('restart', 'Disconnected', 'Before'));
    await expect(systemd.restart('a.service')).rejects.toMatchObject({ code: 'Disconnected' });
    expect(await systemd.status('a.service')).toMatchObject({ activeState: 'inactive' });
    systemd.failWhen(failCall('restart', 'TimedOut', 'After'));
    await expect(systemd.restart('a.service')).rejects.toMatchObject({ code: 'TimedOut' });
    expect(await systemd.status('a.service')).toMatchObject({ activeState: 'active' });
    expect(systemd.changes()).toEqual(['restart a.service', 'restart a.service']);
  });

  test('a job that fails leaves a failed unit', async () => {
    const systemd = memorySystemd();
    systemd.define('a.service');
    systemd.failWhen(failCall('restart', 'JobFailed', 'After'));
    await expect(systemd.restart('a.service')).rejects.toMatchObject({ code: 'JobFailed', detail: 'failed' });
    expect(await systemd.status('a.service')).toMatchObject({ activeState: 'failed', result: 'exit-code' });
  });

  test('shows what others do to a unit', async () => {
    const systemd = memorySystemd();
    systemd.define('a.service');
    await systemd.restart('a.service');
    systemd.change('a.service', { restarts: 3, invocationId: 'f'.repeat(32) });
    expect(await systemd.status('a.service')).toMatchObject({ restarts: 3, invocationId: 'f'.repeat(32), activeState: 'active' });
  });
});

describe('the clock', () => {
  test('wakes sleepers in the order of their times, those too that only then go to sleep', async () => {
    const clock = manualClock();
    const woken: string[] = [];
    const sleep = async (name: string, times: number[]) => {
      for (const time of times) {
        await clock.sleep(time);
        woken.push(`${name} ${clock.now()}`);
      }
    };
    const sleeps = [sleep('a', [30, 10]), sleep('b', [10, 10, 10, 100])];
    await clock.advance(45);
    expect(woken).toEqual(['b 10', 'b 20', 'a 30', 'b 30', 'a 40']);
    expect(clock.now()).toBe(45);
    expect(clock.sleepers).toBe(1);
    await clock.advance(100);
    await Promise.all(sleeps);
    expect(clock.sleepers).toBe(0);
  });

  test('a sleep that is aborted ends with the reason', async () => {
    const clock = manualClock();
    const aborter = new AbortController();
    const sleep = clock.sleep(10, aborter.signal);
    aborter.abort(new Error('enough'));
    await expect(sleep).rejects.toThrow('enough');
    await expect(clock.sleep(10, aborter.signal)).rejects.toThrow('enough');
    expect(clock.sleepers).toBe(0);
  });
});
