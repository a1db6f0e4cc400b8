/**
 * A controller of the simulation: the real election, the real watch of the fleet, the real writes and the
 * real controller, on virtual time. Wired as in src/cli/commands/controller.ts.
 */

import { clusterFleet } from '../../src/cluster/fleet-cluster.ts';
import { watchFleet } from '../../src/cluster/fleet-watch.ts';
import type { KubernetesApi } from '../../src/cluster/kubernetes-api.ts';
import { lead } from '../../src/cluster/leader-election.ts';
import { controllerLease } from '../../src/cluster/resources.ts';
import { Controller } from '../../src/fleet/controller.ts';
import type { Fleet, FleetView } from '../../src/fleet/fleet.ts';
import type { Validator } from '../../src/fleet/object-health.ts';
import { mutated } from './mutate.ts';
import type { SimulatedProcess } from './process.ts';
import type { Random } from './random.ts';
import type { Mutation } from './settings.ts';

/**
 * Milliseconds of virtual time that a plan takes for each node: as many events as come meanwhile lead to one
 * further plan, as in a real process.
 */
const planTime = 0.01;

/** Key of the taint with which machines register that are to be configured before they run pods. */
export const newNodeTaint = 'kubelet-config.dev/unconfigured';

export interface ControllerProcessOptions {
  readonly process: SimulatedProcess;
  readonly api: KubernetesApi;
  readonly random: Random;
  readonly validator: Validator;
  /** The date, RFC 3339. */
  readonly date: () => string;
  readonly observer: LeaderObserver;
  readonly mutation: Mutation | undefined;
}

export interface LeaderObserver {
  leading(process: SimulatedProcess): void;
  /** An approval is about to be sent. */
  approving(decision: Decision): void;
  revoked(node: string, because: string): void;
  /** Milliseconds of the real clock that one plan took. */
  planned(milliseconds: number): void;
  /** The program has ended, and has to be started again. */
  stopped(process: SimulatedProcess): void;
}

/** The approval that a controller has decided on, and what it saw when it decided. */
export interface Decision {
  readonly process: SimulatedProcess;
  readonly view: FleetView;
  readonly nodeKubelet: Parameters<Fleet['approve']>[0];
  readonly approval: Parameters<Fleet['approve']>[1];
}

/** Begins to wait for the Lease. */
export function startController(options: ControllerProcessOptions): void {
  const { process, api, random, date, observer } = options;
  const common = { api, clock: process.clock, random: () => random.next() };
  void lead({
    ...common,
    ...controllerLease,
    identity: process.name,
    date: () => new Date(date()),
    signal: new AbortController().signal,
    onStartedLeading: (signal, term) => work(options, term, signal),
  }).then(
    () => observer.stopped(process),
    () => observer.stopped(process),
  );
}

async function work(options: ControllerProcessOptions, term: string, signal: AbortSignal): Promise<void> {
  const { process, api, random, validator, date, observer } = options;
  const common = { api, clock: process.clock, random: () => random.next() };
  let notice: () => void = () => undefined;
  const watch = watchFleet({ ...common, onChange: () => notice(), onError: () => undefined });
  const seen = observed(clusterFleet({ api, watch, record: () => undefined }), options);
  const fleet = mutated(seen, options.mutation);
  const loop = new Controller({
    ...common,
    fleet,
    term,
    newNodeTaint,
    validator,
    time: date,
    observer: {
      granted: () => undefined,
      revoked: (node, because) => observer.revoked(node, because),
      retried: () => undefined,
      released: () => undefined,
      assessed: () => observer.planned(performance.now() - seen.viewedAt()),
      retry: () => undefined,
    },
  });
  notice = () => loop.notice();
  observer.leading(process);
  await loop.run(signal);
  await watch.stop();
}

/** The same fleet, which says what the controller saw when it decides. */
function observed(fleet: Fleet, { process, observer }: ControllerProcessOptions): Fleet & { viewedAt(): number } {
  let view: FleetView | undefined;
  let viewedAt = 0;
  return {
    ...fleet,
    viewedAt: () => viewedAt,
    view: () => {
      viewedAt = performance.now();
      view = fleet.view();
      process.compute(Math.floor((view?.nodes.length ?? 0) * planTime));
      return view;
    },
    approve: (nodeKubelet, approval) => {
      if (view) observer.approving({ process, view, nodeKubelet, approval });
      return fleet.approve(nodeKubelet, approval);
    },
  };
}
