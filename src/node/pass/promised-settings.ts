/** What a change promises of the settings of the kubelet, for its proof. */

import { releaseOf } from '../../kubelet/release.ts';
import { kubeletServer } from '../../kubelet/server.ts';
import { settingsOf } from '../../kubelet/settings/settings.ts';
import type { Change } from '../model/action.ts';
import { ignoreHostFault } from '../model/host-fault.ts';
import type { Machine } from '../model/machine.ts';
import type { Preview, ReconcileRequest } from '../model/preview.ts';
import { readInstalledKubelet } from '../ports/installed-kubelet.ts';
import type { PromisedSettings } from '../proof/in-force.ts';
import { programOf } from './running-kubelet.ts';

/**
 * Undefined if nobody can ask the kubelet, if it is not restarted, or for the way back to what the node had,
 * which is not ours to judge.
 */
export function promisedSettings(
  { record, steps }: Change,
  { kubelets, running }: Preview,
  { files }: Machine,
  { askKubelet }: ReconcileRequest,
): PromisedSettings | undefined {
  const isRestarted = steps.some(({ kind }) => kind === 'Restart');
  if (!askKubelet || !kubelets || !isRestarted || record.revision === null) return undefined;
  const { before, coming } = kubelets;
  const { version, unit } = coming;
  const after = settingsOf(coming);
  const release = version === undefined ? undefined : releaseOf(version);
  return {
    predicted: { before: settingsOf(before), after, release },
    before: running?.answer ?? { kind: 'Unknown', reason: 'it did not run before the change' },
    isSameProgram: async () => {
      const now = await programOf(coming, files).catch(ignoreHostFault);
      return now !== undefined && now.path === running?.program?.path && now.changedAt === running.program.changedAt;
    },
    server: kubeletServer(after),
    ask: askKubelet,
    filesNow: async () => {
      const now = await readInstalledKubelet(files, unit, version).catch(ignoreHostFault);
      return now ? settingsOf(now) : undefined;
    },
  };
}
