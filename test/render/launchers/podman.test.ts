import { describe, expect, test } from 'vitest';
import type { KubeletConfigSpec, LauncherFields } from '../../../src/api/types.ts';
import { launchOf } from '../../../src/kubelet/installed/installed.ts';
import { argumentsOf, checkWrites, file, rendered, unitPath, valuesOf } from '../subject.ts';

type Podman = NonNullable<LauncherFields['podman']>;

const kubelet = { image: 'registry.example.com/kubelet', version: 'v1.30.2' };
const podman = (fields: Podman = {}, more: Partial<KubeletConfigSpec> = {}): Partial<KubeletConfigSpec> => ({
  kubelet,
  launcher: { podman: fields },
  ...more,
});
const words = (fields: Podman = {}, more: Partial<KubeletConfigSpec> = {}) => argumentsOf(file(podman(fields, more)));
const os = (osRelease: Record<string, string>) => ({ osRelease });

test('the unit, word for word', () => {
  const unit = file(podman({ binary: '/opt/my %x/podman' }, { unit: { environment: { B: 'b c', A: '1' } } }));
  expect(unit).toBe(`[Unit]
Description=Kubernetes kubelet
Wants=network-online.target
After=network-online.target

[Service]
Environment=A=1
Environment="B=b c"
ExecStartPre=-/bin/mkdir -p /etc/kubernetes /etc/ssl/certs /usr/share/ca-certificates /var/lib/docker /var/lib/containerd /var/lib/containers /var/lib/kubelet /var/log /lib/modules /run/kubelet
ExecStartPre="-/opt/my %%x/podman" rm --force --ignore kubelet
ExecStart="/opt/my %%x/podman" \\
  run \\
  --name=kubelet \\
  --replace \\
  --rm \\
  --detach \\
  --log-driver=passthrough \\
  --cgroups=split \\
  --sdnotify=conmon \\
  --pull=missing \\
  --privileged \\
  --network=host \\
  --pid=host \\
  --ipc=host \\
  --uts=host \\
  --cgroupns=host \\
  --pids-limit=-1 \\
  --env=A \\
  --env=B \\
  --volume=/dev:/dev:rslave \\
  --volume=/sys:/sys:rslave \\
  --volume=/etc/kubernetes:/etc/kubernetes \\
  --volume=/etc/ssl/certs:/etc/ssl/certs:ro \\
  --volume=/usr/share/ca-certificates:/usr/share/ca-certificates:ro \\
  --volume=/var/lib/docker:/var/lib/docker:rslave \\
  --volume=/var/lib/containerd:/var/lib/containerd:rslave \\
  --volume=/var/lib/containers:/var/lib/containers:rslave \\
  --volume=/var/lib/kubelet:/var/lib/kubelet:rshared \\
  --volume=/var/log:/var/log \\
  --volume=/usr/lib/os-release:/etc/os-release:ro \\
  --volume=/run:/run:rslave \\
  --volume=/lib/modules:/lib/modules:ro \\
  --volume=/etc/machine-id:/etc/machine-id:ro \\
  registry.example.com/kubelet:v1.30.2
ExecStop="-/opt/my %%x/podman" stop --ignore --time=30 kubelet
ExecStop="-/opt/my %%x/podman" rm --force --ignore kubelet
Type=notify
NotifyAccess=all
Delegate=yes
KillMode=mixed
TimeoutStartSec=15min
TimeoutStopSec=90
Restart=always
RestartSec=10

[Install]
WantedBy=multi-user.target
`);
});

test('a drop-in says how the service is started, too; the object may say it otherwise', () => {
  const options = { Service: { KillMode: ['control-group'], Delegate: ['cpu memory'] } };
  const dropIn = file(podman({}, { unit: { mode: 'DropIn', options } }), `${unitPath}.d/50-kubelet-config.conf`);
  expect(valuesOf(dropIn, 'Type')).toEqual(['notify']);
  expect(valuesOf(dropIn, 'KillMode')).toEqual(['control-group']);
  expect(valuesOf(dropIn, 'Delegate')).toEqual(['cpu memory']);
});

test.each([
  ['Type', 'simple'],
  ['NotifyAccess', 'main'],
  ['Delegate', 'no'],
])('%s=%s is refused: systemd would lose sight of the kubelet', (key, value) => {
  const found = checkWrites(podman({}, { unit: { options: { Service: { [key]: [value] } } } }));
  expect(found).toContainEqual(expect.stringMatching(`^spec.unit.options.Service.${key}: UnitInvalid: with the launcher podman`));
});

