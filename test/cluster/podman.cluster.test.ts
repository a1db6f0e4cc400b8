/** A real kubelet in an image, run by the real Podman: started, changed, a bad change undone, and gone. */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonMap } from '../../src/api/json.ts';
import { kubeletConfig } from '../builders.ts';
import { run } from '../cli/in-process.ts';
import type { Guest } from '../guest.ts';
import { image, isMissing, preparePodman } from '../podman-machine.ts';
import { assetsInGuest, fieldsOfMachine, kubelet, missing, shellIn, startKubeletMachine } from './kubelet-machine.ts';

const patience = { timeout: 90_000, interval: 300 };

describe.skipIf(missing.length > 0 || isMissing)('a real kubelet in the real Podman', () => {
  const version = () => execFileSync(kubelet, ['--version'], { encoding: 'utf8' }).replace('Kubernetes ', '').trim();
  let guest: Guest;
  beforeAll(async () => {
    guest = await startKubeletMachine();
    await preparePodman({ root: guest.root, shell }, version(), join(assetsInGuest, 'kubelet'));
  });
  afterAll(() => guest?.stop());

  const shell = (script: string) => shellIn(guest, script);
  const apply = (more: JsonMap) => {
    const configuration = {
      ...fieldsOfMachine,
      authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
      authorization: { mode: 'AlwaysAllow' },
      ...more,
    };
    const object = kubeletConfig('in-podman', {
      kubelet: { image, version: version(), flags: { 'hostname-override': 'machine' }, configuration },
      launcher: { podman: {} },
      health: { minReadySeconds: 3, timeoutSeconds: 60 },
    });
    return run(['apply', `--root=${guest.root}`, '-f', '-'], { stdin: JSON.stringify(object) });
  };
  const maxPods = async () => {
    const text = await shell('curl -sk https://127.0.0.1:10250/configz || true');
    return text.startsWith('{') ? JSON.parse(text).kubeletconfig.maxPods : undefined;
  };

  test('is started, changed, undone with its last words, and gone when it is withdrawn', async () => {
    expect(await apply({ maxPods: 64 })).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('committed') });
    await expect.poll(maxPods, patience).toBe(64);
    expect(await apply({ maxPods: 32 })).toMatchObject({ exitCode: 0 });
    await expect.poll(maxPods, patience).toBe(32);

    const bad = await apply({ maxPods: 32, containerRuntimeEndpoint: 'unix:///run/nowhere.sock' });
    expect(bad.exitCode, bad.stderr).toBe(4);
    expect(bad.stderr).toMatch(/its last log lines: .*"command failed" err="failed to run Kubelet.*nowhere\.sock/);
    await expect.poll(maxPods, patience).toBe(32);

    expect(await run(['apply', '--withdraw', `--root=${guest.root}`])).toMatchObject({ exitCode: 0 });
    expect(await shell('podman ps --all --quiet; pgrep --exact kubelet || true')).toBe('');
  }, 300_000);
});
