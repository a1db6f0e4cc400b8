/** The agent dies, stands still, or the machine loses its power in the middle of a change: the old kubelet comes back without it. */

import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeletConfig } from '../../src/api/types.ts';
import { type BuiltProgram, buildProgram, type RunningProgram } from '../built-program.ts';
import { switchFiles, unitFile } from '../kubelet-host.ts';
import { hostKubelet, sharedHost } from './shared-host.ts';

const shared = sharedHost();
const undo = 'kubelet-config-undo.service';

let built: BuiltProgram;
beforeAll(() => {
  built = buildProgram();
});
afterAll(() => built?.remove());

const old = hostKubelet({ flags: { v: 2 }, configuration: { maxPods: 64 } });
const changed = (health: object) =>
  hostKubelet({ flags: { v: 3 } }, { health, files: [{ path: '/opt/bin/hook/run', mode: '0755', content: '#!/bin/sh\n' }] });
const slow = changed({ minReadySeconds: 60, timeoutSeconds: 100 });

function apply(object: KubeletConfig): RunningProgram {
  return built.start(['apply', '--root', shared.host.root, '-f', ...shared.write([object])]);
}

/** Applies, and sends the signal as soon as the program has said `when`. */
async function interrupted(object: KubeletConfig, when: string, signal: 'SIGKILL' | 'SIGSTOP'): Promise<RunningProgram> {
  const program = apply(object);
  await expect.poll(program.said, { interval: 1 }).toContain(when);
  program.child.kill(signal);
  return program;
}

const isOpen = () => ['armed', 'undoing'].some((name) => existsSync(shared.host.at(`/var/lib/kubelet-config/${name}`)));
const words = async () => (await shared.host.process('/usr/bin/kubelet')).words;
const newHook = '/opt/bin/hook';

/** All of it, also what cannot be seen in files: the kubelet that runs was started with them. */
async function isOld(files: Readonly<Record<string, string>>): Promise<void> {
  const { host } = shared;
  expect(isOpen()).toBe(false);
  expect(host.files()).toEqual(files);
  expect(existsSync(host.at(newHook))).toBe(false);
  expect(await words()).toEqual(['--config=/etc/kubernetes/kubelet-config.yaml', '--v=2']);
  expect(await host.unit()).toMatchObject({ active: 'active', enabled: 'enabled', restarts: 0 });
  expect((await host.shell(`systemctl show kubelet.service --property=NeedDaemonReload --value`)).trim()).toBe('no');
}

test('killed and never started again: when its time is over, a timer brings the old kubelet back', {
  timeout: 90_000,
}, async () => {
  const { host } = shared;
  expect(await apply(old).ended).toBe(0);
  const [files, starts] = [host.files(), (await host.starts()).length];
  const program = await interrupted(changed({ minReadySeconds: 9, timeoutSeconds: 10 }), 'prove ', 'SIGKILL');
  await program.ended;
  expect(isOpen()).toBe(true);
  expect(await words()).toEqual(['--v=3']);
  await expect.poll(isOpen, { timeout: 60_000, interval: 200 }).toBe(false);
  await isOld(files);
  expect((await host.starts()).length - starts).toBe(2);
});

describe.each(['write ', 'reload ', 'restart ', 'prove '])('right after the first "%s"', (when) => {
  test('killed, and the switch acts: the old kubelet', async () => {
    const { host } = shared;
    expect(await apply(old).ended).toBe(0);
    const files = host.files();
    await (await interrupted(slow, when, 'SIGKILL')).ended;
    await host.shell(`systemctl start ${undo}`);
    await isOld(files);
  });

  test('killed, and the machine loses its power: it boots with the old kubelet, without any agent', async () => {
    const { host } = shared;
    expect(await apply(old).ended).toBe(0);
    const files = host.files();
    await (await interrupted(slow, when, 'SIGKILL')).ended;
    await host.guest.reboot();
    await isOld(files);
    expect(await host.starts()).toHaveLength(1);
    // And the agent that comes back takes it from there.
    expect(await apply(changed({ minReadySeconds: 0 })).ended).toBe(0);
    expect(await words()).toEqual(['--v=3']);
  });

  test('standing still while the switch acts, it writes nothing more when it goes on', async () => {
    const { host } = shared;
    expect(await apply(old).ended).toBe(0);
    const [files, starts] = [host.files(), (await host.starts()).length];
    const program = await interrupted(slow, when, 'SIGSTOP');
    await host.shell(`systemctl start ${undo}`);
    program.child.kill('SIGCONT');
    expect(await program.ended).toBe(4);
    expect(program.said()).toContain('the change was not confirmed in time');
    await isOld(files);
    expect((await host.starts()).length - starts).toBeLessThanOrEqual(3);
  });
});

test('of the very first change, a boot leaves nothing but the switch', async () => {
  const { host } = shared;
  const files = host.files();
  await (await interrupted(slow, 'prove ', 'SIGKILL')).ended;
  await host.guest.reboot();
  expect(isOpen()).toBe(false);
  const left = Object.fromEntries(Object.entries(host.files()).filter(([path]) => !switchFiles.includes(path)));
  expect(left).toEqual(files);
  expect(existsSync(host.at('/opt/bin'))).toBe(false);
  expect(await host.unit()).toMatchObject({ active: 'inactive', enabled: '' });
});

test('a unit that was there but neither enabled nor running stays so over the boot', async () => {
  const { host } = shared;
  host.put(unitFile, '[Service]\nExecStart=/usr/bin/kubelet --v=7\n[Install]\nWantedBy=multi-user.target\n');
  const files = host.files();
  await (await interrupted(slow, 'prove ', 'SIGKILL')).ended;
  await host.guest.reboot();
  expect(await host.unit()).toMatchObject({ active: 'inactive', enabled: 'disabled' });
  const left = Object.fromEntries(Object.entries(host.files()).filter(([path]) => !switchFiles.includes(path)));
  expect(left).toEqual(files);
});

test('a commit leaves no timer', async () => {
  const { host } = shared;
  expect(await apply(old).ended).toBe(0);
  expect(await host.shell('systemctl list-timers --all --no-legend | grep -c kubelet-config || true')).toBe('0\n');
});
