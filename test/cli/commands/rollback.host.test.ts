/** Going back, and trying again, on a real systemd: alone, beside an agent, and killed in the middle. */

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type BuiltProgram, buildProgram } from '../../built-program.ts';
import { unitFile } from '../../kubelet-host.ts';
import { type Running, run, start } from '../in-process.ts';
import { hostKubelet, sharedHost } from '../shared-host.ts';

const shared = sharedHost();
const { apply } = shared;

let built: BuiltProgram;
let agent: Running | undefined;
beforeAll(() => {
  built = buildProgram();
});
afterAll(() => built?.remove());
afterEach(async () => {
  agent?.stop();
  await agent?.ended;
  agent = undefined;
});

const at = (v: number, health: object = { minReadySeconds: 0, timeoutSeconds: 10 }) => hostKubelet({ flags: { v } }, { health });
const words = async () => (await shared.host.process('/usr/bin/kubelet')).words;
const command = (name: string, ...more: string[]) => run([name, '--root', shared.host.root, ...more]);
const said = () => agent?.log.map(({ msg }) => String(msg)).join('\n') ?? '';

function place(v: number): void {
  mkdirSync(shared.host.at('/etc/kubelet-config.d'), { recursive: true });
  writeFileSync(shared.host.at('/etc/kubelet-config.d/.new'), JSON.stringify(at(v)));
  renameSync(shared.host.at('/etc/kubelet-config.d/.new'), shared.host.at('/etc/kubelet-config.d/workers.yaml'));
}

function startAgent(): void {
  agent = start(['agent', '--approve=self', '--root', shared.host.root, '--label', 'role=worker']);
}

test('one restart, and the kubelet runs as before', async () => {
  const { host } = shared;
  await apply([at(2)]);
  await apply([at(3)]);
  const starts = (await host.starts()).length;
  expect(await command('rollback')).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('prove    kubelet.service stays up and is healthy'),
  });
  expect(await words()).toEqual(['--v=2']);
  expect((await host.starts()).length - starts).toBe(1);
});

test('to a revision that does not come up any more: the kubelet of now is back, and nothing is wished for', async () => {
  const { host } = shared;
  await apply([at(2)]);
  await apply([at(3)]);
  const files = host.files();
  await host.shell("sed -i 's/97: /2: /' /usr/lib/healthz.cjs");
  // It is given the time that it had then.
  const ended = command('rollback');
  await expect.poll(words).toEqual(['--v=2']);
  expect(await ended).toMatchObject({ exitCode: 4 });
  expect(host.files()).toEqual(files);
  expect(await words()).toEqual(['--v=3']);
  expect((await command('status')).stdout).not.toContain('went back');
});

test('killed in the middle: the switch brings back what was there, and a second one goes through', async () => {
  const { host } = shared;
  await apply([at(2)]);
  await apply([at(3)]);
  const files = host.files();
  const program = built.start(['rollback', '--root', host.root]);
  await expect.poll(program.said, { interval: 1 }).toContain('write ');
  program.child.kill('SIGKILL');
  await program.ended;
  await host.shell('systemctl start kubelet-config-undo.service');
  expect(existsSync(host.at('/var/lib/kubelet-config/armed'))).toBe(false);
  expect(host.files()).toEqual(files);
  expect(await words()).toEqual(['--v=3']);
  expect(await command('rollback')).toMatchObject({ exitCode: 0 });
  expect(await words()).toEqual(['--v=2']);
});

// Seven changes, each with its proof: more than a busy machine makes in the time of one test.
test('twice, and an agent that is started afterwards stays at the oldest', { timeout: 600_000 }, async () => {
  const { host } = shared;
  for (const v of [61, 62, 63]) await apply([at(v)]);
  place(63);
  for (const v of [62, 61]) {
    expect(await command('rollback')).toMatchObject({ exitCode: 0 });
    expect(await words()).toEqual([`--v=${v}`]);
  }
  const starts = (await host.starts()).length;
  startAgent();
  await expect.poll(() => JSON.stringify(agent?.log)).toContain('RolledBack');
  // A way back that is undone leaves the one before in force.
  await host.shell("sed -i 's/97: /62: /' /usr/lib/healthz.cjs");
  expect(await command('rollback', '--to', await revisionOf(62))).toMatchObject({ exitCode: 0 });
  await expect.poll(said).toContain('the change was undone');
  await expect.poll(async () => (await command('status')).stdout).toContain('a person went back to');
  expect(await words()).toEqual(['--v=61']);
  expect((await host.starts()).length - starts).toBe(2);
});

/** In the history, by its flags. */
async function revisionOf(v: number): Promise<string> {
  const { stdout } = await command('history', '-o', 'json');
  const applied = JSON.parse(stdout).applied as { sequence: number; revision: string }[];
  const committed = (sequence: number) =>
    `/var/lib/kubelet-config/committed/${String(sequence).padStart(6, '0')}/files${unitFile}`;
  const found = applied.find(({ sequence }) => readFileSync(shared.host.at(committed(sequence)), 'utf8').includes(`--v=${v}`));
  return found?.revision ?? 'none';
}

describe('beside an agent', () => {
  test('the agent goes back, stays there, and goes forward when the objects change', async () => {
    const { host } = shared;
    place(2);
    startAgent();
    await expect.poll(said).toContain('committed');
    place(3);
    await expect.poll(words).toEqual(['--v=3']);
    const starts = (await host.starts()).length;
    await expect.poll(async () => (await command('rollback')).exitCode).toBe(0);
    await expect.poll(words).toEqual(['--v=2']);
    await expect.poll(said).toContain('nothing was changed');
    expect((await host.starts()).length - starts).toBe(1);
    place(4);
    await expect.poll(words).toEqual(['--v=4']);
  });

  test('what failed is tried again when a person says so', async () => {
    const { host } = shared;
    place(2);
    startAgent();
    await expect.poll(said).toContain('committed');
    place(97);
    await expect.poll(said).toContain('undone: ');
    await expect.poll(words).toEqual(['--v=2']);
    // What was wrong is put right on the host, which the agent cannot know.
    await host.shell("sed -i 's/97: /1: /' /usr/lib/healthz.cjs");
    expect((await command('retry')).stdout).toContain('asked the agent of this host to try it again');
    await expect.poll(() => host.files()[unitFile]).toContain('--v=97');
    await expect.poll(words).toEqual(['--v=97']);
  });
});
