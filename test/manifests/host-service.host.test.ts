/** The agent with no more rights than its service, and its pod, have: on a machine with a real systemd. */

import { chmodSync, cpSync, symlinkSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { kubeletConfig } from '../builders.ts';
import { type KubeletHost, startKubeletHost } from '../kubelet-host.ts';
import { containerOf, textOf, theOne } from './documents.ts';

let host: KubeletHost;
beforeAll(async () => {
  host = await startKubeletHost();
  cpSync('dist', host.at('/usr/local/lib/kubelet-config/dist'), { recursive: true });
  cpSync('package.json', host.at('/usr/local/lib/kubelet-config/package.json'));
  chmodSync(host.at('/usr/local/lib/kubelet-config/dist/kubelet-config.js'), 0o755);
  symlinkSync('../lib/kubelet-config/dist/kubelet-config.js', host.at('/usr/local/bin/kubelet-config'));
});
afterAll(async () => {
  await host?.guest.stop();
});

const extra = '/etc/kubernetes/extra.conf';
/** Of somebody else, closed to others, and with a bit that a change of owner takes away. */
const original = { content: 'theirs\n', owner: '1000:1000', mode: '2750' };

beforeEach(async () => {
  await host.reset();
  host.put(extra, original.content);
  await host.shell(`chown -R ${original.owner} /etc/kubernetes && chmod 0700 /etc/kubernetes && chmod ${original.mode} ${extra}`);
});

const spec = { launcher: { host: {} }, health: { minReadySeconds: 0 } };
const file = { path: extra, mode: '0644', content: 'ours\n' };
const save = (role: string, name = 'workers') =>
  host.put(
    '/etc/kubelet-config.d/workers.yaml',
    JSON.stringify(kubeletConfig(name, { ...spec, nodeSelector: { matchLabels: { role } }, files: [file] })),
  );
const found = async () => {
  const [owner, mode] = (await host.shell(`stat -c '%u:%g %a' ${extra}`)).trim().split(' ');
  return { content: await host.shell(`cat ${extra}`), owner, mode };
};
const words = ['agent', '--approve=self', '--label', 'role=worker'];

/** Puts the service there with its labels where docs/one-machine.md says, and starts it. */
async function startService(): Promise<string> {
  host.put('/etc/systemd/system/kubelet-config-agent.service', textOf('manifests/services/kubelet-config-agent.service'));
  host.put('/etc/default/kubelet-config', 'KUBELET_CONFIG_AGENT_OPTIONS="--label role=worker"\n');
  expect(await host.shell('systemd-analyze verify /etc/systemd/system/kubelet-config-agent.service 2>&1')).toBe('');
  await host.shell('systemctl daemon-reload && systemctl start kubelet-config-agent');
  return 'kubelet-config-agent';
}

/** As the DaemonSet's pod: the host's root mounted at /host, a root of its own that it cannot write, and four capabilities. */
async function startLikePod(): Promise<string> {
  const { capabilities } = containerOf(theOne('DaemonSet', 'agent')).securityContext;
  const set = (capabilities.add ?? []).map((name) => `CAP_${name}`).join(' ');
  const limits = ['ProtectSystem=strict', 'BindPaths=/:/host:rbind', `CapabilityBoundingSet=${set}`, 'NoNewPrivileges=yes'];
  const properties = limits.map((limit) => `--property='${limit}'`).join(' ');
  await host.shell(
    `mkdir -p /host && systemd-run --unit=like-pod --collect ${properties} /usr/local/bin/kubelet-config ${words.join(' ')} --root=/host`,
  );
  return 'like-pod';
}

/** Whatever namespaces they live in, a second program sees the lock, and its remedy shows whose it is. */
async function expectSeenFrom(namespaces: readonly string[], shown: string, command: string): Promise<void> {
  const second = await host.guest.run([...namespaces, '/usr/local/bin/kubelet-config', 'apply', '-f', '/etc/kubelet-config.d']);
  expect(second).toMatchObject({ exitCode: 6, stderr: expect.stringContaining('another kubelet-config is changing the host') });
  const [, remedy = ''] = /`(.+)`/.exec(second.stderr) ?? [];
  expect(remedy).toContain(command);
  expect(await host.shell(remedy)).toContain(shown);
}

test.each([
  { name: 'the service', begin: startService },
  { name: 'the pod', begin: startLikePod },
])("$name brings a kubelet up, and gives back what was somebody else's", async ({ begin }) => {
  save('worker');
  const unit = await begin();
  try {
    await expect.poll(found).toEqual({ content: 'ours\n', owner: '0:0', mode: '644' });
    await expect.poll(async () => (await host.unit()).active).toBe('active');
    await expectSeenFrom([], unit, 'systemctl status');
    await expectSeenFrom(['unshare', '--fork', '--pid', '--mount-proc'], 'users:((', 'ss -xlp');
    // The object is gone; labels that select nothing would withdraw nothing.
    save('nothing', 'others');
    await expect.poll(found).toEqual(original);
  } finally {
    await host.shell(`systemctl stop ${unit}`);
  }
});
