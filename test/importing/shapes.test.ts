/** Nodes as they are set up today: what is imported gives the kubelet that was there. */

import { describe, expect, test } from 'vitest';
import type { KubeletConfig } from '../../src/api/types.ts';
import type { InstalledKubelet } from '../../src/kubelet/installed/installed.ts';
import { launchOf } from '../../src/kubelet/installed/installed.ts';
import { compareSettings, describeChange } from '../../src/kubelet/settings/compare.ts';
import { settingsOf } from '../../src/kubelet/settings/settings.ts';
import { after, contentsOfNode, imported, nodeOf, renderedFor } from './tree.ts';

const node = (shape: string) => nodeOf(contentsOfNode(shape));

/** Flags with their values in order; of --config only that it is there. */
function commandLineOf(installed: InstalledKubelet) {
  const flags: Record<string, (string | undefined)[]> = {};
  for (const { name, value } of launchOf(installed).commandLine.flags)
    flags[name] = [...(flags[name] ?? []), name === 'config' ? 'a file' : value];
  return flags;
}

/** The program, and what is no longer the same. A variable that carried arguments is no setting of its own before. */
function differences(before: InstalledKubelet, later: InstalledKubelet): string[] {
  const { changes } = compareSettings(settingsOf(before), settingsOf(later));
  return changes.map((change) => `${change.kind} ${describeChange(change)}`).filter((text) => !/^New [A-Z_]+ /.test(text));
}

/** The --config that the node has afterwards: the same where objects may write, and where no other program reads JSON. */
const shapes = [
  ['kubeadm-deb', 'DropIn', '/etc/kubernetes/kubelet-config.yaml'],
  ['kubeadm-rpm', 'DropIn', '/etc/kubernetes/kubelet-config.yaml'],
  ['eks-al2', 'Replace', '/etc/kubernetes/kubelet-config.yaml'],
  ['eks-al2023', 'Replace', '/etc/kubernetes/kubelet-config.yaml'],
  ['aks', 'Replace', undefined],
  ['gke', 'Replace', '/etc/kubernetes/kubelet-config.yaml'],
  ['kops', 'Replace', '/etc/kubernetes/kubelet-config.yaml'],
  ['kubespray', 'Replace', '/etc/kubernetes/kubelet-config.yaml'],
  ['kind', 'DropIn', '/etc/kubernetes/kubelet-config.yaml'],
  ['minikube', 'DropIn', '/etc/kubernetes/kubelet-config.yaml'],
] as const;

/** A node that has gates of an older kubelet runs that kubelet. */
function ofVersion(object: KubeletConfig, version: string): KubeletConfig {
  return { ...object, spec: { ...object.spec, kubelet: { ...object.spec.kubelet, version } } };
}

describe.each(shapes)('%s as host', (shape, mode, config) => {
  test('has the same command line, the same configuration in force, and loses nothing', async () => {
    const before = await node(shape);
    const { object, problems } = imported(before.installed, 'host');
    expect(problems.filter(({ severity }) => severity !== 'notice')).toEqual([]);
    expect(object?.spec.unit?.mode ?? 'Replace').toBe(mode);
    const running = object && shape === 'gke' ? ofVersion(object, 'v1.25.12') : object;
    const later = await after(before, renderedFor(running, before.facts));
    expect(commandLineOf(later)).toEqual(commandLineOf(before.installed));
    expect(launchOf(later).kubelet[0]?.text).toBe(launchOf(before.installed).kubelet[0]?.text);
    expect(launchOf(later).commandLine.flags.find(({ name }) => name === 'config')?.value).toBe(config);
    expect(differences(before.installed, later).filter((text) => !text.startsWith('Changed --config '))).toEqual([]);
  });
});

describe.each([...shapes.map(([shape]) => shape), 'typhoon-fcos'])('%s as existing', (shape) => {
  test('changes nothing', async () => {
    const before = await node(shape);
    const { object, problems } = imported(before.installed, 'existing');
    expect(problems).toEqual([]);
    expect(object?.spec).toMatchObject({ launcher: { existing: {} }, nodeSelector: { matchLabels: expect.any(Object) } });
    expect(renderedFor(object, before.facts)).toMatchObject({ kind: 'Rendered', revision: { files: [] } });
  });
});

