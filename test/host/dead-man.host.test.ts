import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
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

const timers = async () =>
  (await guest.run(['systemctl', 'list-timers', '--all', '--no-legend'])).stdout.match(/kubelet-config-undo\.timer/g) ?? [];

test('set again, by another agent too, there is one timer; cleared, none', async () => {
  const { deadMan } = machine;
  await deadMan.set('kubelet.service', 60_000);
  const another = await openMachine(guest.root);
  await another.deadMan.set('kubelet.service', 90_000);
  another.close();
  expect(await timers()).toHaveLength(1);
  await deadMan.clear();
  expect(await timers()).toHaveLength(0);
});

test('what somebody has removed is there again when it is set', async () => {
  const { deadMan, files } = machine;
  const unit = '/etc/systemd/system/kubelet-config-undo.service';
  await deadMan.set('kubelet.service', 60_000);
  rmSync(join(guest.root, unit));
  await deadMan.set('kubelet.service', 60_000);
  expect(await files.read(unit)).toMatchObject({ kind: 'File' });
  await deadMan.clear();
});
