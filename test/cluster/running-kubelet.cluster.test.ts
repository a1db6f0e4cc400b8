/**
 * A real kubelet, joined to a real API server, is asked for what it has in force: with the token of the agent, and with
 * the credentials of its own; by those who may, and by those who may not.
 */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadCredentials } from '../../src/cluster/credentials.ts';
import { kubeletOwnCredentials, sharedCredentials } from '../../src/cluster/kubelet-credentials.ts';
import { type OpenMachine, openMachine } from '../../src/host/machine.ts';
import { kubeletServer } from '../../src/kubelet/server.ts';
import { settingsOf } from '../../src/kubelet/settings/settings.ts';
import { readInstalledKubelet } from '../../src/node/ports/installed-kubelet.ts';
import { run } from '../cli/in-process.ts';
import type { Guest } from '../guest.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { manifests, userOf } from './fleet.ts';
import { kubeconfigText, writeKubeconfig } from './kubeconfig-file.ts';
import { succeed } from './kubelet-configs.ts';
import { assetsInGuest, missing, putIn, shellIn, startKubeletMachine } from './kubelet-machine.ts';
import { scratchDirectory } from './program.ts';

const patience = { timeout: 90_000, interval: 300 };
const config = '/var/lib/kubelet/config.yaml';
const environmentFile = '/etc/default/kubelet';
const secret = 'Bearer topsecret';

/** The usual way to say who may read what; no /healthz at a port of its own; and a header that nobody may see. */
const nodeFiles: Readonly<Record<string, string>> = {
  '/usr/lib/systemd/system/kubelet.service': `[Service]
EnvironmentFile=${environmentFile}
ExecStart=${join(assetsInGuest, 'kubelet')} --kubeconfig=/etc/kubernetes/kubelet.conf --config=${config} $KUBELET_EXTRA_ARGS
Restart=always
`,
  [environmentFile]: 'KUBELET_EXTRA_ARGS="--hostname-override=machine --node-labels=of=start"\n',
  [config]: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}}
