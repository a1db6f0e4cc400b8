/** The first rollout of a hundred nodes by the real controller, as a person sees it on a terminal of 100 columns. */

import { defaultAllowance } from '../../../src/api/paths.ts';
import type { NodeKubelet } from '../../../src/api/types.ts';
import { livePrinter } from '../../../src/cli/rollout/printers.ts';
import { type ObjectProgress, progressOf } from '../../../src/cli/rollout/progress.ts';
import { Controller } from '../../../src/fleet/controller.ts';
import { makeValidator } from '../../../src/fleet/object-health.ts';
import { rfc3339 } from '../../../src/loop/time.ts';
import { manualClock } from '../../fakes/clock.ts';
import { fakeFleet } from '../../fakes/fleet.ts';
import { leader, node, nodeKubelet, situation, stored } from '../../fleet/builders.ts';
import { nextStatus } from './agents.ts';
import { screenOf } from './screen.ts';

const begun = Date.parse('2026-01-31T09:00:00Z');
const names = Array.from({ length: 100 }, (_, index) => `node-${String(index + 1).padStart(3, '0')}`);
const workers = stored('workers', { rollout: { maxUnavailable: '10%', canary: { count: 1, soakSeconds: 120 } } });

/** Seconds that the change of a node takes, restart and proof included: no two neighbours take the same. */
const changeSeconds = (index: number) => 25 + ((index * 7) % 20);

/** Which frames are kept, and what stands above them; each the first time that it is so. */
const moments: readonly { readonly title: string; is(progress: ObjectProgress): boolean }[] = [
  { title: 'The object has just been applied', is: ({ changing }) => changing.length > 0 },
  { title: 'The canary soaks', is: ({ canary }) => canary?.kind === 'Soaking' && canary.secondsLeft <= 90 },
  { title: 'A quarter', is: ({ updated }) => updated.length >= 25 },
  { title: 'Two thirds', is: ({ updated }) => updated.length >= 66 },
  { title: 'The end', is: ({ state }) => state === 'Ready' },
];

/** Plays the rollout, a second at a time. @returns the frames as text, each with its title */
export async function recordFirstRollout(): Promise<string> {
  const clock = manualClock();
  const fleet = fakeFleet();
  const validator = makeValidator(defaultAllowance);
  const date = () => begun + clock.now();
  const observer = { granted() {}, revoked() {}, retried() {}, released() {}, assessed() {}, retry() {} };
  const office = { term: leader, newNodeTaint: situation().newNodeTaint };
  const controller = new Controller({
    fleet,
    ...office,
    validator,
    clock,
    time: () => rfc3339(date()),
    random: () => 0,
    observer,
  });
  const stopping = new AbortController();
  const ended = controller.run(stopping.signal);
  fleet.put(workers, ...names.flatMap((name) => [node(name), nodeKubelet(name)]));

  const screen = screenOf(100, 30);
  const { terminal } = screen;
  if (!terminal.live) throw new Error('the screen is no terminal');
  const printer = livePrinter(terminal, terminal.live);
  const left = [...moments];
  const kept: string[] = [];
  const claimedAt = new Map<string, number>();
  while (left.length > 0) {
    if (clock.now() > 3_600_000) throw new Error(`the rollout never came to "${left[0]?.title}"`);
    for (const [index, name] of names.entries()) step(fleet, claimedAt, name, changeSeconds(index) * 1_000, clock.now());
    fleet.time = date();
    controller.notice();
    await clock.advance(1_000);
    const all = progressOf(
      fleet.view() ?? { kubeletConfigs: [], nodes: [], nodeKubelets: [], time: undefined },
      validator,
      date(),
    );
    printer.show(all, { at: clock.now(), date: date() });
    const [progress] = all;
    if (!progress || !left[0]?.is(progress)) continue;
    kept.push(`${left.shift()?.title}:\n\n${screen.text()}\n`);
  }
  stopping.abort();
  await ended;
  return kept.join('\n');
}

/** The agent reports what comes next; between its claim and its report lies the time of the change. */
function step(
  { nodeKubelets, kubeletConfigs, put }: ReturnType<typeof fakeFleet>,
  claimedAt: Map<string, number>,
  name: string,
  milliseconds: number,
  now: number,
): void {
  const seen = nodeKubelets.get(name) as NodeKubelet;
  const { request, claimed } = seen.status ?? {};
  const isChanging = request !== undefined && request.id === claimed;
  if (isChanging && now < (claimedAt.get(name) ?? 0) + milliseconds) return;
  const status = nextStatus(seen, [...kubeletConfigs.values()]);
  if (status === undefined) return;
  if (status.claimed !== claimed) claimedAt.set(name, now);
  put({ ...seen, status });
}
