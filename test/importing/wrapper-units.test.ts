/** Units of kubelet-wrappers as people wrote them: what is imported gives the same command lines, or says what it does not carry. */

import { describe, expect, test } from 'vitest';
import type { InstalledKubelet } from '../../src/kubelet/installed/installed.ts';
import { launchOf } from '../../src/kubelet/installed/installed.ts';
import { exactVariables } from '../../src/render/launchers/rkt/wrapper.ts';
import { decodeWords } from '../../src/render/launchers/rkt/wrapper-encoding.ts';
import { after, imported, nodeOf, renderedFor } from './tree.ts';

const wrapper = '/usr/lib/coreos/kubelet-wrapper';
const resolv = '--volume=resolv,kind=host,source=/etc/resolv.conf --mount volume=resolv,target=/etc/resolv.conf';

interface Pattern {
  readonly unit: string;
  readonly environmentFile?: string;
  /** Volumes that the wrapper mounts itself in the same way: the rendering leaves them out. */
  readonly isOfWrapper?: readonly string[];
  /** Beginnings of the problems that are more than notices. */
  readonly told?: readonly string[];
}

const patterns: Readonly<Record<string, Pattern>> = {
  'the manual: a version and two flags': {
    unit: `[Service]\nEnvironment=KUBELET_VERSION=v1.2.2_coreos.0\nExecStart=${wrapper} \\\n  --api-servers=http://127.0.0.1:8080 \\\n  --config=/etc/kubernetes/manifests\n`,
  },
  'the manual: options of rkt': {
    unit: `[Service]\nEnvironment="RKT_OPTS=${resolv}"\nEnvironment=KUBELET_VERSION=v1.2.0_coreos.1\nExecStart=/opt/bin/kubelet-wrapper --config=/etc/kubernetes/manifests\n`,
  },
  'tag, UUID file and stop': {
    unit: `[Service]\nEnvironment=KUBELET_IMAGE_TAG=v1.7.6_coreos.0\nEnvironment="RKT_RUN_ARGS=--uuid-file-save=/var/run/kubelet-pod.uuid \\\n  ${resolv}"\nExecStartPre=-/usr/bin/rkt rm --uuid-file=/var/run/kubelet-pod.uuid\nExecStart=${wrapper} \\\n  --allow-privileged --max-pods 10 \\\n  --sync-frequency 30s\nExecStop=-/usr/bin/rkt stop --uuid-file=/var/run/kubelet-pod.uuid\nRestart=always\nRestartSec=10s\n[Install]\nWantedBy=multi-user.target\n`,
  },
  'options that begin with a joined line': {
    unit: `[Service]\nEnvironmentFile=/etc/kubernetes/kubelet.env\nEnvironment="RKT_OPTS=\\\n--volume=etc-resolv,kind=host,source=/etc/resolv.conf --mount volume=etc-resolv,target=/etc/resolv.conf"\nEnvironment=KUBELET_ACI=quay.io/coreos/hyperkube\nEnvironment=KUBELET_VERSION=v1.5.1_coreos.0\nExecStart=${wrapper} --lock-file=/var/run/lock/kubelet.lock --hostname-override=\${COREOS_PRIVATE_IPV4} --node-labels=master=true\n`,
    environmentFile: 'COREOS_PRIVATE_IPV4=10.0.0.7\n',
  },
  'an environment file with image, and shell in ExecStartPre': {
    unit: `[Unit]\nWants=rpc-statd.service\n[Service]\nEnvironment="RKT_RUN_ARGS=--volume var-lib-cni,kind=host,source=/var/lib/cni --mount volume=var-lib-cni,target=/var/lib/cni --volume iscsi,kind=host,source=/etc/iscsi/ --mount volume=iscsi,target=/etc/iscsi/ --volume iscsiadm,kind=host,source=/usr/sbin/iscsiadm --mount volume=iscsiadm,target=/sbin/iscsiadm --insecure-options=image"\nEnvironmentFile=/etc/kubernetes/kubelet.env\nExecStartPre=/usr/bin/bash -c "grep 'certificate' /etc/kubernetes/kubeconfig | awk '{print $2}' | base64 -d > /etc/kubernetes/ca.crt"\nExecStart=${wrapper} --cluster_dns=10.3.0.10 --cluster_domain=cluster.local --read-only-port=0\n`,
    environmentFile: 'KUBELET_IMAGE_URL=docker://k8s.gcr.io/hyperkube\nKUBELET_IMAGE_TAG=v1.13.1\n',
  },
  'further options: dns, environment, image arguments, global arguments': {
    unit: `[Service]\nEnvironmentFile=-/etc/kubernetes/kubelet.env\nEnvironment="RKT_RUN_ARGS=--inherit-env --dns=host --net=host --set-env=ETCD_CA=/etc/ca.pem --volume rkt,kind=host,source=/opt/bin/host-rkt --mount volume=rkt,target=/usr/bin/rkt --volume stage,kind=host,source=/tmp --mount volume=stage,target=/tmp"\nExecStart=${wrapper} --node-labels a=b\n`,
    environmentFile:
      'KUBELET_IMAGE=docker://example.org/hyperkube:v1.10.1\nKUBELET_IMAGE_ARGS=--name=kubelet --exec=kubelet\nRKT_GLOBAL_ARGS="--insecure-options=image"\n',
  },
  'the same mount as the wrapper, and one name twice': {
    unit: `[Service]\nEnvironment=KUBELET_IMAGE_TAG=v1.8.4_coreos.0\nEnvironment="RKT_RUN_ARGS=--volume etc-kubernetes,kind=host,source=/etc/kubernetes --mount volume=etc-kubernetes,target=/etc/kubernetes --volume var-log,kind=host,source=/var/log --mount volume=var-log,target=/var/log"\nTimeoutStartSec=5min\nExecStart=${wrapper} --read-only-port 0\n`,
    isOfWrapper: ['etc-kubernetes', 'var-log'],
  },
  'a stray backslash': {
    unit: `[Service]\nEnvironment=KUBELET_VERSION=v1.4.6_coreos.0\nExecStart=${wrapper} \\\n  --kubeconfig=/etc/kubernetes/worker.yaml \\\nRestart=always\nRestartSec=10\n`,
    told: ['Restart on line 5 belongs to the value of ExecStart on line 3'],
  },
  'a backslash that joins two assignments': {
    unit: `[Service]\nEnvironment=KUBELET_IMAGE_TAG=v1.8.4_coreos.0\nEnvironment=KUBELET_IMAGE_ARGS=--environment=home=/root \\\nEnvironment="RKT_RUN_ARGS=--net=host"\nExecStart=${wrapper} --v=2\n`,
    told: ['Environment on line 4 belongs to the value of Environment on line 3'],
  },
  'a quote that is closed too early': {
    unit: `[Service]\nEnvironment=KUBELET_IMAGE_TAG=v1.8.4_coreos.0\nEnvironment="RKT_RUN_ARGS=--dns=host" \\\n  --mount volume=etc-machine-id,target=/etc/machine-id\nExecStart=${wrapper} --v=2\n`,
    told: ['systemd ignores --mount in Environment=, which is no assignment, and takes what follows for a variable named volume'],
  },
  'a line that cannot be split': {
    unit: `[Service]\nEnvironment=KUBELET_IMAGE_TAG=v1.8.4_coreos.0\nEnvironment="RKT_RUN_ARGS=--dns=host\nExecStart=${wrapper} --v=2\n`,
    told: ['systemd ignores this Environment= as a whole: a " is opened but never closed'],
  },
  'the tag twice': {
    unit: `[Service]\nEnvironment=KUBELET_IMAGE_TAG=v1.8.4_coreos.0 KUBELET_VERSION=v1.2.2_coreos.0\nExecStart=${wrapper} --v=2\n`,
    told: ['the unit sets both KUBELET_IMAGE_TAG=v1.8.4_coreos.0 and KUBELET_VERSION=v1.2.2_coreos.0'],
  },
  'variables that ExecStartPre sets, and specifiers': {
    unit: `[Service]\nEnvironment=KUBELET_IMAGE_TAG=v1.8.4_coreos.0\nExecStartPre=/usr/bin/sh -c "systemctl set-environment HOST_IP=$(curl -s http://169.254.169.254/ip)"\nExecStart=${wrapper} --v=2 --node-ip=\${HOST_IP} --hostname-override=%H\n`,
    told: [
      '--hostname-override=%H holds a specifier',
      `--node-ip=\${HOST_IP} stands in the command, and no file that was read sets HOST_IP`,
    ],
  },
};

