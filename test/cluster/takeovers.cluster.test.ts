/** Controllers that are killed, or frozen, in the middle of rollouts over twenty nodes of a real API server. */

import { randomInt } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Controllers, Leader } from './controllers.ts';
import { isThrough, type MemoryFleet, startMemoryFleet, workers } from './memory-fleet.ts';
import { describeCluster } from './tier.ts';

const count = 20;
const kills = 50;
const patience = { timeout: 90_000, interval: 20 };

describeCluster('a leader that dies or stands still in the middle of a rollout', () => {
  let fleet: MemoryFleet;
  let controllers: Controllers;
  let v = 1;
  beforeAll(async () => {
    fleet = await startMemoryFleet(count);
  });
  afterAll(() => fleet?.stop());
  beforeEach(() => fleet.witness.beginAnew());
  afterEach(async ({ task }) => {
    fleet.gate.open();
    await controllers.stop();
    if (task.result?.state !== 'fail') return;
    for (const node of fleet.nodes.slice(0, 5)) process.stderr.write(`${node.name}:\n${node.said()}\n`);
    process.stderr.write(`${controllers.said()}\n`);
  });

  const rollout = { maxUnavailable: 4, batches: 'Full' } as const;
  const applyNext = async () => {
    v += 1;
    await fleet.apply(workers(v, rollout));
  };
  const isDone = async () => isThrough(await fleet.object('workers'), count);
  const inBudget = () => expect(fleet.witness.most()).toBeLessThanOrEqual(rollout.maxUnavailable);
  /** Each request is claimed at most once. */
  const claimedOnce = () => {
    const requests = fleet.witness.claims.map(({ request }) => request);
    expect(new Set(requests).size).toBe(requests.length);
  };

  /** Waits for so many events of nodes; begins the next rollout whenever one is through. */
  const afterEvents = async (events: number): Promise<void> => {
    const due = fleet.witness.events() + events;
    const look = async () => {
      if (fleet.witness.events() >= due) return true;
      if (fleet.witness.changing.size === 0 && (await isDone())) await applyNext();
      return false;
    };
    await expect.poll(look, patience).toBe(true);
  };

  test(`of three controllers the leader is killed ${kills} times, at any moment`, async ({ signal }) => {
    controllers = await fleet.startControllers(3, '--lease-duration=6s');
    await applyNext();
    let last: Leader | undefined;
    for (let killed = 0; killed < kills && !signal.aborted; ) {
      last = await controllers.leader(last?.term);
      await afterEvents(randomInt(0, 10));
      last.process.child.kill('SIGKILL');
      // On a busy machine it may have lost the Lease just before, and have ended by itself.
      if ((await last.process.ended) === 'SIGKILL') killed += 1;
      // Its Lease would run out, but the next one need not wait for that: what was sent is sent.
      await controllers.giveBack(last);
    }
    await expect.poll(isDone, patience).toBe(true);
    await fleet.everywhere(v);
    const { claims, most } = fleet.witness;
    const took = `${controllers.ended()} controllers ended, ${claims.length} claims, at once at most ${most()}`;
    process.stdout.write(`${v - 1} rollouts over ${count} nodes, ${kills} kills, ${took}\n`);
    inBudget();
    claimedOnce();
    expect(claims.length).toBeGreaterThanOrEqual(count * (v - 1));
  }, 900_000);

  /** Freezes the leader right after its first approvals, and waits until another one leads. */
  const freeze = async (): Promise<{ readonly frozen: Leader; readonly next: Leader }> => {
    const frozen = await controllers.leader();
    const before = fleet.witness.approvals.length;
    await applyNext();
    await expect.poll(() => fleet.witness.approvals.length, patience).toBeGreaterThan(before);
    frozen.process.child.kill('SIGSTOP');
    return { frozen, next: await controllers.leader(frozen.term) };
  };
  /** Lets it go on; it finds that it no longer leads, and ends. */
  const goOn = async ({ process }: Leader) => {
    process.child.kill('SIGCONT');
    expect(await process.ended).toBe(7);
  };

  test('what a frozen leader approved before its agents could claim counts only when the next one has signed it', async () => {
    controllers = await fleet.startControllers(2, '--lease-duration=4s');
    await controllers.leader();
    fleet.gate.close();
    const { frozen, next } = await freeze();
    // The next one has signed again, or taken back, each approval of the frozen one.
    const unsigned = async () => {
      const { stdout } = await fleet.plane.kubectl(['get', 'nk', '-o', 'jsonpath={.items[*].spec.approval.term}']);
      return stdout.split(' ').filter((term) => term === frozen.term).length;
    };
    await expect.poll(unsigned, patience).toBe(0);
    expect(fleet.witness.claims).toEqual([]);
    await goOn(frozen);
    fleet.gate.open();
    await fleet.everywhere(v);
    expect(new Set(fleet.witness.claims.map(({ term }) => term))).toEqual(new Set([next.term]));
    inBudget();
    claimedOnce();
  });

  test('a frozen leader whose grants are under way: the next one counts them, and nothing late is claimed', async () => {
    controllers = await fleet.startControllers(2, '--lease-duration=4s');
    await controllers.leader();
    const { frozen, next } = await freeze();
    const { approvals, claims } = fleet.witness;
    await expect.poll(() => approvals.some(({ term }) => term === next.term), patience).toBe(true);
    await goOn(frozen);
    await fleet.everywhere(v);
    const late = approvals.filter(({ term, version }) => term === frozen.term && version > next.version);
    const isLate = ({ request, term }: (typeof claims)[number]) =>
      late.some((one) => one.request === request && one.term === term);
    expect(claims.filter(isLate)).toEqual([]);
    inBudget();
    claimedOnce();
  });
});
