import { describe, expect, test, vi } from 'vitest';
import { defaultAllowance } from '../../src/api/paths.ts';
import type { KubeletConfig, KubeletConfigSpec } from '../../src/api/types.ts';
import { assess, type FleetAssessment, noMemory } from '../../src/fleet/assess.ts';
import type { FleetNode } from '../../src/fleet/fleet.ts';
import { type Judge, lazyJudge } from '../../src/fleet/judge.ts';
import { kubeletJudge } from '../../src/fleet/judge-kubelets.ts';
import { makeValidator } from '../../src/fleet/object-health.ts';
import { deleted, node, nodeKubelet, type Report, situation, stored, viewOf } from './builders.ts';

const realJudge = kubeletJudge(defaultAllowance);

/** Nodes by name, each with the version of its kubelet, undefined for one that has not said it. */
type Versions = Readonly<Record<string, string | undefined>>;

interface Fleet {
  readonly objects: readonly KubeletConfig[];
  readonly versions: Versions;
  readonly reports?: Readonly<Record<string, Report>>;
  readonly nodes?: Readonly<Record<string, Partial<FleetNode>>>;
  readonly judge?: Judge;
}

function assessed({ objects, versions, reports = {}, nodes = {}, judge = realJudge }: Fleet): FleetAssessment {
  const names = Object.keys(versions);
  const view = viewOf(
    objects,
    names.map((name) => node(name, nodes[name])),
    names.map((name) => {
      const kubeletVersion = versions[name];
      return nodeKubelet(name, { ...(kubeletVersion !== undefined && { kubeletVersion }), ...reports[name] });
    }),
  );
  return assess(view, noMemory, {
    ...situation(),
    date: '2026-01-31T09:00:00Z',
    validator: makeValidator(defaultAllowance, judge),
  });
}

/** What is said of the object: why it is stalled, whether it goes on, and its warnings. */
function said(fleet: Fleet, name = 'workers') {
  const { status } = assessed(fleet).reports.find(({ object }) => object.metadata.name === name) ?? {};
  const condition = (type: string) => status?.conditions?.find((one) => one.type === type);
  const stalled = condition('Stalled');
  return {
    stalled: stalled?.status === 'True' ? stalled.reason : '',
    message: stalled?.message ?? '',
    reconciling: condition('Reconciling')?.status,
    warnings: (status?.warnings ?? []).map(({ code, path, message }) => `${code} ${path}: ${message}`),
  };
}

const workers = (spec: Partial<KubeletConfigSpec>, metadata: Partial<KubeletConfig['metadata']> = {}) =>
  stored('workers', spec, metadata);
const configured = (configuration: object, spec: Partial<KubeletConfigSpec> = {}) =>
  ({ ...spec, kubelet: { configuration, ...spec.kubelet } }) as Partial<KubeletConfigSpec>;

/** A gate that 1.37 has no more. */
const gone = configured({ featureGates: { SidecarContainers: true } });
/** A soft threshold needs its grace period, wherever that stands. */
const half = { evictionSoft: { 'memory.available': '100Mi' } };
const asking: Report = { phase: 'Waiting', asks: 'r1', wants: ['workers'] };

