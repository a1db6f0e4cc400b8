/** What objects would change of the settings of a machine's kubelet, in words and as data. */

import { settingData, settingLines } from '../../node/report/describe-settings.ts';
import type { AgainstMachine } from '../flags/against-machine.ts';

/** Lines for a person; the names of the objects stand before them if there are others. */
export function againstLines(all: readonly AgainstMachine[]): string[] {
  return all.flatMap((one) => [...(all.length > 1 ? [`${one.names.join(', ')}:`] : []), ...linesOf(one)]);
}

function linesOf({ comparison, differs, problems }: AgainstMachine): string[] {
  if (comparison) return settingLines(comparison);
  if (!differs) return ['no setting of the kubelet changes: the machine has what the objects say'];
  // An error or a notice then says why nothing was compared.
  const isSaid = problems.some(({ severity }) => severity !== 'warning');
  return isSaid ? [] : ['this machine has no kubelet to compare with'];
}

/** The same for a program. */
export function againstData(all: readonly AgainstMachine[]) {
  return all.map(({ names, differs, comparison }) => ({
    objects: names,
    differs,
    ...(comparison && { settings: settingData(comparison) }),
  }));
}
