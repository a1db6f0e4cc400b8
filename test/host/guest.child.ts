/** Starts a machine, prints its name, and stays until it is killed. */

import { startGuest } from '../guest.ts';

const guest = await startGuest();
process.stdout.write(`${guest.name}\n`);
