/**
 * The packages on machines that have nothing but a minimal Debian, no Node.js and no D-Bus: the commands of
 * docs/install.md, an update, a downgrade, a removal. None of them restarts a kubelet.
 */

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { names } from '../../../hack/release/architectures.ts';
import { buildDebian } from '../../../hack/release/debian.ts';
import { makeDocuments } from '../../../hack/release/documents.ts';
import { packageEntries } from '../../../hack/release/entries.ts';
import { buildRpm } from '../../../hack/release/rpm.ts';
import { version } from '../../../src/cli/version.ts';
import { commandsOf } from '../../docs/page.ts';
import { configurationFile, type KubeletHost, startKubeletHost } from '../../kubelet-host.ts';
import { buildRelease } from './built.ts';
import { makeDebianRoot } from './debian-root.ts';

const what = 'the tests of packages';
const debian = await makeDebianRoot(what);
const release = debian && (await buildRelease(what));
const architecture = process.arch === 'arm64' ? names.arm64 : names.x64;

const state = '/var/lib/kubelet-config';
const object = '/etc/kubelet-config.d/kubelet.yaml';
const agent = 'kubelet-config-agent';
/** Stands for the kubelet's own program, and is none that a person could start as Node.js. */
const standIn = '/opt/stand-in/answers';

/** As a person reads the page: the first four commands. */
const [aptInstall = '', addObject = '', start = '', showStatus = ''] = commandsOf('docs/install.md', 'On a machine');