describe('the image', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  test.each([
    ['quay.io/a/kubelet', 'v1.28.3', 'quay.io/a/kubelet:v1.28.3'],
    ['docker://quay.io/a/kubelet', 'v1.28.3', 'quay.io/a/kubelet:v1.28.3'],
    ['quay.io/a/kubelet:v1.28.3', undefined, 'quay.io/a/kubelet:v1.28.3'],
    ['quay.io/a/kubelet:v1.28.3', 'v1.28', 'quay.io/a/kubelet:v1.28.3'],
    ['localhost:5000/kubelet', 'v1.28.3', 'localhost:5000/kubelet:v1.28.3'],
    ['localhost/kubelet', 'v1.28.3', 'localhost/kubelet:v1.28.3'],
    [`quay.io/a/kubelet@${digest}`, 'v1.28.3', `quay.io/a/kubelet@${digest}`],
    [`quay.io/a/kubelet:v1.28.3@${digest}`, undefined, `quay.io/a/kubelet@${digest}`],
    [`host:5000/kubelet:v1@${digest}`, undefined, `host:5000/kubelet@${digest}`],
  ])('%s and %s', (image, version, reference) => {
    const unit = file(podman({}, { kubelet: { image, ...(version !== undefined && { version }) } }));
    expect(argumentsOf(unit).at(-1)).toBe(reference);
  });

  test.each<[string | undefined, string | undefined, string]>([
    [undefined, 'v1.28.3', 'spec.kubelet.image: MissingField: nothing says which image'],
    ['quay.io/a/kubelet', undefined, 'spec.kubelet.version: MissingField: .* "latest"'],
    ['quay.io/a/kubelet', 'v1.28', 'spec.kubelet.version: InvalidValue: v1.28 is not the tag'],
    ['quay.io/a/kubelet', 'v1.28.3+k3s1', 'spec.kubelet.version: InvalidValue: .*cannot be the tag'],
    ['kubelet', 'v1.28.3', 'spec.kubelet.image: InvalidValue: .*names no registry'],
    ['poseidon/kubelet', 'v1.28.3', 'spec.kubelet.image: InvalidValue: .*names no registry'],
    ['quay.io/A/kubelet', 'v1.28.3', 'spec.kubelet.image: InvalidValue: .*lowercase'],
    ['oci:/var/kubelet', 'v1.28.3', 'spec.kubelet.image: InvalidValue: '],
    ['--rm', 'v1.28.3', 'spec.kubelet.image: InvalidValue: '],
    [`quay.io/a/kubelet@sha256:${'a'.repeat(32)}`, undefined, 'spec.kubelet.image: InvalidValue: .*digest'],
    ['quay.io/a/kubelet:v1.29.1', 'v1.28.3', 'spec.kubelet.image: InvalidValue: the image has the tag'],
  ])('%s and %s are refused', (image, version, problem) => {
    const named = { ...(image !== undefined && { image }), ...(version !== undefined && { version }) };
    const found = checkWrites(podman({}, { kubelet: named }));
    expect(found).toEqual([expect.stringMatching(`^${problem}`)]);
  });
});

test('flags are checked for the version in the tag', () => {
  const image = 'quay.io/a/kubelet:v1.30.2';
  expect(
    checkWrites(podman({}, { kubelet: { image, flags: { 'pod-infra-container-image': 'a', 'network-plugin': 'cni' } } })),
  ).toEqual([expect.stringMatching('^spec.kubelet.flags\\["network-plugin"\\]: FlagInvalid')]);
});

describe('the version of podman', () => {
  test.each<[string | undefined, number]>([
    ['3.4.4', 1],
    ['4.0.0', 0],
    ['4.0.0-rc1', 0],
    ['5.8.6', 0],
    [undefined, 0],
  ])('%s', (podmanVersion, count) => {
    const facts = { osRelease: {}, ...(podmanVersion !== undefined && { podmanVersion }) };
    const found = checkWrites(podman(), facts);
    expect(found).toHaveLength(count);
    for (const one of found) expect(one).toMatch(/^spec.launcher.podman: PodmanTooOld: /);
  });
});

test.each([
  [{ ID: 'fedora', VARIANT_ID: 'coreos' }, '/etc/pki'],
  [{ ID: 'rocky', ID_LIKE: 'rhel centos fedora' }, '/etc/pki'],
  [{ ID: 'opensuse-leap', ID_LIKE: 'suse opensuse' }, '/var/lib/ca-certificates'],
  [{ ID: 'flatcar', ID_LIKE: 'coreos' }, '/usr/share/ca-certificates'],
  [{ ID: 'debian' }, '/usr/share/ca-certificates'],
])("%j: the files that the host's certificates link to are mounted", (osRelease, store) => {
  const unit = file(podman(), unitPath, os(osRelease as Record<string, string>));
  expect(argumentsOf(unit)).toContain(`--volume=${store}:${store}:ro`);
  expect(valuesOf(unit, 'ExecStartPre')[0]).toContain(` ${store} `);
});

