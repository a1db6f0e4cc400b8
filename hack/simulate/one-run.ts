/** One run with everything that is shown of it: lines on the terminal, a summary, a picture. */

import { contentComesAt, type RunResult, run } from './run.ts';
import { type Sample, sampleOf } from './sample.ts';
import type { Settings } from './settings.ts';
import { timelineLine } from './summary.ts';
import { svgOf } from './svg.ts';

export interface ShownRun {
  readonly result: RunResult;
  /** The picture of it. */
  readonly svg: string;
}

/** So many nodes are looked at each second; more only now and then, which would else take most of the time. */
const closelyWatched = 500;
const timelineSeconds = 10;

export interface Shows {
  /** Called with each line of what happens. */
  line(text: string): void;
  /** Called often, with words for how far the run is. */
  passed(words: () => string): void;
}

export async function showRun(settings: Settings, { line: print, passed }: Shows): Promise<ShownRun> {
  const samples: Sample[] = [];
  const failures: number[] = [];
  const takeovers: number[] = [];
  let printed: Sample | undefined;
  const take = (sample: Sample) => {
    samples.push(sample);
    passed(() => `${(sample.at / 60).toFixed(1)} minutes of virtual time, ${sample.nodes.Updated} nodes updated`);
    if (sample.at % timelineSeconds !== 0 || JSON.stringify(printed?.nodes) === JSON.stringify(sample.nodes)) return;
    printed = sample;
    print(timelineLine(sample));
  };
  const result = await run(settings, {
    sample: { seconds: settings.nodes > closelyWatched ? timelineSeconds : 1, take: (world) => take(sampleOf(world)) },
    say: (milliseconds, line) => {
      const second = Math.round(milliseconds / 1_000);
      if (line.endsWith('Undone Failed')) failures.push(second);
      if (line.endsWith(' leads')) takeovers.push(second);
      print(`${(milliseconds / 1_000).toFixed(1).padStart(8)} s  ${line}`);
    },
  });
  // The first one finds a fleet at rest.
  const marks = { failures, takeovers: takeovers.slice(1), begins: contentComesAt / 1_000 };
  const title = `A rollout over ${settings.nodes} nodes`;
  return { result, svg: svgOf({ samples, ...marks, title, rollout: wordsOf(settings) }) };
}

function wordsOf({ maxUnavailable, maxFailures, canary, batches }: Settings): string {
  const canaries = canary && `canary ${canary.count} for ${canary.soakSeconds} s`;
  const words = [`maxUnavailable ${maxUnavailable}`, canaries, `batches ${batches}`, `maxFailures ${maxFailures}`];
  return words.filter((word) => word !== undefined).join(', ');
}
