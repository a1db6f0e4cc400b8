import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type OpenMachine, openMachine } from '../../src/host/machine.ts';
import { type Guest, startGuest } from '../guest.ts';
import { deadManContract } from './dead-man.contract.ts';

let guest: Guest;
let machine: OpenMachine;
beforeAll(async () => {
  guest = await startGuest();
  machine = await openMachine(guest.root);
});
afterAll(async () => {
  machine?.close();
  await guest?.stop();
});

deadManContract('the unit on a real systemd', () => ({
  files: machine.files,
  deadMan: machine.deadMan,
  end: () => {
    for (const path of ['/var/lib/kubelet-config', '/etc/kubernetes', '/opt/bin/new']) {
      rmSync(join(guest.root, path), { recursive: true, force: true });
    }
  },
}));
