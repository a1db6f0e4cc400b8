/**
 * A job ends while systemd is away from the bus. A real systemd does that only in rare moments, so a fake on
 * a bus of its own does it here.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Message, type MessageBus, sessionBus } from '@jellybrick/dbus-next';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ConnectedSystemd } from '../../src/host/dbus-systemd.ts';
import { connectSystemd } from './connect.ts';

const SYSTEMD = 'org.freedesktop.systemd1';
let directory: string;
let daemon: ChildProcess;
let before: StandIn;
let systemd: ConnectedSystemd;

interface StandIn {
  readonly calls: string[];
  /** Sets how GetJob is answered from now on: the job exists, or it does not. */
  jobs: boolean;
  removed(result: string): void;
  leave(): Promise<void>;
}

/** Answers RestartUnit with job 7, and the other calls that the client makes. */
async function bootstrap(address: string): Promise<StandIn> {
  const bus: MessageBus = sessionBus({ busAddress: address });
  const path = '/org/freedesktop/systemd1';
  const job = `${path}/job/7`;
  const self: StandIn = {
    calls: [],
    jobs: true,
    removed: (result) =>
      bus.send(Message.newSignal(path, `${SYSTEMD}.Manager`, 'JobRemoved', 'uoss', [7, job, 'kubelet.service', result])),
    async leave() {
      await bus.releaseName(SYSTEMD);
      bus.disconnect();
    },
  };
  bus.addMethodHandler((call: Message) => {
    self.calls.push(call.member);
    const names = call.member === 'RestartUnit' || call.member === 'GetJob';
    if (call.member === 'GetJob' && !self.jobs) bus.send(Message.newError(call, `${SYSTEMD}.NoSuchJob`, 'Job 7 does not exist.'));
    else bus.send(names ? Message.newMethodReturn(call, 'o', [job]) : Message.newMethodReturn(call, '', []));
    return true;
  });
  await bus.requestName(SYSTEMD, 0);
  return self;
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'kubelet-config-test-'));
  const address = `unix:path=${directory}/bus`;
  daemon = spawn('dbus-daemon', ['--session', '--nofork', `--address=${address}`, '--print-address'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(daemon.stdout as NonNullable<ChildProcess['stdout']>, 'data');
  before = await bootstrap(address);
  systemd = await connectSystemd(`${directory}/bus`);
});
afterEach(async () => {
  systemd?.close();
  daemon.kill('SIGKILL');
  await once(daemon, 'exit');
  rmSync(directory, { recursive: true });
});

async function pendingRestart(): Promise<Promise<void>[]> {
  const result = systemd.restart('kubelet.service');
  result.catch(() => undefined);
  await expect.poll(() => before.calls).toContain('RestartUnit');
  // This answer comes after that of RestartUnit, so the job is awaited now.
  await systemd.resetFailed('kubelet.service');
  return [result];
}

test('a job that systemd no longer knows when it comes back has an unknown result', async () => {
  const [result] = await pendingRestart();
  await before.leave();
  const after = await bootstrap(`unix:path=${directory}/bus`);
  after.jobs = false;
  await expect(result).rejects.toMatchObject({ code: 'JobUnknown', detail: `${SYSTEMD}.NoSuchJob`, unit: 'kubelet.service' });
  expect(after.calls).toEqual(['Subscribe', 'GetJob']);
  await after.leave();
});

test('a job that it still knows is waited for', async () => {
  const [result] = await pendingRestart();
  await before.leave();
  const after = await bootstrap(`unix:path=${directory}/bus`);
  await expect.poll(() => after.calls).toEqual(['Subscribe', 'GetJob']);
  after.removed('done');
  await expect(result).resolves.toBeUndefined();
  await after.leave();
});

test('while it is away a job is refused as not sent, and nothing is unknown', async () => {
  await before.leave();
  await expect(systemd.restart('kubelet.service')).rejects.toMatchObject({ code: 'Disconnected' });
});
