import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { parse } from 'yaml';
import { kubeletConfigCrd, nodeKubeletCrd } from '../../../src/api/schema/crd.ts';
import type { SettingsInUse } from '../../../src/api/types.ts';
import { checkNodes } from '../../../src/cli/upgrade/fleet.ts';
import { upgradeFindings } from '../../../src/kubelet/upgrade/upgrade.ts';
import { startApiServer } from '../../fakes/api-server/server.ts';
import { session } from '../session.ts';

interface GivenNode {
  readonly version?: string;
  readonly inUse?: SettingsInUse;
  /** Uid of the Node that the NodeKubelet belongs to, if it is another one. */
  readonly owner?: string;
}

/** A cluster with these nodes, and the command with its credentials. */
async function cluster(nodes: Readonly<Record<string, GivenNode>>) {
  const server = await startApiServer({ crds: [kubeletConfigCrd(), nodeKubeletCrd()] });
  onTestFinished(() => server.stop());
  for (const [name, { version, inUse, owner }] of Object.entries(nodes)) {
    const status = { nodeInfo: { ...(version !== undefined && { kubeletVersion: version }) } };
    const { metadata } = server.put({ apiVersion: 'v1', kind: 'Node', metadata: { name }, status } as never) as {
      metadata: { uid: string };
    };
    if (inUse === undefined) continue;
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid: owner ?? metadata.uid }];
    server.put({
      apiVersion: 'kubelet-config.dev/v1alpha1',
      kind: 'NodeKubelet',
      metadata: { name, ownerReferences },
      status: { phase: 'UpToDate', inUse },
    } as never);
  }
  const here = session();
  const kubeconfig = here.write('kubeconfig', server.kubeconfig());
  const run = (...words: string[]) =>
    here.run(['upgrade-check', '--to', 'v1.37', '--cluster', '--kubeconfig', kubeconfig, ...words]);
  return { server, run };
}

const good: SettingsInUse = { flags: ['v=2', 'config=/c'], configuration: { maxPods: 50 } };
const bad: SettingsInUse = { flags: ['v=2', 'config=/c'], configuration: { featureGates: { SidecarContainers: true } } };
const at36 = { version: 'v1.36.2' };

