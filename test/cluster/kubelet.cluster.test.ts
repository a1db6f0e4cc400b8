/**
 * We start a real kubelet before the cluster knows its node; it registers with a real API server, and is then
 * configured through that. Needs $KUBEBUILDER_ASSETS/kubelet and Debian's containerd and runc; without them a
 * message says that the test was not run.
 */

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonMap } from '../../src/api/json.ts';
import type { KubeletConfig } from '../../src/api/types.ts';
import { kubeletConfig } from '../builders.ts';
import { type BuiltProgram, buildProgram, type RunningProgram } from '../built-program.ts';
import type { Guest } from '../guest.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { manifests, nodeKubelet, userOf } from './fleet.ts';
import { kubeconfigText } from './kubeconfig-file.ts';
import { succeed } from './kubelet-configs.ts';
import { assetsInGuest, kubelet, missing, putIn, startKubeletMachine } from './kubelet-machine.ts';

const patience = { timeout: 90_000, interval: 200 };

const workers = (maxPods: number, more: JsonMap = {}): KubeletConfig =>
  kubeletConfig('workers', {
    kubelet: {
      version: execFileSync(kubelet, ['--version'], { encoding: 'utf8' }).replace('Kubernetes ', '').trim(),
      flags: { kubeconfig: '/etc/kubernetes/test.conf', 'hostname-override': 'machine', 'node-labels': ['test=yes'] },
      configuration: {
        address: '127.0.0.1',
        authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
        authorization: { mode: 'AlwaysAllow' },
        containerRuntimeEndpoint: 'unix:///run/containerd-state/containerd.sock',
        cgroupDriver: 'cgroupfs',
        cgroupsPerQOS: false,
        enforceNodeAllocatable: [],
        failSwapOn: false,
        failCgroupV1: false,
        makeIPTablesUtilChains: false,
        maxPods,
        ...more,
      },
    },
    launcher: { host: { binary: join(assetsInGuest, 'kubelet') } },
    health: { minReadySeconds: 3, timeoutSeconds: 60 },
  });

describe.skipIf(missing.length > 0)('a real kubelet', () => {
  let plane: ControlPlane;
  let guest: Guest;
  let program: BuiltProgram;
  let agent: RunningProgram;

  beforeAll(async () => {
    [plane, guest] = await Promise.all([startControlPlane(), startKubeletMachine()]);
    program = buildProgram();
    await succeed(plane, ['apply', '-k', join(manifests, 'overlays/host-service')]);
    put('/etc/kubernetes/test.conf', kubeconfigText(userOf(plane, plane.kubeletToken('machine'))));
  });
  afterAll(async () => {
    await program?.remove();
    await guest?.stop();
    await plane?.stop();
  });

  const put = (path: string, content: string) => putIn(guest, path, content);
  const podsOfNode = async () => {
    const { body } = await plane.request('GET', '/api/v1/nodes/machine');
    return (body as { status?: { capacity?: { pods?: string } } }).status?.capacity?.pods;
  };
  const status = async () => (await nodeKubelet(plane, 'machine'))?.status;

  test('is brought up from a directory, registers, and is then configured through the cluster', async () => {
    put('/etc/kubelet-config.d/workers.yaml', JSON.stringify(workers(64)));
    const bootstrap = `--bootstrap=dir:${join(guest.root, 'etc/kubelet-config.d')}`;
    const credentials = `--kubeconfig=${join(guest.root, 'etc/kubernetes/test.conf')}`;
    agent = program.start(['agent', '--source=cluster', `--root=${guest.root}`, credentials, bootstrap]);
    try {
      // The kubelet reports it, so it has read our file.
      await expect.poll(podsOfNode, patience).toBe('64');
      await expect.poll(async () => (await status())?.phase, patience).toBe('UpToDate');
      expect(await status()).toMatchObject({
        kubeletVersion: expect.stringMatching(/^v1\./),
        inputs: [{ name: 'workers', uid: '' }],
      });
      const since = (await status())?.kubeletStartTime;

      const controller = ['controller', `--kubeconfig=${plane.kubeconfig}`, '--namespace=kubelet-config'];
      program.start(controller);
      await succeed(plane, ['apply', '-f', '-'], JSON.stringify(workers(77)));
      await expect.poll(podsOfNode, patience).toBe('77');
      await succeed(plane, ['wait', '--for=condition=Ready', 'kubeletconfig/workers', '--timeout=60s']);
      expect(await status()).toMatchObject({ phase: 'UpToDate', inputs: [{ name: 'workers', uid: expect.stringMatching(/./) }] });
      expect((await status())?.kubeletStartTime).not.toBe(since);
    } catch (error) {
      const { stdout } = await guest.run(['journalctl', '--unit=kubelet.service', '--no-pager', '--lines=30', '--output=cat']);
      process.stderr.write(`agent:\n${agent.said()}\nkubelet:\n${stdout}\n`);
      throw error;
    }
  }, 240_000);

  /**
   * The kubelet does not start with the state file of another policy, or of other reserved CPUs. Only a real
   * kubelet shows that our rules are right.
   */
  test('changes the policy of its CPU manager, what that reserves, and back', async () => {
    const state = () => JSON.parse(readFileSync(join(guest.root, 'var/lib/kubelet/cpu_manager_state'), 'utf8'));
    const isPinned = (...reserved: string[]) => ({ cpuManagerPolicy: 'static', reservedSystemCPUs: reserved.join(',') });
    const strict = { ...isPinned('0'), cpuManagerPolicyOptions: { 'strict-cpu-reservation': 'true' } };
    const changes: [JsonMap, string][] = [
      [isPinned('0'), 'static'],
      [strict, 'static'],
      [{ ...strict, reservedSystemCPUs: '1' }, 'static'],
      [{}, 'none'],
    ];
    const restarts = async () => {
      const journal = ['journalctl', '--unit=kubelet.service', '--no-pager', '--output=cat', '--grep=^Started'];
      return (await guest.run(journal)).stdout.trim().split('\n').length;
    };
    for (const [index, [more, policy]] of changes.entries()) {
      const before = await restarts();
      await succeed(plane, ['apply', '-f', '-'], JSON.stringify(workers(80 + index, more)));
      await expect.poll(podsOfNode, patience).toBe(String(80 + index));
      await expect.poll(async () => (await status())?.phase, patience).toBe('UpToDate');
      expect(state()).toMatchObject({ policyName: policy });
      expect((await restarts()) - before).toBe(1);
    }
    const left = readdirSync(join(guest.root, 'var/lib/kubelet')).filter((name) => name.includes('kubelet-config'));
    expect(left).toEqual([]);
  }, 240_000);
});
