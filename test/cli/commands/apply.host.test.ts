/** The examples on a machine with a real systemd: applied, edited, applied again as they are, withdrawn. */

import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { kubeletConfig } from '../../builders.ts';
import { eventually } from '../../eventually.ts';
import { bootLink, configurationFile, switchFiles, unit, unitFile, withoutReport, wrapperFile } from '../../kubelet-host.ts';
import { run, start } from '../in-process.ts';
import { hostKubelet, sharedHost } from '../shared-host.ts';

const shared = sharedHost();
const { apply, diff, withdraw } = shared;

const example = (name: string) => readFileSync(new URL(`../../../examples/${name}.yaml`, import.meta.url), 'utf8');
/** Beside the examples, which leave the proof as long as it is by default. */
const quickProof = kubeletConfig('quick-proof', { health: { minReadySeconds: 0 } });

const examples = [
  {
    name: 'coreos/plain',
    role: 'worker',
    program: '/usr/bin/rkt',
    edit: ['http://127.0.0.1:8080', 'http://127.0.0.1:8081'],
    before: ['--api-servers=http://127.0.0.1:8080', '--config=/etc/kubernetes/manifests'],
    after: ['--api-servers=http://127.0.0.1:8081', '--config=/etc/kubernetes/manifests'],
    written: [unitFile, wrapperFile],
  },
  {
    name: 'coreos/resolv',
    role: 'worker-with-resolv',
    program: '/usr/bin/rkt',
    edit: ['hostPath: /etc/resolv.conf', 'hostPath: /run/resolv.conf'],
    before: ['--volume', 'resolv,kind=host,source=/etc/resolv.conf', '--mount', 'volume=resolv,target=/etc/resolv.conf'],
    after: ['--volume', 'resolv,kind=host,source=/run/resolv.conf', '--mount', 'volume=resolv,target=/etc/resolv.conf'],
    written: [unitFile, wrapperFile],
  },
  {
    name: 'coreos/manual',
    role: 'worker-with-own-wrapper',
    program: '/usr/bin/rkt',
    edit: ['v1.2.2_coreos.0', 'v1.2.3_coreos.0'],
    before: ['docker://quay.io/coreos/hyperkube:v1.2.2_coreos.0', '--exec=/kubelet', '--'],
    after: ['docker://quay.io/coreos/hyperkube:v1.2.3_coreos.0', '--exec=/kubelet', '--'],
    written: [unitFile, wrapperFile],
  },
  {
    name: 'host/kubelet',
    role: 'host-worker',
    program: '/usr/bin/kubelet',
    edit: ['v: 2', 'v: 4'],
    before: ['--kubeconfig=/etc/kubernetes/kubelet.conf', '--v=2'],
    after: ['--kubeconfig=/etc/kubernetes/kubelet.conf', '--v=4'],
    written: [unitFile, configurationFile],
  },
] as const;

describe.each(examples)('examples/$name', ({ name, role, program, edit, before, after, written }) => {
  const text = example(name);
  // As `kubeadm join` leaves it: without the file that it names a kubelet does not start.
  beforeEach(() => shared.host.put('/etc/kubernetes/kubelet.conf', 'kind: Config\nclusters: []\n'));
  const applied = (content: string) => apply([content, quickProof], '--label', `role=${role}`);
  const words = async () => (await shared.host.process(program)).words.join('\n');

  test('is enabled and started; an edit restarts it once; what is no change does nothing', async () => {
    const { host } = shared;
    const found = Object.keys(host.files());
    expect(await applied(text)).toMatchObject({ exitCode: 0 });
    const first = await host.unit();
    expect(first).toMatchObject({ active: 'active', enabled: 'enabled', restarts: 0 });
    expect(Object.keys(host.files())).toEqual([...found, ...written, bootLink, ...switchFiles].sort());
    expect(host.files()[bootLink]).toBe(`link to ${unitFile}`);
    expect(await words()).toContain(before.join('\n'));

    const stamps = host.stamps();
    const loadedAt = await host.loadedAt();
    for (const same of [`# a remark\n${text}`, text, JSON.stringify(reversed(parse(text)))]) {
      expect(await applied(same)).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^unchanged: /) });
    }
    expect(await host.unit()).toEqual(first);
    expect(host.stamps()).toEqual(stamps);
    expect(await host.loadedAt()).toBe(loadedAt);

    const edited = await applied(text.replaceAll(edit[0], edit[1]));
    expect(edited).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^committed: /) });
    const second = await host.unit();
    expect(second).toMatchObject({ active: 'active', enabled: 'enabled', restarts: 0 });
    expect(second.invocation).not.toBe(first.invocation);
    expect((await host.starts()).slice(-2)).toEqual([first.invocation, second.invocation]);
    expect(await host.loadedAt()).not.toBe(loadedAt);
    expect(await words()).toContain(after.join('\n'));
  });

  test('leaves no trace when no object selects the node any more', async () => {
    const { host } = shared;
    const untouched = host.files();
    await applied(text);
    expect(await withdraw()).toMatchObject({ exitCode: 0, stdout: 'restored what was there before\n' });
    expect(host.files()).toEqual(untouched);
    expect(await host.unit()).toMatchObject({ active: 'inactive', enabled: '' });
    expect(await withdraw()).toMatchObject({ exitCode: 0, stdout: 'no object selects this node: nothing to do\n' });
  });
});

