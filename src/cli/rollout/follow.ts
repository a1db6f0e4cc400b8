/** Looks at the fleet whenever something in it has changed, until there is an answer. */

import { watchFleet } from '../../cluster/fleet-watch.ts';
import { ApiError, type KubernetesApi } from '../../cluster/kubernetes-api.ts';
import type { FleetView } from '../../fleet/fleet.ts';
import type { Clock } from '../../loop/clock.ts';
import { WakeUp } from '../../loop/wake-up.ts';
import { clusterUnusable } from '../flags/credentials.ts';
import { readingNeeds } from './cluster.ts';

export interface FollowOptions<Answer> {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly stop: AbortSignal;
  /** By the clock; undefined for no limit. */
  readonly deadline: number | undefined;
  /** How often to look although nothing has changed, in milliseconds; undefined for never. */
  readonly every: number | undefined;
  /** Ends with what it returns, unless that is undefined. */
  look(view: FleetView): Promise<Answer | undefined>;
  /** The API server has ceased to answer. */
  lost(reason: string): void;
}

/** Milliseconds between two looks: a fleet that changes all the time is not looked at for each change. */
const betweenLooks = 200;

/** @throws CommandFailure if the fleet cannot be read, or may not be */
export async function follow<Answer>(options: FollowOptions<Answer>): Promise<Answer | 'TimedOut' | 'Stopped'> {
  const { api, clock, random, stop, deadline } = options;
  const wakeUp = new WakeUp();
  const trouble: { first: unknown; last: string } = { first: undefined, last: '' };
  let hasNews = true;
  const wake = () => {
    hasNews = true;
    wakeUp.wake();
  };
  const onError = (_plural: string, error: unknown) => {
    trouble.first ??= error;
    if (error instanceof ApiError && error.code === 'Forbidden') trouble.first = error;
    trouble.last = error instanceof Error ? error.message : String(error);
    wake();
  };
  const watch = watchFleet({ api, clock, random, onChange: wake, onError });
  const isOver = () => deadline !== undefined && clock.now() >= deadline;
  let hasSeen = false;
  try {
    for (;;) {
      hasNews = false;
      const view = watch.view();
      if (isFatal(trouble.first, hasSeen)) clusterUnusable(trouble.first, readingNeeds);
      if (view) {
        hasSeen = true;
        trouble.first = undefined;
        const answer = await options.look(view);
        if (answer !== undefined) return answer;
      } else if (hasSeen && trouble.first !== undefined) options.lost(trouble.last);
      if (stop.aborted) return 'Stopped';
      if (isOver()) return 'TimedOut';
      await clock.sleep(betweenLooks, stop).catch(() => undefined);
      if (!hasNews && !stop.aborted) await wakeUp.wait(clock, dueAt(options), stop);
    }
  } finally {
    await watch.stop();
  }
}

/** A right that is missing does not come by waiting; everything else may be over soon, once it has worked. */
function isFatal(error: unknown, hasSeen: boolean): boolean {
  return error !== undefined && (!hasSeen || (error instanceof ApiError && error.code === 'Forbidden'));
}

function dueAt({ clock, every, deadline }: Pick<FollowOptions<unknown>, 'clock' | 'every' | 'deadline'>): number | undefined {
  const due = [every === undefined ? undefined : clock.now() + every, deadline].filter((time) => time !== undefined);
  return due.length === 0 ? undefined : Math.min(...due);
}
