/**
 * Every kind of node in test/fixtures/nodes, one after the other on a machine with a real systemd: the kubelet that is
 * there is adopted, changed, keeps its own after a bad change, and is left as it was. Stand-ins take the place of its
 * programs; what reaches them is read from the processes.
 */

import { expect, onTestFinished, test, vi } from 'vitest';
import type { KubeletConfigSpec } from '../../../src/api/types.ts';
import { kubeletConfig } from '../../builders.ts';
import { eventually } from '../../eventually.ts';
import { contentsOfNode } from '../../importing/tree.ts';
import { bootstrap, type KubeletHost, withoutReport } from '../../kubelet-host.ts';
import { hashesOf, kubeletOf, layNode, readNode, removeNode } from '../../nodes.ts';
import { sharedHost } from '../shared-host.ts';

// Each test makes four changes: on a busy machine that takes minutes.
vi.setConfig({ testTimeout: 600_000 });
const shared = sharedHost();
const { apply, withdraw } = shared;

const ownDirectory = '/etc/kubernetes/kubelet-config.d';
const dropIn = '/etc/systemd/system/kubelet.service.d/zz-kubelet-config.conf';
const variable = /^\[Service\]\nEnvironmentFile=-[^\n]*\n$/;
const restated = /^\[Service\]\nEnvironmentFile=-[^\n]*\nExecStart=\nExecStart=[^\n]*\n$/;
const literal = /^\[Service\]\nExecStart=\nExecStart=:[^\n]*\n$/;

interface Shape {
  readonly shape: string;
  readonly contents: Readonly<Record<string, string>>;
  /** The program that is the kubelet in the end. */
  readonly program: string;
  /** The whole drop-in of ours. */
  readonly way: RegExp;
  readonly argsVariable?: string;
  readonly minReadySeconds?: number;
  /** A variable of the node that holds our words. */
  readonly carrier?: string;
  /** That of the node's own for drop-ins of the configuration. */
  readonly directory?: string;
}

const unitOf = (service: string) => ({
  '/etc/systemd/system/kubelet.service': `[Service]\n${service}\n[Install]\nWantedBy=multi-user.target\n`,
});
const variables = 'Environment="X=--node-ip=10.0.0.7 --v=1" "Y=--node-ip=10.0.0.7"';
const ofFixture = (shape: string, program: string, way: RegExp, more: Partial<Shape> = {}): Shape => {
  const { '/usr/lib/os-release': _, ...contents } = contentsOfNode(shape);
  return { shape, contents, program, way, ...more };
};
const ofCommand = (command: string, way: RegExp, more: Partial<Shape> = {}): Shape => ({
  shape: command,
  contents: unitOf(`${variables}\nExecStart=${command}`),
  program: '/usr/bin/kubelet',
  way,
  ...more,
});

const shapes: readonly Shape[] = [
  ofFixture('kubeadm-deb', '/usr/bin/kubelet', variable, { carrier: 'KUBELET_EXTRA_ARGS' }),
  ofFixture('kubeadm-rpm', '/usr/bin/kubelet', variable, { carrier: 'KUBELET_EXTRA_ARGS' }),
  ofFixture('eks-al2', '/usr/bin/kubelet', restated),
  ofFixture('eks-al2023', '/usr/bin/kubelet', restated, { directory: '/etc/kubernetes/kubelet/config.json.d' }),
  ofFixture('aks', '/usr/local/bin/kubelet', restated),
  ofFixture('gke', '/home/kubernetes/bin/kubelet', restated),
  ofFixture('kops', '/usr/local/bin/kubelet', restated),
  ofFixture('kubespray', '/usr/local/bin/kubelet', variable, { carrier: 'KUBELET_CLOUDPROVIDER' }),
  ofFixture('kind', '/usr/bin/kubelet', restated),
  ofFixture('minikube', '/var/lib/minikube/binaries/v1.32.0/kubelet', restated),
  // It answers nowhere at /healthz, so only staying up proves it.
  ofFixture('typhoon-fcos', '/usr/bin/kubelet', restated, { minReadySeconds: 10 }),
  ofFixture('coreos-wrapper', '/usr/lib/coreos/kubelet-wrapper', restated),
  ofCommand('/usr/bin/kubelet ${Y}', restated),
  ofCommand('/usr/bin/kubelet --node-labels="a=${Y}" --hostname-override=$$H', restated),
  ofCommand(':/usr/bin/kubelet --node-labels=$X', literal),
  ofCommand('/bin/bash -c "exec /usr/bin/kubelet $X"', restated),
  ofCommand('/usr/bin/start-kubelet.sh --node-ip=10.0.0.7', variable, { argsVariable: 'FURTHER' }),
];

