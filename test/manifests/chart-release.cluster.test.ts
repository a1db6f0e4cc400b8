/** The Helm chart on a real API server, with real Helm: installed, upgraded, uninstalled, installed again. */

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { succeed } from '../cluster/kubelet-configs.ts';
import { at, chart, differences, type Item, identity, kubeletConfig, namespaced, objectsIn } from './chart-objects.ts';
import { textOf } from './documents.ts';
import { describeHelm, setUpCluster } from './helm.ts';

const release = 'kubelet-config';
const crdNames = ['kubeletconfigs.kubelet-config.dev', 'nodekubelets.kubelet-config.dev'];
const agent = 'DaemonSet kubelet-config/agent';

interface List {
  readonly items: readonly Item[];
}

describeHelm('the Helm chart on an API server', () => {
  const its = setUpCluster();
  const install = (...more: string[]) => its.helm.succeed(['install', release, chart, ...namespaced, ...more]);
  const upgrade = (...more: string[]) =>
    its.helm.succeed(['upgrade', '--install', '--reset-values', release, chart, ...namespaced, ...more]);
  const uninstall = () => its.helm.succeed(['uninstall', release, ...namespaced]);
  const manifestOfRelease = () => its.helm.succeed(['get', 'manifest', release, ...namespaced]);
  const list = async (...what: string[]) => JSON.parse(await succeed(its.plane, ['get', ...what, '-o', 'json'])) as List;
  const crds = () => list('crd', ...crdNames);
  const userObjects = () => list('kubeletconfigs');
  const create = (name: string) => succeed(its.plane, ['create', '-f', '-'], JSON.stringify(kubeletConfig(name)));
  const namesOf = (objects: ReadonlyMap<string, unknown>) => [...objects.keys()].sort();

  /** The objects of the release as the cluster has them. */
  const inCluster = async () => {
    const { items } = JSON.parse(await succeed(its.plane, ['get', '-f', '-', '-o', 'json'], await manifestOfRelease())) as List;
    return new Map(items.map((item) => [identity(item), item]));
  };
  /** Names of objects that were made, written or removed since. */
  const writtenSince = async (before: ReadonlyMap<string, Item>) => {
    const now = await inCluster();
    const version = (object: Item | undefined) => `${object?.metadata.uid} ${object?.metadata.resourceVersion}`;
    const names = new Set([...before.keys(), ...now.keys()]);
    return [...names].filter((name) => version(before.get(name)) !== version(now.get(name)));
  };

  it('installs into a namespace that it makes, and tells the order to uninstall', async () => {
    const told = await install('--create-namespace');
    expect(told).toContain('kubectl delete kubeletconfigs --all\n  helm uninstall kubelet-config --namespace kubelet-config\n');
    const rendered = objectsIn(await its.helm.succeed(['template', release, chart, ...namespaced]));
    expect(namesOf(await inCluster())).toEqual(namesOf(rendered));
    await succeed(its.plane, ['wait', '--for=condition=Established', 'crd', ...crdNames, '--timeout=60s']);
    await create('workers');
  });

  it('upgraded with the same values, writes nothing', async () => {
    const before = await inCluster();
    for (const _ of [1, 2]) await upgrade();
    expect(await writtenSince(before)).toEqual([]);
  });

  it('upgraded with another value, writes only what that changes', async () => {
    const before = await inCluster();
    await upgrade('--set', 'agent.extraArgs={--log-level=debug}');
    expect(await writtenSince(before)).toEqual([agent]);
    const specs = [before, await inCluster()].map((objects) => new Map([['spec', objects.get(agent)?.spec]]));
    const [earlier = new Map(), later = new Map()] = specs;
    expect(differences(earlier, later)).toEqual({ 'spec template.spec.containers.0.args.5': [undefined, '--log-level=debug'] });
  });

  it('turned to agents on the hosts, exchanges their bindings and removes the DaemonSet', async () => {
    const before = await inCluster();
    await upgrade('--set', 'agent.enabled=false');
    const now = await inCluster();
    const gone = namesOf(before).filter((name) => !now.has(name));
    expect(gone).toEqual([
      'ClusterRole /kubelet-config-agent-nodes',
      'ClusterRoleBinding /kubelet-config-agent',
      'ClusterRoleBinding /kubelet-config-agent-nodes',
      agent,
      'RoleBinding default/kubelet-config-agent',
      'RoleBinding kubelet-config/kubelet-config-agent',
      'ServiceAccount kubelet-config/agent',
    ]);
    expect((await its.plane.kubectl(['get', 'daemonset', 'agent', ...namespaced])).stderr).toContain('NotFound');
    expect(namesOf(now).filter((name) => !before.has(name))).toEqual([
      'ClusterRoleBinding /kubelet-config-agent-on-host',
      'RoleBinding default/kubelet-config-agent-on-host',
      'RoleBinding kubelet-config/kubelet-config-agent-on-host',
    ]);
    await upgrade();
    expect(namesOf(await inCluster())).toEqual(namesOf(before));
  });

  it('uninstalled, leaves the CRDs and the objects of users, and takes them over when it comes back', async () => {
    const left = [await crds(), await userObjects()];
    expect(left[1]?.items.map(({ metadata }) => metadata.name)).toEqual(['workers']);
    const [names, manifest] = [namesOf(await inCluster()), await manifestOfRelease()];
    await uninstall();
    expect(await succeed(its.plane, ['get', '-f', '-', '--ignore-not-found', '-o', 'name'], manifest)).toBe('');
    expect([await crds(), await userObjects()]).toEqual(left);
    await install();
    expect(namesOf(await inCluster())).toEqual(names);
    expect([await crds(), await userObjects()]).toEqual(left);
  });

  it('leaves the CRDs of an older release to the command of the page', async () => {
    await uninstall();
    await succeed(its.plane, ['delete', 'crd', ...crdNames]);
    await its.helm.succeed(['install', release, olderChart(its.scratch), ...namespaced]);
    await succeed(its.plane, ['wait', '--for=condition=Established', 'crd', ...crdNames, '--timeout=60s']);
    const hasColumns = async () =>
      (await crds()).items.map((crd) => JSON.stringify(crd.spec).includes('"jsonPath":".status.conditions'));
    expect(await hasColumns()).toEqual([false, false]);
    await create('workers');
    const uidsBefore = (await userObjects()).items.map(({ metadata }) => metadata.uid);
    await upgrade();
    expect(await hasColumns()).toEqual([false, false]);

    const [command = ''] = textOf('docs/helm.md').match(/^helm show crds .*$/m) ?? [];
    const { exitCode, stderr } = await its.helm.shell(command, at('.'));
    expect(exitCode, stderr).toBe(0);
    expect(await hasColumns()).toEqual([true, true]);
    expect((await userObjects()).items.map(({ metadata }) => metadata.uid)).toEqual(uidsBefore);
  });
});

/** A copy of the chart whose CRDs show no columns. */
function olderChart(scratch: string): string {
  const copy = join(scratch, 'older');
  cpSync(chart, copy, { recursive: true });
  for (const name of ['kubeletconfigs', 'nodekubelets']) {
    const path = join(copy, `crds/kubelet-config.dev_${name}.yaml`);
    const crd = parseDocument(readFileSync(path, 'utf8'), { version: '1.1' });
    if (!crd.deleteIn(['spec', 'versions', 0, 'additionalPrinterColumns'])) throw new Error(`${path} shows no columns`);
    writeFileSync(path, crd.toString());
  }
  return copy;
}
