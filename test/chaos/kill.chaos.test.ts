/**
 * The built program is killed at the n-th system call that changes anything, for every n: calls on files, and what is sent to systemd. Then the
 * agent is started again, or the dead-man's switch acts without it, or the machine loses its power. Each time the host is at the old revision or
 * at the new one as a whole, and the kubelet that runs was started with it. Where a kill leaves the machine as one before it did, the same would
 * follow: the recoveries are tried once. Needs strace; takes many minutes.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { KubeletConfig } from '../../src/api/types.ts';
import { chaosFirst, chaosStride } from '../runs.ts';
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

interface Scenario {
  /** Makes the machine on which the program is killed. */
  prepare(change: Change): Promise<void>;
  /** What the killed program applies, and whoever comes after it. */
  readonly applied: 'old' | 'changed';
  /** No timer runs on the machine as `prepare` made it: where a kill changed nothing, it serves the next one too. */
  readonly isAtRest: boolean;
}

const scenarios: Readonly<Record<string, Scenario>> = {
  killed: { prepare: begin, applied: 'changed', isAtRest: true },
  'killed in the proof, and again': {
    prepare: async (change) => {
      await begin(change);
      await killedInTheProof(change);
    },
    applied: 'old',
    isAtRest: false,
  },
};

/** What a sweep has seen. */
interface Swept {
  points: number;
  /** Ways in which a kill left the machine. */
  readonly standings: Set<string>;
  recoveries: number;
  restarts: number;
  readonly failures: string[];
}

interface Prepared {
  readonly standing: string;
  readonly starts: number;
}

async function prepare(change: Change, scenario: Scenario): Promise<Prepared> {
  await scenario.prepare(change);
  return { standing: await shared.standing(), starts: (await shared.host.starts()).length };
}

/** Each recovery of what the kill has left: after the first, the whole way up to the same call once more. */
async function recovered(
  change: Change,
  scenario: Scenario,
  kill: () => Promise<boolean>,
  { starts }: Prepared,
  swept: Swept,
): Promise<void> {
  let before = starts;
  for (const [index, [name, recover]] of Object.entries(recoveries).entries()) {
    swept.recoveries += 1;
    try {
      if (index > 0) {
        before = (await prepare(change, scenario)).starts;
        await kill();
      }
      await recover(change);
      await ends(change, scenario);
      // Of a machine that was rebooted the journal has this boot's starts only.
      swept.restarts = Math.max(swept.restarts, (await shared.host.starts()).length - before);
    } catch (error) {
      swept.failures.push(`${swept.points}, then ${name}: ${error instanceof Error ? error.message : String(error)}`);
      process.stdout.write(`${swept.failures.at(-1)}\n`);
    }
  }
}

async function ends(change: Change, { applied }: Scenario): Promise<void> {
  expect((await run(change[applied])).code).toBe(0);
  expect(await revision(change)).toBe(applied === 'old' ? 'old' : 'new');
  const left = readdirSync(shared.host.at('/var/lib/kubelet-config')).filter((name) => /^(armed|undoing|staging)$/.test(name));
  expect(left).toEqual([]);
}

const sweptOf = ({ points, standings, recoveries, restarts, failures }: Swept) =>
  `${points} points left ${standings.size} states; ${recoveries} recoveries, at most ${restarts} restarts, ${failures.length} failed\n`;

const cases = changes.flatMap(([launcher, change]) =>
  Object.entries(scenarios).flatMap(([name, scenario]) =>
    Object.entries(sweeps).map(([sweep, calls]) => [launcher, name, sweep, { change, scenario, calls }] as const),
  ),
);

describe.each(cases)('%s: %s at the n-th %s', (_launcher, _name, _sweep, { change, scenario, calls }) => {
  test('for every n', { timeout: 7_200_000 }, async () => {
    const swept: Swept = { points: 0, standings: new Set(), recoveries: 0, restarts: 0, failures: [] };
    let prepared: Prepared | undefined;
    for (let isWhole = false; !isWhole; ) {
      swept.points += 1;
      const point = chaosFirst + (swept.points - 1) * chaosStride;
      const kill = () => killedAt(calls, point, change[scenario.applied]);
      prepared ??= await prepare(change, scenario);
      isWhole = await kill();
      const standing = await shared.standing();
      const isNew = !isWhole && !swept.standings.has(standing);
      swept.standings.add(standing);
      if (isNew) await recovered(change, scenario, kill, prepared, swept);
      if (isNew || standing !== prepared.standing || !scenario.isAtRest) prepared = undefined;
      if (swept.points % 25 === 0) process.stdout.write(`  ${sweptOf(swept)}`);
    }
    await ends(change, scenario);
    process.stdout.write(sweptOf(swept));
    expect(swept.failures).toEqual([]);
    expect(swept.restarts).toBeLessThanOrEqual(3);
  });
});
