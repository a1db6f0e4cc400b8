/** The events of a real systemd about a unit, also after a re-exec, and after its bus was away. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ConnectedSystemd } from '../../src/host/dbus-systemd.ts';
import { openHostWatch } from '../../src/host/host-watch.ts';
import type { HostEvent, HostWatch } from '../../src/node/ports/host-watch.ts';
import { type Guest, startGuest } from '../guest.ts';
import { connectSystemd } from './connect.ts';

const unit = 'one.service';
const drop = `/etc/systemd/system/${unit}.d`;
let guest: Guest;
let systemd: ConnectedSystemd;
let watch: HostWatch;
const told: HostEvent[] = [];

const shell = async (script: string) => {
  const { exitCode, stdout, stderr } = await guest.run(['bash', '-ec', script]);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout.trim();
};

beforeAll(async () => {
  guest = await startGuest();
  for (const name of ['one', 'other']) {
    const text = '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n';
    writeFileSync(`${guest.root}/etc/systemd/system/${name}.service`, text);
  }
  await shell('systemctl daemon-reload');
  systemd = await connectSystemd(guest.busSocket);
  watch = openHostWatch(guest.root, systemd.bus, (event) => told.push(event));
  await watch.watch({ paths: [`/etc/systemd/system/${unit}`, '/etc/kubernetes/a'], directories: [drop], unit });
});
afterAll(async () => {
  watch?.close();
  systemd?.close();
  await guest?.stop();
});
beforeEach(() => {
  told.length = 0;
});

test.each<[string, string, HostEvent]>([
  ['a start', `systemctl start ${unit}`, 'Unit'],
  ['a stop', `systemctl stop ${unit}`, 'Unit'],
  ['what is enabled', `systemctl enable ${unit}`, 'Unit'],
  ['and disabled', `systemctl disable ${unit}`, 'Unit'],
  ['a reload', 'systemctl daemon-reload', 'Reloaded'],
  ['systemd that is executed anew', 'systemctl daemon-reexec', 'Reloaded'],
  ['what happens after that', `systemctl start ${unit}`, 'Unit'],
  ['an edited unit', `echo >> /etc/systemd/system/${unit}`, 'UnitFile'],
  ['a new drop-in', `mkdir ${drop}; echo > ${drop}/a.conf`, 'UnitFile'],
  ['another file', 'mkdir -p /etc/kubernetes; echo > /etc/kubernetes/a', 'File'],
])('tells of %s', async (_what, script, event) => {
  await shell(script);
  await expect.poll(() => told).toContain(event);
});

test('tells nothing of another unit', async () => {
  await shell('systemctl start other.service; systemctl stop other.service');
  // This event comes after all the others.
  mkdirSync(`${guest.root}/etc/kubernetes`, { recursive: true });
  writeFileSync(`${guest.root}/etc/kubernetes/a`, 'x');
  await systemd.status(unit);
  await expect.poll(() => told).toContain('File');
  expect(told).not.toContain('Unit');
});

test('after its bus was away it goes on with the next connection', async () => {
  await shell('systemctl kill --signal=KILL dbus.service');
  await expect.poll(() => systemd.status(unit).then(({ loadState }) => loadState, String)).toBe('loaded');
  told.length = 0;
  await shell(`systemctl restart ${unit}`);
  await expect.poll(() => told).toContain('Unit');
});
