/** The pass that a person asks for by a command. */

import type { PathAllowance } from '../../api/paths.ts';
import { kubeletOwnCredentials } from '../../cluster/kubelet-credentials.ts';
import type { OpenMachine } from '../../host/machine.ts';
import { selfApproved } from '../../node/model/permission.ts';
import type { ReconcileRequest } from '../../node/model/preview.ts';

/** Nobody else approves it, and what failed before is tried again. It reports nothing. */
export function personsRequest(
  { source, labels, node }: Pick<ReconcileRequest, 'source' | 'labels' | 'node'>,
  allowance: PathAllowance,
  machine: OpenMachine,
): ReconcileRequest {
  const { factFiles = [] } = allowance;
  return {
    source,
    labels,
    node,
    allowance,
    facts: machine.facts,
    machineFacts: (lastMemoryGiB) => machine.machineFacts({ extraFiles: factFiles, lastMemoryGiB }),
    askKubelet: machine.askKubelet?.(kubeletOwnCredentials(machine.files)),
    restart: true,
    authority: selfApproved,
    retry: true,
    report: () => undefined,
  };
}
