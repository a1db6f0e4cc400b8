import { expect, test } from 'vitest';
import { defaultAllowance } from '../../src/api/paths.ts';
import type { FleetView } from '../../src/fleet/fleet.ts';
import { makeValidator } from '../../src/fleet/object-health.ts';
import { noPassMemory, type PassMemory, planPass, published } from '../../src/fleet/pass.ts';
import { writeEvery } from '../../src/fleet/publish.ts';
import { node, nodeKubelet, type Report, situation, stored, viewOf } from './builders.ts';

const workers = stored('workers');
const updated: Report = { phase: 'UpToDate', runs: ['workers'], wants: ['workers'] };
const time = '2026-01-31T09:00:00Z';

function plan(view: FleetView, memory: PassMemory = noPassMemory, now = 0) {
  return planPass(view, memory, { ...situation({ now }), date: time, validator: makeValidator(defaultAllowance) });
}

function viewWith(reports: readonly Report[], objects = [workers]): FleetView {
  const names = reports.map((_, index) => `n${index}`);
  return viewOf(
    objects,
    names.map((name) => node(name)),
    reports.map((report, index) => nodeKubelet(names[index] ?? '', report)),
  );
}

/** The same view after its statuses have been written. */
function written(view: FleetView): FleetView {
  const { reports } = plan(view);
  return { ...view, kubeletConfigs: reports.map(({ object, status }) => ({ ...object, status })) };
}

test('a status that says the same already is not written', () => {
  const view = viewWith([updated]);
  expect(plan(view).publications).toHaveLength(1);
  expect(plan(written(view))).toMatchObject({ publications: [], grants: [], revocations: [] });
});

test('one that only changes counts is due later, and the plan wakes up for it', () => {
  const waiting: Report = { phase: 'Waiting', asks: 'r1', wants: ['workers'] };
  const before = written(viewWith([waiting, waiting, waiting]));
  const after = { ...viewWith([updated, waiting, waiting]), kubeletConfigs: before.kubeletConfigs };
  const memory = published(plan(before).memory, workers, 1_000);
  const { publications, wakeAt } = plan(after, memory, 2_000);
  expect({ publications, wakeAt }).toEqual({ publications: [], wakeAt: 1_000 + writeEvery });
  expect(plan(after, memory, 1_000 + writeEvery).publications).toHaveLength(1);
});

test('the writes of an object that is gone are forgotten', () => {
  const memory = published(published(noPassMemory, workers, 1), stored('others'), 2);
  expect([...plan(viewWith([updated]), memory, 3).memory.writes.keys()]).toEqual(['uid-workers']);
});