authorization: {mode: Webhook}
cgroupDriver: cgroupfs
cgroupsPerQOS: false
clusterDNS: [10.96.0.10]
clusterDomain: cluster.local
containerRuntimeEndpoint: unix:///run/containerd-state/containerd.sock
enforceNodeAllocatable: []
evictionHard: {memory.available: 100Mi}
failCgroupV1: false
failSwapOn: false
healthzPort: 0
makeIPTablesUtilChains: false
staticPodURL: http://127.0.0.1:1/pods
staticPodURLHeader: {Authorization: [${secret}]}
`,
};

describe.skipIf(missing.length > 0)('a real kubelet, asked for what it has in force,', () => {
  let plane: ControlPlane;
  let guest: Guest;
  let machine: OpenMachine;

  beforeAll(async () => {
    [plane, guest] = await Promise.all([startControlPlane(), startKubeletMachine()]);
    for (const [path, content] of Object.entries(nodeFiles)) putIn(guest, path, content);
    putIn(guest, '/etc/kubernetes/kubelet.conf', kubeconfigText(userOf(plane, plane.kubeletToken('machine'))));
    await succeed(plane, ['apply', '-k', manifests]);
    await shell('systemctl daemon-reload; systemctl start kubelet');
    machine = await openMachine(guest.root);
  });
  afterAll(async () => {
    machine?.close();
    await guest?.stop();
    await plane?.stop();
  });

  const shell = (script: string) => shellIn(guest, script);
  const server = async () => kubeletServer(settingsOf(await readInstalledKubelet(machine.files, 'kubelet.service')));
  /** With the token of this service account. */
  async function askAs(account: string) {
    const token = (await succeed(plane, ['create', 'token', account, '--namespace=kubelet-config'])).trim();
    const kubeconfig = writeKubeconfig(await scratchDirectory('token'), userOf(plane, token), account);
    const ask = machine.askKubelet?.(sharedCredentials(loadCredentials({ kubeconfig, environment: {} })));
    if (!ask) throw new Error('the machine does not run');
    return ask;
  }

  test('it answers the token with the role, and tells nobody else anything', async () => {
    const agent = await askAs('agent');
    await expect.poll(async () => (await agent.configuration(await server())).kind, patience).toBe('Read');
    const read = await agent.configuration(await server());
    expect(read).toMatchObject({ configuration: { maxPods: 110, clusterDNS: ['10.96.0.10'], healthzPort: 0 } });
    expect(JSON.stringify(read)).not.toContain('topsecret');
    expect(await agent.healthz(await server())).toEqual({ kind: 'Ok', socket: expect.stringMatching(/^\d+$/) });

    const controller = await askAs('controller');
    const refused = (path: string) => ({
      kind: 'Unknown',
      reason: expect.stringContaining(`kubelet-config:controller read ${path} (403)`),
    });
    expect(await controller.configuration(await server())).toEqual(refused('/configz'));
    expect(await controller.healthz(await server())).toEqual(refused('/healthz'));
  });

  test("its own credentials get an answer once system:nodes has the role, and explain shows it without the header's value", async () => {
    const own = machine.askKubelet?.(kubeletOwnCredentials(machine.files));
    expect(await own?.configuration(await server())).toEqual({
      kind: 'Unknown',
      reason: expect.stringMatching(/system:node:machine read \/configz \(403\).*to the group system:nodes/),
    });
    const explain = (...words: string[]) => run(['explain', `--root=${guest.root}`, ...words]);
    expect((await explain()).stdout).toMatch(/^note: the running kubelet's \/configz could not be read, so its arguments/m);
    // What differs is told by arguments alone.
    putIn(guest, environmentFile, (nodeFiles[environmentFile] ?? '').replace('of=start', 'of=edited'));
    const edited = await explain();
    expect(edited.stdout).toMatch(/^differs: --node-labels\["of"\]: .* says edited, the running kubelet has start;/m);
    expect(edited.stdout.match(/^differs: .*/gm)).toHaveLength(1);
    expect(edited.stdout + (await explain('-o', 'json')).stdout).not.toContain('topsecret');
    putIn(guest, environmentFile, nodeFiles[environmentFile] ?? '');

    await succeed(plane, ['apply', '-k', join(manifests, 'overlays/host-service')]);
    await expect.poll(async () => (await own?.configuration(await server()))?.kind, patience).toBe('Read');
    const asStarted = await explain();
    expect(asStarted.stdout).not.toMatch(/^(note|differs|not read):/m);
    await shell(`sed -i 's/clusterDomain: .*/clusterDomain: edited.local/; s/topsecret/other/' ${config}`);
    const [text, json] = [await explain(), await explain('-o', 'json')];
    expect(text.stdout).toMatch(/^clusterDomain +cluster\.local +the running kubelet alone$/m);
    expect(text.stdout).toMatch(
      /^differs: clusterDomain: .*config\.yaml says edited\.local, the running kubelet has cluster\.local;/m,
    );
    expect(text.stdout.match(/^differs: .*/gm)).toHaveLength(2);
    for (const { stdout, stderr } of [asStarted, text, json]) expect(stdout + stderr).not.toMatch(/topsecret|Bearer|hidden-/);
  });

  test('a program that has taken its port gets nothing', async () => {
    const agent = await askAs('agent');
    const stub = `require('node:https').createServer({ key: require('node:fs').readFileSync('/run/stub.key'), cert: require('node:fs').readFileSync('/run/stub.crt') }, (request, response) => { require('node:fs').appendFileSync('/run/stub.seen', JSON.stringify(request.headers)); response.end('ok'); }).listen(10250, '127.0.0.1')`;
    putIn(guest, '/run/stub.cjs', stub);
    await shell(`systemctl stop kubelet; openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=machine -keyout /run/stub.key -out /run/stub.crt 2>/dev/null
  systemd-run --unit=stub ${process.execPath} /run/stub.cjs`);
    const answer = async () => (await agent.configuration(await server())) as { reason?: string };
    await expect.poll(async () => (await answer()).reason, patience).toMatch(/shows another certificate/);
    expect(await agent.healthz(await server())).toMatchObject({ kind: 'Unknown' });
    await shell('systemctl stop stub; test ! -e /run/stub.seen');
  });
});