test.each([
  ['typhoon-fcos', 'host', /podman runs the kubelet in a container/],
  ['typhoon-flatcar', 'existing', /only follows it/],
  ['typhoon-flatcar', 'host', /docker runs the kubelet in a container/],
  ['coreos-wrapper', 'host', /a kubelet-wrapper runs this kubelet in rkt/],
  ['typhoon-flatcar', 'podman', /docker runs this kubelet, not podman/],
  ['kubeadm-deb', 'podman', /no `podman run` starts this kubelet/],
  ['kubeadm-deb', 'rkt', /no kubelet-wrapper starts this kubelet/],
] as const)('%s as %s is refused, with the line that prevents it', async (shape, launcher, reason) => {
  const { installed } = await node(shape);
  const { object, problems } = imported(installed, launcher);
  expect(object).toBeUndefined();
  expect(problems).toMatchObject([{ code: 'NotImported', severity: 'error', reason: expect.stringMatching(reason) }]);
  expect(problems[0]?.position?.excerpt).toContain('ExecStart=');
});

test('a kubelet-wrapper as rkt: the words of rkt become fields, and the pod is removed by our own lines alone', async () => {
  const before = await node('coreos-wrapper');
  const { object } = imported(before.installed, 'rkt');
  expect(object?.spec).toMatchObject({
    kubelet: { version: 'v1.13.1', image: 'docker://k8s.gcr.io/hyperkube' },
    launcher: {
      rkt: {
        volumes: [
          { name: 'resolv', hostPath: '/etc/resolv.conf', mountPath: '/etc/resolv.conf' },
          { name: 'var-lib-cni', hostPath: '/var/lib/cni', mountPath: '/var/lib/cni' },
        ],
        options: expect.arrayContaining(['iscsi,kind=host,source=/etc/iscsi/', '--insecure-options=image']),
      },
    },
    unit: { options: { Service: { ExecStartPre: ['/bin/mkdir -p /etc/kubernetes/manifests'] } } },
  });
  const later = await after(before, renderedFor(object, before.facts));
  expect(commandLineOf(later)).toEqual(commandLineOf(before.installed));
  expect(launchOf(later).variables.get('KUBELET_IMAGE_TAG')?.value).toBe('v1.13.1');
});

test('a kubelet in podman as podman: the same words of the kubelet, the same configuration, and each difference is said', async () => {
  const before = await node('typhoon-fcos');
  const { object, problems } = imported(before.installed, 'podman');
  expect(object?.spec).toMatchObject({
    kubelet: { version: 'v1.32.0', image: 'quay.io/poseidon/kubelet', configurationPath: '/etc/kubernetes/kubelet.yaml' },
    launcher: {
      podman: {
        options: ['--log-driver=k8s-file'],
        volumes: [{ name: 'etc-kubernetes', hostPath: '/etc/kubernetes', mountPath: '/etc/kubernetes', readOnly: true }],
      },
    },
    unit: { options: { Service: { ExecStartPre: ['/bin/mkdir -p /etc/cni/net.d'] } } },
  });
  expect(problems.map(({ severity, reason }) => [severity, reason])).toEqual([
    ['notice', 'the launcher mounts /etc/kubernetes without further options, and the unit has ro,z'],
  ]);
  const later = await after(before, renderedFor(object, before.facts));
  expect(commandLineOf(later)).toEqual(commandLineOf(before.installed));
  const lost = differences(before.installed, later).filter((text) => !/^New |podman (rm|stop) /.test(text));
  expect(lost).toEqual([]);
});

test.each([
  ['--privileged=false --network=none', ['--privileged=false of podman is left out', '--network=none of podman is left out']],
  [
    '-v /srv:/srv -e A=b --env=TOKEN=topsecret1 --rm -d -it',
    ['the variable TOKEN looks like a secret', '--interactive', '--tty'],
  ],
])('podman run %s', async (options, told) => {
  const { installed } = await nodeOf({
    '/etc/systemd/system/kubelet.service': `[Service]\nType=forking\nExecStart=/usr/bin/podman run ${options.replace('-it', '-i -t')} example.org/kubelet:v1.30.2 --v=2\n`,
  });
  const { object, problems } = imported(installed, 'podman');
  expect(object?.spec.kubelet).toEqual({ version: 'v1.30.2', image: 'example.org/kubelet', flags: { v: 2 } });
  expect(JSON.stringify(object)).not.toContain('topsecret');
  for (const text of [...told, 'Type=forking of the unit is left out'])
    expect(problems).toContainEqual(
      expect.objectContaining({ reason: expect.stringContaining(text), position: expect.anything() }),
    );
});
