/** The built program, killed in the middle of a change: the next one makes the host whole again. */

import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeletConfig } from '../../src/api/types.ts';
import { type BuiltProgram, buildProgram, type RunningProgram } from '../built-program.ts';
import { configurationFile } from '../kubelet-host.ts';
import { elsewhere, hostKubelet, sharedHost } from './shared-host.ts';

const shared = sharedHost();
const open = '/var/lib/kubelet-config/armed';

let built: BuiltProgram;
beforeAll(() => {
  built = buildProgram();
});
afterAll(() => built?.remove());

function apply(objects: readonly KubeletConfig[]): RunningProgram {
  return built.start(['apply', '--root', shared.host.root, '-f', ...shared.write(objects)]);
}

async function killed(objects: readonly KubeletConfig[], when: string): Promise<void> {
  const { child, said, ended } = apply(objects);
  await expect.poll(said).toContain(when);
  child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
}

const slowProof = { minReadySeconds: 60 };
const old = hostKubelet({ flags: { v: 2 }, configuration: { maxPods: 64 } });
const slow = hostKubelet({ flags: { v: 3 } }, { health: slowProof });
const quick = hostKubelet({ flags: { v: 3 } });

describe('killed during the proof of a change', () => {
  test('the same change again is taken, and needs no more than three restarts in all', async () => {
    const { host } = shared;
    expect(await apply([old]).ended).toBe(0);
    const before = (await host.starts()).length;
    await killed([slow], 'prove ');
    expect(existsSync(host.at(open))).toBe(true);

    const again = apply([quick]);
    expect(await again.ended).toBe(0);
    expect(again.said()).toMatch(/interrupted: kubelet-config ended in the middle of the change\n {2}undoing.*committed: /s);
    expect((await host.process('/usr/bin/kubelet')).words).toEqual(['--v=3']);
    expect(Object.keys(host.files())).not.toContain(configurationFile);
    expect(existsSync(host.at(open))).toBe(false);
    expect((await host.starts()).length - before).toBeLessThanOrEqual(3);
  });

  test('the old objects again bring back the old kubelet', async () => {
    const { host } = shared;
    expect(await apply([old]).ended).toBe(0);
    const files = host.files();
    await killed([slow], 'prove ');
    expect(host.files()).not.toEqual(files);

    const again = apply([old]);
    expect(await again.ended).toBe(0);
    expect(again.said()).toMatch(/undoing.*unchanged: revision/s);
    expect(host.files()).toEqual(files);
    expect(await host.unit()).toMatchObject({ active: 'active', enabled: 'enabled', restarts: 0 });
    expect((await host.process('/usr/bin/kubelet')).words).toEqual([`--config=${configurationFile}`, '--v=2']);
  });

  test('of the first of all: withdrawn, it leaves nothing behind', async () => {
    const { host } = shared;
    const files = host.files();
    await killed([slow], 'prove ');
    expect(await host.unit()).toMatchObject({ active: 'active' });

    expect(await apply([elsewhere]).ended).toBe(0);
    expect(host.files()).toEqual(files);
    expect(await host.unit()).toMatchObject({ active: 'inactive', enabled: '' });
  });
});

test.each(['write ', 'reload '])('killed right after the first "%s", the next one converges', async (when) => {
  const { host } = shared;
  expect(await apply([old]).ended).toBe(0);
  await killed([slow], when);
  expect(await apply([quick]).ended).toBe(0);
  expect((await host.process('/usr/bin/kubelet')).words).toEqual(['--v=3']);
  expect(existsSync(host.at(open))).toBe(false);
});

test('an agent that was killed leaves no lock; one that is told to stop ends at once and well', async () => {
  const { host } = shared;
  host.put('/etc/kubelet-config.d/workers.yaml', JSON.stringify(old));
  const words = ['agent', '--approve=self', '--root', host.root];
  const first = built.start(words);
  await expect.poll(first.said).toContain('committed: ');
  first.child.kill('SIGKILL');
  await first.ended;

  const second = built.start(words);
  await expect.poll(second.said).toContain('watching');
  host.put('/etc/kubelet-config.d/workers.yaml', JSON.stringify(quick));
  await expect.poll(second.said).toContain('committed: ');
  second.child.kill('SIGTERM');
  expect(await second.ended).toBe(0);
  expect(second.said()).toContain('"msg":"stopped"');
});
