/** manifests/ on a real API server: it takes them, twice, and grants what docs/permissions.md says and no more. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { kustomized } from '../../hack/manifests/kustomized.ts';
import { manifestFiles } from '../../hack/release/manifests.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { succeed } from '../cluster/kubelet-configs.ts';
import { describeCluster } from '../cluster/tier.ts';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
/** The folders that an installation names. */
const ways = ['manifests', 'manifests/overlays/host-service'];
const sorted = (objects: readonly { kind: string; metadata: { name: string; namespace?: string } }[]) =>
  objects.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
const nameOf = ({ kind, metadata }: { kind: string; metadata: { name: string; namespace?: string } }) =>
  `${kind} ${metadata.namespace ?? ''} ${metadata.name}`;
const lines = (text: string) => text.trim().split('\n');

describeCluster('the manifests on an API server', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
    await succeed(plane, ['apply', '-k', at('manifests')]);
    await succeed(plane, ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
    for (const name of ['one', 'two']) await succeed(plane, ['create', '-f', '-'], json(node(name)));
    // The policy takes a moment to be in force.
    await vi.waitFor(
      async () => expect((await as(await tokenOf('agent'), 'create', nodeKubelet('nobody'))).exitCode).toBe(1),
      30_000,
    );
  });
  afterAll(() => plane?.stop());

  const json = (object: unknown) => JSON.stringify(object);
  const node = (name: string) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { role: 'worker' } } });
  const nodeKubelet = (name: string, uid = 'unknown', spec = {}) => ({
    apiVersion: 'kubelet-config.dev/v1alpha1',
    kind: 'NodeKubelet',
    metadata: { name, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }] },
    spec,
  });
  const kubeletConfig = (name: string, spec: object) => ({
    apiVersion: 'kubelet-config.dev/v1alpha1',
    kind: 'KubeletConfig',
    metadata: { name },
    spec,
  });
  const uidOf = (name: string) => succeed(plane, ['get', 'node', name, '-o', 'jsonpath={.metadata.uid}']);
  const tokenOf = async (account: string, ...bound: string[]) =>
    (await succeed(plane, ['create', 'token', account, '-n', 'kubelet-config', ...bound])).trim();
  const agentOn = (name: string) => tokenOf('agent', '--bound-object-kind=Node', `--bound-object-name=${name}`);
  const as = (token: string, verb: 'create' | 'delete', object: unknown) =>
    plane.kubectl(['--token', token, verb, '-f', '-'], json(object));
  /** A JSON patch, as agents send it. */
  const patchAs = (who: readonly string[], path: string, value: unknown, ...target: string[]) =>
    plane.kubectl([...who, 'patch', ...target, '--type=json', '-p', json([{ op: 'add', path, value }])]);
  const reportAs = (who: readonly string[], name: string, phase: string) =>
    patchAs(who, '/status', { phase }, 'nodekubelet', name, '--subresource=status');
  const refused = (why: string) => ({ exitCode: 1, stderr: expect.stringContaining(why) });

  it.each(ways)('%s is read here as kubectl reads it', async (folder) => {
    const rendered = parseAllDocuments(await succeed(plane, ['kustomize', at(folder)])).map((document) => document.toJS());
    const own = kustomized(at(folder)).map((document) => document.toJS());
    expect(sorted(own)).toEqual(sorted(rendered));
  });

  it('the file of a release is the same as the folder', async () => {
    await succeed(plane, ['apply', '-k', at('manifests')]);
    const again = lines(await succeed(plane, ['apply', '-f', '-'], manifestFiles()['kubelet-config.yaml']));
    expect(again.length).toBe(kustomized(at('manifests')).length);
    expect(again.filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
  });

  it.each(ways)('applied again, %s changes nothing', async (folder) => {
    await succeed(plane, ['apply', '-k', at(folder)]);
    const again = lines(await succeed(plane, ['apply', '-k', at(folder)]));
    expect(again.filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
    expect(again.length).toBeGreaterThan(10);
  });

  it('takes them server-side too', async () => {
    const told = await succeed(plane, ['apply', '--server-side', '--dry-run=server', '--force-conflicts', '-k', at('manifests')]);
    expect(lines(told).filter((line) => !line.endsWith(' serverside-applied (server dry run)'))).toEqual([]);
  });

  it('builds with an image of somebody else, and with the components', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kubelet-config-test-'));
    // kustomize takes no absolute paths.
    const from = (path: string) => relative(folder, at(path));
    try {
      const image = 'ghcr.io/kubelet-config/kubelet-config';
      await writeFile(
        join(folder, 'kustomization.yaml'),
        json({
          resources: [from('manifests')],
          components: ['monitoring', 'alerts', 'disruption-budget'].map((name) => from(`manifests/components/${name}`)),
          images: [{ name: image, newName: 'registry.example.com/ours', newTag: 'v1' }],
        }),
      );
      const built = await succeed(plane, ['kustomize', folder]);
      const images = built.match(/^ +(?:- )?image: \S+$/gm)?.map((line) => line.trim().replace(/^- /, ''));
      expect(images).toEqual(['image: registry.example.com/ours:v1', 'image: registry.example.com/ours:v1']);
      expect(built).toContain('kind: PodMonitor');
      expect(built).toContain('kind: PrometheusRule');
      expect(built).toContain('kind: PodDisruptionBudget');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('explains and lists both kinds', async () => {
    expect(await succeed(plane, ['explain', 'nk.status.phase'])).toContain('UpToDate');
    expect(await succeed(plane, ['explain', 'kc.spec.nodeSelector'])).toContain('matchLabels');
    expect(await succeed(plane, ['get', 'kc,nk'])).toBe('');
  });

  it('lets an agent write its own NodeKubelet and no other', async () => {
    const [token, uid, other] = [await agentOn('one'), await uidOf('one'), await uidOf('two')];
    const own = ['--token', token];
    const its = 'may write only its own NodeKubelet';
    expect(await as(token, 'create', nodeKubelet('two', other))).toMatchObject(refused(`the agent on node one ${its}, not two`));
    expect(await as(token, 'create', nodeKubelet('one', other))).toMatchObject(refused('owned by the Node of its name'));
    const approved = nodeKubelet('one', uid, { approval: { request: 'a', revision: 'b' } });
    expect(await as(token, 'create', approved)).toMatchObject(refused('without spec.approval'));
    expect(await as(token, 'create', nodeKubelet('one', uid, { retry: 'a' }))).toMatchObject(refused('and spec.retry'));
    expect(await as(await tokenOf('agent'), 'create', nodeKubelet('one', uid))).toMatchObject(refused('not bound to a node'));
    for (const more of [{ finalizers: ['example.com/kept'] }, { labels: { a: 'b' } }, { annotations: { a: 'b' } }]) {
      const { metadata, ...rest } = nodeKubelet('one', uid);
      expect(await as(token, 'create', { ...rest, metadata: { ...metadata, ...more } })).toMatchObject(
        refused('without finalizers, labels and annotations'),
      );
    }
    expect(await as(token, 'create', nodeKubelet('one', uid))).toMatchObject({ exitCode: 0 });

    expect(await reportAs(own, 'one', 'UpToDate')).toMatchObject({ exitCode: 0 });
    await succeed(plane, ['create', '-f', '-'], json(nodeKubelet('two', other)));
    expect(await reportAs(own, 'two', 'UpToDate')).toMatchObject(refused(its));
    expect(await reportAs(['--token', await tokenOf('agent')], 'one', 'UpToDate')).toMatchObject(refused('not bound to a node'));
    expect(await patchAs(own, '/spec', {}, 'nodekubelet', 'one')).toMatchObject(refused('cannot patch resource "nodekubelets"'));
    expect(await as(token, 'delete', nodeKubelet('one'))).toMatchObject(refused('cannot delete resource'));
    expect(await as(token, 'create', kubeletConfig('mine', { nodeSelector: { matchLabels: {} } }))).toMatchObject(
      refused('cannot create resource'),
    );
  });

  it('holds an agent to that even when RBAC grants it everything', async () => {
    await succeed(plane, [
      'create',
      'clusterrolebinding',
      'too-much',
      '--clusterrole=cluster-admin',
      '--serviceaccount=kubelet-config:agent',
    ]);
    const token = await agentOn('one');
    const approval = { approval: { request: 'a', revision: 'b' } };
    await vi.waitFor(async () => expect((await plane.kubectl(['--token', token, 'get', 'secrets'])).exitCode).toBe(0), 30_000);
    expect(await patchAs(['--token', token], '/spec', approval, 'nodekubelet', 'one')).toMatchObject(
      refused('update nodekubelets/status only'),
    );
    expect(await as(token, 'delete', nodeKubelet('one'))).toMatchObject(refused('agents do not delete NodeKubelets'));
    expect(await as(token, 'create', kubeletConfig('mine', { nodeSelector: { matchLabels: {} } }))).toMatchObject(
      refused('agents do not write KubeletConfigs'),
    );
    await succeed(plane, ['delete', 'clusterrolebinding', 'too-much']);
  });

  it('lets a node with its own certificate do the same, and read no other Node', async () => {
    await succeed(plane, ['apply', '-k', at('manifests/overlays/host-service')]);
    const one = ['--as=system:node:one', '--as-group=system:nodes', '--as-group=system:authenticated'];
    await vi.waitFor(
      async () => expect(await plane.kubectl([...one, 'get', 'kubeletconfigs'])).toMatchObject({ exitCode: 0 }),
      30_000,
    );
    expect(await reportAs(one, 'one', 'Waiting')).toMatchObject({ exitCode: 0 });
    expect(await reportAs(one, 'two', 'Waiting')).toMatchObject(
      refused('the agent on node one may write only its own NodeKubelet'),
    );
    expect(await plane.kubectl([...one, 'get', 'nodes', '--field-selector=metadata.name=one'])).toMatchObject({ exitCode: 0 });
    expect(await plane.kubectl([...one, 'get', 'nodes', '--field-selector=metadata.name=two'])).toMatchObject({ exitCode: 1 });
  });

  it('lets agents read the one Lease of the controller, and no other', async () => {
    const agents = [
      ['--token', await agentOn('one')],
      // The Node authorizer grants nodes nothing on Leases of this namespace; a Role does.
      ['--as=system:node:one', '--as-group=system:nodes', '--as-group=system:authenticated'],
    ];
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace: 'kubelet-config' } };
    for (const name of ['kubelet-config-controller', 'other'])
      await succeed(plane, ['create', '-f', '-'], json({ ...lease, metadata: { ...lease.metadata, name } }));
    for (const agent of agents) {
      const get = (name: string) => plane.kubectl([...agent, 'get', 'lease', name, '-n', 'kubelet-config']);
      await vi.waitFor(async () => expect(await get('kubelet-config-controller')).toMatchObject({ exitCode: 0 }), 30_000);
      expect(await get('other')).toMatchObject(refused('cannot get resource "leases"'));
      for (const verb of ['list', 'watch', 'update', 'patch', 'delete', 'create'])
        expect(await plane.kubectl([...agent, 'auth', 'can-i', verb, 'leases', '-n', 'kubelet-config'])).toMatchObject({
          exitCode: 1,
        });
    }
  });

  it('keeps a NodeKubelet whose node is changing from everybody but the garbage collector', async () => {
    const object = JSON.parse(await succeed(plane, ['get', 'nodekubelet', 'one', '-o', 'json']));
    const request = { id: 'r1', revision: 'r', reason: 'Change' };
    const report = (status: object) => patchAs([], '/status', status, 'nodekubelet', 'one', '--subresource=status');
    const remove = (...who: string[]) => plane.kubectl([...who, 'delete', 'nodekubelet', 'one', '--wait=false']);
    expect(await report({ request, claimed: 'r1' })).toMatchObject({ exitCode: 0 });
    expect(await remove()).toMatchObject(refused('in the middle of a change'));
    const all = await plane.request('DELETE', '/apis/kubelet-config.dev/v1alpha1/nodekubelets?fieldSelector=metadata.name%3Done');
    expect(all).toMatchObject({ status: 403, body: { message: expect.stringContaining('in the middle of a change') } });
    const again = async () => {
      const { metadata, kind, apiVersion } = object;
      const { name, ownerReferences } = metadata;
      await succeed(plane, ['create', '-f', '-'], json({ apiVersion, kind, metadata: { name, ownerReferences } }));
    };
    // A request that waits, and a claim that has ended, keep nobody.
    for (const status of [{ request }, { request: { ...request, id: 'r2' }, claimed: 'r1' }, { claimed: 'r1' }]) {
      expect(await report(status)).toMatchObject({ exitCode: 0 });
      expect(await remove()).toMatchObject({ exitCode: 0 });
      await again();
    }
    for (const user of ['system:serviceaccount:kube-system:generic-garbage-collector', 'system:kube-controller-manager']) {
      expect(await report({ request, claimed: 'r1' })).toMatchObject({ exitCode: 0 });
      expect(await remove(`--as=${user}`, '--as-group=system:masters')).toMatchObject({ exitCode: 0 });
      await again();
    }
  });

  it('lets the controller approve, report and hold a finalizer, and write nothing else', async () => {
    const controller = ['--token', await tokenOf('controller')];
    await succeed(
      plane,
      ['create', '-f', '-'],
      json(kubeletConfig('held', { nodeSelector: { matchLabels: {} }, launcher: { host: {} } })),
    );
    const held = ['kubeletconfig', 'held'];
    expect(await patchAs(controller, '/spec/priority', 5, ...held)).toMatchObject(
      refused('changes nothing of a KubeletConfig but its finalizers'),
    );
    expect(await patchAs(controller, '/metadata/finalizers', ['kubelet-config.dev/restore'], ...held)).toMatchObject({
      exitCode: 0,
    });
    const approval = { approval: { request: 'a', revision: 'b' } };
    expect(await patchAs(controller, '/spec', approval, 'nodekubelet', 'one')).toMatchObject({ exitCode: 0 });
    expect(await reportAs(controller, 'one', 'Failed')).toMatchObject({ exitCode: 1 });
    for (const object of [held, ['nodekubelet', 'one']]) {
      const owner = { apiVersion: 'v1', kind: 'Node', name: 'gone', uid: 'gone' };
      for (const [path, value] of [
        ['/metadata/labels', { 'kustomize.toolkit.fluxcd.io/prune': 'x' }],
        ['/metadata/annotations', { a: 'b' }],
        ['/metadata/ownerReferences', [owner]],
      ] as const) {
        expect(await patchAs(controller, path, value, ...object)).toMatchObject(refused('no labels, annotations or owners'));
      }
      const finalizers = ['kubelet-config.dev/restore', 'example.com/kept'];
      expect(await patchAs(controller, '/metadata/finalizers', finalizers, ...object)).toMatchObject(
        refused('no finalizer but its own'),
      );
    }
    for (const verb of ['create', 'delete', 'update']) {
      expect(await plane.kubectl([...controller, 'auth', 'can-i', verb, 'kubeletconfigs'])).toMatchObject({ exitCode: 1 });
    }
    await succeed(plane, ['delete', ...held, '--wait=false']);
    expect(
      await plane.kubectl([
        ...controller,
        'patch',
        ...held,
        '--type=json',
        '-p',
        '[{"op":"remove","path":"/metadata/finalizers"}]',
      ]),
    ).toMatchObject({ exitCode: 0 });
    await succeed(plane, ['wait', '--for=delete', 'kubeletconfig/held', '--timeout=10s']);
  });

  it('lets the controller set and take away its taints on a Node, and evict pods, and change nothing else of either', async () => {
    const controller = ['--token', await tokenOf('controller')];
    const theirs = { key: 'example.com/theirs', effect: 'NoExecute' };
    const fresh = { key: 'kubelet-config.dev/unconfigured', effect: 'NoSchedule' };
    const draining = { key: 'kubelet-config.dev/draining', value: 'r1', effect: 'NoSchedule' };
    const taints = (...list: object[]) => patchAs(controller, '/spec/taints', list, 'node', 'two');
    await patchAs([], '/spec/taints', [theirs, fresh], 'node', 'two');
    expect(await taints(theirs, fresh, draining)).toMatchObject({ exitCode: 0 });
    expect(await taints(theirs, fresh, { ...draining, value: 'r2' })).toMatchObject({ exitCode: 0 });
    expect(await taints(theirs)).toMatchObject({ exitCode: 0 });
    expect(await taints()).toMatchObject(refused('takes no taint of others away'));
    expect(await taints({ ...theirs, value: 'other' })).toMatchObject(refused('adds no taint'));
    expect(await taints(theirs, { ...theirs, key: 'example.com/mine' })).toMatchObject(refused('adds no taint'));
    for (const [path, value] of [
      ['/spec/unschedulable', true],
      ['/metadata/labels', { role: 'other' }],
      ['/metadata/annotations', { 'kubelet-config.dev/hold': 'x' }],
    ] as const)
      expect(await patchAs(controller, path, value, 'node', 'two')).toMatchObject(refused('nothing of a Node but its taints'));
    const mayEvict = await plane.kubectl([...controller, 'auth', 'can-i', 'create', 'pods', '--subresource=eviction', '-A']);
    expect(mayEvict).toMatchObject({ exitCode: 0 });
    for (const [verb, kind] of [
      ['delete', 'pods'],
      ['get', 'pods'],
      ['delete', 'nodes'],
      ['update', 'nodes'],
    ] as const)
      expect(await plane.kubectl([...controller, 'auth', 'can-i', verb, kind, '-A']), `${verb} ${kind}`).toMatchObject({
        exitCode: 1,
      });
  });

  it('merges what two field managers apply to one KubeletConfig, and tells them where they disagree', async () => {
    const apply = (manager: string, spec: object) =>
      plane.kubectl(['apply', '--server-side', `--field-manager=${manager}`, '-f', '-'], json(kubeletConfig('shared', spec)));
    const platform = {
      nodeSelector: { matchLabels: {} },
      kubelet: { flags: { v: 2 }, configuration: { maxPods: 64 } },
      launcher: { host: {} },
    };
    expect(await apply('platform', platform)).toMatchObject({ exitCode: 0 });
    expect(await apply('security', { kubelet: { configuration: { protectKernelDefaults: true } } })).toMatchObject({
      exitCode: 0,
    });
    expect(await apply('platform', platform)).toMatchObject({ exitCode: 0 });
    const kubelet = JSON.parse(await succeed(plane, ['get', 'kubeletconfig', 'shared', '-o', 'jsonpath={.spec.kubelet}']));
    expect(kubelet).toEqual({ flags: { v: 2 }, configuration: { maxPods: 64, protectKernelDefaults: true } });
    expect(await apply('security', { kubelet: { configuration: { maxPods: 32 } } })).toMatchObject(
      refused('conflict with "platform": .spec.kubelet.configuration.maxPods'),
    );
  });

  it('lets kubectl wait for the generation that was applied, not for one before', async () => {
    const wait = () => plane.kubectl(['wait', '--for=condition=Ready', 'kc/shared', '--timeout=1s']);
    const generation = Number(await succeed(plane, ['get', 'kc', 'shared', '-o', 'jsonpath={.metadata.generation}']));
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'UpToDate',
      message: 'all',
      lastTransitionTime: '2025-01-01T00:00:00Z',
    };
    const report = (observedGeneration: number) =>
      patchAs([], '/status', { observedGeneration, conditions: [ready] }, 'kc', 'shared', '--subresource=status');
    expect(await report(generation - 1)).toMatchObject({ exitCode: 0 });
    expect(await wait()).toMatchObject({ exitCode: 1 });
    expect(await report(generation)).toMatchObject({ exitCode: 0 });
    expect(await wait()).toMatchObject({ exitCode: 0 });
  });

  it("takes the patch of Argo CD's settings", async () => {
    await succeed(plane, ['create', 'namespace', 'argocd']);
    await succeed(plane, ['create', 'configmap', 'argocd-cm', '-n', 'argocd', '--from-literal=url=https://argocd.example.com']);
    await succeed(plane, [
      'patch',
      'configmap',
      'argocd-cm',
      '-n',
      'argocd',
      '--patch-file',
      at('examples/gitops/argocd/argocd-cm.yaml'),
    ]);
    const data = JSON.parse(await succeed(plane, ['get', 'configmap', 'argocd-cm', '-n', 'argocd', '-o', 'jsonpath={.data}']));
    expect(Object.keys(data)).toHaveLength(3);
  });
});
