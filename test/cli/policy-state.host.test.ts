/**
 * A change of the CPU manager's policy on a real systemd: the kubelet does not start over the state of another policy, and writes its state anew when it
 * is told to stop.
 */

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { KubeletConfig } from '../../src/api/types.ts';
import { backupPathOf } from '../../src/node/model/policy-state.ts';
import { type BuiltProgram, buildProgram, type RunningProgram } from '../built-program.ts';
import { hostKubelet, sharedHost } from './shared-host.ts';

const shared = sharedHost();
const { apply } = shared;
const undo = 'kubelet-config-undo.service';
const stateFile = '/var/lib/kubelet/cpu_manager_state';

/** In place of the kubelet's CPU manager; the rest of the stand-in runs below it, so that systemd's SIGTERM comes here too. */
const kubelet = `#!/bin/bash
case " $* " in *' --version '*) printf 'Kubernetes v1.30.2\\n' && exit ;; esac
state=${stateFile}
policy=none
grep -qs '^cpuManagerPolicy: "static"$' /etc/kubernetes/kubelet-config.yaml && policy=static
mkdir -p /var/lib/kubelet
[ -e "$state" ] || printf '{"policyName":"%s","made":"%s"}' "$policy" "$INVOCATION_ID" >"$state"
if ! grep -q "\\"policyName\\":\\"$policy\\"" "$state"; then
  echo "E0101 could not restore state from checkpoint: configured policy $policy differs" >&2
  exit 1
fi
kept=$(cat "$state")
trap 'printf %s "$kept" >"$state"; kill $! 2>/dev/null; exit 0' TERM
/usr/lib/kubelet-below "$@" &
while kill -0 $! 2>/dev/null; do wait; done
`;

const configured = (configuration: object, v: number, health: object = { minReadySeconds: 0 }): KubeletConfig =>
  hostKubelet({ flags: { v }, configuration: { ...configuration } }, { health });
const isShared = configured({ maxPods: 64 }, 2);
const isPinned = (v: number, health?: object) =>
  configured({ maxPods: 64, cpuManagerPolicy: 'static', kubeReserved: { cpu: '1' } }, v, health);

/** A kubelet that has just been started may be about to write it. */
const state = () => vi.waitFor(() => readFileSync(shared.host.at(stateFile), 'utf8'));
const isAside = () => existsSync(shared.host.at(backupPathOf(stateFile)));
const isOpen = () => ['armed', 'undoing'].some((name) => existsSync(shared.host.at(`/var/lib/kubelet-config/${name}`)));
const isUp = async () => (await shared.host.unit()).active === 'active';

let built: BuiltProgram;
beforeAll(() => {
  built = buildProgram();
});
afterAll(() => built?.remove());
beforeEach(() => {
  const { host } = shared;
  rmSync(host.at('/var/lib/kubelet'), { recursive: true, force: true });
  host.put('/usr/lib/kubelet-below', readFileSync(host.at('/usr/bin/kubelet'), 'utf8'), 0o755);
  host.put('/usr/bin/kubelet', kubelet, 0o755);
});

test('the stand-in does not start over the state of another policy', async () => {
  const { host } = shared;
  expect(await apply([isShared])).toMatchObject({ exitCode: 0 });
  await host.shell(`systemctl stop kubelet; sed -i s/none/static/ ${stateFile}; systemctl start kubelet`);
  await expect.poll(async () => (await host.unit()).restarts).toBeGreaterThan(0);
});

test('to a policy and back: each with one start, over a state of its own', async () => {
  const { host } = shared;
  expect(await apply([isShared])).toMatchObject({ exitCode: 0 });
  const starts = (await host.starts()).length;
  const changed = await apply([isPinned(2)]);
  expect(changed).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(`move     ${stateFile} aside`) });
  expect(await state()).toContain('"static"');
  expect(await apply([isPinned(3)])).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining(' aside') });
  expect(await apply([isShared])).toMatchObject({ exitCode: 0 });
  expect(await state()).toContain('"none"');
  expect((await host.starts()).length - starts).toBe(3);
  expect(isAside()).toBe(false);
});

test('one that fails is undone: the old state byte for byte, and the old kubelet runs', async () => {
  const { host } = shared;
  expect(await apply([isShared])).toMatchObject({ exitCode: 0 });
  const [files, before, starts] = [host.files(), await state(), (await host.starts()).length];
  const failing = isPinned(98, { minReadySeconds: 2, timeoutSeconds: 20 });
  expect(await apply([failing])).toMatchObject({
    exitCode: 4,
    stdout: expect.stringMatching(/^error\[Undone\]: the change was undone: /),
  });
  expect(host.files()).toEqual(files);
  expect(await state()).toBe(before);
  expect(await isUp()).toBe(true);
  expect(isAside()).toBe(false);
  expect((await host.starts()).length - starts).toBeLessThanOrEqual(2);
});

test('--no-restart is refused, and nothing is touched', async () => {
  const { host } = shared;
  expect(await apply([isShared])).toMatchObject({ exitCode: 0 });
  const stamps = host.stamps();
  const refused = await apply([isPinned(2)], '--no-restart');
  expect(refused).toMatchObject({
    exitCode: 6,
    stderr: expect.stringContaining(`will not start with these settings while ${stateFile}`),
  });
  expect(host.stamps()).toEqual(stamps);
});

describe.each(['write ', 'stop ', 'move ', 'restart ', 'prove '])('killed right after the first "%s"', (when) => {
  const slow = isPinned(3, { minReadySeconds: 60, timeoutSeconds: 100 });

  async function killed(): Promise<string> {
    expect(await apply([isShared])).toMatchObject({ exitCode: 0 });
    const before = await state();
    const { host } = shared;
    const program: RunningProgram = built.start(['apply', '--root', host.root, '-f', ...shared.write([slow])]);
    await expect.poll(program.said, { interval: 1 }).toContain(when);
    program.child.kill('SIGKILL');
    await program.ended;
    return before;
  }

  test('the switch acts: the old state, and the old kubelet', async () => {
    const { host } = shared;
    const before = await killed();
    await host.shell(`systemctl start ${undo}`);
    expect(isOpen()).toBe(false);
    await expect.poll(isUp).toBe(true);
    expect(await state()).toBe(before);
    expect(isAside()).toBe(false);
    expect((await host.process('/usr/bin/kubelet')).words).toContain('--v=2');
    expect(await host.unit()).toMatchObject({ restarts: 0 });
  });

  test('and without power: it boots with the old state and the old kubelet', async () => {
    const { host } = shared;
    const before = await killed();
    await host.guest.reboot();
    expect(isOpen()).toBe(false);
    await expect.poll(isUp).toBe(true);
    expect(await state()).toBe(before);
    expect(isAside()).toBe(false);
    expect(await host.starts()).toHaveLength(1);
    expect(await host.unit()).toMatchObject({ restarts: 0 });
  });
});