/** What the nodes' units need besides their kubelet. */
function furnish(host: KubeletHost, program: string): void {
  host.put(program, standIn, 0o755);
  host.put('/usr/bin/kubelet', standIn, 0o755);
  host.put('/usr/bin/podman', engine, 0o755);
  host.put('/usr/bin/start-kubelet.sh', '#!/bin/bash\n/usr/bin/kubelet "$@" $FURTHER\n', 0o755);
  for (const path of ['/sbin/iptables', '/kind/bin/create-kubelet-cgroup-v2']) host.put(path, '#!/bin/sh\n', 0o755);
  for (const name of ['containerd', 'sandbox-image', 'afterburn', 'docker'])
    host.put(`/run/systemd/system/${name}.service`, '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n');
}

/** Tells a watchdog that it is well, which the stand-in of other tests does not. */
const standIn = bootstrap
  .kubelet('1.30.2')
  .replace('goodbye; exit', 'goodbye; kill $!; exit')
  .replace(
    'read -r -u 3\n',
    'while read -r -t 10 -u 3; [[ $? -gt 128 ]]; do [[ -z $WATCHDOG_USEC ]] || systemd-notify WATCHDOG=1; done\n',
  );

/** Gives the kubelet in the container the words behind the image. */
const engine = `#!/bin/bash
[[ $1 == run ]] || exit 0
until [[ $1 == quay.io/* ]]; do shift; done
shift
/usr/bin/kubelet "$@" &
trap 'kill $!; wait; exit' TERM
wait
`;

const object = (spec: NonNullable<KubeletConfigSpec['kubelet']>, { argsVariable, minReadySeconds = 0 }: Partial<Shape> = {}) => [
  kubeletConfig('adopted', {
    kubelet: spec,
    launcher: { existing: argsVariable === undefined ? {} : { argsVariable } },
    health: { minReadySeconds, timeoutSeconds: 60 },
  }),
];

/** The words of the object, by which any of the shapes can be asked for something. */
const anything = (shape: Partial<Shape> = {}) =>
  object({ flags: { v: 3 }, configuration: { containerLogMaxSize: '20Mi' } }, shape);

/** Everything that a node has of its own, and what its kubelet was started with. */
async function seen(host: KubeletHost, { program }: Shape) {
  const { words, variables } = await kubeletOf(host, program);
  const { active, enabled } = await host.unit();
  return { files: await hashesOf(host), words, variables, active, enabled };
}

test.each(shapes.map((shape) => [shape.shape, shape] as const))(
  '%s: is adopted, changed without a reload, keeps its own after a bad change, and is left as it was',
  async (_name, shape) => {
    const { host } = shared;
    onTestFinished(() => removeNode(host, shape.contents));
    furnish(host, shape.program);
    await layNode(host, shape.contents);
    const before = await seen(host, shape);
    const ours = (v: number) => [...before.words, `--v=${v}`, ...(shape.directory ? [] : [`--config-dir=${ownDirectory}`])];

    const adopted = await apply(anything(shape));
    expect(adopted, adopted.stderr).toMatchObject({ exitCode: 0 });
    const after = await seen(host, shape);
    expect(after.words).toEqual(ours(3));
    const kept = Object.entries(before.variables).filter(([name]) => name !== shape.carrier);
    expect(after.variables).toMatchObject(Object.fromEntries(kept));
    expect(readNode(host, [dropIn])[dropIn]).toMatch(shape.way);

    const [loadedAt, starts] = [await host.loadedAt(), await host.starts()];
    const changed = await apply(object({ flags: { v: 4 }, configuration: { containerLogMaxSize: '30Mi' } }, shape));
    expect(changed, changed.stderr).toMatchObject({ exitCode: 0 });
    const good = await seen(host, shape);
    expect(good.words).toEqual(ours(4));
    expect((await host.starts()).length).toBe(starts.length + 1);
    // A command that expands nothing holds our words itself.
    expect((await host.loadedAt()) === loadedAt).toBe(shape.way !== literal);

    const bad = await apply(object({ flags: { v: 99 }, configuration: { containerLogMaxSize: '40Mi' } }, shape));
    expect(bad, bad.stderr).toMatchObject({ exitCode: 4 });
    expect(await seen(host, shape)).toEqual(good);

    const left = await withdraw();
    expect(left, left.stderr).toMatchObject({ exitCode: 0 });
    expect(await seen(host, shape)).toEqual(before);
  },
);