describe('an object that no kubelet of its nodes takes', () => {
  test('is Stalled, with the number of nodes, the versions, what the kubelet says, and what to do', () => {
    const fleet = { objects: [workers(gone)], versions: { a: 'v1.37.0', b: 'v1.37.1', c: 'v1.37.0' } };
    const { stalled, message, reconciling, warnings } = said(fleet);
    expect({ stalled, reconciling, warnings }).toEqual({ stalled: 'KubeletRefuses', reconciling: 'False', warnings: [] });
    expect(message).toBe(
      '3 of 3 nodes (kubelet 1.37 on 3) cannot run it: spec.kubelet.configuration.featureGates.SidecarContainers: unrecognized feature gate SidecarContainers: it was removed after 1.36, and what it stood for is always on: kubelet 1.37 does not start with it; remove it. Until then its nodes keep what they have.',
    );
  });

  test('names each release, the one with the most nodes first, and says what that one refuses', () => {
    const spec = configured({ maxPods: -1, featureGates: { SidecarContainers: true } });
    const { message } = said({ objects: [workers(spec)], versions: { a: 'v1.36.0', b: 'v1.37.0', c: 'v1.37.0' } });
    expect(message).toMatch(/^3 of 3 nodes \(kubelet 1\.37 on 2, 1\.36 on 1\) cannot run it: .*kubelet 1\.37 does not start/);
    expect(message).toMatch(/\(and 1 more\)/);
  });

  test('names no more than three releases', () => {
    const versions = { a: 'v1.34.0', b: 'v1.35.0', c: 'v1.36.0', d: 'v1.37.0' };
    expect(said({ objects: [workers(configured({ maxPods: -1 }))], versions }).message).toMatch(
      /^4 of 4 nodes \(kubelet 1\.34 on 1, 1\.35 on 1, 1\.36 on 1 and 1 more\)/,
    );
  });

  test('is granted on no node, but on nodes where it is not wanted any more', () => {
    const objects = [workers(gone), stored('others', { nodeSelector: { matchLabels: { role: 'other' } } })];
    const plan = assessed({
      objects,
      versions: { a: 'v1.37.0', b: 'v1.37.0' },
      nodes: { b: { labels: { role: 'other' } } },
      reports: { a: { ...asking }, b: { phase: 'Waiting', asks: 'r2', wants: ['others'] } },
    });
    expect([...plan.approvals.waiting.values()]).toEqual([{ kind: 'Refused', object: 'workers' }]);
    expect(plan.approvals.grants.map(({ approval }) => approval.request)).toEqual(['r2']);
  });

  test('is granted again as soon as it is corrected', () => {
    const fleet = { versions: { a: 'v1.37.0' }, reports: { a: asking } };
    const granted = (spec: Partial<KubeletConfigSpec>) =>
      assessed({ ...fleet, objects: [workers(spec)] }).approvals.grants.length;
    expect([granted(gone), granted({ kubelet: { flags: { v: 2 } } })]).toEqual([0, 1]);
  });

  test('is told after what is wrong with the object itself, and before the nodes that have failed', () => {
    const failed: Report = { phase: 'Stalled', wants: ['workers'], lastError: { code: 'InvalidValue', message: 'no' } };
    const stalledBy = (...objects: KubeletConfig[]) =>
      said({ objects, versions: { a: 'v1.37.0' }, reports: { a: failed } }).stalled;
    expect(stalledBy(workers(gone))).toBe('KubeletRefuses');
    expect(stalledBy(workers({ ...gone, files: [{ path: '/srv/b', content: '' }] }))).toBe('Invalid');
    const older = stored('older', configured({ featureGates: { SidecarContainers: false } }), {
      creationTimestamp: '2026-01-01T00:00:00Z',
    });
    expect(stalledBy(workers(gone, { creationTimestamp: '2026-01-02T00:00:00Z' }), older)).toBe('Conflict');
    expect(stalledBy(workers({}))).toBe('NodesFailed');
  });
});

describe('an object that some kubelet of its nodes may take', () => {
  test('is warned of, with the number of nodes and the versions', () => {
    const { stalled, warnings } = said({ objects: [workers(gone)], versions: { a: 'v1.36.0', b: 'v1.37.0' } });
    expect(stalled).toBe('');
    expect(warnings).toEqual([
      expect.stringMatching(
        /^KubeletRefuses spec\.kubelet\.configuration\.featureGates\.SidecarContainers: 1 of 2 nodes \(kubelet 1\.37 on 1\) cannot run it: unrecognized/,
      ),
    ]);
  });

  test.each<[string, Partial<Fleet>]>([
    ['nothing is known of one kubelet', { versions: { a: 'v1.37.0', b: undefined } }],
    ['one kubelet is newer than our tables', { versions: { a: 'v1.37.0', b: 'v1.99.0' } }],
    ['one kubelet runs it', { reports: { b: { phase: 'UpToDate', runs: ['workers'], wants: ['workers'] } } }],
  ])('is not Stalled: %s', (_why, partial) => {
    const versions = { a: 'v1.37.0', b: 'v1.37.0' };
    const { stalled, warnings } = said({ objects: [workers(gone)], versions, ...partial });
    expect({ stalled, warnings }).toEqual({ stalled: '', warnings: [expect.stringContaining('1 of 2 nodes')] });
  });

  test('a node that runs an earlier generation of it is no witness', () => {
    const runsEarlier: Report = { phase: 'UpToDate', runs: ['workers'], wants: ['workers@2'] };
    const fleet = { objects: [workers(gone, { generation: 2 })], versions: { a: 'v1.37.0' }, reports: { a: runsEarlier } };
    expect(said(fleet).stalled).toBe('KubeletRefuses');
  });

  test('without any node, and for nodes whose Node is gone, nothing is said', () => {
    expect(said({ objects: [workers(gone)], versions: {} })).toMatchObject({ stalled: '', warnings: [] });
    const view = viewOf([workers(gone)], [], [nodeKubelet('a', { kubeletVersion: 'v1.37.0' })]);
    const validator = makeValidator(defaultAllowance, realJudge);
    const { reports } = assess(view, noMemory, { ...situation(), date: '2026-01-31T09:00:00Z', validator });
    expect(reports[0]?.status.conditions?.find(({ type }) => type === 'Stalled')?.status).toBe('False');
  });
});

