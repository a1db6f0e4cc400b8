/**
 * The archive on a machine that has no Node.js and whose `/usr` cannot be written, as CoreOS and Flatcar are:
 * adopted by a directory of objects, changed, a bad change undone, a power cut, updated, withdrawn, and removed.
 */

import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeletConfig } from '../../../src/api/types.ts';
import { version } from '../../../src/cli/version.ts';
import { hostKubelet } from '../../cli/shared-host.ts';
import { commandsOf } from '../../docs/page.ts';
import { configurationFile, type KubeletHost, startKubeletHost, unitFile } from '../../kubelet-host.ts';
import { buildRelease } from './built.ts';

const release = await buildRelease('the tests of the archive');

const program = '/opt/kubelet-config/bin/kubelet-config';
const agent = 'kubelet-config-agent.service';
const services = `${agent} kubelet-config-cluster-agent.service`;
const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const archive = `kubelet-config-${version}-linux-${architecture}.tar.gz`;
/** What docs/install.md says, on a machine of this architecture. */
const commands = commandsOf('docs/install.md', 'On Flatcar and CoreOS').map((line) => line.replaceAll('amd64', architecture));
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

const kubelet = (verbosity: number, health: object = {}): KubeletConfig =>
  hostKubelet({ flags: { v: verbosity }, configuration: { maxPods: 64 } }, { health: { minReadySeconds: 1, ...health } });

describe.skipIf(release === undefined)('on a machine without Node.js', () => {
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
    host.put('/etc/systemd/system/read-only-usr.service', readOnly);
    mkdirSync(host.at('/etc/systemd/system/sysinit.target.wants'), { recursive: true });
    await host.shell(`${withoutNode}
      ln -s ../read-only-usr.service /etc/systemd/system/sysinit.target.wants/
      systemctl daemon-reload
      systemctl start read-only-usr`);
    mkdirSync(host.at('/root/here'), { recursive: true });
    copyFileSync(join(release?.out ?? '', archive), host.at(`/root/here/${archive}`));
  });
  afterAll(async () => {
    await host?.guest.stop();
    release?.remove();
  });

  test('nothing of the machine could start it otherwise', async () => {
    expect(await host.shell('type node nodejs npm 2>/dev/null || echo none')).toBe('none\n');
    expect(await host.shell('touch /usr/here 2>/dev/null || echo no')).toBe('no\n');
  });

  test('the commands of docs/install.md install it, and nothing starts by itself', async () => {
    const [unpack = '', install = '', start = ''] = commands;
    const said = await host.shell(`cd /root/here; ${unpack}; ${install}; systemctl is-enabled ${services} || true`);
    expect(said).toMatch(/^kubelet-config is installed: .*disabled\ndisabled\n$/s);
    host.put('/etc/default/kubelet-config', 'KUBELET_CONFIG_AGENT_OPTIONS="--label role=worker"\n');
    await host.shell(start);
    expect(await host.shell('/opt/bin/kubelet-config status')).toContain('nothing is applied');
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

  test('an update restarts the agent, and not the kubelet', async () => {
    const agentProcess = async () => Number(await host.shell(`systemctl show ${agent} --property=MainPID --value`));
    const [before, earlier] = [(await host.unit()).invocation, await agentProcess()];
    await host.shell(`cd /root/here; ${commands[1]}`);
    expect(await agentProcess()).not.toBe(earlier);
    expect((await host.unit()).invocation).toBe(before);
    expect(await host.shell('cat /etc/default/kubelet-config')).toContain('role=worker');
  });

  test('a withdrawal leaves nothing of ours', async () => {
    writeFileSync(host.at(source), '# no object any more\n');
    await expect.poll(() => Object.keys(host.files()).filter((path) => [unitFile, configurationFile].includes(path))).toEqual([]);
  });

  test('a removal takes the program and its services, and leaves objects and records', async () => {
    const said = await host.shell(`cd /root/here; kubelet-config-*/install.sh --uninstall`);
    expect(said).toContain('/var/lib/kubelet-config stays');
    expect(await host.shell(`ls -d /opt/kubelet-config /opt/bin/kubelet-config 2>/dev/null || echo none`)).toBe('none\n');
    expect(Object.keys(host.files()).filter((path) => path.includes('agent'))).toEqual([]);
    expect(existsSync(host.at(source))).toBe(true);
  });
});
