/**
 * The machine's clock jumps in the middle of a change: nothing depends on it. It is the clock of this machine, which all throwaway ones share: only
 * with KUBELET_CONFIG_MAY_SET_CLOCK=1, and put right at the end.
 */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { type BuiltProgram, buildProgram, type RunningProgram } from '../built-program.ts';
import { chaosHost, ofHost } from './host.ts';

const shared = chaosHost();
const { old, changed } = ofHost;
/** Longer than anything waits here. */
const tenMinutes = 600_000;
const jumps = [
  ['ahead', tenMinutes],
  ['back', -tenMinutes],
] as const;

const begun = { clock: Date.now(), monotonic: performance.now() };
/** What the clock would say had nobody touched it, in milliseconds. */
const right = () => begun.clock + performance.now() - begun.monotonic;
const setClock = (milliseconds: number) => execFileSync('date', ['--set', `@${(milliseconds / 1000).toFixed(3)}`]);

const isOpen = () => ['armed', 'undoing'].some((name) => existsSync(shared.host.at(`/var/lib/kubelet-config/${name}`)));
const slow = (health: object) => ({ ...changed, spec: { ...changed.spec, health } });

describe.runIf(process.env['KUBELET_CONFIG_MAY_SET_CLOCK'] === '1').each(jumps)('ten minutes %s', (_where, jump) => {
  let built: BuiltProgram;
  let program: RunningProgram;

  async function jumpedInTheProof(health: object, kill: boolean): Promise<void> {
    built = buildProgram();
    expect(await shared.run(old)).toMatchObject({ code: 0 });
    program = built.start(['apply', '--root', shared.host.root, '-f', ...shared.write([slow(health)])]);
    await expect.poll(program.said, { timeout: 20_000, interval: 5 }).toContain('prove ');
    if (kill) program.child.kill('SIGKILL');
    if (kill) await program.ended;
    setClock(right() + jump);
  }

  afterEach(async () => {
    setClock(right());
    await built?.remove();
  });

  test("the dead-man's switch acts when its time is over, neither before nor after", { timeout: 180_000 }, async () => {
    await jumpedInTheProof({ minReadySeconds: 9, timeoutSeconds: 10 }, true);
    const since = performance.now();
    await expect.poll(isOpen, { timeout: 120_000, interval: 200 }).toBe(false);
    const seconds = (performance.now() - since) / 1000;
    console.log(`acted ${seconds.toFixed(0)} s after the jump, of 40 s in all`);
    expect(seconds).toBeGreaterThan(20);
    expect(seconds).toBeLessThan(60);
    expect(await shared.revision(ofHost)).toBe('old');
  });

  test('a proof takes as long as it is to take', { timeout: 180_000 }, async () => {
    await jumpedInTheProof({ minReadySeconds: 10, timeoutSeconds: 60 }, false);
    const since = performance.now();
    expect(await program.ended).toBe(0);
    const seconds = (performance.now() - since) / 1000;
    console.log(`committed ${seconds.toFixed(0)} s after the jump`);
    expect(seconds).toBeGreaterThan(5);
    expect(seconds).toBeLessThan(30);
    expect(await shared.revision(ofHost)).toBe('new');
  });

  test('killed, the machine boots with the old kubelet', { timeout: 180_000 }, async () => {
    await jumpedInTheProof({ minReadySeconds: 60, timeoutSeconds: 100 }, true);
    await shared.host.guest.reboot();
    expect(await shared.revision(ofHost)).toBe('old');
  });
});
