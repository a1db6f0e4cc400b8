/** The stories: each is about one thing that a rollout can meet. */

import { approveAnnotation, retryAnnotation } from '../../../src/api/annotations.ts';
import { contentOf } from '../../../src/api/content.ts';
import type { KubeletConfig, KubeletConfigSpec } from '../../../src/api/types.ts';
import { selects } from '../../../src/desired/select.ts';
import type { FleetNode } from '../../../src/fleet/fleet.ts';
import { unconfiguredTaintKey } from '../../../src/fleet/new-nodes.ts';
import { node, stored } from '../builders.ts';
import { type Host, StoryAgent } from './agents.ts';
import type { Order, Setting } from './story.ts';

type Rollout = NonNullable<KubeletConfigSpec['rollout']>;

interface Cast {
  readonly nodes: number | readonly FleetNode[];
  readonly objects: readonly KubeletConfig[];
  readonly hosts?: Readonly<Record<string, Host>>;
  /** What every host does that is not named. */
  readonly host?: Host;
}

/** The nodes run the objects as they were before a person has edited them. */
function cast({ nodes, objects, hosts = {}, host = {} }: Cast) {
  const all = typeof nodes === 'number' ? Array.from({ length: nodes }, (_, index) => node(`node-${index + 1}`)) : nodes;
  const before = objects.map(earlier);
  const agents = new Map(
    all.map((one) => {
      const isNew = one.taints.some(({ key }) => key === unconfiguredTaintKey);
      const runs = isNew ? [] : before.filter(({ spec }) => selects(spec.nodeSelector, one.labels));
      return [one.name, new StoryAgent(one, runs, hosts[one.name] ?? host)];
    }),
  );
  return { nodes: all, objects, agents };
}

function earlier(object: KubeletConfig): KubeletConfig {
  return { ...object, metadata: { ...object.metadata, generation: 1 }, spec: { ...object.spec, kubelet: kubeletOf(1) } };
}

function kubeletOf(v: number): NonNullable<KubeletConfigSpec['kubelet']> {
  return { flags: { v } };
}

/** An object that a person has just edited. */
function edited(name: string, rollout: Rollout, labels: Readonly<Record<string, string>> = {}): KubeletConfig {
  return stored(name, { kubelet: kubeletOf(2), nodeSelector: { matchLabels: labels }, rollout }, { generation: 2 });
}

const isBad = (wanted: readonly KubeletConfig[]) =>
  wanted.some(({ spec }) => JSON.stringify(spec.kubelet) === JSON.stringify(kubeletOf(2)));

const zoneKey = 'topology.kubernetes.io/zone';

