/** The settings of the kubelet as they are reported, read anew when they may be others. */

import type { SettingsInUse } from '../../api/types.ts';
import { settingsInUse } from '../../kubelet/upgrade/in-use.ts';
import { ignoreHostFault } from '../model/host-fault.ts';
import type { Machine } from '../model/machine.ts';
import { readCgroupVersion } from '../ports/machine-for-rules.ts';
import { readKubelet, runningWords } from './kubelet-of-machine.ts';

/** Milliseconds: others may change the files of a kubelet that goes on running. */
const readAgainAfter = 600_000;

export interface InUseRequest {
  readonly unit: string;
  /** Version of the kubelet; undefined if it is not known. */
  readonly version: string | undefined;
  /** Identifies the run of the kubelet; '' if it does not run. */
  readonly invocationId: string;
  /** Whether something was changed since the last report. */
  readonly isChanged: boolean;
}

/** Reading takes a dozen files, and most passes find nothing new. */
export class InUseReader {
  #known: { readonly key: string; readonly at: number; readonly found: SettingsInUse | undefined } | undefined;

  /** @returns undefined if the machine has no kubelet with a unit, or if it cannot be read */
  async read(
    machine: Pick<Machine, 'files' | 'systemd' | 'processes' | 'clock'>,
    { unit, version, invocationId, isChanged }: InUseRequest,
  ): Promise<SettingsInUse | undefined> {
    const key = `${invocationId} ${version ?? ''}`;
    const at = machine.clock.now();
    const known = this.#known;
    if (!isChanged && known?.key === key && at - known.at < readAgainAfter) return known.found;
    const found = await readInUse(machine, unit, version).catch(ignoreHostFault);
    this.#known = { key, at, found: found ?? undefined };
    return this.#known.found;
  }
}

async function readInUse(
  machine: Pick<Machine, 'files' | 'systemd' | 'processes'>,
  unit: string,
  version: string | undefined,
): Promise<SettingsInUse | undefined> {
  const running = await runningWords(machine, unit);
  const { plain, installed, files, unread } = await readKubelet(machine.files, unit, version, running);
  if (installed.texts.length === 0) return undefined;
  return settingsInUse({
    commandLine: files.commandLine,
    configuration: files.configuration,
    unread: [...unread.keys()],
    workingDirectory: plain.workingDirectory,
    cgroupVersion: machine.systemd.running ? await readCgroupVersion(machine.files) : undefined,
  });
}
