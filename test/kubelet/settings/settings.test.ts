import { describe, expect, test } from 'vitest';
import type { InstalledKubelet } from '../../../src/kubelet/installed/installed.ts';
import { compareSettings, describeChange } from '../../../src/kubelet/settings/compare.ts';
import { settingsOf } from '../../../src/kubelet/settings/settings.ts';

const header = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
const config = '/var/lib/kubelet/config.yaml';
const directory = '/etc/kubernetes/kubelet.conf.d';

/** A kubelet with these arguments and files. */
function kubelet(words: string, files: Record<string, string> = {}, unit = ''): InstalledKubelet {
  return {
    unit: 'kubelet.service',
    texts: [{ path: '/unit', content: `[Service]\n${unit}ExecStart=/usr/bin/kubelet ${words}\n` }],
    environmentFiles: new Map(),
    configurationFiles: new Map(Object.entries(files).map(([path, content]) => [path, header + content])),
    configurationDropIns: Object.keys(files).filter((path) => path.startsWith(directory)),
    version: 'v1.36.2',
  };
}

/** The value in force of a setting, and the file that gives it. */
function inForce(installed: InstalledKubelet, key: string) {
  const found = settingsOf(installed).settings.get(key);
  return found && [found.value, found.by];
}

describe('the configuration in force', () => {
  test('a flag beats the file, and the file beats the default', () => {
    const node = kubelet(`--config=${config} --max-pods=20`, { [config]: 'maxPods: 64\npodsPerCore: 3\n' });
    expect(inForce(node, 'Field maxPods')).toEqual([20, '/unit']);
    expect(inForce(node, 'Field podsPerCore')).toEqual([3, config]);
    expect(inForce(node, 'Field nodeLeaseDurationSeconds')).toEqual([40, undefined]);
  });

  test.each([
    ['KUBELET_VERSION=v1.2.2_coreos.0', []],
    ['KUBELET_IMAGE_TAG=v1.7.6_coreos.0', []],
    ['KUBELET_IMAGE_TAG=v1.13.1', [`${config} cannot be read as the kubelet's configuration: it is not there`]],
  ])('with %s, --config names the directory of static pods before 1.8', (variable, unread) => {
    expect(settingsOf(kubelet(`--config=${config}`, {}, `Environment=${variable}\n`)).unread).toEqual(unread);
  });

  test('a shell puts the variables of its script in, and splits their values at blanks', () => {
    const { texts, ...others } = kubelet('');
    const unit = 'Environment=A="--config-dir=/x --max-pods=20" IP=10.0.0.1 G=/lib*\n';
    const script = '/bin/sh -c "exec /usr/bin/kubelet $A --node-ip=$IP --root-dir=$G $NOTHING"';
    const node = { ...others, texts: texts.map(({ path }) => ({ path, content: `[Service]\n${unit}ExecStart=${script}\n` })) };
    expect(inForce(node, 'Field maxPods')).toEqual([20, '/unit']);
    expect(inForce(node, 'Flag --config-dir')).toEqual(['/x', '/unit']);
    expect(inForce(node, 'Flag --node-ip')).toEqual(['10.0.0.1', '/unit']);
    expect(inForce(node, 'Flag --root-dir')).toBeUndefined();
    expect(settingsOf(node).unread).toEqual(['an argument that only the machine knows stands in the command']);
  });

  test('without --config a kubelet asks nobody who they are', () => {
    expect(inForce(kubelet('--v=2'), 'Field authentication.anonymous.enabled')).toEqual([true, undefined]);
    expect(inForce(kubelet('--v=2'), 'Field readOnlyPort')).toEqual([10255, undefined]);
    const node = kubelet(`--config=${config}`, { [config]: 'maxPods: 64\n' });
    expect(inForce(node, 'Field authentication.anonymous.enabled')).toEqual([false, undefined]);
    expect(inForce(node, 'Field readOnlyPort')).toBeUndefined();
  });

  test('a null inside a list changes nothing of the list', () => {
    const taints = 'registerWithTaints:\n- {key: dedicated, effect: NoSchedule, timeAdded: null}\n';
    const node = kubelet(`--config=${config}`, { [config]: taints });
    expect(inForce(node, 'Field registerWithTaints')).toEqual([[{ key: 'dedicated', effect: 'NoSchedule' }], config]);
  });

  test('without --config a kubelet has no thresholds since 1.26', () => {
    const threshold = 'Field evictionHard["memory.available"]';
    expect(inForce(kubelet('--v=2'), threshold)).toBeUndefined();
    expect(inForce({ ...kubelet('--v=2'), version: 'v1.25.4' }, threshold)).toEqual(['100Mi', undefined]);
    const adopted = compareSettings(
      settingsOf(kubelet('--v=2')),
      settingsOf(kubelet(`--v=2 --config=${config}`, { [config]: 'maxPods: 64\n' })),
    );
    expect(adopted.changes.map(describeChange)).toContain('evictionHard["memory.available"] nothing → 100Mi');
  });

  test('feature gates of a flag add to those of the file; other maps of a flag replace theirs', () => {
    const node = kubelet(`--config=${config} --feature-gates=B=true --kube-reserved=cpu=1`, {
      [config]: 'featureGates: {A: true}\nkubeReserved: {memory: 1Gi}\n',
    });
    expect(inForce(node, 'Field featureGates.A')).toEqual([true, config]);
    expect(inForce(node, 'Field featureGates.B')).toEqual([true, '/unit']);
    expect(inForce(node, 'Field kubeReserved.cpu')).toEqual(['1', '/unit']);
    expect(inForce(node, 'Field kubeReserved.memory')).toBeUndefined();
  });

  test('the file with evictionHard has that alone; a drop-in with it has the defaults besides', () => {
    const own = kubelet(`--config=${config}`, { [config]: 'evictionHard: {memory.available: 300Mi}\n' });
    expect(inForce(own, 'Field evictionHard["nodefs.available"]')).toBeUndefined();
    const dropIn = kubelet(`--config=${config} --config-dir=${directory}`, {
      [config]: 'maxPods: 64\n',
      [`${directory}/a.conf`]: 'evictionHard: {memory.available: 300Mi}\n',
    });
    expect(inForce(dropIn, 'Field evictionHard["memory.available"]')).toEqual(['300Mi', `${directory}/a.conf`]);
    expect(inForce(dropIn, 'Field evictionHard["nodefs.available"]')).toEqual(['10%', undefined]);
  });

  /** Each was seen on a kubelet 1.36. */
  test.each([
    ['maxPods: 64\n', 'maxPods: null\n', 'Field maxPods', 110],
    ['allowedUnsafeSysctls: [a]\n', 'allowedUnsafeSysctls: []\n', 'Field allowedUnsafeSysctls', []],
    ['kubeReserved: {cpu: "1", memory: 1Gi}\n', 'kubeReserved: {cpu: null}\n', 'Field kubeReserved.cpu', undefined],
    ['kubeReserved: {cpu: "1"}\n', 'kubeReserved: {}\n', 'Field kubeReserved.cpu', '1'],
    ['{}\n', 'evictionHard: null\n', 'Field evictionHard["memory.available"]', undefined],
    ['enforceNodeAllocatable: []\n', 'maxPods: 1\n', 'Field enforceNodeAllocatable', ['pods']],
    ['enforceNodeAllocatable: []\n', 'enforceNodeAllocatable: []\n', 'Field enforceNodeAllocatable', []],
  ])('%j with the drop-in %j', (main, dropIn, key, expected) => {
    const node = kubelet(`--config=${config} --config-dir=${directory}`, {
      [config]: main === '{}\n' ? '' : main,
      [`${directory}/a.conf`]: dropIn,
    });
    expect(inForce(node, key)?.[0]).toEqual(expected);
  });

  test('until 1.31 resolvConf and nulls of a drop-in are lost', () => {
    const node = kubelet(`--config=${config} --config-dir=${directory}`, {
      [config]: 'clusterDNS: [10.0.0.10]\n',
      [`${directory}/a.conf`]: 'clusterDNS: null\nresolvConf: /run/r\nmaxPods: 5\n',
    });
    const older = { ...node, version: 'v1.31.9' };
    expect(inForce(node, 'Field resolvConf')?.[0]).toBe('/run/r');
    expect(inForce(node, 'Field clusterDNS')).toBeUndefined();
    expect(inForce(older, 'Field resolvConf')?.[0]).toBe('/etc/resolv.conf');
    expect(inForce(older, 'Field clusterDNS')?.[0]).toEqual(['10.0.0.10']);
    expect(inForce(older, 'Field maxPods')?.[0]).toBe(5);
  });

  test('relative paths count from the folder of the file, in a drop-in from the working directory', () => {
    const files = { [config]: 'staticPodPath: manifests\n' };
    expect(inForce(kubelet(`--config=${config}`, files), 'Field staticPodPath')?.[0]).toBe('/var/lib/kubelet/manifests');
    const dropIn = { [config]: '', [`${directory}/a.conf`]: 'staticPodPath: manifests\n' };
    const node = kubelet(`--config=${config} --config-dir=${directory}`, dropIn, 'WorkingDirectory=/srv\n');
    expect(inForce(node, 'Field staticPodPath')?.[0]).toBe('/srv/manifests');
  });
});

