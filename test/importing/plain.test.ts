/** The kubelet's own files in `validate`: what a kubelet of a version, or of every supported one, makes of them. */

import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { session, workers } from '../cli/session.ts';

const head = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
const dropIn = `[Service]
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
ExecStart=
ExecStart=/usr/bin/kubelet --kubeconfig=/k $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS
`;
const unit = '[Service]\nExecStart=/usr/bin/kubelet\n';

/** The files by their names; what is printed names them without the directory. */
async function validate(files: Readonly<Record<string, string>>, words: readonly string[] = [], given = Object.keys(files)) {
  const { run, write, directory } = session();
  for (const [name, text] of Object.entries(files)) write(name, text);
  const paths = given.map((name) => (name === '-' ? name : join(directory, name)));
  const here = words.map((word) => word.replace('@', directory));
  const ran = await run(['validate', '-f', ...paths, ...here, '-o', 'json'], { stdin: files['-'] ?? '' });
  const { problems, kubeletFiles } = JSON.parse(ran.stdout.replaceAll(`${directory}/`, '')) as {
    problems: {
      severity: string;
      code: string;
      reason: string;
      remedy: string;
      path: string[];
      position?: { file: string; line: number; column: number };
    }[];
    kubeletFiles?: string[];
  };
  const told = problems.map(({ severity, code, reason, path, position }) => {
    const place = position ? `${position.file}:${position.line}:${position.column}` : '';
    return `${place} ${severity} ${code} ${path.join('.')}: ${reason}`;
  });
  return { exitCode: ran.exitCode, told, kubeletFiles, problems };
}

describe('a configuration', () => {
  test('is judged with what it says and the defaults', async () => {
    const text = `${head}maxPods: -1\nfeatureGates:\n  NoSuchGate: true\nmaxPodz: 1\nenforceNodeAllocatable: [system-reserved]\n`;
    const { exitCode, told } = await validate({ 'config.yaml': text }, ['--kubelet-version', 'v1.36.1']);
    expect(exitCode).toBe(3);
    expect(told).toEqual([
      expect.stringMatching(/^config\.yaml:3:1 error ConfigurationInvalid maxPods: .*: kubelet 1\.36 does not start with it$/),
      expect.stringMatching(
        /^config\.yaml:5:3 error ConfigurationInvalid featureGates\.NoSuchGate: unrecognized feature gate NoSuchGate/,
      ),
      expect.stringMatching(/^config\.yaml:6:1 warning ConfigurationInvalid maxPodz: .*the kubelet ignores it$/),
      expect.stringMatching(
        /^config\.yaml:7:1 error ConfigurationInvalid enforceNodeAllocatable: systemReservedCgroup must be specified/,
      ),
    ]);
  });

  test('that kubeadm wrote is right, and the kubelet files are named', async () => {
    const zeros =
      'evictionPressureTransitionPeriod: 0s\ncontainerRuntimeEndpoint: ""\nmemorySwap: {}\nlogging: {flushFrequency: 0, verbosity: 0}\n';
    const { exitCode, told, kubeletFiles } = await validate({ 'config.yaml': `${head}cgroupDriver: systemd\n${zeros}` });
    expect({ exitCode, told, kubeletFiles }).toEqual({ exitCode: 0, told: [], kubeletFiles: ['config.yaml'] });
  });

  test('without a version is an error for what all refuse, and a warning with the releases for what some do', async () => {
    const { told } = await validate({ 'config.yaml': `${head}maxPods: -1\nfeatureGates: {DynamicResourceAllocation: false}\n` });
    expect(told).toEqual([
      expect.stringMatching(/ error .*: the kubelet does not start with it$/),
      expect.stringMatching(
        / warning ConfigurationInvalid featureGates\.DynamicResourceAllocation: .*: kubelets? \d\.\d+.* not start with it$/,
      ),
    ]);
  });

  test.each([
    [`${head}maxPods: [3\n`, 'config.yaml:3:12 error ConfigurationInvalid : '],
    [
      'apiVersion: kubelet.config.k8s.io/v1\nkind: KubeletConfiguration\n',
      'config.yaml:1:1 error ConfigurationInvalid apiVersion: ',
    ],
    [`${head}maxPods: "3"\n`, 'config.yaml:3:1 error ConfigurationInvalid maxPods: expected a whole number'],
  ])('%j is refused as the kubelet refuses it', async (text, start) => {
    const { told } = await validate({ 'config.yaml': text }, ['--kubelet-version', '1.36']);
    expect(told).toEqual([expect.stringContaining(start)]);
  });

  test('is judged together with its drop-ins, which by themselves say what one field is', async () => {
    const files = {
      'config.yaml': `${head}shutdownGracePeriod: 20s\n`,
      '10-x.conf': `${head}shutdownGracePeriodCriticalPods: 10s\n`,
    };
    expect((await validate(files)).told).toEqual([]);
    expect((await validate(files, [], ['10-x.conf'])).told).toEqual([]);
    const wrong = { ...files, '10-x.conf': `${head}shutdownGracePeriodCriticalPods: 30s\n` };
    expect((await validate(wrong)).told).toEqual([expect.stringMatching(/^10-x\.conf:3:1 error .*shutdownGracePeriod/)]);
    const range = { '10-x.conf': `${head}imageGCHighThresholdPercent: 200\n` };
    expect((await validate(range)).told).toEqual([
      expect.stringMatching(/^10-x\.conf:3:1 error .*: the kubelet does not start with it$/),
    ]);
  });

  test('comes from standard input, and among objects', async () => {
    const mixed = `${workers}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n---\n${head}maxPods: "3"\n`;
    const line = mixed.split('\n').indexOf('maxPods: "3"') + 1;
    const { told } = await validate({ '-': mixed }, [], ['-']);
    expect(told).toEqual([
      expect.stringMatching(/ notice SkippedKind /),
      expect.stringContaining(`standard input:${line}:1 error ConfigurationInvalid maxPods: `),
    ]);
  });
});