const kubenswrapper = unitOf('ExecStart=/usr/local/bin/kubenswrapper /usr/bin/kubelet --config=/etc/kubernetes/kubelet.conf');
const other = (name: string) => ({ [`/etc/systemd/system/${name}.service`]: '[Service]\nExecStart=/bin/sleep infinity\n' });

const cannotBeServed: readonly (readonly [what: string, contents: Readonly<Record<string, string>>, said: readonly string[]])[] =
  [
    ['Typhoon on Flatcar', contentsOfNode('typhoon-flatcar'), ['docker logs -f kubelet', 'use the launcher podman']],
    [
      'several commands',
      unitOf('Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\nExecStart=/bin/true /usr/bin/kubelet'),
      ['has 2 ExecStart=', 'leave one ExecStart='],
    ],
    ['a script', unitOf('ExecStart=/usr/bin/start-kubelet.sh'), ['start-kubelet.sh', 'launcher.existing.argsVariable']],
    [
      'a shell with more than one command',
      unitOf('ExecStart=/bin/bash -c "sleep 0; exec /usr/bin/kubelet"'),
      ['more than one command', 'let ExecStart= start the kubelet itself'],
    ],
    ['k3s', other('k3s'), ['this node runs k3s', '/etc/rancher/k3s/config.yaml']],
    ['an agent of k3s', other('k3s-agent'), ['this node runs k3s', '/etc/rancher/k3s/config.yaml']],
    ['RKE2', other('rke2-agent'), ['this node runs RKE2', '/etc/rancher/rke2/config.yaml']],
    ['MicroK8s', other('snap.microk8s.daemon-kubelite'), ['this node runs MicroK8s', '/var/snap/microk8s/current/args/kubelet']],
    ['OpenShift', kubenswrapper, ['belongs to OpenShift', "OpenShift's own KubeletConfig"]],
  ];

test.each(cannotBeServed)(
  '%s: is refused with what it is and what to use there, and nothing is touched',
  async (_what, contents, said) => {
    const { host } = shared;
    onTestFinished(() => removeNode(host, contents));
    furnish(host, '/usr/bin/kubelet');
    for (const path of ['/usr/bin/docker', '/usr/local/bin/docker'])
      host.put(path, '#!/bin/bash\n[[ $1 != logs ]] || exec sleep infinity\n', 0o755);
    host.put('/usr/local/bin/kubenswrapper', '#!/bin/bash\nexec "$@"\n', 0o755);
    await layNode(host, contents);
    const before = {
      files: await hashesOf(host),
      stamps: host.stamps(),
      starts: await host.starts(),
      loadedAt: await host.loadedAt(),
    };
    const ran = await apply(anything());
    expect(ran.exitCode, ran.stderr).toBe(3);
    for (const words of said) expect(ran.stderr).toContain(words);
    const { stamps, ...after } = {
      files: await hashesOf(host),
      stamps: host.stamps(),
      starts: await host.starts(),
      loadedAt: await host.loadedAt(),
    };
    expect(after).toEqual({ files: before.files, starts: before.starts, loadedAt: before.loadedAt });
    expect(withoutReport(stamps)).toEqual(withoutReport(before.stamps));
  },
);

