/** What a kubelet does with the state file of its CPU manager, in memory: it refuses one of another policy, and writes it anew when it is told to stop. */

import { type Systemd, SystemdError } from '../../src/node/ports/systemd.ts';
import type { MemoryFiles } from './files.ts';
import type { MemorySystemd } from './systemd.ts';

export const cpuState = '/var/lib/kubelet/cpu_manager_state';
const configuration = '/etc/kubernetes/kubelet-config.yaml';

/** @returns what starts and stops it, whoever asks */
export function kubeletWithState(files: MemoryFiles, systemd: MemorySystemd, unit: string): (inner: Systemd) => Systemd {
  let kept: string | undefined;
  let made = 0;

  function stop(): void {
    if (kept !== undefined) files.put(cpuState, kept, { mode: 0o600 });
    kept = undefined;
  }

  function start(): void {
    const { [cpuState]: found, [configuration]: said = '' } = files.contents();
    const policy = /^cpuManagerPolicy: "static"$/m.test(said) ? 'static' : 'none';
    if (found === undefined) {
      made += 1;
      kept = JSON.stringify({ policyName: policy, made });
      files.put(cpuState, kept, { mode: 0o600 });
      return;
    }
    if (found.includes(`"policyName":"${policy}"`)) {
      kept = found;
      return;
    }
    systemd.change(unit, { activeState: 'failed', subState: 'failed', mainPid: 0, result: 'exit-code' });
    throw new SystemdError('JobFailed', 'failed', `configured policy "${policy}" differs from state checkpoint policy`, { unit });
  }

  return (inner) => ({
    ...inner,
    stop: async (name) => {
      stop();
      await inner.stop(name);
    },
    restart: async (name) => {
      stop();
      await inner.restart(name);
      start();
    },
  });
}
