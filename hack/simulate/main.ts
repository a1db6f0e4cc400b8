/** `npm run simulate`: the real controller and the protocol of real agents on virtual time, with all that may go wrong. */

import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { help, type Options, optionsFrom } from './options.ts';
import { type RunResult, run } from './run.ts';
import { type Sample, sampleOf } from './sample.ts';
import { scheduleOf } from './schedule.ts';
import { summaryOf, timelineLine } from './summary.ts';
import { svgOf } from './svg.ts';

const sampleSeconds = 10;
const longestViolation = 300;
const options = optionsFrom(process.argv.slice(2));
if (options.isHelp) process.stdout.write(help);
else if (options.schedules > 0) process.exitCode = await runSchedules(options);
else process.exitCode = await runOne(options);

async function runOne({ settings: given, isReplay, isQuiet, svg }: Options): Promise<number> {
  const settings = isReplay ? scheduleOf(given.seed) : given;
  if (isReplay) print(JSON.stringify(settings));
  const samples: Sample[] = [];
  const failures: number[] = [];
  const result = await run(settings, {
    sample: { seconds: sampleSeconds, take: (world) => takeSample(sampleOf(world), samples, isQuiet) },
    say: (milliseconds, line) => {
      if (line.endsWith('Failed')) failures.push(Math.round(milliseconds / 1_000));
      if (!isQuiet) print(`${(milliseconds / 1_000).toFixed(1).padStart(8)} s  ${line}`);
    },
  });
  print(summaryOf(result, settings));
  if (svg !== undefined) {
    const kept = thinned(samples);
    writeFileSync(
      svg,
      svgOf(kept, failures, `A rollout over ${settings.nodes} nodes, maxUnavailable ${settings.maxUnavailable}`),
    );
  }
  return exitCode(result);
}

/** Only what differs from the last sample is printed. */
function takeSample(sample: Sample, samples: Sample[], isQuiet: boolean): void {
  const last = samples.at(-1);
  samples.push(sample);
  if (!isQuiet && JSON.stringify(last?.nodes) !== JSON.stringify(sample.nodes)) print(timelineLine(sample));
}

/** As many as a picture can show; nothing of the rest after the last change but a little. */
function thinned(samples: readonly Sample[]): Sample[] {
  const lastNews = samples.findLastIndex(
    (sample, index) => JSON.stringify(sample.nodes) !== JSON.stringify(samples[index - 1]?.nodes),
  );
  const shown = samples.slice(0, lastNews + 7);
  const stride = Math.max(1, Math.ceil(shown.length / 400));
  return shown.filter((_sample, index) => index % stride === 0 || index === shown.length - 1);
}

async function runSchedules({ settings: { seed: first }, schedules }: Options): Promise<number> {
  let violated = 0;
  for (let seed = first; seed < first + schedules; seed += 1) {
    const { violation, ended } = await run(scheduleOf(seed));
    if ((seed - first + 1) % 1_000 === 0) print(`${seed - first + 1} schedules, ${violated} violate`);
    if (violation === undefined) continue;
    violated += 1;
    print(`seed ${seed} at ${(ended / 1_000).toFixed(1)} s: ${violation.slice(0, longestViolation)}`);
    print(`  npm run simulate -- --replay --seed ${seed}`);
  }
  print(`${schedules} schedules from seed ${first}: ${violated} violate`);
  return violated === 0 ? 0 : 1;
}

function exitCode({ violation }: RunResult): number {
  return violation === undefined ? 0 : 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
