/** Executes the steps of a plan on a host. */

import type { Machine } from '../model/machine.ts';
import { backupPathOf } from '../model/policy-state.ts';
import type { Step } from '../model/step.ts';
import type { HostFiles } from '../ports/files.ts';
import type { Systemd } from '../ports/systemd.ts';

/** The bytes that a Write step puts at this path. */
export type ContentOf = (path: string) => Promise<Buffer>;

/**
 * Executes steps one after the other, and stops at the first error: what is done stays done, the caller
 * undoes it.
 *
 * @param before called before each step; what it throws stops the execution
 * @param done called after each step
 * @throws HostFileError, SystemdError
 */
export async function execute(
  steps: readonly Step[],
  { files, systemd }: Pick<Machine, 'files' | 'systemd'>,
  content: ContentOf,
  before: () => Promise<void>,
  done: (step: Step) => void,
): Promise<void> {
  for (const step of steps) {
    await before();
    await executeStep(step, files, systemd, content);
    done(step);
  }
}

async function executeStep(step: Step, files: HostFiles, systemd: Systemd, content: ContentOf): Promise<void> {
  switch (step.kind) {
    case 'Write': {
      const { mode, uid, gid } = step.state;
      return files.write(step.path, { mode, uid, gid, content: await content(step.path) });
    }
    case 'Remove':
      return files.remove(step.path);
    case 'RemoveDirectory':
      return files.removeDirectory(step.path);
    case 'SetAside':
      return files.rename(step.path, backupPathOf(step.path));
    case 'Reload':
      return systemd.reload();
    case 'Enable':
      return systemd.enable(step.unit);
    case 'Disable':
      return systemd.disable(step.unit);
    case 'Stop':
      await systemd.stop(step.unit);
      // A failed unit whose file is gone would stay in the list of failed units for ever.
      return systemd.resetFailed(step.unit);
    case 'Restart':
      // A start limit must not turn a fixed configuration into a dead kubelet (k/k 93328).
      await systemd.resetFailed(step.unit);
      return systemd.restart(step.unit);
    default:
      return step satisfies never;
  }
}
