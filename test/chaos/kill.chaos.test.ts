/**
 * The built program is killed at the n-th system call that changes anything, for every n: calls on files, and what is sent to systemd. Then the
 * agent is started again, or the dead-man's switch acts without it, or the machine loses its power. Each time the host is at the old revision or
 * at the new one as a whole, and the kubelet that runs was started with it. Needs strace; takes many minutes.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeletConfig } from '../../src/api/types.ts';
import { type BuiltProgram, buildProgram } from '../built-program.ts';
import { hostKubelet, sharedHost } from '../cli/shared-host.ts';
import { configurationFile, unitFile } from '../kubelet-host.ts';

const shared = sharedHost();
let built: BuiltProgram;
beforeAll(() => {
  built = buildProgram();
});
afterAll(() => built?.remove());

/** With one thread for all of Node's work on files, the n-th call is the same from run to run as far as it can be. */
const environment = { ...process.env, UV_THREADPOOL_SIZE: '1' };
const calls = 'rename,unlink,unlinkat,rmdir,mkdir,symlink,fsync,fchmod,fchown,write,pwrite64,sendmsg';

const old = hostKubelet({ flags: { v: 2 }, configuration: { maxPods: 64 } });
const changed = hostKubelet(
  { flags: { v: 3 } },
  { files: [{ path: '/opt/bin/hook/run', mode: '0755', content: '#!/bin/sh\n' }] },
);

const words = (object: KubeletConfig) => ['apply', '--root', shared.host.root, '-f', ...shared.write([object])];
const apply = async (object: KubeletConfig) => {
  const program = built.start(words(object));
  return { code: await program.ended, said: program.said() };
};

/** @returns whether it came to its end before the n-th call */
async function killedAt(point: number, object: KubeletConfig): Promise<boolean> {
  const child = spawn(
    'strace',
    [
      ...['-f', '--quiet=all', '-o', '/dev/null', '-e', `trace=${calls}`],
      ...['-e', `inject=${calls}:signal=KILL:when=${point}`, process.execPath, built.path, ...words(object)],
    ],
    { env: environment, stdio: 'ignore' },
  );
  const [code] = await once(child, 'close');
  return code === 0;
}

const running = async () => (await shared.host.process('/usr/bin/kubelet')).words.join(' ');

/** Everything at once; a mixture is neither. */
async function revision(): Promise<'old' | 'new'> {
  const files = shared.host.files();
  const isNew = files[unitFile]?.includes('--v=3') ?? false;
  expect(Object.keys(files).filter((path) => /kubelet-config-[0-9a-f]{12}$/.test(path))).toEqual([]);
  expect({ configuration: configurationFile in files, hook: '/opt/bin/hook/run' in files }).toEqual({
    configuration: !isNew,
    hook: isNew,
  });
  expect(await running()).toBe(isNew ? '--v=3' : `--config=${configurationFile} --v=2`);
  expect(await shared.host.unit()).toMatchObject({ active: 'active', enabled: 'enabled', restarts: 0 });
  for (const name of ['armed', 'undoing']) expect(existsSync(shared.host.at(`/var/lib/kubelet-config/${name}`))).toBe(false);
  return isNew ? 'new' : 'old';
}

const recoveries = {
  'the agent is started again, with the old object': async () => {
    expect(await apply(old)).toMatchObject({ code: 0 });
    expect(await revision()).toBe('old');
  },
  'the switch acts without it': async () => {
    await shared.host.shell(
      'test ! -e /etc/systemd/system/kubelet-config-undo.service || systemctl start kubelet-config-undo.service',
    );
    await revision();
  },
  'the machine loses its power': async () => {
    await shared.host.guest.reboot();
    await revision();
  },
};

describe.each(Object.entries(recoveries))('killed at the n-th call, then %s', (_name, recover) => {
  test('for every n', { timeout: 3_600_000 }, async () => {
    const { host } = shared;
    const failures: string[] = [];
    let points = 0;
    let restarts = 0;
    for (let isWhole = false; !isWhole; ) {
      points += 1;
      await host.reset();
      expect(await apply(old)).toMatchObject({ code: 0 });
      const before = (await host.starts()).length;
      isWhole = await killedAt(points, changed);
      try {
        if (!isWhole) await recover();
        // Of a machine that was rebooted the journal has this boot's starts only.
        restarts = Math.max(restarts, (await host.starts()).length - before);
        expect((await apply(changed)).code).toBe(0);
        expect(await revision()).toBe('new');
        const left = readdirSync(host.at('/var/lib/kubelet-config')).filter((name) => /^(armed|undoing|staging)$/.test(name));
        expect(left).toEqual([]);
      } catch (error) {
        failures.push(`${points}: ${error instanceof Error ? error.message : String(error)}`);
      }
      if (points % 25 === 0) process.stdout.write(`  ${points} points, ${failures.length} failed\n`);
    }
    process.stdout.write(`${points} points, at most ${restarts} restarts, ${failures.length} failed\n`);
    expect(failures).toEqual([]);
    expect(restarts).toBeLessThanOrEqual(3);
  });
});
