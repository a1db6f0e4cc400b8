/** Shows the rollout of objects: once, or with every change until there is an answer. */

import type { PathAllowance } from '../../api/paths.ts';
import type { KubeletConfig } from '../../api/types.ts';
import type { FleetView } from '../../fleet/fleet.ts';
import { lazyJudge } from '../../fleet/judge.ts';
import { makeValidator } from '../../fleet/object-health.ts';
import { systemClock } from '../../loop/clock.ts';
import type { CommandContext } from '../command.ts';
import { CommandFailure, type ExitCode, exitCodes } from '../failure.ts';
import { printAs, type Terminal } from '../print/terminal.ts';
import { connectTo, objectNamed, readFleet } from './cluster.ts';
import { describeProgress } from './describe-progress.ts';
import { drawn } from './draw.ts';
import { follow } from './follow.ts';
import { type LookTime, livePrinter, logPrinter, type Printer, streamPrinter } from './printers.ts';
import { type ObjectProgress, progressOf } from './progress.ts';
import { progressData } from './progress-data.ts';

export interface StatusRequest {
  /** None for all. */
  readonly names: readonly string[];
  readonly isFollowing: boolean;
  /** Ends when the objects are ready or stalled. */
  readonly isWaiting: boolean;
  /** Undefined for no limit. */
  readonly milliseconds: number | undefined;
  readonly kubeconfig: string | undefined;
  readonly allowance: PathAllowance;
}

/**
 * @returns 0 if all objects are ready, 4 if one is stalled, 1 else
 * @throws CommandFailure if the cluster cannot be read, or has no such object
 */
export async function showStatus(request: StatusRequest, context: CommandContext): Promise<ExitCode> {
  const { terminal } = context;
  const api = connectTo(request.kubeconfig, context);
  const measure = measuring(request.allowance);
  if (!request.isFollowing) {
    const view = await readFleet(api);
    checkNames(request.names, view.kubeletConfigs);
    const all = named(await measure(view), request.names);
    printOnce(all, terminal);
    return exitCodeOf(all);
  }
  const printer = printerFor(terminal);
  let last: readonly ObjectProgress[] | undefined;
  const answer = await follow({
    api,
    clock: systemClock,
    random: Math.random,
    stop: context.stop,
    deadline: request.milliseconds === undefined ? undefined : systemClock.now() + request.milliseconds,
    every: terminal.live && !terminal.format ? 1_000 : undefined,
    look: async (view) => {
      if (last === undefined) checkNames(request.names, view.kubeletConfigs);
      last = named(await measure(view), request.names);
      // The status of an object may be seen before the report that it speaks of: the end is read once more.
      if (request.isWaiting && exitCodeOf(last) !== exitCodes.notAsWanted)
        last = named(await measure(await readFleet(api).catch(() => view)), request.names);
      printer.show(last, lookTime());
      checkStillThere(request.names, last);
      const code = exitCodeOf(last);
      return request.isWaiting && code !== exitCodes.notAsWanted ? code : undefined;
    },
    lost: (reason) => printer.lost(reason, lookTime()),
  });
  if (answer === 'TimedOut') terminal.err('the time of --timeout is over, and the rollout goes on');
  return typeof answer === 'number' ? answer : exitCodeOf(last);
}

/** Counts as the controller with this allowance does. */
function measuring(allowance: PathAllowance): (view: FleetView) => Promise<ObjectProgress[]> {
  const { judge, prepare } = lazyJudge(async () => (await import('../../fleet/judge-kubelets.ts')).kubeletJudge(allowance));
  const validator = makeValidator(allowance, judge);
  return async (view) => {
    await prepare(view.kubeletConfigs);
    return progressOf(view, validator, Date.now());
  };
}

function lookTime(): LookTime {
  return { at: systemClock.now(), date: Date.now() };
}

function printerFor(terminal: Terminal): Printer {
  if (terminal.format) return streamPrinter(terminal, terminal.format);
  return terminal.live ? livePrinter(terminal, terminal.live) : logPrinter(terminal);
}

function printOnce(all: readonly ObjectProgress[], terminal: Terminal): void {
  if (terminal.format) {
    printAs(terminal.format, { objects: all.map(progressData) }, terminal);
    return;
  }
  if (all.length === 0) terminal.out('the cluster has no KubeletConfig');
  for (const line of all.flatMap((one) => drawn(describeProgress(one, undefined, terminal.width), terminal))) terminal.out(line);
}

function named(all: readonly ObjectProgress[], names: readonly string[]): ObjectProgress[] {
  return all.filter(({ name }) => names.length === 0 || names.includes(name));
}

function checkNames(names: readonly string[], objects: readonly KubeletConfig[]): void {
  for (const name of names) objectNamed(name, objects);
}

/** @throws CommandFailure if an object is gone that was there when the command began */
function checkStillThere(names: readonly string[], all: readonly ObjectProgress[]): void {
  const gone = names.find((name) => !all.some((one) => one.name === name));
  if (gone === undefined) return;
  throw new CommandFailure(exitCodes.notAsWanted, `${gone} was deleted`, 'kubelet-config rollout status shows what is there');
}

/** Of a single look, and at the end of a wait. Without an object there is nothing that could be ready. */
function exitCodeOf(all: readonly ObjectProgress[] | undefined): ExitCode {
  if (all === undefined || all.length === 0) return exitCodes.notAsWanted;
  if (all.some(({ state }) => state === 'Stalled')) return exitCodes.stalled;
  return all.every(({ state }) => state === 'Ready') ? exitCodes.ok : exitCodes.notAsWanted;
}