const files = ({ unit, environmentFile }: Pattern) => ({
  '/etc/systemd/system/kubelet.service': unit,
  ...(environmentFile !== undefined && { '/etc/kubernetes/kubelet.env': environmentFile }),
});

/** The words of `rkt run` that the variables say, without the UUID file, in any order. */
function rktWords(installed: InstalledKubelet): string[] {
  const { variables } = launchOf(installed);
  const value = (name: string) => variables.get(name)?.value ?? '';
  const plain = (name: string) =>
    value(name)
      .split(/\s+/)
      .filter((word) => word !== '' && word !== '\\');
  const words = [
    ...['RKT_GLOBAL_ARGS', 'RKT_RUN_ARGS', 'RKT_OPTS', 'KUBELET_IMAGE_ARGS'].flatMap(plain),
    ...Object.values(exactVariables).flatMap((name) => decodeWords(value(name))),
  ];
  const joined = words
    .join('\n')
    .replaceAll(/^(--(?:volume|mount))\n/gm, '$1=')
    .split('\n');
  const known = joined.filter((word) => !/^--uuid-file-save|^--exec=\/|^--stage1-from-dir/.test(word) && word !== '');
  return known.map((word) => word.replace(/,readOnly=false/, '')).sort();
}

function flags(installed: InstalledKubelet, without: readonly string[]): string[] {
  const given = launchOf(installed).commandLine.flags.filter(({ name }) => !without.includes(name));
  return given.map(({ name, value }) => `--${name}=${value}`).sort();
}

