/** Runs before every file of the unit tier. */

import fc from 'fast-check';
import { generated } from './runs.ts';

fc.configureGlobal({ numRuns: generated });
