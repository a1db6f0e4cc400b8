/** docs/images/rollout.svg: a rollout with canaries, batches that double, a failure and a controller that crashes. */

import { join } from 'node:path';
import { showRun } from './one-run.ts';
import { optionsFrom } from './options.ts';

export const pictureFile = join(import.meta.dirname, '../../docs/images/rollout.svg');

const options =
  '--nodes 100 --max-unavailable 10% --max-failures 3 --canary 2 --soak 120 --fail-rate 0.02 --slow-rate 0.1 --duration 6 --seed 8';

/** @throws if something did not hold in the run */
export async function drawPicture(): Promise<string> {
  const { settings } = optionsFrom(options.split(' '));
  const story = { ...settings, faults: { ControllerCrash: 20 } };
  const { result, svg } = await showRun(story, { line: () => undefined, passed: () => undefined });
  if (result.violation !== undefined) throw new Error(result.violation);
  return svg;
}