/** What the wrapper makes of its names for the image. */
function image(installed: InstalledKubelet): string {
  const value = (...names: string[]) => names.map((name) => launchOf(installed).variables.get(name)?.value).find((text) => text);
  const whole = value('KUBELET_IMAGE');
  return (
    whole ??
    `${value('KUBELET_IMAGE_URL', 'KUBELET_ACI') ?? 'quay.io/coreos/hyperkube'}:${value('KUBELET_IMAGE_TAG', 'KUBELET_VERSION')}`
  );
}

describe.each(Object.entries(patterns))('%s', (_name, pattern) => {
  test('has the same words of the kubelet and of rkt, the same image, and tells its mistakes', async () => {
    const before = await nodeOf(files(pattern));
    const { object, problems } = imported(before.installed, 'rkt');
    const told = problems.filter(({ severity }) => severity !== 'notice');
    expect(told.map(({ reason }) => reason).sort()).toEqual((pattern.told ?? []).map((text) => expect.stringContaining(text)));
    expect(told.every(({ position }) => position !== undefined)).toBe(true);
    const later = await after(before, renderedFor(object, before.facts));
    const without = told.flatMap(({ path }) => (path[2] === 'flags' ? [String(path[3])] : []));
    expect(flags(later, [])).toEqual(flags(before.installed, without));
    const isOfWrapper = (word: string) => pattern.isOfWrapper?.some((name) => word.includes(`=${name},`)) === true;
    expect(rktWords(later)).toEqual(rktWords(before.installed).filter((word) => !isOfWrapper(word)));
    expect(image(later)).toBe(image(before.installed));
  });
});

test('underscores, and a variable that the unit and a file set differently, are notices', async () => {
  const { installed } = await nodeOf({
    '/etc/systemd/system/kubelet.service': `[Service]\nEnvironment=KUBELET_IMAGE_TAG=v1.6.1_coreos.0\nEnvironmentFile=/etc/kubernetes/kubelet.env\nExecStart=${wrapper} --cluster_dns=10.3.0.10\n`,
    '/etc/kubernetes/kubelet.env': 'KUBELET_IMAGE_TAG=v1.6.4_coreos.0\n',
  });
  const { object, problems } = imported(installed, 'rkt');
  expect(object?.spec.kubelet).toMatchObject({ version: 'v1.6.4_coreos.0', flags: { 'cluster-dns': '10.3.0.10' } });
  expect(problems.map(({ severity, reason, position }) => [severity, reason.split(/[:;]/)[0], position?.line])).toEqual([
    ['notice', '/etc/kubernetes/kubelet.env sets KUBELET_IMAGE_TAG too, and counts more than Environment= of the unit', 2],
    ['notice', 'the flag --cluster_dns is written with underscores', 4],
  ]);
});

test('a blank behind a backslash ends the line; that is told although there is no object', async () => {
  const { installed } = await nodeOf({
    '/etc/systemd/system/kubelet.service': `[Service]\nEnvironment=KUBELET_IMAGE_TAG=v1.8.4_coreos.0\nExecStart=${wrapper} --v=2 \\ \n  --max-pods=10\n`,
  });
  const { problems } = imported(installed, 'rkt');
  const reason =
    'systemd ignores this line, because --max-pods is no option of a unit: a blank stands behind the backslash on line 3';
  expect(problems).toContainEqual(
    expect.objectContaining({ reason: expect.stringContaining(reason), position: expect.objectContaining({ line: 4 }) }),
  );
});