/** Each is made anew for every telling: its agents remember. */
export const settings: Readonly<Record<string, (order: Order) => Setting>> = {
  'six nodes, two at a time': (order) => ({
    ...cast({ nodes: 6, objects: [edited('workers', { maxUnavailable: 2, batches: 'Full' })] }),
    order,
    minutes: 20,
  }),
  'two canaries soak for ten minutes': (order) => ({
    ...cast({ nodes: 6, objects: [edited('workers', { maxUnavailable: 4, canary: { count: 2 } })] }),
    order,
    minutes: 40,
  }),
  'zone by zone': (order) => ({
    ...cast({
      nodes: ['b', 'a', '', 'a', 'b'].map((zone, index) =>
        node(`node-${index + 1}`, { labels: zone ? { [zoneKey]: zone } : {} }),
      ),
      objects: [edited('workers', { maxUnavailable: 2, batches: 'Full', topologyKey: zoneKey })],
    }),
    order,
    minutes: 20,
  }),
  'a content that fails stops, and is corrected': (order) => ({
    ...cast({ nodes: 4, objects: [edited('workers', { maxUnavailable: 2 })], host: { fails: isBad } }),
    order,
    events: {
      10: (story) => {
        story.edit('workers', { kubelet: kubeletOf(3) });
        return 'a person corrects workers';
      },
    },
    minutes: 25,
  }),
  'a retry after a failure is a trial': (order) => {
    let isRepaired = false;
    return {
      ...cast({
        nodes: 7,
        objects: [edited('workers', { maxUnavailable: 3, batches: 'Full' })],
        hosts: { 'node-1': { fails: () => !isRepaired } },
      }),
      order,
      events: {
        10: (story) => {
          isRepaired = true;
          story.edit('workers', {}, { [retryAnnotation]: 'now' });
          return 'a person has repaired node-1 and retries workers';
        },
      },
      minutes: 25,
    };
  },
  'a node that is down is cured first': (order) => ({
    ...cast({
      nodes: [node('node-1'), node('node-2'), node('node-3', { ready: false })],
      objects: [edited('workers', {})],
    }),
    order,
    events: {
      3: (story) => {
        story.change('node-3', { ready: true });
        return 'node-3 is ready';
      },
    },
    minutes: 15,
  }),
  'paused in the middle and resumed': (order) => ({
    ...cast({ nodes: 3, objects: [edited('workers', {})] }),
    order,
    events: {
      1: (story) => {
        story.edit('workers', { rollout: { paused: true } });
        return 'a person pauses workers';
      },
      10: (story) => {
        story.edit('workers', { rollout: {} });
        return 'a person resumes workers';
      },
    },
    minutes: 20,
  }),
  'the window closes in the middle': (order) => ({
    ...cast({
      nodes: 6,
      objects: [edited('workers', { windows: [{ schedule: '0 2,5 * * *', duration: '1h' }] })],
      host: { takes: 10 },
    }),
    order,
    begins: '2026-01-05T02:10:00Z',
    minutes: 210,
  }),
  'two objects with two budgets': (order) => ({
    ...cast({
      nodes: ['blue', 'blue', 'green', 'green'].map((pool, index) => node(`node-${index + 1}`, { labels: { pool } })),
      objects: [edited('all', { maxUnavailable: 2, batches: 'Full' }), edited('blue', { maxUnavailable: 1 }, { pool: 'blue' })],
    }),
    order,
    minutes: 15,
  }),
  'a control plane of three changes one by one': (order) => ({
    ...cast({
      nodes: [
        ...[1, 2, 3].map((index) => node(`master-${index}`, { labels: { 'node-role.kubernetes.io/control-plane': '' } })),
        node('worker-1'),
      ],
      objects: [edited('all', { maxUnavailable: 4, batches: 'Full' })],
    }),
    order,
    minutes: 15,
  }),
  'a drain that times out': (order) => ({
    ...cast({ nodes: 3, objects: [edited('workers', { drain: 'Always', drainOptions: { timeoutSeconds: 300 } })] }),
    pods: (name) =>
      name === 'node-1' ? { blockedBy: 'web/front-1 still runs: its budget front allows no eviction' } : { minutes: 2 },
    order,
    minutes: 45,
  }),
  'a person approves two waves': (order) => ({
    ...cast({ nodes: 4, objects: [edited('workers', { approval: 'Manual', maxUnavailable: 4, batches: 'Full' })] }),
    order,
    events: {
      2: (story) => approveBy(story, '1'),
      10: (story) => approveBy(story, 'all'),
    },
    minutes: 20,
  }),
  'new nodes are set up before pods come': (order) => ({
    ...cast({
      nodes: [
        node('node-1'),
        node('node-2'),
        ...[3, 4].map((index) =>
          node(`node-${index}`, { ready: false, taints: [{ key: unconfiguredTaintKey, effect: 'NoSchedule' }] }),
        ),
      ],
      objects: [edited('workers', {})],
    }),
    order,
    events: {
      1: (story) => {
        for (const name of ['node-3', 'node-4']) story.change(name, { ready: true });
        return 'node-3 and node-4 are ready';
      },
    },
    minutes: 15,
  }),
};

function approveBy(
  story: { edit(name: string, spec: object, annotations: Record<string, string>): void; object(name: string): KubeletConfig },
  count: string,
): string {
  story.edit('workers', {}, { [approveAnnotation]: `${contentOf(story.object('workers'))}:${count}` });
  return `a person approves workers for ${count}`;
}