test.each([
  ['a tmpfs', 'cp -a /etc /run/other; mount --bind /run/other /etc'],
  [
    'an overlay in memory',
    'mkdir -p /run/up /run/work; mount -t overlay -o lowerdir=/etc,upperdir=/run/up,workdir=/run/work none /etc',
  ],
])(
  'a node whose /etc is %s: is refused, and adopted where the object says that a boot may take it away',
  async (_what, mount) => {
    const { host } = shared;
    const [kubeadm] = shapes;
    if (!kubeadm) throw new Error('no shape');
    onTestFinished(async () => {
      await host.shell('umount --lazy /etc; rm -rf /run/other /run/up /run/work');
      await removeNode(host, kubeadm.contents);
    });
    furnish(host, kubeadm.program);
    await host.shell(mount);
    await layNode(host, kubeadm.contents);
    const before = await seen(host, kubeadm);
    const refused = await apply(anything());
    expect(refused).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('EtcDoesNotPersist') });
    expect(await seen(host, kubeadm)).toEqual(before);
    const [wanted] = anything();
    const volatile = { ...wanted, spec: { ...wanted?.spec, launcher: { existing: { volatile: true } } } };
    const adopted = await apply([JSON.stringify(volatile)]);
    expect(adopted.exitCode, adopted.stderr).toBe(0);
    expect((await seen(host, kubeadm)).words.slice(-2)).toEqual(['--v=3', `--config-dir=${ownDirectory}`]);
    expect((await withdraw()).exitCode).toBe(0);
    expect(await seen(host, kubeadm)).toEqual(before);
  },
);

/** As dpkg does it: each file beside the old one, then renamed. */
async function unpack(host: KubeletHost, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    host.put(`${path}.dpkg-new`, content, path.startsWith('/usr/bin/') ? 0o755 : 0o644);
    await host.shell(`mv ${path}.dpkg-new ${path}`);
  }
}

test('the package, and then kubeadm, write their files anew, in the proof and after it: nothing is lost, and they stay', async () => {
  const { host } = shared;
  const [kubeadm] = shapes;
  if (!kubeadm) throw new Error('no shape');
  onTestFinished(() => removeNode(host, kubeadm.contents));
  furnish(host, kubeadm.program);
  await layNode(host, kubeadm.contents);
  const before = await seen(host, kubeadm);
  expect((await apply(anything())).exitCode).toBe(0);

  const kubeadmDropIn = '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf';
  const upgraded = {
    '/usr/bin/kubelet': standIn.replace('1.30.2', '1.31.1'),
    [kubeadmDropIn]: (kubeadm.contents[kubeadmDropIn] ?? '').replace('$KUBELET_EXTRA_ARGS', '--v=1 $KUBELET_EXTRA_ARGS'),
  };
  const [wanted] = object({ flags: { v: 4 } });
  const slow = { ...wanted, spec: { ...wanted?.spec, health: { minReadySeconds: 300, timeoutSeconds: 600 } } };
  const changing = apply([JSON.stringify(slow)]);
  await eventually(async () => expect((await kubeletOf(host, kubeadm.program)).words).toContain('--v=4'));
  await unpack(host, upgraded);
  await host.shell('systemctl daemon-reload; systemctl restart kubelet.service');
  const interrupted = await changing;
  expect(interrupted, interrupted.stderr).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('restarted') });
  const ofThePackage = [...before.words, '--v=1'];
  expect((await kubeletOf(host, kubeadm.program)).words).toEqual([...ofThePackage, '--v=3', `--config-dir=${ownDirectory}`]);

  const again = await apply(object({ flags: { v: 4 } }));
  expect(again, again.stderr).toMatchObject({ exitCode: 0 });
  expect((await kubeletOf(host, kubeadm.program)).words).toEqual([...ofThePackage, '--v=4']);

  const flagsFile = '/var/lib/kubelet/kubeadm-flags.env';
  const rewritten = { [flagsFile]: (kubeadm.contents[flagsFile] ?? '').replace('10.0.3.7', '10.0.3.8') };
  await unpack(host, rewritten);
  await host.shell('systemctl restart kubelet.service');
  const starts = (await host.starts()).length;
  expect((await apply(object({ flags: { v: 4 } }))).exitCode).toBe(0);
  expect((await host.starts()).length).toBe(starts);
  const words = ofThePackage.map((word) => word.replace('10.0.3.7', '10.0.3.8'));
  expect((await kubeletOf(host, kubeadm.program)).words).toEqual([...words, '--v=4']);

  expect((await withdraw()).exitCode).toBe(0);
  const after = await seen(host, kubeadm);
  expect(after.words).toEqual(words);
  const changed = after.files.filter((line) => !before.files.includes(line)).map((line) => line.split(/ +/).at(-1));
  expect([...new Set(changed)].sort()).toEqual([...Object.keys(upgraded), flagsFile].sort());
  expect(after.files.length).toBe(before.files.length);
  expect(readNode(host, [...Object.keys(upgraded), flagsFile])).toEqual({ ...upgraded, ...rewritten });
});