describe('whose version and whose settings', () => {
  test('the version that the object names counts, whatever the nodes run', () => {
    const named = (version: string) =>
      said({
        objects: [workers({ kubelet: { version, configuration: { featureGates: { SidecarContainers: true } } } })],
        versions: { a: 'v1.36.0', b: undefined },
      });
    expect(named('v1.37.0')).toMatchObject({ stalled: 'KubeletRefuses', message: expect.stringContaining('1.37 on 2') });
    expect(named('v1.36.0').stalled).toBe('');
  });

  test.each<[string, Partial<KubeletConfigSpec>, string]>([
    ['host: the object is the whole kubelet', configured(half), 'KubeletRefuses'],
    ['existing: the node may say the rest', configured(half, { launcher: { existing: {} } }), ''],
    ['existing: what stands wholly in the object', configured({ maxPods: -1 }, { launcher: { existing: {} } }), 'KubeletRefuses'],
    ['a flag that is gone', { kubelet: { flags: { 'register-schedulable': true } } }, 'KubeletRefuses'],
    [
      'half of it is computed',
      { ...configured(half), computed: [computing('evictionSoftGracePeriod["memory.available"]', '"90s"')] },
      '',
    ],
    [
      'a computed flag that is gone',
      { computed: [{ path: 'kubelet.flags["register-schedulable"]', expression: 'true' }] },
      'KubeletRefuses',
    ],
  ])('%s', (_what, spec, reason) => {
    expect(said({ objects: [workers(spec)], versions: { a: 'v1.36.0' } }).stalled).toBe(reason);
  });

  test('objects that meet on a node are judged together, and the one that set the field is told', () => {
    const rest = stored('rest', configured({ evictionSoftGracePeriod: { 'memory.available': '90s' } }));
    const versions = { a: 'v1.36.0' };
    expect(said({ objects: [workers(configured(half))], versions }).stalled).toBe('KubeletRefuses');
    expect(said({ objects: [workers(configured(half)), rest], versions }).stalled).toBe('');
    const harmless = stored('harmless', { kubelet: { flags: { v: 2 } } });
    const both = { objects: [workers(configured({ maxPods: -1 })), harmless], versions };
    expect([said(both).stalled, said(both, 'harmless').stalled]).toEqual(['KubeletRefuses', '']);
  });

  test('a value of higher priority takes the place of the wrong one', () => {
    const above = stored('above', configured({ maxPods: 50 }, { priority: 10 }));
    const objects = [workers(configured({ maxPods: -1 })), above];
    expect(said({ objects, versions: { a: 'v1.36.0' } })).toMatchObject({ stalled: '', warnings: [] });
    // And so may a computed one, which only the node knows.
    const computing50 = stored('computing', { priority: 10, computed: [computing('maxPods', '50')] });
    expect(said({ objects: [workers(configured({ maxPods: -1 })), computing50], versions: { a: 'v1.36.0' } }).stalled).toBe('');
  });

  test('an object that is being deleted has no part in it', () => {
    const leaving = deleted(stored('leaving', configured({ evictionSoftGracePeriod: { 'memory.available': '90s' } })));
    const fleet = { objects: [workers(configured(half)), leaving], versions: { a: 'v1.36.0' } };
    expect([said(fleet).stalled, said(fleet, 'leaving').stalled]).toEqual(['KubeletRefuses', '']);
  });

  test('beside an object that is wrong itself nothing is said: the nodes keep what they have', () => {
    const wrong = stored('wrong', { files: [{ path: '/srv/b', content: '' }] });
    expect(said({ objects: [workers(gone), wrong], versions: { a: 'v1.37.0' } }).stalled).toBe('');
  });
});

function computing(field: string, expression: string) {
  return { path: `kubelet.configuration.${field}`, expression };
}

describe('what it costs', () => {
  test('thousands of nodes are judged once for each release, and not again in the next pass', () => {
    const judge = vi.fn(realJudge);
    const names = Array.from({ length: 5_000 }, (_, index) => `node-${index}`);
    const objects = [workers(gone)];
    const versionOf = (index: number) => ['v1.35.1', 'v1.36.0', 'v1.36.2', 'v1.37.0'][index % 4] ?? '';
    const view = viewOf(
      objects,
      names.map((name) => node(name)),
      names.map((name, index) => nodeKubelet(name, { kubeletVersion: versionOf(index) })),
    );
    const validator = makeValidator(defaultAllowance, judge);
    const options = { ...situation(), date: '2026-01-31T09:00:00Z', validator };
    const { reports, memory } = assess(view, noMemory, options);
    expect(reports[0]?.status.warnings?.[0]?.message).toContain('1250 of 5000 nodes (kubelet 1.37 on 1250)');
    assess(view, memory, options);
    expect(judge).toHaveBeenCalledTimes(3);
    assess({ ...view, kubeletConfigs: [workers(gone, { generation: 2 })] }, memory, options);
    expect(judge).toHaveBeenCalledTimes(6);
  });

  test('the tables are loaded once, and only for objects with settings', async () => {
    const load = vi.fn(async () => realJudge);
    const { judge, prepare } = lazyJudge(load);
    await prepare([]);
    await prepare([workers({})]);
    expect(load).not.toHaveBeenCalled();
    expect(judge([workers(gone)], 'v1.37.0')).toBeUndefined();
    await prepare([workers({}), workers(gone)]);
    await prepare([workers(gone)]);
    expect(load).toHaveBeenCalledTimes(1);
    expect(judge([workers(gone)], 'v1.37.0')?.errors).toHaveLength(1);
  });
});
