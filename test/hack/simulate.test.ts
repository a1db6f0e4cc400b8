import { describe, expect, test } from 'vitest';
import { drawPicture } from '../../hack/simulate/picture.ts';
import { contentComesAt, type RunResult, run } from '../../hack/simulate/run.ts';
import { type Sample, sampleOf } from '../../hack/simulate/sample.ts';
import { scheduleOf } from '../../hack/simulate/schedule.ts';
import type { FaultKind, Mutation, Settings } from '../../hack/simulate/settings.ts';
import { svgOf } from '../../hack/simulate/svg.ts';
import { textOf } from '../manifests/documents.ts';
import { schedulesOfAFleet } from '../runs.ts';

const calm: Settings = {
  seed: 1,
  nodes: 8,
  objects: 1,
  controllers: 2,
  minutes: 6,
  patience: 60,
  maxUnavailable: 2,
  maxFailures: 1,
  canary: undefined,
  batches: 'Full',
  failRate: 0,
  slowRate: 0,
  faults: {},
  lostAnswers: 0,
  lateRequests: 0,
};

/** @returns what did not hold first, and with which seed */
async function firstViolation(settings: (seed: number) => Settings, seeds: number): Promise<string | undefined> {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { violation, last } = await run(settings(seed));
    if (violation !== undefined) return `--replay --seed ${seed}: ${violation}\n${last.join('\n')}`;
  }
  return undefined;
}

test('a fleet where nothing goes wrong gets a new content with four writes for each node', async () => {
  const { violation, tally } = await run(calm);
  expect(violation).toBeUndefined();
  expect(Object.fromEntries(tally.results)).toEqual({ Committed: 8 });
  expect(Object.fromEntries(tally.writes)).toMatchObject({ request: 8, approval: 8, claim: 8, report: 8 });
});

test('the same seed gives the same run', async () => {
  const settings = scheduleOf(2);
  const lines = async () => {
    const said: string[] = [];
    await run(settings, { say: (milliseconds, line) => said.push(`${milliseconds} ${line}`) });
    return said;
  };
  expect(await lines()).toEqual(await lines());
});

test('short schedules in which a lot goes wrong break none of the promises', async () => {
  expect(await firstViolation(scheduleOf, schedulesOfAFleet)).toBeUndefined();
});

describe('what is wrong on purpose is found', () => {
  const often = (kinds: readonly FaultKind[]) => Object.fromEntries(kinds.map((kind) => [kind, 60]));
  const frozen = { ...calm, maxUnavailable: 1, faults: often(['ControllerFrozen', 'ControllerCrash', 'KubeletDown']) };
  test.each<[Mutation, Settings, string]>([
    ['NoPlaces', calm, 'F1'],
    ['NoFailures', { ...calm, failRate: 1 }, 'F2'],
    ['NoFence', frozen, 'P4'],
  ])('%s', async (mutation, settings, promise) => {
    expect(await firstViolation((seed) => ({ ...settings, seed, mutation }), 30)).toContain(`: ${promise}`);
  });
});

test('a content that fails everywhere stops after one node, and the picture shows it', async () => {
  const samples: Sample[] = [];
  const failures: number[] = [];
  const settings = { ...calm, failRate: 1 };
  const result: RunResult = await run(settings, {
    sample: { seconds: 10, take: (world) => samples.push(sampleOf(world)) },
    say: (milliseconds, line) => line.endsWith('Undone Failed') && failures.push(milliseconds / 1_000),
  });
  expect(result.violation).toBeUndefined();
  expect(Object.fromEntries(result.tally.results)).toEqual({ Failed: failures.length });
  expect(failures.length).toBeLessThanOrEqual(2);
  expect(samples.at(-1)?.nodes).toMatchObject({ Failed: failures.length, Waiting: 8 - failures.length });
  const svg = svgOf({ samples, failures, takeovers: [], begins: contentComesAt / 1_000, title: 'A & its <end>', rollout: '' });
  expect(svg).toContain('A &amp; its &lt;end&gt;');
  expect(svg.match(/<title>a change failed/g)).toHaveLength(failures.length);
  expect(svg).toContain('>failed, runs what it had before<');
  expect(svg).not.toContain('>a new controller leads<');
});

test('docs/images/rollout.svg is what the simulator draws: npm run simulate -- --picture', async () => {
  expect(await drawPicture()).toBe(textOf('docs/images/rollout.svg'));
});
