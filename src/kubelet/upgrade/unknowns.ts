/** What our tables do not say of the last release of an upgrade, for settings that are in use. Pure. */

import { flagState } from '../flag-table.ts';
import { gateState } from '../gate-table.ts';
import { formatRelease, knownRelease, type Release } from '../release.ts';
import type { UpgradeFinding } from './finding.ts';
import { flagsOf, type Step } from './step.ts';

/** Flags and gates of which the last step may or may not know, when the first one surely does. */
export function unknownsAt(steps: readonly Step[]): UpgradeFinding[] {
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) return [];
  const { release } = last;
  const version = formatRelease(release);
  const flags = flagsOf(last)
    .filter((name) => isDoubtfulFlag(name, release) && !isDoubtfulFlag(name, first.release))
    .map(
      (name): UpgradeFinding => ({
        kind: 'CannotTell',
        place: { kind: 'Flag', name },
        release,
        reason: `whether kubelet ${version} still has the flag --${name} is not known`,
        remedy: `look for it in the output of kubelet --help of ${version}, or remove it`,
      }),
    );
  const gates = Object.keys(last.kubelet.map('featureGates'))
    .filter((name) => gateState(name, release).kind === 'Doubtful' && gateState(name, first.release).kind !== 'Doubtful')
    .map(
      (name): UpgradeFinding => ({
        kind: 'CannotTell',
        place: { kind: 'Field', field: ['featureGates', name] },
        release,
        reason: `whether kubelet ${version} knows the gate ${name} depends on its patch release`,
        remedy: 'try it on one node, or remove it',
      }),
    );
  return [...flags, ...gates, ...unread(steps)];
}

/** What neither of the two can read: its settings are then not known. */
function unread(steps: readonly Step[]): UpgradeFinding[] {
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) return [];
  const files = first.read.faults.flatMap(({ kind, rule, place, reason, remedy }): UpgradeFinding[] => {
    if (kind !== 'Refused' || rule !== 'file' || place.kind !== 'File') return [];
    const why = `${reason}, so what it says was not compared`;
    return [
      {
        kind: 'CannotTell',
        place: { kind: 'Field', field: place.field, file: place.path },
        release: last.release,
        reason: why,
        remedy,
      },
    ];
  });
  if (!first.read.sources.commandLine.hasUnknown) return files;
  const reason =
    'not every argument of the kubelet is known here: a script starts it, or only the machine knows a word of its command';
  const remedy = 'check on the machine while its kubelet runs';
  return [...files, { kind: 'CannotTell', place: { kind: 'Kubelet' }, release: last.release, reason, remedy }];
}

function isDoubtfulFlag(name: string, release: Release): boolean {
  const state = flagState(name, release);
  if (state.kind === 'Absent') return state.doubtful;
  return state.kind === 'Present' && state.row.doubtful !== undefined && knownRelease(state.row.doubtful) <= release;
}
