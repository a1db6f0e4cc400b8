/** The Helm chart as real Helm reads it: it renders what kustomize renders, and each value changes what it says. */

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { at, chart, differences, digest, namespaced, objectsIn } from './chart-objects.ts';
import { textOf } from './documents.ts';
import { describeHelm, setUpHelm } from './helm.ts';

describeHelm('the Helm chart', () => {
  const its = setUpHelm();
  const budget = 'PodDisruptionBudget kubelet-config/controller';
  const set = (values: readonly string[]) => values.flatMap((value) => ['--set', value]);
  const template = async (path: string, ...more: string[]) =>
    objectsIn(await its.helm.succeed(['template', 'any', path, '--include-crds', ...namespaced, ...more]));
  const rendered = (...values: string[]) => template(chart, ...set(values));
  /** What of the default objects is another with these values, as paths with both. */
  const changes = async (...values: string[]) => differences(await rendered(), await rendered(...values));

  it('is taken by the strictest lint, with its defaults and with all of its parts on', async () => {
    for (const values of [
      [],
      ['agent.enabled=false'],
      ['podMonitor.enabled=true', 'controller.podDisruptionBudget.enabled=true', `image.digest=${digest}`],
    ]) {
      const { exitCode, stdout } = await its.helm.run(['lint', '--strict', chart, ...set(values)]);
      expect(exitCode, stdout).toBe(0);
    }
  });

  it.each([
    ['manifests', []],
    ['manifests/overlays/host-service', ['agent.enabled=false']],
  ])('renders exactly the objects of %s, but for the namespace', async (folder, values) => {
    const { stdout } = await its.helm.shell(`kubectl kustomize ${folder}`, at('.'));
    const kustomized = objectsIn(stdout);
    expect(kustomized.delete('Namespace /kubelet-config')).toBe(true);
    const own = await rendered(...values);
    expect([...own.keys()].sort()).toEqual([...kustomized.keys()].sort());
    for (const [name, expected] of kustomized) expect(own.get(name), name).toEqual(expected);
  });

  it('renders the budget of its component', async () => {
    const folder = 'manifests/components/disruption-budget';
    const [manifest] = objectsIn(textOf(`${folder}/disruption-budget.yaml`)).values();
    expect(await changes('controller.podDisruptionBudget.enabled=true')).toEqual({ [budget]: [undefined, manifest] });
    const more = await rendered(
      'controller.podDisruptionBudget.enabled=true',
      'controller.podDisruptionBudget.maxUnavailable=50%',
    );
    expect(more.get(budget)?.spec).toMatchObject({ maxUnavailable: '50%', unhealthyPodEvictionPolicy: 'AlwaysAllow' });
  });

  it('renders the PodMonitor of the component for monitoring', async () => {
    const added = differences(await rendered(), await rendered('podMonitor.enabled=true'));
    const [manifest] = objectsIn(textOf('manifests/components/monitoring/pod-monitor.yaml')).values();
    expect(added).toEqual({ 'PodMonitor kubelet-config/kubelet-config': [undefined, manifest] });
    const objects = await rendered('podMonitor.enabled=true', 'podMonitor.labels.release=prometheus', 'podMonitor.interval=30s');
    const changed = objects.get('PodMonitor kubelet-config/kubelet-config');
    expect(changed?.metadata.labels).toEqual({ 'app.kubernetes.io/name': 'kubelet-config', release: 'prometheus' });
    expect(changed?.spec).toMatchObject({ podMetricsEndpoints: [{ port: 'metrics', interval: '30s' }] });
  });

  it('renders the alerts of their component, with what Prometheus fills in', async () => {
    const added = differences(await rendered(), await rendered('prometheusRule.enabled=true'));
    const [manifest] = objectsIn(textOf('manifests/components/alerts/prometheus-rule.yaml')).values();
    expect(added).toEqual({ 'PrometheusRule kubelet-config/kubelet-config': [undefined, manifest] });
    expect(JSON.stringify(added)).toContain('{{ $labels.object }}');
    const objects = await rendered('prometheusRule.enabled=true', 'prometheusRule.labels.release=prometheus');
    const { metadata } = objects.get('PrometheusRule kubelet-config/kubelet-config') ?? {};
    expect(metadata?.labels).toEqual({ 'app.kubernetes.io/name': 'kubelet-config', release: 'prometheus' });
  });

  const agent = 'DaemonSet kubelet-config/agent';
  const controller = 'Deployment kubelet-config/controller';
  const pod = 'spec.template.spec';
  const image = `${pod}.containers.0.image`;
  const ours = 'ghcr.io/kubelet-config/kubelet-config';
  const tag = `v${(JSON.parse(textOf('package.json')) as { version: string }).version}`;
  const inBoth = (path: string, before: unknown, after: unknown) => ({
    [`${agent} ${path}`]: [before, after],
    [`${controller} ${path}`]: [before, after],
  });
  it.each<[string, string[], Record<string, unknown>]>([
    ['a digest, which wins', ['image.tag=v9', `image.digest=${digest}`], inBoth(image, `${ours}:${tag}`, `${ours}@${digest}`)],
    ['a tag', ['image.tag=v9'], inBoth(image, `${ours}:${tag}`, `${ours}:v9`)],
    ['a registry', ['image.repository=localhost:5000/a'], inBoth(image, `${ours}:${tag}`, `localhost:5000/a:${tag}`)],
    ['a pull policy', ['image.pullPolicy=Always'], inBoth(`${pod}.containers.0.imagePullPolicy`, undefined, 'Always')],
    ['pull secrets', ['imagePullSecrets[0].name=a'], inBoth(`${pod}.imagePullSecrets`, undefined, [{ name: 'a' }])],
    [
      'tolerations',
      ['agent.tolerations[0].key=gpu', 'agent.tolerations[0].operator=Exists'],
      { [`${agent} ${pod}.tolerations.0.key`]: [undefined, 'gpu'] },
    ],
    ['no tolerations', ['agent.tolerations=null'], { [`${agent} ${pod}.tolerations`]: [[{ operator: 'Exists' }], undefined] }],
    [
      'more options',
      ['agent.extraArgs={--log-level=debug,--allow-path=/srv}'],
      {
        [`${agent} ${pod}.containers.0.args.5`]: [undefined, '--log-level=debug'],
        [`${agent} ${pod}.containers.0.args.6`]: [undefined, '--allow-path=/srv'],
      },
    ],
    [
      'less memory and annotations',
      ['controller.resources.limits.memory=1Gi', 'controller.podAnnotations.a=b'],
      {
        [`${controller} spec.template.metadata.annotations`]: [undefined, { a: 'b' }],
        [`${controller} ${pod}.containers.0.resources.limits.memory`]: ['384Mi', '1Gi'],
      },
    ],
    [
      'agents on some nodes, more at a time',
      ['agent.nodeSelector.pool=a', 'agent.maxUnavailable=3', 'agent.priorityClassName='],
      {
        [`${agent} ${pod}.nodeSelector`]: [undefined, { pool: 'a' }],
        [`${agent} ${pod}.priorityClassName`]: ['system-node-critical', undefined],
        [`${agent} spec.updateStrategy.rollingUpdate.maxUnavailable`]: ['10%', 3],
      },
    ],
    ['three replicas', ['controller.replicas=3'], { [`${controller} spec.replicas`]: [2, 3] }],
    [
      'no affinity',
      ['controller.affinity=null'],
      { [`${controller} ${pod}.affinity`]: [expect.objectContaining({ nodeAffinity: expect.anything() }), undefined] },
    ],
  ])('with %s, changes that and nothing else', async (_what, values, expected) => {
    expect(await changes(...values)).toEqual(expected);
  });

  it.each([
    ['agent.tolerationz[0].key=a', 'tolerationz'],
    ['podMonitor.enabled=yes', '/podMonitor/enabled'],
    ['image.digest=latest', '/image/digest'],
  ])('refuses %s and names %s', async (value, named) => {
    const { exitCode, stderr } = await its.helm.run(['template', 'any', chart, ...namespaced, '--set', value]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(named);
  });

  it('refuses another namespace and an older Kubernetes, and says why', async () => {
    const elsewhere = await its.helm.run(['template', 'any', chart, '--namespace', 'tools']);
    expect(elsewhere.exitCode).not.toBe(0);
    expect(elsewhere.stderr).toContain('install this chart into the namespace kubelet-config, not into tools');
    const older = await its.helm.run(['template', 'any', chart, ...namespaced, '--kube-version', 'v1.29.9']);
    expect(older.exitCode).not.toBe(0);
    expect(older.stderr).toContain('requires kubeVersion: >=1.30.0-0');
    const first = await its.helm.run(['template', 'any', chart, ...namespaced, '--kube-version', 'v1.30.0-gke.1']);
    expect(first).toMatchObject({ exitCode: 0 });
  });

  it('is the same from a package', async () => {
    await its.helm.succeed(['package', chart, '--destination', its.scratch]);
    const archive = join(its.scratch, `kubelet-config-${tag.slice(1)}.tgz`);
    expect(differences(await rendered(), await template(archive))).toEqual({});
  });
});