describe.skipIf(release === undefined).each([
  {
    kind: 'a Debian package',
    file: `kubelet-config_${version}_${architecture.debian}.deb`,
    install: aptInstall,
    build: buildDebian,
    update: (path: string) => `apt-get install -y --allow-downgrades ${path}`,
    remove: 'apt-get remove -y kubelet-config',
  },
  {
    kind: 'an RPM package',
    file: `kubelet-config-${version}-1.${architecture.rpm}.rpm`,
    // What it requires has other names on Debian.
    install: 'rpm --install --nodeps ./kubelet-config-*.rpm',
    build: buildRpm,
    update: (path: string) => `rpm --upgrade --oldpackage --nodeps ${path}`,
    remove: 'rpm --erase kubelet-config',
  },
])('$kind', ({ file, install, build, update, remove }) => {
  let host: KubeletHost;
  let newer = '';
  const shell = (script: string) => host.shell(`cd /root; export DEBIAN_FRONTEND=noninteractive; ${script}`);
  const status = async () => JSON.parse(await shell('kubelet-config status -o json || true'));
  const invocation = async () => (await host.unit()).invocation;
  /** apt gives dpkg a terminal, whose lines end in two characters. */
  const removed = async () => (await shell(`${remove} 2>&1`)).replaceAll('\r', '');
  const agentProcess = async () => Number(await shell(`systemctl show ${agent} --property=MainPID --value`));

  beforeAll(async () => {
    host = await startKubeletHost({ tree: debian?.path ?? '', hostNetwork: false });
    // The stand-in for a kubelet, by a program that nobody would take for Node.js.
    mkdirSync(dirname(host.at(standIn)), { recursive: true });
    copyFileSync(process.execPath, host.at(standIn));
    host.put('/usr/bin/kubelet', readFileSync(host.at('/usr/bin/kubelet'), 'utf8').replaceAll(process.execPath, standIn), 0o755);
    copyFileSync(join(release?.out ?? '', file), host.at(`/root/${file}`));
    const entries = packageEntries(join(release?.out ?? '', `kubelet-config-linux-${process.arch}`), await makeDocuments('', 0));
    mkdirSync(host.at('/root/newer'));
    const path = build({ version: '0.2.0', architecture, entries, epoch: 1_795_860_000, compression: 3 }, host.at('/root/newer'));
    newer = `./newer/${basename(path)}`;
    if (file.endsWith('.rpm')) await shell('apt-get install -y -q --no-install-recommends rpm dbus');
  }, 600_000);
  afterAll(() => host?.guest.stop());

  test('four commands lead from nothing to a kubelet that runs as an object says', async () => {
    expect(await shell('type node nodejs npm 2>/dev/null || echo none')).toBe('none\n');
    await shell(install.replace('apt install', 'apt install -y'));
    expect(await shell(`systemctl is-enabled ${agent} kubelet-config-cluster-agent || true`)).toBe('disabled\ndisabled\n');
    await shell(addObject);
    // A kubelet that a person has installed has its directory.
    await shell('mkdir -p /etc/kubernetes/manifests');
    await shell(start);
    await expect.poll(async () => (await status()).objects).toMatchObject([{ name: 'this-machine' }]);
    await expect.poll(async () => existsSync(host.at(`${state}/armed`))).toBe(false);
    expect(readFileSync(host.at(configurationFile), 'utf8')).toContain('maxPods: 64');
    expect((await host.process('/usr/bin/kubelet')).words).toContain(`--config=${configurationFile}`);
    expect(await shell(showStatus)).toMatch(/^applied: .*from this-machine.*kubelet: kubelet.service is active.*agent: runs/s);
  });

  test('it brings a manual page, completions, licences, and the name by which kubectl finds it', async () => {
    const version = await shell('kubelet-config --version');
    expect(await shell('kubectl-kubelet_config --version')).toBe(version);
    expect(await shell('zcat /usr/share/man/man1/kubelet-config.1.gz | head -1')).toContain('.TH KUBELET-CONFIG 1');
    expect(await shell('. /usr/share/bash-completion/completions/kubelet-config; complete -p kubelet-config')).toContain(
      '_kubelet_config',
    );
    expect(await shell('grep -c "Node.js is licensed" /usr/share/doc/kubelet-config/THIRD_PARTY_LICENSES.txt')).toBe('1\n');
    expect(await shell('systemd-analyze verify /usr/lib/systemd/system/kubelet-config*.service 2>&1')).toBe('');
  });

  test.each([
    { to: 'a newer one', path: () => newer },
    { to: 'an older one', path: () => `./${file}` },
  ])('with $to, the agent is restarted and the kubelet is not', async ({ path }) => {
    const [before, earlier] = [await invocation(), await agentProcess()];
    await shell(`echo '# ours' >>/etc/default/kubelet-config; ${update(path())}`);
    await expect.poll(agentProcess).not.toBe(earlier);
    await expect.poll(agentProcess).toBeGreaterThan(0);
    await expect.poll(async () => (await status()).agent?.pid).toBe(await agentProcess());
    expect(await shell(`readlink /proc/${await agentProcess()}/exe`)).toBe('/usr/bin/kubelet-config\n');
    expect(await invocation()).toBe(before);
    expect(await shell('tail -1 /etc/default/kubelet-config')).toBe('# ours\n');
  });

  test('a removal says what stays, and restarts no kubelet', async () => {
    const [before, files] = [await invocation(), host.files()];
    const said = await removed();
    expect(said).toContain('the kubelet keeps what was applied, and is not restarted:\n');
    expect(said).toMatch(/ {2}applied: revision \w+ of kubelet.service, from this-machine/);
    expect(said).toContain(`  ${configurationFile}\n`);
    expect(said).toContain('run kubelet-config apply --withdraw');
    expect(await invocation()).toBe(before);
    expect((await host.unit()).active).toBe('active');
    const links = [`/etc/systemd/system/multi-user.target.wants/${agent}.service`];
    expect(Object.keys(host.files())).toEqual(Object.keys(files).filter((path) => !links.includes(path)));
    expect(existsSync(host.at(object))).toBe(true);
    expect(readdirSync(host.at(state)).length).toBeGreaterThan(0);
    expect(await shell(`systemctl is-active ${agent} || true`)).toMatch(/^inactive/);
  });

  test('installed again, it still knows what was there before', async () => {
    const before = await invocation();
    await shell(update(`./${file}`));
    expect(await invocation()).toBe(before);
    await shell('kubelet-config apply --withdraw');
    expect((await host.unit()).active).toBe('inactive');
    expect(existsSync(host.at(configurationFile))).toBe(false);
    const said = await removed();
    expect(said).not.toContain('the kubelet keeps');
    expect(said).toContain(`${state} stays`);
    expect(existsSync(host.at(object))).toBe(true);
  });
});

describe.skipIf(release === undefined)('a release', () => {
  test('has the same bytes twice', async () => {
    const again = await buildRelease(what);
    try {
      expect(again?.sums).toBe(release?.sums);
    } finally {
      again?.remove();
    }
  }, 600_000);

  afterAll(() => {
    release?.remove();
    debian?.remove();
  });
});