/** The same object with the keys of every map in the other order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, reversed(inner)] as const);
  return Object.fromEntries(entries.reverse());
}

test('a changed KubeletConfiguration restarts the kubelet and reloads nothing', async () => {
  const { host } = shared;
  const workers = (maxPods: number) => hostKubelet({ flags: { v: 2 }, configuration: { maxPods } });
  await apply([workers(64)]);
  const first = await host.unit();
  const loadedAt = await host.loadedAt();
  expect(await apply([workers(65)])).toMatchObject({ exitCode: 0 });
  const second = await host.unit();
  expect((await host.starts()).slice(-2)).toEqual([first.invocation, second.invocation]);
  expect(host.files()[configurationFile]).toContain('maxPods: 65');
  expect(await host.loadedAt()).toBe(loadedAt);
});

test('--no-restart leaves the kubelet running as it is, and the next apply restarts it once', async () => {
  const { host } = shared;
  await apply([hostKubelet({ flags: { v: 2 } })]);
  const first = await host.unit();
  const edited = [hostKubelet({ flags: { v: 3 } })];
  expect(await apply(edited, '--no-restart')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^committed: .*; the kubelet still runs the revision before/),
  });
  expect(host.files()[unitFile]).toContain('--v=3');
  expect(await host.unit()).toEqual(first);
  expect((await host.process('/usr/bin/kubelet')).words).toEqual(['--v=2']);

  expect(await apply(edited)).toMatchObject({ exitCode: 0 });
  expect((await host.process('/usr/bin/kubelet')).words).toEqual(['--v=3']);
  const second = await host.unit();
  expect((await host.starts()).slice(-2)).toEqual([first.invocation, second.invocation]);
  expect(await apply(edited)).toMatchObject({ stdout: expect.stringMatching(/^unchanged: /) });
  expect(await host.unit()).toEqual(second);
});

describe('--no-restart, when no object selects the node any more', () => {
  test('leaves a kubelet running that the next apply stops', async () => {
    const { host } = shared;
    await apply([hostKubelet({ flags: { v: 2 } })]);
    const first = await host.unit();
    expect(await withdraw('--no-restart')).toMatchObject({ exitCode: 0 });
    expect(await host.unit()).toMatchObject({ active: 'active', enabled: '', invocation: first.invocation });
    expect(await withdraw()).toMatchObject({ exitCode: 0 });
    expect(await host.unit()).toMatchObject({ active: 'inactive' });
    expect(await withdraw()).toMatchObject({ stdout: 'no object selects this node: nothing to do\n' });
  });

  test('leaves a kubelet running that the next apply restarts as the one that was there before', async () => {
    const { host } = shared;
    host.put(unitFile, '[Service]\nExecStart=/usr/bin/kubelet --v=1\n');
    await host.shell(`systemctl daemon-reload; systemctl start ${unit}`);
    await apply([hostKubelet({ flags: { v: 2 } })]);
    await withdraw('--no-restart');
    expect((await host.process('/usr/bin/kubelet')).words).toEqual(['--v=2']);
    const before = await host.starts();
    expect(await withdraw()).toMatchObject({ exitCode: 0 });
    expect((await host.process('/usr/bin/kubelet')).words).toEqual(['--v=1']);
    expect(await withdraw()).toMatchObject({ stdout: 'no object selects this node: nothing to do\n' });
    expect(await host.starts()).toHaveLength(before.length + 1);
  });

  test('asks for nothing more once a person has restarted the unit', async () => {
    const { host } = shared;
    await apply([hostKubelet({ flags: { v: 2 } })]);
    await apply([hostKubelet({ flags: { v: 3 } })], '--no-restart');
    await host.shell(`systemctl restart ${unit}`);
    const before = await host.unit();
    expect(await apply([hostKubelet({ flags: { v: 3 } })])).toMatchObject({ exitCode: 0 });
    expect(await host.unit()).toEqual(before);
  });
});

test('a misspelt or forgotten label stops no kubelet, with apply and with an agent', async () => {
  const { host } = shared;
  const forWorkers = [hostKubelet({ flags: { v: 2 } }, { nodeSelector: { matchLabels: { role: 'worker' } } })];
  expect(await apply(forWorkers)).toMatchObject({ exitCode: 0 });
  const state = async () => ({ unit: await host.unit(), stamps: withoutReport(host.stamps()) });
  const before = await state();
  for (const label of ['role=wroker', 'rule=worker'])
    expect(await apply(forWorkers, '--label', label)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('error[WouldWithdraw]'),
    });
  host.put('/etc/kubelet-config.d/workers.yaml', JSON.stringify(forWorkers[0]));
  const agent = start(['agent', '--approve=self', '--root', host.root]);
  try {
    await expect.poll(() => JSON.stringify(agent.log)).toContain('WouldWithdraw');
  } finally {
    agent.stop();
    await agent.ended;
  }
  expect(await state()).toEqual(before);
});

test('diff foretells what apply does, and does nothing itself', async () => {
  const { host } = shared;
  await apply([hostKubelet({ flags: { v: 2 } })]);
  const state = async () => ({ unit: await host.unit(), stamps: withoutReport(host.stamps()) });
  const before = await state();
  const edited = [hostKubelet({ flags: { v: 3 } })];
  expect(await diff(edited)).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^\+.*--v=3$/m) });
  expect(await state()).toEqual(before);
  expect(await apply(edited)).toMatchObject({ exitCode: 0 });
  expect(await diff(edited)).toMatchObject({ exitCode: 0, stdout: '' });
});

test('many changes in a few seconds do not run into the start limit', async () => {
  const { host } = shared;
  for (let maxPods = 1; maxPods < 8; maxPods += 1) {
    // No unit file: a reload would begin a new count.
    expect(await apply([hostKubelet({ configuration: { maxPods } })])).toMatchObject({ exitCode: 0 });
  }
  expect(host.files()[configurationFile]).toContain('maxPods: 7');
  expect(await host.unit()).toMatchObject({ active: 'active' });
});

describe('status', () => {
  const status = () => run(['status', '--root', shared.host.root]);
  const found = (pattern: RegExp) =>
    eventually(async () => expect(await status()).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(pattern) }));
  const fine = () => eventually(async () => expect(await status()).toMatchObject({ exitCode: 0 }));

  test('of a kubelet that is stopped, that overrides are loaded for, or that dies again and again', async () => {
    const { host } = shared;
    await apply([hostKubelet({ flags: { v: 2 } }, { unit: { options: { Service: { RestartSec: ['100ms'] } } } })]);
    await fine();
    expect((await status()).stdout).toMatch(
      /^kubelet: kubelet\.service is active since \d{4}-\S+Z, .* ago, healthy at 127\.0\.0\.1:10248$/m,
    );

    await host.shell(`systemctl stop ${unit}`);
    await found(/^error\[UnitHeld\]: a person has stopped kubelet\.service/m);
    await host.shell(`systemctl start ${unit}`);
    await fine();

    host.put(`/etc/systemd/system/${unit}.d/90-other.conf`, '[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --v=1\n');
    await found(/^error\[UnitInvalid\]: \S+90-other\.conf sets ExecStart .*has not loaded it yet/m);
    await host.shell('systemctl daemon-reload');
    await found(/^error\[UnitInvalid\]: \S+90-other\.conf sets ExecStart after our unit does, so [^;]*$/m);
    await host.shell(`rm /etc/systemd/system/${unit}.d/90-other.conf; systemctl daemon-reload`);
    await fine();

    await host.shell(`systemctl kill --signal=KILL ${unit}`);
    await found(
      /^error\[KubeletDown\]: kubelet\.service does not stay up: systemd has restarted it by itself \d+ times, the last time at \d{4}/m,
    );
  });

  test('of a kubelet that answers 500, and of one that has not been restarted yet', async () => {
    await apply([hostKubelet({ flags: { v: 95 } })]);
    await found(/^error\[KubeletDown\]: kubelet\.service runs and is not healthy: \S+ answered 500: \[-\]got ill/m);
    await apply([hostKubelet({ flags: { v: 3 } })], '--no-restart');
    await found(
      /^waiting\[RestartPending\]: the kubelet still runs as before the last change: its restart is pending \(since \d{4}/m,
    );
    await apply([hostKubelet({ flags: { v: 3 } })]);
    await fine();
  });
});
