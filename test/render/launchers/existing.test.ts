import { describe, expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../../src/api/types.ts';
import type { InstalledKubelet } from '../../../src/kubelet/installed/installed.ts';
import { checkWrites, rendered, unknown } from '../subject.ts';

const dropIn = '/etc/systemd/system/kubelet.service.d/zz-kubelet-config.conf';
const environment = '/etc/kubernetes/kubelet-config.env';
const configuration = '/etc/kubernetes/kubelet-config.d/50-kubelet-config.conf';
const unit = '/etc/systemd/system/kubelet.service';

const wanted = (spec: Partial<KubeletConfigSpec> = {}): Partial<KubeletConfigSpec> => ({
  launcher: { existing: {} },
  kubelet: { flags: { v: 2 }, configuration: { maxPods: 64 } },
  ...spec,
});

/** A node whose unit has these lines. */
function node(service: string, more: Partial<InstalledKubelet> = {}) {
  const installed: InstalledKubelet = {
    unit: 'kubelet.service',
    texts: [{ path: unit, content: `[Service]\n${service}` }],
    environmentFiles: new Map(),
    configurationFiles: new Map(),
    configurationDropIns: [],
    ...more,
  };
  return { ...unknown, installed, ...(more.version && { kubeletVersion: more.version }) };
}

const filesOn = (facts: ReturnType<typeof node> | undefined, spec = wanted()) =>
  Object.fromEntries(rendered(spec, facts).revision.files.map(({ path, content }) => [path, content]));

describe('where the words go', () => {
  test('without a node: to the variable of kubeadm', () => {
    expect(filesOn(undefined)).toEqual({
      [dropIn]: `[Service]\nEnvironmentFile=-${environment}\n`,
      [environment]: 'KUBELET_EXTRA_ARGS="--v=2 --config-dir=/etc/kubernetes/kubelet-config.d"\n',
      [configuration]: 'apiVersion: "kubelet.config.k8s.io/v1beta1"\nkind: "KubeletConfiguration"\nmaxPods: 64\n',
    });
  });

  test('once somebody has set that variable, the command is said again, word for word', () => {
    const files = filesOn(
      node('Environment=KUBELET_EXTRA_ARGS=--node-labels=a=1\nExecStart=-/usr/bin/kubelet "--x y" $KUBELET_EXTRA_ARGS\n'),
    );
    expect(files[dropIn]).toBe(
      `[Service]\nEnvironmentFile=-${environment}\nExecStart=\nExecStart=-/usr/bin/kubelet "--x y" $KUBELET_EXTRA_ARGS $KUBELET_CONFIG_DEV_ARGS\n`,
    );
    expect(files[environment]).toContain('KUBELET_CONFIG_DEV_ARGS="--v=2 ');
  });

  test('where systemd puts in no variables, the words stand in the command', () => {
    const files = filesOn(
      node('ExecStart=:/usr/bin/kubelet $X\n'),
      wanted({ kubelet: { flags: { v: 2, 'hostname-override': '50%' } } }),
    );
    expect(files).toEqual({ [dropIn]: '[Service]\nExecStart=\nExecStart=:/usr/bin/kubelet $X --hostname-override=50%% --v=2\n' });
  });

  test('a shell that starts the kubelet reads plain words at the end of its script', () => {
    const shell = node('ExecStart=/bin/sh -c "exec /usr/bin/kubelet $ARGS"\n');
    expect(filesOn(shell)[dropIn]).toContain('ExecStart=/bin/sh -c "exec /usr/bin/kubelet $ARGS $KUBELET_CONFIG_DEV_ARGS"\n');
    expect(checkWrites(wanted({ kubelet: { flags: { 'hostname-override': '$(x)' } } }), shell)).toEqual([
      expect.stringContaining('FlagInvalid'),
    ]);
  });

  test.each([
    ['ExecStart=/bin/sh -c "prepare; exec kubelet $ARGS"\n', 'UnitInvalid'],
    ['ExecStart=/opt/azure/containers/start-kubelet.sh\n', 'UnitInvalid'],
    ['ExecStart=/usr/bin/docker logs -f kubelet\n', 'UnitInvalid'],
    ['Type=oneshot\nExecStart=/bin/a\nExecStart=/usr/bin/kubelet\n', 'UnitInvalid'],
    ['ExecStart=/usr/bin/podman run --name k IMAGE kubelet\n', 'UnitInvalid'],
  ])('%j is refused', (service, code) => {
    expect(checkWrites(wanted(), node(service))).toEqual([expect.stringContaining(code)]);
  });

  test('a script passes on the variable that the object names, from its command or its environment', () => {
    const named = wanted({ launcher: { existing: { argsVariable: 'MORE_FLAGS' } } });
    for (const command of ['/opt/start-kubelet.sh $MORE_FLAGS', '/opt/start-kubelet.sh'])
      expect(filesOn(node(`ExecStart=${command}\n`), named)[environment]).toContain('MORE_FLAGS="--v=2 ');
  });

  test('a variable of a script that holds something of the node is never replaced', () => {
    const named = wanted({ launcher: { existing: { argsVariable: 'KUBELET_FLAGS' } } });
    const facts = node('Environment=KUBELET_FLAGS=--node-ip=10.0.0.1\nExecStart=/opt/start-kubelet.sh\n');
    expect(checkWrites(named, facts)).toEqual([expect.stringContaining("KUBELET_FLAGS has a value of the node's in")]);
  });

  test.each([
    ['$OURS $LAST', 'EnvironmentFile'],
    ['$OURS --v=3', 'ExecStart'],
    ['--x=${OURS}', 'ExecStart'],
  ])('a variable that is named in %j counts only if nothing of the kubelet comes after it', (words, key) => {
    const named = wanted({ launcher: { existing: { argsVariable: 'OURS' } } });
    expect(
      filesOn(node(`ExecStart=/usr/bin/kubelet ${words}\n`), named)
        [dropIn]?.trim()
        .split('\n')
        .at(-1),
    ).toMatch(`${key}=`);
  });

  test('a container sees the configuration only where /etc/kubernetes is mounted', () => {
    const run = 'ExecStart=/usr/bin/podman run --name kubelet -v /etc/kubernetes:/etc/kubernetes:ro,z IMAGE --v=1\n';
    expect(filesOn(node(run))[dropIn]).toContain('IMAGE --v=1 $KUBELET_CONFIG_DEV_ARGS\n');
    // What stands before the image is about the container, and no flag of the kubelet.
    const beaten = run.replace('run --name', 'run --max-pods=3 --privileged --name');
    expect(filesOn(node(beaten))).toHaveProperty([dropIn]);
    expect(checkWrites(wanted(), node(run.replace('--v=1', '--max-pods=3')))).toEqual([expect.stringContaining('--max-pods=3')]);
  });

  test.each([
    ['-v /etc/kubernetes:/etc/kubernetes:ro', true],
    ['--volume=/etc/:/etc/', true],
    ['-v=/:/', true],
    ['--mount type=bind,source=/etc/kubernetes,target=/etc/kubernetes,readonly', true],
    ['--mount=type=bind,src=/etc,dst=/etc', true],
    ['', false],
    ['-v /etc/kube:/etc/kube', false],
    ['-v /etc/kubernetes:/elsewhere', false],
    ['--mount type=bind,source=/etc,target=/rootfs/etc', false],
  ])('a container with %s: seen is %s', (mount, isSeen) => {
    const facts = node(`ExecStart=/usr/bin/podman run ${mount} IMAGE --v=1 -v /:/\n`);
    const refusals = isSeen ? [] : [expect.stringContaining('does not see /etc/kubernetes/kubelet-config.d/')];
    expect(checkWrites(wanted(), facts)).toEqual(refusals);
  });

  test.each(['k3s', 'RKE2', 'MicroK8s', 'OpenShift'] as const)('%s is recognised', (distribution) => {
    expect(checkWrites(wanted(), node('', { texts: [], distribution }))).toEqual([expect.stringContaining(distribution)]);
  });
});

describe('the configuration', () => {
  test('goes into the directory that the kubelet has, and needs no drop-in and no word then', () => {
    const facts = node('ExecStart=/usr/bin/kubelet --config=/c --config-dir=/etc/kubernetes/own.d\n');
    expect(Object.keys(filesOn(facts, wanted({ kubelet: { configuration: { maxPods: 64 } } })))).toEqual([
      '/etc/kubernetes/own.d/zz-kubelet-config.conf',
    ]);
  });

  test('before 1.30 is the file of the node with our fields in it', () => {
    const text = 'kind: KubeletConfiguration\nclusterDNS: [10.96.0.10]\nstaticPodPath: manifests\n';
    const files = filesOn(
      node('ExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml\n', {
        version: 'v1.28.3',
        configurationFiles: new Map([['/var/lib/kubelet/config.yaml', text]]),
      }),
      wanted({ kubelet: { configuration: { evictionHard: { 'memory.available': '300Mi' } } } }),
    );
    const copy = files['/etc/kubernetes/kubelet-config.yaml'];
    expect(copy).toContain('"10.96.0.10"');
    expect(copy).toContain('staticPodPath: "/var/lib/kubelet/manifests"');
    expect(copy).toContain('nodefs.available: "10%"');
    expect(files[environment]).toContain('--config=/etc/kubernetes/kubelet-config.yaml');
  });

  test('takes away with null what a patch removes', () => {
    const spec = wanted({ patches: [{ op: 'remove', path: '/kubelet/configuration/clusterDNS' }] });
    expect(filesOn(undefined, spec)[configuration]).toContain('clusterDNS: null\n');
    expect(rendered(spec).warnings).toEqual([]);
  });

  test.each([
    ['v1.31.4', true],
    ['v1.32.0', false],
  ])('%s loses resolvConf and nulls of a drop-in: %s', (version, isLost) => {
    const facts = node('ExecStart=/usr/bin/kubelet --config=/c $X\n', { version });
    const taken = wanted({ patches: [{ op: 'remove', path: '/kubelet/configuration/clusterDNS' }] });
    const resolver = (flags: Record<string, string>) => wanted({ kubelet: { flags, configuration: { resolvConf: '/run/r' } } });
    const refused = (what: string) => (isLost ? [expect.stringContaining(what)] : []);
    expect(checkWrites(taken, facts)).toEqual(refused('clusterDNS: ConfigurationInvalid: kubelet v1.31.4 does not take'));
    expect(checkWrites(resolver({}), facts)).toEqual(refused('resolvConf: ConfigurationInvalid: kubelet v1.31.4 ignores'));
    expect(checkWrites(resolver({ 'resolv-conf': '/run/r' }), facts)).toEqual([]);
  });

  test('of a field that a flag of the node beats is refused, with the flag to set', () => {
    const facts = node('ExecStart=/usr/bin/kubelet --max-pods=58\n');
    expect(checkWrites(wanted(), facts)).toEqual([expect.stringMatching(/configuration.maxPods: FlagInvalid: .*--max-pods=58/)]);
    const both = wanted({ kubelet: { flags: { 'max-pods': 64 }, configuration: { maxPods: 64 } } });
    expect(filesOn(facts, both)[environment]).toContain('--max-pods=64');
    const taken = wanted({ kubelet: {}, patches: [{ op: 'remove', path: '/kubelet/configuration/maxPods' }] });
    expect(checkWrites(taken, facts)).toEqual([expect.stringMatching(/configuration.maxPods: FlagInvalid: .*--max-pods=58/)]);
  });

  test('of a kubelet that takes its own from a ConfigMap is refused; flags alone are not', () => {
    const dynamic = node('ExecStart=/usr/bin/kubelet --dynamic-config-dir=/var/lib/kubelet/dynamic-config $X\n');
    expect(checkWrites(wanted(), dynamic)).toEqual([
      expect.stringMatching(/^spec\.kubelet\.configuration: FlagInvalid: .*a ConfigMap that its Node names counts more/),
    ]);
    expect(checkWrites(wanted({ kubelet: { flags: { v: 2 } } }), dynamic)).toEqual([]);
    expect(checkWrites(wanted(), node('ExecStart=/usr/bin/kubelet --dynamic-config-dir= $X\n'))).toEqual([]);
  });
});

test('the order of the flags and of the fields of the node changes no input', () => {
  const inputs = (service: string) => rendered(wanted(), node(service)).traits.inputs.capabilities['nodeKubelet'];
  const one = 'Environment=A="--a=1 --b=2"\nExecStart=/usr/bin/kubelet $A\n';
  expect(inputs(one)).toBe(inputs('Environment=A="--b=2 --a=1"\nExecStart=/usr/bin/kubelet $A\n'));
  expect(inputs(one)).not.toBe(inputs('Environment=A="--b=2 --a=3"\nExecStart=/usr/bin/kubelet $A\n'));
});

test('a node whose /etc a boot empties is refused, or accepted by word', () => {
  const facts = { ...node('ExecStart=/usr/bin/kubelet\n'), etcPersists: false };
  expect(checkWrites(wanted(), facts)).toEqual([expect.stringContaining('EtcDoesNotPersist')]);
  expect(filesOn(facts, wanted({ launcher: { existing: { volatile: true } } }))).toHaveProperty([dropIn]);
});