describe('volumes', () => {
  const volume = (more: object) => [{ name: 'v', hostPath: '/srv/a', mountPath: '/a', ...more }];
  test.each<[object, string]>([
    [{}, '--volume=/srv/a:/a:bind'],
    [{ readOnly: true }, '--volume=/srv/a:/a:ro,bind'],
    [{ recursive: true }, '--volume=/srv/a:/a:rbind,rslave'],
    [{ hostPath: '/srv/a,b' }, '--volume=/srv/a,b:/a:bind'],
    [{ hostPath: '/srv/a:b', readOnly: true }, '--mount=type=bind,source=/srv/a:b,target=/a,readonly,bind-nonrecursive=true'],
    [{ hostPath: '/srv/a:b', recursive: true }, '--mount=type=bind,source=/srv/a:b,target=/a,bind-propagation=rslave'],
    [{ hostPath: undefined, empty: {} }, '--tmpfs=/a:rw,exec,dev,suid,notmpcopyup,mode=0755'],
    [{ hostPath: undefined, empty: { mode: '0700' } }, '--tmpfs=/a:rw,exec,dev,suid,notmpcopyup,mode=0700'],
  ])('%j', (more, word) => {
    expect(words({ volumes: volume(more) })).toContain(word);
  });

  test('one at a place that the launcher mounts takes its place, and mounts go in and out there as before', () => {
    const found = words({ volumes: volume({ hostPath: '/srv/kubelet', mountPath: '/var/lib/kubelet', recursive: true }) });
    expect(found.filter((word) => word?.includes(':/var/lib/kubelet'))).toEqual([
      '--volume=/srv/kubelet:/var/lib/kubelet:rbind,rshared',
    ]);
  });

  test('one that the launcher mounts in the same way is left out, with a notice', () => {
    const spec = podman({ volumes: volume({ hostPath: '/var/log/', mountPath: '/var/log' }) });
    expect(argumentsOf(file(spec))).toEqual(words());
    expect(rendered(spec).warnings).toEqual([expect.objectContaining({ severity: 'notice', code: 'MountedAlready' })]);
  });

  test.each<[object, string]>([
    [{ mountPath: undefined }, 'mountPath: PodmanRefuses: podman mounts no volume without a place'],
    [{ mountPath: '/' }, 'mountPath: PodmanRefuses: the volume would hide the whole image'],
    [{ hostPath: '/a:b,c' }, ': PodmanRefuses: podman has no way to write'],
    [{ readOnly: true, recursive: true }, 'recursive: PodmanRefuses: podman makes only the volume itself read-only'],
    [{ hostPath: undefined, empty: { uid: 5 } }, 'empty: PodmanRefuses: an empty directory in podman belongs to root'],
    [{ hostPath: undefined, empty: {}, readOnly: true }, 'readOnly: PodmanRefuses: nobody could write to it'],
    [{ hostPath: undefined, empty: {}, mountPath: '/a:b' }, 'mountPath: PodmanRefuses: podman reads a colon'],
  ])('%j is refused', (more, problem) => {
    expect(checkWrites(podman({ volumes: volume(more) as never }))).toEqual([expect.stringContaining(problem)]);
  });

  test('two at one place are refused', () => {
    const volumes = [...volume({}), { name: 'w', hostPath: '/srv/b', mountPath: '/a/' }];
    expect(checkWrites(podman({ volumes }))).toEqual([expect.stringContaining('the volume v is mounted at /a/ already')]);
  });
});

