/** `npm run simulate`: the real controller and the protocol of real agents on virtual time, with all that may go wrong. */

import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { showRun } from './one-run.ts';
import { help, type Options, optionsFrom } from './options.ts';
import { drawPicture, pictureFile } from './picture.ts';
import { progressLine } from './progress.ts';
import { run } from './run.ts';
import { scheduleOf } from './schedule.ts';
import { summaryOf } from './summary.ts';

const longestViolation = 300;

try {
  process.exitCode = await main(optionsFrom(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

/** @returns the exit code */
async function main(options: Options): Promise<number> {
  if (options.isHelp) return print(help.trimEnd());
  if (options.isPicture) {
    writeFileSync(pictureFile, await drawPicture());
    return print(`${pictureFile} is written`);
  }
  return options.schedules > 0 ? runSchedules(options) : runOne(options);
}

async function runOne({ settings: given, isReplay, isQuiet, svg: file }: Options): Promise<number> {
  const settings = isReplay ? scheduleOf(given.seed) : given;
  if (isReplay) print(JSON.stringify(settings));
  const progress = progressLine(process.stderr);
  const { result, svg } = await showRun(settings, {
    line: (line) => {
      if (isQuiet) return;
      progress.clear();
      print(line);
    },
    passed: (words) => progress.show(words),
  });
  progress.clear();
  print(summaryOf(result, settings));
  if (file !== undefined) writeFileSync(file, svg);
  return result.violation === undefined ? 0 : 1;
}

async function runSchedules({ settings: { seed: first }, schedules }: Options): Promise<number> {
  const progress = progressLine(process.stderr);
  let violated = 0;
  for (let seed = first; seed < first + schedules; seed += 1) {
    const { violation, ended } = await run(scheduleOf(seed));
    const words = () => `${seed - first + 1} of ${schedules} schedules, ${violated} violate`;
    progress.show(words);
    // For whoever reads the output of a night in a file.
    if ((seed - first + 1) % 500 === 0 && !process.stderr.isTTY) print(words());
    if (violation === undefined) continue;
    violated += 1;
    progress.clear();
    print(`seed ${seed} at ${(ended / 1_000).toFixed(1)} s: ${violation.slice(0, longestViolation)}`);
    print(`  npm run simulate -- --replay --seed ${seed}`);
  }
  progress.clear();
  print(`${schedules} schedules from seed ${first}: ${violated} violate`);
  return violated === 0 ? 0 : 1;
}

function print(line: string): number {
  process.stdout.write(`${line}\n`);
  return 0;
}
