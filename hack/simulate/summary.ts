/** What a run came to, in plain lines. */

import type { RunResult } from './run.ts';
import { type Sample, samplePhases } from './sample.ts';
import type { Settings } from './settings.ts';

export function timelineLine({ at, nodes, isSoaking }: Sample): string {
  const counts = samplePhases.filter((phase) => nodes[phase] > 0).map((phase) => `${phase} ${nodes[phase]}`);
  return `${String(at).padStart(8)} s    ${counts.join(', ')}${isSoaking ? '; canaries soak' : ''}`;
}

export function summaryOf({ ended, tally, violation, last }: RunResult, settings: Settings): string {
  const writes = [...tally.writes].sort((one, other) => other[1] - one[1]);
  const sorted = [...tally.plans].sort((one, other) => one - other);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const perNode = (count: number) => (count / settings.nodes).toFixed(2);
  return [
    `seed ${settings.seed}, ${settings.nodes} nodes, ended after ${(ended / 60_000).toFixed(1)} minutes of virtual time`,
    `changes of nodes: ${listOf(tally.results)}`,
    `writes of NodeKubelets, and per node of the beginning: ${writes.map(([kind, count]) => `${kind} ${count} (${perNode(count)})`).join(', ')}`,
    `requests that landed: ${listOf(tally.requests)}`,
    `plans: ${sorted.length}; by the real clock p50 ${middle.toFixed(2)} ms, max ${(sorted.at(-1) ?? 0).toFixed(2)} ms`,
    `memory of this process, which is controllers, agents and API server: ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`,
    violation === undefined
      ? 'everything held'
      : `VIOLATION at ${(ended / 1_000).toFixed(1)} s: ${violation}\n${last.join('\n')}`,
  ].join('\n');
}

function listOf(counts: ReadonlyMap<string, number>): string {
  const entries = [...counts].sort((one, other) => other[1] - one[1]).map(([kind, count]) => `${kind} ${count}`);
  return entries.length === 0 ? 'none' : entries.join(', ');
}
