/**
 * The one file on a machine that has no Node.js and whose `/usr` cannot be written, as CoreOS and Flatcar are:
 * adopted by a directory of objects, changed, a bad change undone, a power cut, and left.
 */

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeletConfig } from '../../src/api/types.ts';
import { hostKubelet } from '../cli/shared-host.ts';
import { configurationFile, type KubeletHost, startKubeletHost, unitFile } from '../kubelet-host.ts';

const place = mkdtempSync(join(tmpdir(), 'kubelet-config-test-'));
const executable = build();

/** Undefined, and said, where the runtime cannot be had. */
function build(): string | undefined {
  try {
    const words = ['run', '--silent', 'build:executable', '--', '--arch', process.arch, '--out', place];
    execFileSync('npm', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    return join(place, `kubelet-config-linux-${process.arch}`);
  } catch (error) {
    const { status, stderr } = error as { status: number | null; stderr: string };
    if (status !== 2) throw error;
    process.stderr.write(`\nNOT RUN: the tests of the executable: ${stderr.trim().split('\n').at(-1)}\n`);
    return undefined;
  }
}

const program = '/opt/kubelet-config/kubelet-config';
const agent = 'kubelet-config-agent.service';
/** Stands for the kubelet's own program, and is none that a person could start as Node.js. */
const standIn = '/opt/stand-in/answers';

const withoutNode = `
mkdir -p /opt/stand-in
cp '${process.execPath}' ${standIn}
sed -i 's|${process.execPath}|${standIn}|' /usr/bin/kubelet
for name in node nodejs npm npx; do type -aP $name | xargs --no-run-if-empty rm -f; done
rm -f '${process.execPath}'`;

/** At each boot, before anything of ours. */
const readOnly = `[Unit]
DefaultDependencies=no
Before=sysinit.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/mount --bind /usr /usr
ExecStart=/bin/mount -o remount,bind,ro /usr
`;

const dropIn = `[Service]
ExecStart=
ExecStart=${program} agent --approve=self --label role=worker
`;

const kubelet = (verbosity: number, health: object = {}): KubeletConfig =>
  hostKubelet({ flags: { v: verbosity }, configuration: { maxPods: 64 } }, { health: { minReadySeconds: 1, ...health } });

describe.skipIf(executable === undefined)('on a machine without Node.js', () => {
  let host: KubeletHost;
  const source = '/etc/kubelet-config.d/workers.yaml';
  const give = (object: KubeletConfig) => host.put(source, JSON.stringify(object));
  const verbosity = async () => (await host.process('/usr/bin/kubelet')).words.at(-1);
  /** The kubelet runs with it, and the change is over. */
  const committed = async (flag: string) => {
    await expect.poll(verbosity).toBe(flag);
    await expect.poll(() => existsSync(host.at('/var/lib/kubelet-config/armed'))).toBe(false);
    expect(await verbosity()).toBe(flag);
  };
  const status = async () => JSON.parse(await host.shell(`${program} status -o json || true`));

  beforeAll(async () => {
    host = await startKubeletHost({ hostNetwork: false });
    mkdirSync(host.at(dirname(program)), { recursive: true });
    copyFileSync(executable ?? '', host.at(program));
    host.put('/etc/systemd/system/read-only-usr.service', readOnly);
    host.put(`/etc/systemd/system/${agent}`, readFileSync(`manifests/services/${agent}`, 'utf8'));
    host.put(`/etc/systemd/system/${agent}.d/here.conf`, dropIn);
    mkdirSync(host.at('/etc/systemd/system/sysinit.target.wants'), { recursive: true });
    await host.shell(`${withoutNode}
      mkdir -p /etc/kubelet-config.d
      ln -s ../read-only-usr.service /etc/systemd/system/sysinit.target.wants/
      systemctl daemon-reload
      systemctl start read-only-usr
      systemctl enable --now ${agent}`);
  });
  afterAll(async () => {
    await host?.guest.stop();
    rmSync(place, { recursive: true, force: true });
  });

  test('nothing of the machine could start it otherwise', async () => {
    expect(await host.shell('type node nodejs npm 2>/dev/null || echo none')).toBe('none\n');
    expect(await host.shell('touch /usr/here 2>/dev/null || echo no')).toBe('no\n');
    expect(await host.shell(`NODE_OPTIONS=--require=/nowhere.cjs ${program} --version`)).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('an object that is put into the directory is applied', async () => {
    give(kubelet(2));
    await committed('--v=2');
    expect(readFileSync(host.at(configurationFile), 'utf8')).toContain('maxPods: 64');
  });

  test('a change restarts the kubelet', async () => {
    give(kubelet(3));
    await committed('--v=3');
  });

  test('a bad change is undone', async () => {
    const before = host.files();
    give(kubelet(98));
    await expect.poll(async () => JSON.stringify(await status())).toContain('exited with status 1');
    await committed('--v=3');
    expect(host.files()).toEqual(before);
  });

  test('a power cut in the proof leaves one side or the other, and the agent goes on', async () => {
    give(kubelet(4, { minReadySeconds: 60 }));
    await expect.poll(verbosity).toBe('--v=4');
    await host.guest.reboot();
    expect(['--v=3', '--v=4']).toContain(await verbosity());
    give(kubelet(5));
    await committed('--v=5');
  });

  test('a withdrawal leaves nothing of ours', async () => {
    writeFileSync(host.at(source), '# no object any more\n');
    await expect.poll(() => Object.keys(host.files()).filter((path) => [unitFile, configurationFile].includes(path))).toEqual([]);
  });
});