describe('flags', () => {
  test('of a lone environment file', async () => {
    const text = '# by kubeadm\nKUBELET_KUBEADM_ARGS="--v=2 --network-plugin=cni --max-podz=5 --max-pods=x"\nOTHER=--nothing\n';
    const { told, problems } = await validate({ 'kubeadm-flags.env': text });
    expect(told).toEqual([
      expect.stringMatching(
        /^kubeadm-flags\.env:2:29 error FlagInvalid flags\.network-plugin: the kubelet does not start with the flag --network-plugin, which was removed in 1\.24$/,
      ),
      expect.stringMatching(/^kubeadm-flags\.env:2:50 error FlagInvalid flags\.max-podz: /),
      expect.stringMatching(/^kubeadm-flags\.env:2:63 error FlagInvalid flags\.max-pods: invalid argument "x" for --max-pods: /),
    ]);
    expect(problems[1]?.remedy).toBe('write max-pods');
  });

  test('of a unit with its drop-in, its environment file and its configuration, judged together', async () => {
    const files = {
      'kubelet.service': unit,
      '10-kubeadm.conf': dropIn,
      'kubeadm-flags.env': 'KUBELET_KUBEADM_ARGS="--system-reserved-cgroup=/system.slice --max-pods=5"\n',
      'config.yaml': `${head}maxPods: 7\nenforceNodeAllocatable: [pods, system-reserved]\nsystemReserved: {cpu: 1m}\n`,
    };
    const { exitCode, told } = await validate(files);
    expect({ exitCode, told }).toEqual({
      exitCode: 0,
      told: [
        'kubeadm-flags.env:1:62 warning FlagInvalid flags.max-pods: the flag --max-pods overrides maxPods of the configuration',
      ],
    });
    const { told: alone } = await validate(files, [], ['config.yaml']);
    expect(alone).toEqual([expect.stringContaining('systemReservedCgroup must be specified')]);
  });

  test('a drop-in beside the unit is found, and what nobody gave is a notice', async () => {
    const files = { 'kubelet.service': unit, 'kubelet.service.d/10-kubeadm.conf': `${dropIn.trimEnd()} --foo\n` };
    const { told } = await validate(files, [], ['kubelet.service']);
    expect(told).toEqual([
      expect.stringMatching(
        /^kubelet\.service\.d\/10-kubeadm\.conf:5:1 notice NotChecked : .*kubeadm-flags\.env and \/var\/lib\/kubelet\/config\.yaml is not checked/,
      ),
      expect.stringMatching(/^kubelet\.service\.d\/10-kubeadm\.conf:5:87 error FlagInvalid flags\.foo: /),
    ]);
  });

  test('with --root the rest comes from the tree of a machine', async () => {
    const files = {
      'root/etc/systemd/system/kubelet.service': unit,
      'root/etc/systemd/system/kubelet.service.d/10-kubeadm.conf': dropIn,
      'root/var/lib/kubelet/kubeadm-flags.env': 'KUBELET_KUBEADM_ARGS=--system-reserved-cgroup=/system.slice\n',
      'new.yaml': `${head}enforceNodeAllocatable: [pods, system-reserved]\nmaxPods: -1\n`,
    };
    const { told } = await validate(files, ['--root', '@/root'], ['new.yaml']);
    expect(told).toEqual([expect.stringMatching(/^new\.yaml:4:1 error ConfigurationInvalid maxPods: /)]);
  });
});

test('what no kubelet reads is said as before', async () => {
  const files = { 'a.yaml': 'maxPods: 3\n', 'b.env': 'JAVA_OPTS=--foo\n' };
  const { told } = await validate(files);
  expect(told.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
    'a.yaml:1:1 error WrongKind',
    'b.env:1:1 error WrongKind',
  ]);
});

const nodes = join(import.meta.dirname, '../fixtures/nodes');

/** What is really wrong in files that people use, for the kubelets of today. */
const knownFaults: Readonly<Record<string, RegExp>> = {
  gke: /DynamicKubeletConfig/,
  kops: /node-role\.kubernetes\.io\/node/,
};

test.each(readdirSync(nodes))('%s: the files of a real node are found by their paths, and judged together', async (node) => {
  const { root, run } = session();
  cpSync(join(nodes, node), root, { recursive: true });
  const ran = await run([
    'validate',
    '-f',
    `${root}/etc/systemd/system/*.service,${root}/usr/lib/systemd/system/*.service`,
    '-o',
    'json',
  ]);
  const { problems } = JSON.parse(ran.stdout) as { problems: { severity: string; code: string; reason: string }[] };
  const errors = problems.filter(({ severity, code }) => severity === 'error' && code !== 'UnreadableFile');
  const known = knownFaults[node];
  expect(errors.map(({ reason }) => reason)).toEqual(known ? [expect.stringMatching(known)] : []);
});
