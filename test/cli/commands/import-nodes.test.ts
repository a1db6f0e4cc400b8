/** `import DIRECTORY`: an object for each group of the nodes whose exports lie in it. */

import { cpSync, mkdirSync, mkdtempSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { run } from '../in-process.ts';

const fixtures = 'test/fixtures/nodes';

/** Writes files below a new directory. */
function directoryOf(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'nodes-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

const header = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
const config = '/etc/kubernetes/kubelet-config.yaml';
const unitOf = (words: string) =>
  `[Unit]\nWants=network-online.target\nAfter=network-online.target\n[Service]\nExecStart=/usr/bin/kubelet --config=${config} ${words}\nRestart=always\n[Install]\nWantedBy=multi-user.target\n`;

/** Four machines of three sizes. */
const machines = (
  [
    ['a', 4, 15],
    ['b', 8, 31],
    ['c', 32, 127],
    ['d', 4, 15],
  ] as const
).map(([name, cpus, memoryGiB], index) => ({
  name: `worker-${name}`,
  cpus,
  memoryGiB,
  ip: `10.0.3.${index + 7}`,
  pods: Math.min(110, cpus * 10),
}));
type MachineOf = (typeof machines)[number];
const tree = ({ name, cpus, memoryGiB, ip, pods }: MachineOf) => ({
  [`${name}/etc/systemd/system/kubelet.service`]: unitOf(
    `--node-ip=${ip} --hostname-override=${name} --node-labels=zone=a,host=${name}`,
  ),
  [`${name}${config}`]: `${header}maxPods: ${pods}\nclusterDNS: [10.96.0.10]\nkubeReserved: {cpu: ${60 + cpus * 10}m}\n`,
  [`${name}/etc/hostname`]: `${name}\n`,
  [`${name}/facts.yaml`]: `machine: {cpus: ${cpus}, memoryGiB: ${memoryGiB}, ipv4: ${ip}}\n`,
});
const trees = Object.assign({}, ...machines.map(tree)) as Record<string, string>;

test('nodes that differ in their own address, name and size share an object, which gives each what it had', async () => {
  const directory = directoryOf(trees);
  const { exitCode, stdout, stderr } = await run(['import', '--launcher', 'host', directory]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('4 nodes in 1 group:') });
  expect(parse(stdout).spec.computed).toEqual([
    { path: 'kubelet.configuration.kubeReserved.cpu', expression: 'string(60 + machine.cpus * 10) + "m"' },
    { path: 'kubelet.configuration.maxPods', expression: 'min(110, machine.cpus * 10)' },
    { path: 'kubelet.flags["hostname-override"]', expression: 'machine.hostname' },
    { path: 'kubelet.flags["node-ip"]', expression: 'machine.ipv4' },
    { path: 'kubelet.flags["node-labels"]', expression: '"zone=a,host=" + machine.hostname' },
  ]);
  expect(stderr).toContain('kubectl label node worker-a worker-b worker-c worker-d kubelet-config.dev/imported=true');
  for (const { name, cpus, ip, pods } of machines) {
    const facts = `machine: {cpus: ${cpus}, memoryGiB: 1, ipv4: ${ip}, hostname: ${name}}\n`;
    const file = join(directoryOf({ 'facts.yaml': facts }), 'facts.yaml');
    const rendered = await run(['render', '-f', '-', '-l', 'kubelet-config.dev/imported=true', '--facts', file], {
      stdin: stdout,
    });
    expect(rendered.stdout).toContain(`maxPods: ${pods}\n`);
    for (const word of [`--node-ip=${ip}`, `--hostname-override=${name}`, `--node-labels=zone=a,host=${name}`])
      expect(rendered.stdout).toContain(word);
  }
});

test('without facts each node has an object and a label of its own, and the remedy is said; JSON is a List', async () => {
  const files = Object.fromEntries(Object.entries(trees).filter(([path]) => !/facts|hostname/.test(path)));
  const { exitCode, stdout, stderr } = await run([
    'import',
    '--launcher',
    'host',
    '--name',
    'pool',
    '-o',
    'json',
    directoryOf(files),
  ]);
  expect(exitCode).toBe(0);
  const list = JSON.parse(stdout);
  expect(list).toMatchObject({ apiVersion: 'v1', kind: 'List' });
  expect(list.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual([
    'pool-1',
    'pool-2',
    'pool-3',
    'pool-4',
  ]);
  expect(stderr).toContain('kubectl label node worker-c kubelet-config.dev/imported=pool-3');
  expect(stderr).toContain('write it into facts.yaml in the directory of each node');
  expect(await run(['validate', '-f', '-'], { stdin: stdout })).toMatchObject({ exitCode: 0 });
});

test('as existing all of them are one group that says nothing', async () => {
  const { stdout, stderr } = await run(['import', directoryOf(trees)]);
  expect(parse(stdout).spec).toEqual({
    nodeSelector: { matchLabels: { 'kubelet-config.dev/imported': 'true' } },
    launcher: { existing: {} },
  });
  expect(stderr).toContain('all the same');
});

test('the files of a kubelet instead of a tree; a problem of several nodes is said once', async () => {
  const files = Object.fromEntries(
    ['a', 'b'].flatMap((name) => [
      [
        `${name}/kubelet.service`,
        '[Service]\nEnvironmentFile=/etc/default/kubelet\nExecStart=/usr/bin/kubelet $OPTIONS --cluster_domain=x\n',
      ],
      [`${name}/options`, `OPTIONS=--hostname-override=${name}.example.org\n`],
      [`${name}/hostname`, `${name}.example.org\n`],
    ]),
  );
  const directory = directoryOf(files);
  const { exitCode, stdout, stderr } = await run(['import', '--launcher', 'host', directory]);
  expect(exitCode).toBe(0);
  expect(parse(stdout).spec.computed).toEqual([{ path: 'kubelet.flags["hostname-override"]', expression: 'machine.hostname' }]);
  expect(stderr.match(/written with underscores/g)).toHaveLength(1);
  expect(stderr).toContain(`${directory}/a/kubelet.service:3:`);
  expect(stderr).toContain('(nodes a, b)');
});

describe('what cannot be imported is said with its node, and the others are imported', () => {
  test('no kubelet, a symlink out of the tree, a masked unit, a huge file, a wrong facts file, a bad name', async () => {
    const unit = '/etc/systemd/system/kubelet.service';
    const directory = directoryOf({
      ...tree(machines[0] as MachineOf),
      'empty/etc/hostname': 'empty\n',
      'huge/etc/systemd/system/kubelet.service': '[Service]\n',
      'facts/facts.yaml': 'machine: {cpu: 4}\n',
      'binary/kubelet.service': '[Service]\n\0\n',
      'Bad Name/etc/hostname': 'x\n',
      'linked/etc/hostname': 'x\n',
      'masked/etc/hostname': 'x\n',
      readme: 'x\n',
    });
    truncateSync(join(directory, `huge${unit}`), 2 ** 30);
    for (const [name, target] of [
      ['linked', '/outside/kubelet.service'],
      ['masked', '/dev/null'],
    ] as const) {
      mkdirSync(join(directory, name, 'etc/systemd/system'), { recursive: true });
      symlinkSync(target, join(directory, `${name}${unit}`));
    }
    const { exitCode, stdout, stderr } = await run(['import', '--launcher', 'host', directory]);
    expect(exitCode).toBe(3);
    expect(parse(stdout)).toMatchObject({
      metadata: { name: 'imported' },
      spec: { kubelet: { flags: { 'node-ip': '10.0.3.7' } } },
    });
    for (const text of [
      'error[NotImported]: there is no kubelet.service (nodes empty, linked, masked)',
      `${unit} is a symlink to /outside/kubelet.service, which is not in the tree (node linked)`,
      `${unit} is masked: systemd does not start it (node masked)`,
      `${directory}/huge: ${unit} is larger than 3 MiB (node huge)`,
      `cannot import ${directory}/binary/kubelet.service: it is no text, but a binary file (node binary)`,
      'has no name that a Node can have (node Bad Name)',
      'there is no fact named machine.cpu',
      `${directory}/readme is left out: it is a file`,
    ])
      expect(stderr).toContain(text);
  });

  test.each<[string, (directory: string) => string[], string]>([
    ['a directory that is not there', (directory) => [`${directory}/nowhere`], 'it is not there'],
    ['the tree of one machine', () => [`${fixtures}/kops`], 'use `kubelet-config import --root test/fixtures/nodes/kops`'],
    ['no directory in it', (directory) => [directory], 'it has no directory of a node'],
    ['two sources', (directory) => [directory, '--root', '/'], 'import takes one of a directory and --root'],
  ])('%s is a mistake in the command', async (_name, words, text) => {
    const { exitCode, stdout, stderr } = await run(['import', ...words(directoryOf({ file: '' }))]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(text);
  });
});

test('different distributions side by side', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'nodes-'));
  for (const [name, shape] of [
    ['n1', 'kubeadm-deb'],
    ['n2', 'kubeadm-deb'],
    ['n3', 'kops'],
  ] as const)
    cpSync(join(fixtures, shape), join(directory, name), { recursive: true });
  const { exitCode, stdout, stderr } = await run(['import', '--launcher', 'host', directory]);
  expect({ exitCode, count: stdout.split('\n---\n').length }).toEqual({ exitCode: 0, count: 2 });
  expect(stderr).toContain('imported-1: n1, n2');
});
