/** Holds the lock of the root it is given until it is killed. */

import { acquireLock } from '../../src/host/lock.ts';

await acquireLock(process.argv[2] ?? '/');
process.stdout.write('held');
process.stdin.resume(); // the lock itself keeps nothing alive
