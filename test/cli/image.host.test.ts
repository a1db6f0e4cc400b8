/** The image is on the node before the kubelet is stopped for it: on a real systemd, with stand-ins for rkt and podman that say whether it can be had. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../src/api/types.ts';
import { kubeletConfig } from '../builders.ts';
import { unitFile } from '../kubelet-host.ts';
import { start } from './in-process.ts';
import { sharedHost } from './shared-host.ts';

const shared = sharedHost();
const { apply } = shared;
const inRkt = (version: string, spec: Partial<KubeletConfigSpec> = {}) =>
  kubeletConfig('workers', { kubelet: { version }, launcher: { rkt: {} }, health: { minReadySeconds: 0 }, ...spec });
const first = inRkt('v1.30.2');
const at = (path: string) => readFileSync(shared.host.at(path), 'utf8');

test('it is fetched as the unit would, with its environment', async () => {
  const proxy = 'http://proxy:3128';
  const { exitCode, stderr } = await apply([inRkt('v1.30.2', { unit: { environment: { HTTPS_PROXY: proxy } } })]);
  expect(exitCode, stderr).toBe(0);
  const image = 'docker://quay.io/coreos/hyperkube:v1.30.2';
  expect(stderr).toContain(`fetch    ${image}`);
  expect(at('/var/fetched')).toBe(`fetch --insecure-options=image --pull-policy=new ${image}`);
  expect(at('/var/fetched-through')).toBe(proxy);
});

test('one that cannot be had costs no restart', async () => {
  expect((await apply([first])).exitCode).toBe(0);
  const was = { files: shared.host.files(), unit: await shared.host.unit() };
  const { exitCode, stderr } = await apply([inRkt('v1.31.0-missing')]);
  expect(exitCode).toBe(3);
  expect(stderr).toContain('spec.kubelet.version: rkt cannot fetch docker://quay.io/coreos/hyperkube:v1.31.0-missing');
  expect(stderr).toContain('fetch: cannot find it');
  expect({ files: shared.host.files(), unit: await shared.host.unit() }).toEqual(was);
});

test('an agent that is told to stop does not wait for a download', async () => {
  expect((await apply([first])).exitCode).toBe(0);
  const was = { files: shared.host.files(), unit: await shared.host.unit() };
  const directory = shared.host.at('/etc/kubelet-config.d');
  mkdirSync(directory);
  writeFileSync(`${directory}/workers.yaml`, JSON.stringify(inRkt('v1.31.0-slow')));
  const agent = start(['agent', '--approve=self', '--root', shared.host.root, '--label', 'role=worker']);
  await expect.poll(() => agent.log.map(({ msg }) => msg)).toContain('fetching the image before the change');
  await expect.poll(() => at('/var/fetched')).toContain('v1.31.0-slow');
  agent.stop();
  expect((await agent.ended).exitCode).toBe(0);
  expect(at(unitFile)).not.toContain('v1.31.0');
  expect({ files: shared.host.files(), unit: await shared.host.unit() }).toEqual(was);
});

/** Starts the kubelet of the host in place of a container, and ends as `podman run --detach` does. */
const podman = `#!/bin/bash
case $1 in
  --version) printf 'podman version 4.3.1\\n' ;;
  image) [[ $* != *missing* ]] || exit 125 ;;
  pull) printf 'Error: manifest unknown\\n' >&2 && exit 125 ;;
  run)
    shift
    while [[ $1 == -* ]]; do shift; done
    shift
    /usr/bin/kubelet "$@" &
    systemd-notify --ready "MAINPID=$!" ;;
esac
`;

test('a kubelet that podman has started in the background is proved, and undone if it is no good', async () => {
  shared.host.put('/usr/bin/podman', podman, 0o755);
  const inPodman = (version: string, v: number) =>
    inRkt(version, {
      kubelet: { image: 'registry.example.com/kubelet', version, flags: { v, 'node-labels': 'a=b' } },
      launcher: { podman: {} },
    });
  expect(await apply([inPodman('v1.30.2', 2)])).toMatchObject({ exitCode: 0 });
  expect((await shared.host.process('/usr/bin/kubelet')).words).toEqual(['--node-labels=a=b', '--v=2']);

  const bad = await apply([inPodman('v1.30.2', 99)]);
  expect(bad.exitCode, bad.stderr).toBe(4);
  expect(bad.stderr).toContain('cannot parse the certificate');
  expect((await shared.host.process('/usr/bin/kubelet')).words).toEqual(['--node-labels=a=b', '--v=2']);

  const missing = await apply([inPodman('v1.30.3-missing', 2)]);
  expect(missing.exitCode).toBe(3);
  expect(missing.stderr).toContain('podman cannot fetch registry.example.com/kubelet:v1.30.3-missing: Error: manifest unknown');
});
