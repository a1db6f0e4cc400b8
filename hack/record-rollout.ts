/** Writes docs/rollout-recording.txt: a rollout as `kubelet-config rollout status --watch` shows it. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordFirstRollout } from '../test/cli/rollout/first-rollout.ts';

writeFileSync(join(import.meta.dirname, '../docs/rollout-recording.txt'), await recordFirstRollout());
