/** One run: a fleet at rest gets a new content, things go wrong for a while, and it has to come to rest again. */

import { contentOf } from '../../src/api/content.ts';
import type { KubeletConfig, NodeKubelet } from '../../src/api/types.ts';
import { kubeletConfigs, nodeKubelets } from '../../src/cluster/own-resources.ts';
import { Checks } from './checks.ts';
import { endFaults, scheduleFaults } from './faults.ts';
import { build, withLevel } from './fleet.ts';
import { restlessness } from './rest.ts';
import type { Settings } from './settings.ts';
import { Tally } from './tally.ts';
import { World } from './world.ts';

export interface RunOptions {
  /** Called every so many seconds of virtual time. */
  readonly sample?: { readonly seconds: number; readonly take: (world: World, checks: Checks) => void };
  /** Called for everything that happens. */
  readonly say?: (milliseconds: number, line: string) => void;
}

export interface RunResult {
  /** What did not hold; undefined if everything did. */
  readonly violation: string | undefined;
  /** Milliseconds of virtual time at its end. */
  readonly ended: number;
  /** The last things that happened. */
  readonly last: readonly string[];
  readonly tally: Tally;
}

/** When the new content comes: everything has been reported until then. */
export const contentComesAt = 60_000;
const lookEvery = 5_000;
const remembered = 30;

export async function run(settings: Settings, { sample, say }: RunOptions = {}): Promise<RunResult> {
  const last: string[] = [];
  const tally = new Tally();
  let violation: string | undefined;
  const tell = (line: string) => {
    last.push(`${(world.timers.now() / 1_000).toFixed(1).padStart(8)} s  ${line}`);
    if (last.length > remembered) last.shift();
    say?.(world.timers.now(), line);
  };
  const world = new World(settings, {
    landed: (process, request) => tally.landed(process, request),
    leading: (process) => tell(`${process.name} leads`),
    stopped: (process) => tell(`${process.name} leads no longer`),
    planned: (milliseconds) => tally.planned(milliseconds),
    revoked: (node, because) => tell(`the approval of ${node} is taken back: ${because}`),
    approving: (decision) => {
      const { nodeKubelet, approval, process } = decision;
      tell(`${process.name} approves ${nodeKubelet.metadata.name} ${JSON.stringify(approval)}`);
      checks.approving(decision);
    },
    begun: (machine, request) => {
      tell(`${machine.name} begins ${request.id}`);
      checks.begun(machine, request);
    },
    ended: (machine, request, result) => {
      tally.ended(result);
      tell(`${machine.name} ends ${request}: ${result.kind}${'verdict' in result ? ` ${result.verdict.kind}` : ''}`);
    },
  });
  const checks = new Checks(world, (fault) => {
    violation ??= fault;
  });
  world.store.onChange(nodeKubelets.plural, ({ before, object }) => {
    const [was, is] = [before as NodeKubelet | undefined, object as NodeKubelet];
    tally.changed(was, is);
    if (was?.status?.claimed !== is.status?.claimed) tell(`${is.metadata.name} claims ${is.status?.claimed}`);
  });
  build(world);
  world.timers.at(contentComesAt, () => bringContent(world));
  const faultsEnd = contentComesAt + settings.minutes * 60_000;
  scheduleFaults(world, faultsEnd, tell);
  world.timers.at(faultsEnd, () => endFaults(world));
  if (sample) every(world, sample.seconds * 1_000, () => sample.take(world, checks));
  const limit = faultsEnd + settings.patience * 60_000;
  let isAtRest = false;
  every(world, lookEvery, () => {
    isAtRest = world.timers.now() > faultsEnd && restlessness(world) === undefined;
  });
  while (violation === undefined && !isAtRest && (await world.timers.step(limit)));
  if (violation === undefined && !isAtRest) violation = `liveness: ${restlessness(world)}`;
  return { violation, ended: world.timers.now(), last, tally };
}

function every(world: World, milliseconds: number, act: () => void): void {
  world.timers.at(world.timers.now() + milliseconds, () => {
    act();
    every(world, milliseconds, act);
  });
}

/** The first object gets a new content, which fails on as many nodes as the settings say. */
function bringContent(world: World): void {
  const [object] = world.objects();
  if (!object) return;
  const spec = { ...object.spec, ...withLevel(4) };
  if (world.settings.failRate > 0) world.badness.set(contentOf({ spec }), world.settings.failRate);
  world.store.replace(kubeletConfigs.plural, { ...object, spec } as KubeletConfig);
}
