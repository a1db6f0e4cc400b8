/** What proves a kubelet whose port for /healthz is switched off. */

import { kubeletServer } from '../../kubelet/server.ts';
import { settingsOf } from '../../kubelet/settings/settings.ts';
import type { Change } from '../model/action.ts';
import { ignoreHostFault } from '../model/host-fault.ts';
import type { Machine } from '../model/machine.ts';
import type { Preview, ReconcileRequest } from '../model/preview.ts';
import { readInstalledKubelet } from '../ports/installed-kubelet.ts';
import { overlaid } from '../ports/overlay.ts';
import type { MainPort } from '../proof/main-port.ts';
import { type NodeReadinessSince, requiredNodeReadiness } from '../proof/node-readiness.ts';

const why = 'the kubelet does not say whether it is healthy (healthzPort is 0, and it does not answer at its own port)';

/**
 * Asks the /healthz of the kubelet's own server before the change. Where that is not answered, the Node
 * has to be Ready afterwards.
 *
 * @param nodeReadiness present if the Node was Ready: then it must be so afterwards anyway
 * @returns undefined if the new kubelet has a port for /healthz, or for the way back to what the node had
 */
export async function mainPortProof(
  change: Change,
  preview: Preview,
  machine: Machine,
  { askKubelet, readNodeReadiness }: ReconcileRequest,
  nodeReadiness: NodeReadinessSince | undefined,
): Promise<((since: number) => MainPort) | undefined> {
  const { record, steps } = change;
  const isOff = record.revision !== null && record.healthz === undefined && steps.some(({ kind }) => kind === 'Restart');
  const servers = isOff ? await serversOf(change, preview, machine).catch(ignoreHostFault) : undefined;
  if (!servers) return undefined;
  const { earlier, coming } = servers;
  const isActive = preview.observed.unit.activeState === 'active';
  const answeredBefore = isActive && (await askKubelet?.healthz(earlier))?.kind === 'Ok';
  const isRequired = nodeReadiness === undefined && readNodeReadiness !== undefined;
  const required = isRequired ? await requiredNodeReadiness(readNodeReadiness, machine.clock, why) : undefined;
  return (since) => ({
    endpoint: { address: coming.address, port: coming.port },
    ask: askKubelet && (() => askKubelet.healthz(coming)),
    answeredBefore,
    nodeReadiness: required?.(since),
  });
}

/** Where the kubelets before and after the change listen, by their files. @throws HostFileError */
async function serversOf({ record }: Change, { contents }: Preview, { files }: Machine) {
  const after = record.files.map(({ path, after }) => [path, after.kind === 'File' ? contents.get(path) : undefined] as const);
  const serverIn = async (seen: Parameters<typeof readInstalledKubelet>[0]) =>
    kubeletServer(settingsOf(await readInstalledKubelet(seen, record.unit.name)));
  return { earlier: await serverIn(files), coming: await serverIn(overlaid(files, new Map(after))) };
}