describe('of a cluster', () => {
  test('says each finding once for all nodes that have the same, and exits with 3 if one would not start', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const { run } = await cluster({
      ...Object.fromEntries(names.map((name) => [name, { ...at36, inUse: bad }])),
      fine: { ...at36, inUse: good },
      silent: at36,
    });
    const ran = await run();
    expect(ran).toMatchObject({ exitCode: 3, stderr: '' });
    expect(ran.stdout).toBe(
      [
        'kubelet 1.37 does not start with:',
        '  5 nodes: a, b, c and 2 more: featureGates.SidecarContainers: from 1.37 on the kubelet does not start with it: unrecognized feature gate SidecarContainers: it was removed after 1.36, and what it stood for is always on → remove it',
        'cannot tell:',
        '  1 node: silent: no agent has reported what the kubelet has in use → run the agent there, in this version or a later one, or kubelet-config upgrade-check on the node',
        '6 kubelets checked from 1.36 to 1.37: 5 would not start; 1 node could not be checked',
        '',
      ].join('\n'),
    );
  });

  test('what cannot be told never fails, and never counts as passed', async () => {
    const { run } = await cluster({ silent: at36 });
    const ran = await run();
    expect(ran).toMatchObject({ exitCode: 0 });
    expect(ran.stdout).toContain('0 kubelets checked; 1 node could not be checked');
    const data = JSON.parse((await run('-o', 'json')).stdout);
    expect(data.checked).toEqual([{ name: '1 node: silent', from: '1.36', nodes: ['silent'] }]);
    expect(data.starts).toBe(true);
    expect(data.findings).toMatchObject([{ kind: 'CannotTell', of: '1 node: silent' }]);
  });

  test.each([
    ['json', JSON.parse],
    ['yaml', parse],
  ])('-o %s names every node', async (format, read: (text: string) => Record<string, never>) => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const { run } = await cluster(Object.fromEntries(names.map((name) => [name, { ...at36, inUse: bad }])));
    const ran = await run('-o', format);
    expect(ran).toMatchObject({ exitCode: 3, stderr: '' });
    expect(read(ran.stdout)).toMatchObject({
      to: '1.37',
      starts: false,
      checked: [{ name: '5 nodes: a, b, c and 2 more', nodes: names, from: '1.36', starts: false }],
      findings: [{ kind: 'Refuses', subject: 'featureGates.SidecarContainers', of: '5 nodes: a, b, c and 2 more' }],
    });
  });

  test.each([
    ['sarif', '"ruleId": "UpgradeRefuses"'],
    ['github', '::error'],
  ])('-o %s says which nodes', async (format) => {
    const { run } = await cluster({ a: { ...at36, inUse: bad } });
    const ran = await run('-o', format);
    expect(ran).toMatchObject({ exitCode: 3 });
    expect(ran.stdout).toContain('1 node: a');
    expect(ran.stdout).toContain('SidecarContainers');
  });

  test('each node begins with its own version, and one that says none with --from', async () => {
    const { run } = await cluster({ a: { version: 'v1.37.0', inUse: bad }, b: { inUse: bad }, c: { ...at36, inUse: bad } });
    const assumed = await run();
    expect(assumed.stdout).toContain('2 would not start');
    expect(assumed.stderr).toContain('nothing says which kubelet runs for 1 node: b: compared with 1.36');
    const from = await run('--from', 'v1.36.1');
    expect(from.stdout).toContain('2 nodes: b, c: featureGates.SidecarContainers');
    expect(from.stderr).toBe('');
  });

  test('thousands of nodes that differ in name and address are judged once', () => {
    const find = vi.fn(upgradeFindings);
    const nodes = Array.from({ length: 5_000 }, (_, index) => ({
      name: `node-${index}`,
      version: 'v1.36.2',
      inUse: {
        ...bad,
        flags: [`node-ip=10.0.${index >> 8}.${index & 255}`, `hostname-override=node-${index}`, `v=${index % 2}`, 'config=/c'],
      },
    }));
    const checked = checkNodes(nodes, undefined, 1037, find);
    expect(find).toHaveBeenCalledTimes(2);
    expect(checked).toMatchObject([{ nodes: { length: 5_000 } }]);
  });

  test('a value that stays on the node cannot be told; a flag that is gone can', async () => {
    const inUse: SettingsInUse = {
      flags: ['config=/c'],
      configuration: {},
      withheld: ['--containerd', 'staticPodURLHeader'],
      unread: ['/x'],
    };
    const { run } = await cluster({ a: { ...at36, inUse } });
    const { stdout, exitCode } = await run();
    expect(exitCode).toBe(3);
    expect(stdout).toContain('1 node: a: --containerd: kubelet 1.37 does not start with the flag --containerd');
    expect(stdout).toContain('does not tell the value of --containerd, staticPodURLHeader, which');
    expect(stdout).toContain('the agent cannot read /x');
  });

  test('the report of an earlier Node of the same name says nothing', async () => {
    const { run } = await cluster({ a: { ...at36, inUse: bad, owner: 'another' } });
    expect((await run()).stdout).toContain('0 kubelets checked; 1 node could not be checked');
  });

  test('a cluster without nodes, and one that does not answer, are errors', async () => {
    const { run, server } = await cluster({});
    expect(await run()).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('the cluster has no nodes') });
    await server.stop();
    const down = await run();
    expect(down.exitCode).toBe(7);
    expect(down.stdout).toBe('');
  });

  test.each([[['-f', 'x.yaml']], [['--root', '/']]])('%j beside it is refused', async (words) => {
    const ran = await session().run(['upgrade-check', '--to', 'v1.37', '--cluster', ...words]);
    expect(ran).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--cluster') });
  });
});