describe('options', () => {
  test('stand after our own words, each as one word, in both ways to write them', () => {
    const options = ['--memory=1g', '--label', 'a=b c', '--no-hosts', '--entrypoint=["hyperkube","kubelet"]'];
    expect(words({ options }).slice(-5)).toEqual([
      '--memory=1g',
      '--label=a=b c',
      '--no-hosts',
      '--entrypoint=["hyperkube","kubelet"]',
      'registry.example.com/kubelet:v1.30.2',
    ]);
  });

  test('pull policy, log driver and the limit of processes may be others', () => {
    const found = words({ options: ['--pull=always', '--log-driver', 'journald', '--pids-limit=4096'] });
    expect(found.filter((word) => /^--(pull|log-driver|pids-limit)=/.test(word ?? ''))).toEqual([
      '--pull=always',
      '--log-driver=journald',
      '--pids-limit=4096',
    ]);
  });

  test.each<[string[], string]>([
    [['registry.example.com/other'], '[0]: PodmanRefuses: podman would take "registry.example.com/other" for the image'],
    [['--memory=1g', '-v', '/a:/b'], '[1]: PodmanRefuses: podman would take "-v" for the image, or for an option in short'],
    [['--volume /a:/b'], '[0]: PodmanRefuses: podman would take'],
    [['--'], '[0]: PodmanRefuses: podman would take'],
    [['--memory'], '[0]: PodmanRefuses: --memory has no value'],
    [['--memory', '--no-hosts'], '[0]: PodmanRefuses: --memory has no value'],
    [['--name=other'], '[0]: PodmanRefuses: the launcher says --name itself'],
    [['--no-hosts', '--network', 'bridge'], '[1]: PodmanRefuses: the launcher says --network itself'],
    [['--privileged=false'], '[0]: PodmanRefuses: the launcher says --privileged itself'],
    [['--tty'], '[0]: PodmanRefuses: the launcher says --tty itself'],
    [['--restart=always'], '[0]: PodmanRefuses: the launcher says --restart itself'],
  ])('%j', (options, problem) => {
    const found = checkWrites(podman({ options }));
    expect(found[0]).toContain(`spec.launcher.podman.options${problem}`);
  });
});

describe('the configuration', () => {
  const configuration = { maxPods: 64 };
  const at = (configurationPath: string, fields: Podman = {}) =>
    checkWrites(podman(fields, { kubelet: { ...kubelet, configuration, configurationPath } }));

  test('must be where the kubelet in the container sees it', () => {
    expect(at('/etc/kubernetes/a.yaml')).toEqual([]);
    expect(at('/opt/bin/a.yaml')).toEqual([expect.stringContaining('does not see /opt/bin/a.yaml')]);
    expect(at('/opt/bin/a.yaml', { volumes: [{ name: 'a', hostPath: '/opt', mountPath: '/opt' }] })).toEqual([]);
    const elsewhere = { volumes: [{ name: 'a', hostPath: '/srv', mountPath: '/etc/kubernetes' }] };
    expect(at('/etc/kubernetes/a.yaml', elsewhere)).toEqual([expect.stringContaining('does not see')]);
  });
});

describe('the image is fetched as podman would', () => {
  const reference = 'registry.example.com/kubelet:v1.30.2';
  const inspect = ['/usr/bin/podman', 'image', 'inspect', '--format={{.Id}}', reference];
  const fetchWith = (...options: string[]) => rendered(podman({ options }, { unit: { environment: { A: 'b' } } })).fetch;
  test.each<[string[], object]>([
    [[], { present: inspect, command: ['/usr/bin/podman', 'pull', '--quiet', reference] }],
    [['--pull=never'], { command: inspect }],
    [['--pull', 'always'], { command: ['/usr/bin/podman', 'pull', '--quiet', reference] }],
    [
      ['--authfile=/etc/kubernetes/auth.json', '--tls-verify=false', '--memory=1g'],
      {
        present: inspect,
        command: ['/usr/bin/podman', 'pull', '--quiet', '--authfile=/etc/kubernetes/auth.json', '--tls-verify=false', reference],
      },
    ],
  ])('%j', (options, fetch) => {
    expect(fetchWith(...options)).toEqual({ ...fetch, environment: { A: 'b' } });
  });
});

test('the settings of a kubelet in a container are found behind the image', () => {
  const flagsOf = (line: string) => {
    const texts = [{ path: unitPath, content: `[Service]\nExecStart=${line}\n` }];
    const installed = { unit: 'kubelet.service', texts, environmentFiles: new Map(), configurationFiles: new Map() };
    return launchOf(installed as never).commandLine.flags.map(({ name, value }) => `${name}=${value}`);
  };
  const ours = file(podman({}, { kubelet: { ...kubelet, flags: { 'max-pods': 64 } } }));
  expect(flagsOf(valuesOf(ours, 'ExecStart')[0] ?? '')).toEqual(['max-pods=64']);
  expect(flagsOf('/usr/bin/podman run --name kubelet -v /a:/a:z --privileged -d quay.io/x --max-pods=64')).toEqual([
    'max-pods=64',
  ]);
  expect(flagsOf('/usr/bin/docker run --rm quay.io/x /hyperkube kubelet --max-pods=64')).toEqual(['max-pods=64']);
});
