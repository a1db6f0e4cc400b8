import { expect, test } from 'vitest';
import { defaultAllowance } from '../../src/api/paths.ts';
import { Controller, type ControllerObserver } from '../../src/fleet/controller.ts';
import type { Fleet } from '../../src/fleet/fleet.ts';
import { makeValidator } from '../../src/fleet/object-health.ts';
import { manualClock } from '../fakes/clock.ts';
import { fakeFleet } from '../fakes/fleet.ts';
import { node, nodeKubelet, situation, stored } from './builders.ts';

const workers = stored('workers', {}, { generation: 2 });
const asks = (name: string, request: string, wants = 'workers@2') =>
  nodeKubelet(name, { phase: 'Waiting', asks: request, runs: ['workers'], wants: [wants] });
const observer: ControllerObserver = {
  granted: () => undefined,
  revoked: () => undefined,
  retried: () => undefined,
  released: () => undefined,
  assessed: () => undefined,
  retry: () => undefined,
};

/** A controller of one term, over the same fleet as the others. */
function leader(fleet: Fleet, term: string) {
  const clock = manualClock();
  const { newNodeTaint } = situation();
  const validator = makeValidator(defaultAllowance);
  const time = () => '2026-01-31T09:00:00Z';
  const controller = new Controller({ fleet, term, newNodeTaint, validator, clock, time, random: () => 0, observer });
  const stopping = new AbortController();
  const ended = controller.run(stopping.signal);
  const stop = () => {
    stopping.abort();
    return ended;
  };
  return { clock, controller, stop };
}

test('the approval of a frozen leader arrives after the takeover: of all that is stored only one may be claimed', async () => {
  const fleet = fakeFleet();
  fleet.put(workers, node('a'), node('b'), asks('a', 'a1'), asks('b', 'b1'));
  let thaw: () => void = () => undefined;
  const frozen = new Promise<void>((resolve) => {
    thaw = resolve;
  });
  const late: Fleet = {
    ...fleet,
    view: () => fleet.view(),
    approve: async (seen, approval) => {
      await frozen;
      return fleet.approve(seen, approval);
    },
  };
  const first = leader(late, 'lease/1');
  await first.clock.advance(0);
  const firstEnded = first.stop();
  // The second prefers another node: the object was edited, and the agent of a is behind.
  fleet.put(stored('workers', { kubelet: { flags: { v: 9 } } }, { generation: 3 }), asks('b', 'b2', 'workers@3'));
  const second = leader(fleet, 'lease/2');
  await second.clock.advance(0);
  thaw();
  await firstEnded;
  const approvals = [...fleet.nodeKubelets.values()].flatMap(({ metadata, spec, status }) =>
    spec?.approval && spec.approval.request === status?.request?.id ? [{ node: metadata.name, term: spec.approval.term }] : [],
  );
  expect(approvals).toEqual([
    { node: 'a', term: 'lease/1' },
    { node: 'b', term: 'lease/2' },
  ]);
  // Agents claim only what the present leader has signed; and that leader takes the other one back.
  second.controller.notice();
  await second.clock.advance(0);
  expect(fleet.nodeKubelets.get('a')?.spec?.approval?.request ?? '').toBe('');
  expect(fleet.nodeKubelets.get('b')?.spec?.approval).toMatchObject({ request: 'b2', term: 'lease/2' });
  await second.stop();
});
