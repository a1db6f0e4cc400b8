/**
 * The built program is killed at the n-th system call that changes anything, for every n: calls on files, and what is sent to systemd. Then the
 * agent is started again, or the dead-man's switch acts without it, or the machine loses its power. Each time the host is at the old revision or
 * at the new one as a whole, and the kubelet that runs was started with it. Needs strace; takes many minutes.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { KubeletConfig } from '../../src/api/types.ts';
import { chaosStride } from '../runs.ts';
import { type Change, changes, chaosHost, oneThread, sweeps } from './host.ts';

const shared = chaosHost();
const { begin, run, revision } = shared;

/** @returns whether it came to its end before the n-th call */
async function killedAt(calls: string, point: number, object: KubeletConfig): Promise<boolean> {
  const child = spawn(
    'strace',
    [
      ...['-f', '--quiet=all', '-o', '/dev/null', '-e', `trace=${calls}`],
      ...['-e', `inject=${calls}:signal=KILL:when=${point}`, ...shared.command(object)],
    ],
    { env: oneThread, stdio: 'ignore' },
  );
  const [code] = await once(child, 'close');
  return code === 0;
}

const recoveries = {
  'the agent is started again, with the old object': async (change: Change) => {
    expect(await run(change.old)).toMatchObject({ code: 0 });
    expect(await revision(change)).toBe('old');
  },
  'the switch acts without it': async (change: Change) => {
    await shared.host.shell(
      'test ! -e /etc/systemd/system/kubelet-config-undo.service || systemctl start kubelet-config-undo.service',
    );
    await revision(change);
  },
  'the machine loses its power': async (change: Change) => {
    await shared.host.guest.reboot();
    await revision(change);
  },
};

/** All of the change is done but the commit, and then its agent dies. */
async function killedInTheProof({ changed }: Change): Promise<void> {
  const { host } = shared;
  const slow = { ...changed, spec: { ...changed.spec, health: { ...changed.spec.health, minReadySeconds: 60 } } };
  const [program = '', ...words] = shared.command(slow);
  const child = spawn(program, words, { stdio: 'ignore' });
  await expect.poll(async () => (await host.process('/usr/bin/kubelet')).words.at(-1), { timeout: 60_000 }).toBe('--v=3');
  child.kill('SIGKILL');
  await once(child, 'close');
}

const cases = changes.flatMap(([launcher, change]) =>
  Object.entries(sweeps).flatMap(([sweep, calls]) =>
    Object.entries(recoveries).map(([recovery, recover]) => [launcher, sweep, recovery, { change, calls, recover }] as const),
  ),
);

describe.each(cases)('%s: killed at the n-th %s, then %s', (_launcher, _sweep, _recovery, { change, calls, recover }) => {
  test('for every n', { timeout: 3_600_000 }, async () => {
    const { host } = shared;
    const failures: string[] = [];
    let points = 0;
    let restarts = 0;
    for (let isWhole = false; !isWhole; ) {
      points += 1;
      await begin(change);
      const before = (await host.starts()).length;
      isWhole = await killedAt(calls, 1 + (points - 1) * chaosStride, change.changed);
      try {
        if (!isWhole) await recover(change);
        // Of a machine that was rebooted the journal has this boot's starts only.
        restarts = Math.max(restarts, (await host.starts()).length - before);
        expect((await run(change.changed)).code).toBe(0);
        expect(await revision(change)).toBe('new');
        const left = readdirSync(host.at('/var/lib/kubelet-config')).filter((name) => /^(armed|undoing|staging)$/.test(name));
        expect(left).toEqual([]);
      } catch (error) {
        failures.push(`${points}: ${error instanceof Error ? error.message : String(error)}`);
      }
      if (points % 25 === 0) process.stdout.write(`  ${points} points, ${failures.length} failed\n`);
    }
    process.stdout.write(`${points} points, at most ${restarts} restarts, ${failures.length} failed\n`);
    expect(failures).toEqual([]);
    expect(restarts).toBeLessThanOrEqual(3);
  });
});

describe.each(cases)(
  '%s: killed in the proof, and again at the n-th %s of the recovery, then %s',
  (_launcher, _sweep, _recovery, { change, calls, recover }) => {
    test('for every n', { timeout: 3_600_000 }, async () => {
      const failures: string[] = [];
      let points = 0;
      for (let isWhole = false; !isWhole; ) {
        points += 1;
        await begin(change);
        await killedInTheProof(change);
        isWhole = await killedAt(calls, 1 + (points - 1) * chaosStride, change.old);
        try {
          await recover(change);
          expect((await run(change.old)).code).toBe(0);
          expect(await revision(change)).toBe('old');
        } catch (error) {
          failures.push(`${points}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      process.stdout.write(`${points} points, ${failures.length} failed\n`);
      expect(failures).toEqual([]);
    });
  },
);
