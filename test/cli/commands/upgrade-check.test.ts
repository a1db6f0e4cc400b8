import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkKubelet } from '../../../src/cli/upgrade/machine.ts';
import { readKubelet } from '../../../src/node/pass/kubelet-of-machine.ts';
import { HostFileError } from '../../../src/node/ports/files.ts';
import { session, workers } from '../session.ts';

const objects = `apiVersion: kubelet-config.dev/v1alpha1
kind: KubeletConfig
metadata: {name: workers}
spec:
  nodeSelector: {matchLabels: {}}
  kubelet:
    version: v1.36.2
    flags: {containerd: /run/containerd.sock, max-housekeeping-interval: 10s}
    configuration:
      eventRecordQPS: 0
      featureGates:
        HostnameOverride: false
  launcher: {host: {}}
`;

describe('of objects', () => {
  test('says one line for each finding, with its place, by kind', async () => {
    const ran = await session().run(['upgrade-check', '--to', 'v1.37', '-f', '-'], { stdin: objects });
    expect(ran).toMatchObject({ exitCode: 3, stderr: '' });
    expect(ran.stdout.split('\n').map((line) => line.replace(/ → .*/, ''))).toEqual([
      'kubelet 1.37 does not start with:',
      '  standard input:8: --containerd: kubelet 1.37 does not start with the flag --containerd, which was removed in 1.37',
      '  standard input:12: featureGates.HostnameOverride: from 1.37 on the kubelet does not start with it: cannot set feature gate HostnameOverride to false, feature is locked to true',
      'kubelet 1.37 takes for something else:',
      '  standard input:10: eventRecordQPS: 0 means no limit from 1.37 on, and up to 1.36 it did not',
      'cannot tell:',
      '  standard input:8: --max-housekeeping-interval: whether kubelet 1.37 still has the flag --max-housekeeping-interval is not known',
      '1 kubelet checked from 1.36 to 1.37: it would not start',
      '',
    ]);
  });

  test.each([
    ['json', (text: string) => JSON.parse(text)],
    ['yaml', (text: string) => parse(text)],
  ])('-o %s', async (format, read) => {
    const ran = await session().run(['upgrade-check', '--to', '1.37', '-f', '-', '-o', format], { stdin: objects });
    expect(ran).toMatchObject({ exitCode: 3, stderr: '' });
    const data = read(ran.stdout);
    expect(data).toMatchObject({ to: '1.37', starts: false, checked: [{ name: 'workers', from: '1.36', starts: false }] });
    expect(data.findings).toHaveLength(4);
    expect(data.findings[0]).toMatchObject({
      kind: 'Refuses',
      subject: '--containerd',
      of: 'workers',
      since: '1.37',
      path: 'spec.kubelet.flags.containerd',
      remedy: 'remove it: nothing took its place',
      position: { line: 8 },
    });
  });

  test.each([
    ['sarif', '"ruleId": "UpgradeRefuses"'],
    ['github', '::error '],
  ])('-o %s has every finding with its place', async (format, mark) => {
    const { write, run } = session();
    const ran = await run(['upgrade-check', '--to', 'v1.37', '-f', write('w.yaml', objects), '-o', format]);
    expect(ran).toMatchObject({ exitCode: 3, stderr: '' });
    expect(ran.stdout.split(mark)).toHaveLength(3);
    expect(ran.stdout).toContain('HostnameOverride');
  });

  test('begins with --from where the object names no version, and else with the minor before, which is said', async () => {
    const unversioned = objects.replace('    version: v1.36.2\n', '').replace('containerd', 'container-runtime');
    const from = await session().run(['upgrade-check', '--from', 'v1.26.1', '--to', 'v1.27', '-f', '-'], { stdin: unversioned });
    expect(from).toMatchObject({ exitCode: 3 });
    expect(from.stdout).toContain('--container-runtime: kubelet 1.27 does not start with the flag');
    expect(from.stdout).toContain('from 1.26 to 1.27');
    const assumed = await session().run(['upgrade-check', '--to', 'v1.37', '-f', '-'], { stdin: workers });
    expect(assumed).toMatchObject({ exitCode: 0 });
    expect(assumed.stderr).toContain('nothing says which kubelet runs for workers: compared with 1.36');
    expect(assumed.stdout).toBe('1 kubelet checked from 1.36 to 1.37: nothing changes for its settings\n');
  });

  test('an object that is a part says that others may give what it leaves open', async () => {
    const part = workers
      .replace('    host: {}\n', '    existing: {}\n')
      .replace('flags:', 'configuration: {featureGates: {MemoryQoS: true}}\n    flags:');
    const ran = await session().run(['upgrade-check', '--to', 'v1.37', '-f', '-'], { stdin: part });
    expect(ran.stdout).toMatch(/memoryThrottlingFactor: .*\(unless the node's own files or other objects give it\)/);
  });

  test('a value that is computed is told once', async () => {
    const computed = `${objects.replace('  launcher:', "  computed: [{path: kubelet.configuration.maxPods, expression: 'machine.cpus * 10'}]\n  launcher:")}`;
    const ran = await session().run(['upgrade-check', '--to', 'v1.37', '-f', '-'], { stdin: computed });
    expect(ran.stdout).toContain('the value of kubelet.configuration.maxPods is computed on each node');
  });

  test('what a patch says is found at the patch', async () => {
    const patched = `${workers}  patches:
    - {op: add, path: /kubelet/flags/containerd, value: /x}
`;
    const ran = await session().run(['upgrade-check', '--to', 'v1.37', '-f', '-'], { stdin: patched });
    expect(ran.stdout).toContain('standard input:13: --containerd:');
  });

  test('a configuration that the object brings as a file is read', async () => {
    const own = `${workers.replace('v: 2', 'config: /etc/kubernetes/own.yaml')}  files:
    - path: /etc/kubernetes/own.yaml
      content: |
        apiVersion: kubelet.config.k8s.io/v1beta1
        kind: KubeletConfiguration
        featureGates: {SidecarContainers: true}
`;
    const ran = await session().run(['upgrade-check', '--to', 'v1.37', '-f', '-'], { stdin: own });
    expect(ran).toMatchObject({ exitCode: 3 });
    expect(ran.stdout).toContain('featureGates.SidecarContainers: from 1.37 on');
  });

  test('an object with errors is none that was checked', async () => {
    const both = `${workers}---\n${objects.replace('nodeSelector: {matchLabels: {}}', 'nodeSelector: {}')}`;
    const ran = await session().run(['upgrade-check', '--to', 'v1.37', '-f', '-'], { stdin: both });
    expect(ran).toMatchObject({ exitCode: 3 });
    expect(ran.stdout).toContain('1 kubelet checked');
    expect(ran.stderr).toContain('nodeSelector');
  });

  test.each([
    [['-f', '-'], '--to is not given'],
    [['--to', 'latest', '-f', '-'], '"latest" is not a version of the kubelet'],
    [['--to', 'v1.37', '--from', 'x', '-f', '-'], '"x" is not a version of the kubelet'],
    [['--to', 'v1.37', '-f', '-', '--root', '/'], '-f and --root are both given'],
  ])('%j is refused', async (words, reason) => {
    const ran = await session().run(['upgrade-check', ...words], { stdin: workers });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toContain(reason);
  });
});

const nodes = join(import.meta.dirname, '../../fixtures/nodes');

describe('of the files of a kubelet', () => {
  const configuration =
    'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfeatureGates: {HostnameOverride: false}\n';

  test('flags and configuration count as kubeadm starts a kubelet with them', async () => {
    const { write, run } = session();
    const files = [
      write('config.yaml', configuration),
      write('kubeadm-flags.env', 'KUBELET_KUBEADM_ARGS="--v=2 --containerd=/x"\n'),
    ];
    const words = files.flatMap((file) => ['-f', file]);
    const ran = await run(['upgrade-check', '--from', 'v1.36.2', '--to', 'v1.37', ...words]);
    expect(ran).toMatchObject({ exitCode: 3, stderr: '' });
    expect(ran.stdout).toContain(`  ${files[1]}:1: --containerd: kubelet 1.37 does not start`);
    expect(ran.stdout).toContain(`  ${files[0]}:3: featureGates.HostnameOverride: from 1.37 on`);
    expect(ran.stdout).not.toContain('cannot tell');
  });

  test('a unit says itself how it starts', async () => {
    const { write, run } = session();
    const unit = write('kubelet.service', '[Service]\nExecStart=/usr/bin/kubelet --event-qps=0 --config=/etc/k.yaml\n');
    const files = ['-f', unit, '-f', write('k.yaml', configuration.replace('false', 'true'))];
    const ran = await run(['upgrade-check', '--from', 'v1.36.2', '--to', 'v1.37', ...files]);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.stdout).toContain(`  ${unit}:2: --event-qps: 0 means no limit from 1.37 on`);
  });

  test('a configuration that nobody gave cannot be told', async () => {
    const { write, run } = session();
    const file = write('kubeadm-flags.env', 'KUBELET_KUBEADM_ARGS=--v=2\n');
    const ran = await run(['upgrade-check', '--to', 'v1.37', '-f', file]);
    expect(ran.stdout).toContain('open /var/lib/kubelet/config.yaml: no such file, so what it says was not compared');
  });
});

describe('of a machine', () => {
  test('names the file and line of its unit, its environment files and its configuration', async () => {
    const { root, run, read, put } = session();
    cpSync(join(nodes, 'kubeadm-deb'), root, { recursive: true });
    put('/var/lib/kubelet/config.yaml', `${read('/var/lib/kubelet/config.yaml')}featureGates:\n  SidecarContainers: true\n`);
    const lines = (read('/var/lib/kubelet/config.yaml') ?? '').split('\n').length - 1;
    const ran = await run(['upgrade-check', '--from', 'v1.34.1', '--to', 'v1.37', '--root', root]);
    expect(ran).toMatchObject({ exitCode: 3, stderr: '' });
    expect(ran.stdout).toContain(
      '  /var/lib/kubelet/kubeadm-flags.env:1: --pod-infra-container-image: kubelet 1.35 does not start',
    );
    expect(ran.stdout).toContain(`  /var/lib/kubelet/config.yaml:${lines}: featureGates.SidecarContainers: from 1.37 on`);
    expect(ran.stdout).toContain('failCgroupV1');
  });

  test('a tree cannot be asked for its version, and one without a kubelet has none to check', async () => {
    const { root, run } = session();
    expect(await run(['upgrade-check', '--to', 'v1.37', '--root', root])).toMatchObject({ exitCode: 3 });
    cpSync(join(nodes, 'kubeadm-deb'), root, { recursive: true });
    const ran = await run(['upgrade-check', '--to', 'v1.37', '--root', root]);
    expect(ran).toMatchObject({ exitCode: 2 });
    expect(ran.stderr).toContain('--from v1.36.2');
  });

  const unit = '[Service]\nExecStart=/bin/sh -c "exec /usr/local/bin/start-kubelet"\n';
  const config =
    'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfeatureGates: {HostnameOverride: false}\n';

  test('the process says what a script gives, and which files it reads', async () => {
    const files = filesOf({ '/etc/systemd/system/kubelet.service': unit, '/etc/own.yaml': config });
    const processes = [['/usr/bin/kubelet', '--config=/etc/own.yaml', '--containerd=/x']];
    const found = await readKubelet(files, 'kubelet.service', 'v1.36.2', { processes });
    expect(inShort(checkKubelet(found, 'v1.36.2', 1037))).toEqual([
      ['Refuses', '--containerd', undefined],
      ['Refuses', 'featureGates.HostnameOverride', '/etc/own.yaml:3'],
    ]);
    const silent = await readKubelet(files, 'kubelet.service', 'v1.36.2', undefined);
    expect(inShort(checkKubelet(silent, 'v1.36.2', 1037)).map(([kind]) => kind)).toEqual(['CannotTell']);
  });

  test('what the unit gives by now counts, not what the process was started with', async () => {
    const edited = '[Service]\nExecStart=/usr/bin/kubelet --config=/etc/own.yaml --v=2\n';
    const files = filesOf({ '/etc/systemd/system/kubelet.service': edited, '/etc/own.yaml': config });
    const running = { processes: [['/usr/bin/kubelet', '--config=/etc/own.yaml', '--containerd=/x']], managerEnvironment: [] };
    const found = await readKubelet(files, 'kubelet.service', 'v1.36.2', running);
    expect(inShort(checkKubelet(found, 'v1.36.2', 1037)).map(([, subject]) => subject)).toEqual([
      'featureGates.HostnameOverride',
    ]);
  });

  test('a file that cannot be read is said, and is none of the settings', async () => {
    const edited = '[Service]\nExecStart=/usr/bin/kubelet --config=/etc/own.yaml --containerd=/x\n';
    const files = filesOf({ '/etc/systemd/system/kubelet.service': edited, '/etc/own.yaml': config }, '/etc/own.yaml');
    const found = await readKubelet(files, 'kubelet.service', 'v1.36.2', undefined);
    expect(inShort(checkKubelet(found, 'v1.36.2', 1037))).toEqual([
      ['Refuses', '--containerd', '/etc/systemd/system/kubelet.service:2'],
      ['CannotTell', '/etc/own.yaml', '/etc/own.yaml:1'],
    ]);
  });
});

function inShort({ findings }: ReturnType<typeof checkKubelet>) {
  return findings.map(({ kind, subject, problem: { position } }) => [
    kind,
    subject,
    position && `${position.file}:${position.line}`,
  ]);
}

/** A host with these files, of which one cannot be read. */
function filesOf(contents: Readonly<Record<string, string>>, unreadable?: string) {
  return {
    read: async (path: string) => {
      if (path === unreadable) throw new HostFileError('PermissionDenied', path, `${path} cannot be read`, 'run as root');
      const text = contents[path];
      if (text === undefined) return { kind: 'Absent' as const };
      return { kind: 'File' as const, mode: 0o644, uid: 0, gid: 0, content: Buffer.from(text) };
    },
    list: async () => [],
  };
}
