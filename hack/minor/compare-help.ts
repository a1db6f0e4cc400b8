/**
 * What `kubelet --help` tells that the tables do not say: less than the sources tell, as it leaves
 * much out.
 */

import type { FlagRow } from '../../src/kubelet/data/kubelet-flags.ts';
import { readGates, stateOfRow } from '../../src/kubelet/gate-table.ts';
import type { Release } from '../../src/kubelet/release.ts';
import { compareFlags } from './compare-flags.ts';
import { compareGates } from './compare-gates.ts';
import type { Finding } from './finding.ts';
import type { HelpText } from './help-text.ts';

/** Flags of every program of Kubernetes, which not every release lists. */
const unlisted: readonly string[] = ['help', 'version'];

/**
 * @param table the table of gates, as `featureGates` has it
 * @returns what differs in the release, by table; no fields, as the text has none
 */
export function compareHelp(table: string, rows: readonly FlagRow[], help: HelpText, release: Release): Finding[] {
  const states = [...readGates(table)].map(([name, row]) => [name, stateOfRow(row, release)] as const);
  const listed = states.filter(([name, state]) => help.gates.has(name) || (state.kind === 'Known' && isListed(state.stage)));
  const ended = listed.filter(([name, state]) => state.kind === 'Known' && !help.gates.has(name));
  const gates = new Map([...help.gates].map(([name, spec]) => [name, [spec]] as const));
  const told = compareGates(table, gates, release).filter(({ kind }) => kind !== 'removed');
  return [
    ...told,
    ...ended.map(([name]): Finding => {
      const what = 'neither alpha nor beta any more: stable, deprecated or gone, which the text does not tell';
      return { table: 'feature-gates.ts', kind: 'changed', name, what, line: undefined };
    }),
    ...compareFlags(rows, help.flags, [], release).filter(({ name }) => !unlisted.includes(name)),
  ];
}

function isListed(stage: string): boolean {
  return stage === 'alpha' || stage === 'beta';
}
