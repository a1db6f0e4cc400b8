/**
 * Everything that uses the client: the informer, the leader election and the events, against a server that
 * validates.
 */

import { describe, expect, test } from 'vitest';
import { EventRecorder } from '../../src/cluster/event-recorder.ts';
import { Informer } from '../../src/cluster/informer.ts';
import { lead } from '../../src/cluster/leader-election.ts';
import { events, leases } from '../../src/cluster/resources.ts';
import { eventually } from '../eventually.ts';
import { manualClock } from '../fakes/clock.ts';
import type { ApiWorld } from './api.contract.ts';
import { freshName } from './fresh-name.ts';
import { type Widget, widgets } from './widgets.ts';

export function workersContract(world: () => ApiWorld): void {
  const api = () => world().api;

  describe('an informer', () => {
    test('follows what happens, and takes our own writes at once', async () => {
      const group = freshName('group');
      const make = () => api().create(widgets, { metadata: { name: freshName(), labels: { group } }, spec: { size: 1 } });
      const resize = (name: string, size: number) => api().patch(widgets, name, { type: 'Merge', body: { spec: { size } } });
      const first = await make();
      const name = first.metadata.name;
      const changed: string[] = [];
      const informer = new Informer<Widget>({
        api: api(),
        resource: widgets,
        selection: { labelSelector: `group=${group}` },
        clock: manualClock(),
        random: () => 0,
        onChange: (changedName) => changed.push(changedName),
      });
      informer.start();
      expect(await informer.whenSynced()).toBe(true);
      expect([...informer.objects.values()]).toEqual([first]);

      const second = await make();
      await eventually(() => expect([...informer.objects.keys()]).toEqual([name, second.metadata.name]));
      expect(informer.contact.answering).toBe(true);

      informer.absorb(await resize(name, 2));
      expect(informer.objects.get(name)?.spec?.size).toBe(2);
      await resize(name, 3);
      await eventually(() => expect(informer.objects.get(name)?.spec?.size).toBe(3));

      await api().delete(widgets, name);
      await eventually(() => expect([...informer.objects.keys()]).toEqual([second.metadata.name]));
      expect(changed.slice(0, 2)).toEqual([name, second.metadata.name]);
      expect(changed.at(-1)).toBe(name);
      await informer.stop();
    });
  });

  test('of two candidates one leads, and the other when it has given the lease back', async () => {
    const clock = manualClock();
    const name = freshName('lease');
    const stopping = [new AbortController(), new AbortController()];
    const working = new Set<number>();
    const outcomes = stopping.map(({ signal }, index) =>
      lead({
        api: api(),
        namespace: 'kube-system',
        name,
        identity: `candidate-${index}`,
        clock,
        random: () => 0,
        signal,
        onStartedLeading: (ended) =>
          new Promise((resolve) => {
            working.add(index);
            ended.addEventListener('abort', () => {
              working.delete(index);
              resolve();
            });
          }),
      }),
    );
    const passing = async (check: () => void) =>
      eventually(async () => {
        await clock.advance(500);
        check();
      });
    await passing(() => expect(working.size).toBe(1));
    const [leader = -1] = working;
    const { spec } = await api().get(leases('kube-system'), name);
    expect(spec).toMatchObject({ holderIdentity: `candidate-${leader}`, leaseDurationSeconds: 15 });
    await passing(() => expect(clock.now()).toBeGreaterThan(5_000));
    expect([...working]).toEqual([leader]);

    stopping[leader]?.abort();
    expect(await outcomes[leader]).toBe('Stopped');
    await passing(() => expect([...working]).toEqual([1 - leader]));
    stopping[1 - leader]?.abort();
    await Promise.all(outcomes);
    expect((await api().get(leases('kube-system'), name)).spec).toMatchObject({ holderIdentity: '', leaseTransitions: 1 });
  });

  test('an event is taken, and counted up when it happens again', async () => {
    const clock = manualClock();
    const { metadata } = await api().create(widgets, { metadata: { name: freshName() } });
    const { apiVersion, kind } = widgets;
    const errors: unknown[] = [];
    const recorder = new EventRecorder({
      api: api(),
      clock,
      random: Math.random,
      reportingController: 'kubelet-config.dev/agent',
      reportingInstance: 'worker-1',
      log: (error) => errors.push(error),
    });
    const stopping = new AbortController();
    const ended = recorder.run(stopping.signal);
    const event = {
      regarding: { apiVersion, kind, name: metadata.name, ...(metadata.uid && { uid: metadata.uid }) },
      related: { apiVersion: 'v1', kind: 'Node', name: 'worker-1' },
      type: 'Warning',
      reason: 'ConfigurationFailed',
      action: 'Undoing',
      note: 'ü'.repeat(2_000),
    } as const;
    const stored = async () =>
      (await api().list(events('default'))).items.filter(({ regarding }) => regarding.name === metadata.name);
    recorder.record(event);
    await eventually(async () => expect(await stored()).toMatchObject([{ type: 'Warning', reason: 'ConfigurationFailed' }]));
    recorder.record(event);
    stopping.abort();
    await ended;
    expect(await stored()).toMatchObject([{ series: { count: 2 } }]);
    expect([errors, recorder.dropped]).toEqual([[], 0]);
  });
}