describe('a comparison', () => {
  const described = (before: InstalledKubelet, after: InstalledKubelet) =>
    compareSettings(settingsOf(before), settingsOf(after)).changes.map((change) => `${change.kind} ${describeChange(change)}`);

  test('of equal kubelets is empty, however durations are written and in whatever order the flags stand', () => {
    const one = kubelet(`--config=${config} --v=2 --node-ip=10.0.0.1`, { [config]: 'syncFrequency: 60s\n' });
    const other = kubelet(`--node-ip=10.0.0.1 --config=${config} -v 2`, { [config]: 'syncFrequency: 1m\n' });
    expect(described(one, other)).toEqual([]);
  });

  test('tells what changes, what is lost and what is new, by kind and name', () => {
    const before = kubelet(
      `--config=${config} --node-ip=10.0.0.1`,
      { [config]: 'maxPods: 64\nclusterDNS: [10.96.0.10]\n' },
      'Environment=HOME=/root\nSlice=runtime.slice\nExecStartPre=/bin/mount\n',
    );
    const after = kubelet('--max-pods=32 --hostname-override=a');
    expect(described(before, after)).toEqual(
      expect.arrayContaining([
        'Lost clusterDNS ["10.96.0.10"] → nothing',
        'Changed maxPods 64 → 32',
        'Changed authentication.anonymous.enabled false → true',
        'Lost --node-ip 10.0.0.1 → nothing',
        `Lost --config ${config} → nothing`,
        'New --hostname-override nothing → a',
        'Lost HOME /root → nothing',
        'Lost Service.Slice runtime.slice → nothing',
        'Lost Service.ExecStartPre=/bin/mount → nothing',
      ]),
    );
  });

  test('a value that goes back to its default is lost, an empty list included', () => {
    const before = kubelet(`--config=${config}`, { [config]: 'enforceNodeAllocatable: []\nmaxPods: 64\n' });
    const after = kubelet(`--config=${config}`, { [config]: '' });
    expect(described(before, after)).toEqual(['Lost enforceNodeAllocatable [] → ["pods"]', 'Lost maxPods 64 → 110']);
  });

  test('never shows a secret', () => {
    const before = kubelet(
      `--config=${config}`,
      { [config]: 'staticPodURLHeader: {X: [Bearer topsecret]}\n' },
      'Environment=API_TOKEN=topsecret\n',
    );
    expect(described(before, kubelet('--v=2')).join()).not.toContain('topsecret');
  });
});
