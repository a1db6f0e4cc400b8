/** What an agent remembers from pass to pass: which run of the kubelet began well, whether systemd may have loaded what is no longer there, and who fights us. */

import type { Problem } from '../api/problem.ts';
import { Flapping } from '../loop/flapping.ts';
import type { AgentState } from '../node/model/drift.ts';
import { isRepair, type Outcome } from '../node/model/outcome.ts';
import type { HostEvent } from '../node/ports/host-watch.ts';

export interface Memory {
  /** @returns the milliseconds until a pass is due for it, undefined where none is */
  noticed(event: HostEvent): number | undefined;
  /** systemd has read our unit files as they are to be. */
  reloaded(): void;
  agentState(): AgentState;
  passed(outcome: Outcome): void;
  /** @returns the milliseconds until something that is fought over is no longer left alone, undefined where nothing is */
  nextLook(): number | undefined;
  /** Every file is in order, and somebody had systemd read a unit file while it was not. */
  isReloadDue(outcome: Outcome): boolean;
}

const minute = 60_000;

const anyUnit = '';

export function trackAgentState(now: () => number): Memory {
  const repairs = new Flapping({ most: 5, windowMilliseconds: minute, restMilliseconds: 10_000 });
  /** Each costs a restart of the kubelet. */
  const restarts = new Flapping({ most: 3, windowMilliseconds: 10 * minute, restMilliseconds: minute });
  /** A kubelet that crashes all the time must not have every node tell the API server so every few seconds. */
  const unitEvents = new Flapping({ most: 8, windowMilliseconds: minute, restMilliseconds: 10_000 });
  let inOrder: string | undefined;
  let doubtful: string | undefined;
  let isTouched = false;
  let isUnitFileTouched = false;
  let isStale = false;
  let isUnitHeard = false;

  /** A run that began while files were being touched may have read anything, though they are in order again. */
  const sawInOrder = (invocation: string) => {
    if (isTouched && inOrder !== undefined && invocation !== inOrder) doubtful = invocation;
    if (invocation !== doubtful) inOrder = invocation;
    isTouched = false;
  };
  return {
    noticed: (event) => {
      switch (event) {
        case 'UnitFile':
          isUnitFileTouched = true;
          isTouched = true;
          return 0;
        case 'File':
          isTouched = true;
          return 0;
        case 'Reloaded':
          isStale ||= isUnitFileTouched;
          return isStale ? 0 : undefined;
        case 'Unit':
          isUnitHeard = true;
          return unitEvents.rest(anyUnit, now());
        default:
          return event satisfies never;
      }
    },
    reloaded: () => {
      isUnitFileTouched = false;
      isStale = false;
    },
    agentState: () => ({
      knownGood: inOrder === undefined ? [] : [inOrder],
      contested: new Map([...repairs.resting(now()), ...restarts.resting(now())].map((path) => [path, contestedProblem(path)])),
    }),
    passed: (outcome) => {
      // What came before one pass is one: each restart is told in five parts.
      if (isUnitHeard) unitEvents.count(anyUnit, now());
      isUnitHeard = false;
      if (outcome.kind === 'Unchanged' && outcome.revision !== null) sawInOrder(outcome.invocation ?? '');
      if (!isRepair(outcome)) return;
      const storm = outcome.isUnnoticed ? repairs : restarts;
      for (const { path } of outcome.drifted ?? []) storm.count(path, now());
    },
    nextLook: () => {
      const rests = [repairs, restarts].flatMap((storm) => storm.resting(now()).map((path) => storm.rest(path, now())));
      return rests.length === 0 ? undefined : Math.min(...rests);
    },
    isReloadDue: (outcome) => isStale && outcome.kind === 'Unchanged' && outcome.revision !== null,
  };
}

function contestedProblem(path: string): Problem {
  return {
    severity: 'error',
    code: 'Contested',
    path: [],
    reason: `somebody else changes ${path} each time it is brought back; it is left as it is for a while`,
    remedy: 'find out who: another tool that manages this file has to let it go, or the objects have to leave it out',
  };
}
