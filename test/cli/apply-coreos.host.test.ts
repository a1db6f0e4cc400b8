/** On CoreOS: the kubelet-wrapper that the release ships, with the variables that this one understands. */

import { expect, test } from 'vitest';
import { kubeletConfig } from '../builders.ts';
import { bootstrap, shippedWrapper, unitFile, wrapperFile } from '../kubelet-host.ts';
import { sharedHost } from './shared-host.ts';

const shared = sharedHost();
const { apply } = shared;

function workers(rkt: object = {}) {
  return kubeletConfig('workers', {
    kubelet: { version: 'v1.2.2_coreos.0', image: 'quay.io/coreos/hyperkube', flags: { 'api-servers': 'http://127.0.0.1:8080' } },
    launcher: { rkt: { volumes: [{ name: 'resolv', hostPath: '/etc/resolv.conf', mountPath: '/etc/resolv.conf' }], ...rkt } },
    health: { minReadySeconds: 0 },
  });
}

const resolv = '--volume resolv,kind=host,source=/etc/resolv.conf --mount volume=resolv,target=/etc/resolv.conf';
const uuid = '--uuid-file-save=/var/lib/kubelet-config/kubelet-pod.uuid';

function becomeCoreOs(version: string, rkt: string): void {
  const { host } = shared;
  host.put('/etc/os-release', `NAME=CoreOS\nID=coreos\nVERSION=${version}\nVERSION_ID=${version}\nID_LIKE=""\n`);
  host.put('/usr/bin/rkt', bootstrap.rkt(rkt), 0o755);
  host.put(shippedWrapper, bootstrap.wrapper, 0o755);
}

test.each([
  {
    release: '1010.5.0',
    rkt: '1.2.1',
    variables: { KUBELET_VERSION: 'v1.2.2_coreos.0', KUBELET_ACI: 'quay.io/coreos/hyperkube', RKT_OPTS: `${uuid} ${resolv}` },
  },
  {
    release: '2512.3.0',
    rkt: '1.30.0',
    variables: {
      KUBELET_IMAGE_TAG: 'v1.2.2_coreos.0',
      KUBELET_IMAGE_URL: 'quay.io/coreos/hyperkube',
      RKT_RUN_ARGS: `${uuid} ${resolv}`,
    },
  },
])("$release runs the kubelet by the release's own script", async ({ release, rkt, variables }) => {
  const { host } = shared;
  becomeCoreOs(release, rkt);
  expect(await apply([workers()])).toMatchObject({ exitCode: 0 });
  const { words, environment } = await host.process(shippedWrapper);
  expect(words).toEqual(['--api-servers=http://127.0.0.1:8080']);
  const ours = Object.entries(environment).filter(([name]) => /^(KUBELET|RKT)/.test(name));
  expect(Object.fromEntries(ours)).toEqual(variables);
  expect(Object.keys(host.files())).not.toContain(wrapperFile);
});

test('an update of the system to a release without the old variables is a reason for one restart', async () => {
  const { host } = shared;
  becomeCoreOs('1010.5.0', '1.2.1');
  await apply([workers()]);
  const before = await host.starts();
  becomeCoreOs('1010.6.0', '1.2.1');
  expect(await apply([workers()])).toMatchObject({ stdout: expect.stringMatching(/^unchanged: /) });
  becomeCoreOs('2512.3.0', '1.30.0');
  expect(await apply([workers()])).toMatchObject({ exitCode: 0 });
  expect((await host.process(shippedWrapper)).environment).toMatchObject({ KUBELET_IMAGE_TAG: 'v1.2.2_coreos.0' });
  expect(await host.starts()).toHaveLength(before.length + 1);
});

test.each([
  { what: 'a volume that the script mounts itself', rkt: { volumes: [{ name: 'run', hostPath: '/run', mountPath: '/run' }] } },
  { what: 'a choice of stage1', rkt: { stage1: { fromDir: 'stage1-coreos.aci' } } },
  { what: 'a word that the script would split', rkt: { options: ['--set-env=A=b c'] } },
])('$what is refused on 1010.5.0 before anything is touched', async ({ rkt }) => {
  const { host } = shared;
  becomeCoreOs('1010.5.0', '1.2.1');
  const files = host.files();
  expect(await apply([workers(rkt)])).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('kubelet-wrapper') });
  expect(host.files()).toEqual(files);
  expect(await host.unit()).toMatchObject({ active: 'inactive' });
});

test('an rkt that is too old for our own wrapper is refused', async () => {
  const { host } = shared;
  becomeCoreOs('1010.5.0', '1.2.1');
  const ended = await apply([workers({ wrapper: { source: 'Managed' } })]);
  expect(ended).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('rkt of this node is older than 1.15.0') });
  expect(Object.keys(host.files())).not.toContain(unitFile);
});
