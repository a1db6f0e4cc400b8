/** The dead-man's switch in memory: does what the script does, on files and a systemd in memory. It passes the same contract suite as the real one. */

import { isAtOrBelow } from '../../src/api/paths.ts';
import { plan } from '../../src/node/decide/plan.ts';
import type { Observed } from '../../src/node/model/observed.ts';
import { backupPathOf } from '../../src/node/model/policy-state.ts';
import { sameState, type TransactionRecord } from '../../src/node/model/record.ts';
import type { Step } from '../../src/node/model/step.ts';
import type { TargetState } from '../../src/node/model/target.ts';
import { observeFiles, observeUnit } from '../../src/node/pass/observe.ts';
import type { DeadMansSwitch } from '../../src/node/ports/dead-man.ts';
import { HostFileError, type HostFiles } from '../../src/node/ports/files.ts';
import { type Systemd, SystemdError } from '../../src/node/ports/systemd.ts';
import { execute } from '../../src/node/transaction/execute.ts';
import { readState } from '../../src/node/transaction/state-file.ts';
import { isUnitFile, unitPath } from '../../src/systemd/load-path.ts';
import type { MemoryFiles } from './files.ts';
import type { MemorySystemd } from './systemd.ts';

export interface MemoryDeadMan extends DeadMansSwitch {
  /** Until when the timer runs, by nobody's clock: as long as it was set for. */
  readonly setFor: number | undefined;
  /** What the timer does, and the next boot. */
  fire(): Promise<void>;
}

const state = '/var/lib/kubelet-config';

/** @param systemctl how the script sees systemd */
export function memoryDeadMan(files: MemoryFiles, systemd: MemorySystemd, systemctl: Systemd = systemd.systemctl): MemoryDeadMan {
  const { past } = files;
  let setFor: number | undefined;
  const isThere = async (directory: string) => (await past.list(`${state}/${directory}`)).length > 0;

  /** Of a unit that runs already, another start is the same. */
  let running: Promise<void> | undefined;
  const run = (): Promise<void> => {
    running ??= script().finally(() => {
      running = undefined;
    });
    return running;
  };

  const script = async (): Promise<void> => {
    if (!(await isThere('undoing'))) {
      if (!(await isThere('armed'))) return;
      await past.rename(`${state}/armed`, `${state}/undoing`);
    }
    const bytes = async (path: string) => {
      const found = await past.read(path);
      if (found.kind !== 'File') throw new Error(`${path} is missing`);
      return found.content;
    };
    const record = await readState<TransactionRecord>(past, `${state}/undoing/record.json`);
    if (!record) throw new Error('there is no record');
    const paths = record.files.map(({ path }) => path);
    const { name } = record.unit;
    const directories = new Map<string, { made: string[]; others: string[] }>();
    const read: HostFiles['read'] = async (path) => {
      const found = await past.read(path).catch(ignoreWhatIsInTheWay);
      if (found === undefined) directories.set(path, { made: await directoriesAt(path, past), others: [] });
      return found ?? { kind: 'Absent' };
    };
    const look = async () => ({
      ...(await observeUnit(name, past, systemctl)),
      ...(await observeFiles({ paths: [...paths, unitPath(name)], policyStates: [] }, { ...past, read })),
      directories,
    });
    // Somebody may have masked the unit meanwhile.
    for (const { path, before } of record.files)
      if (before.kind !== 'Symlink' && (await read(path)).kind === 'Symlink') await past.remove(path);
    const steps = planUndo(await look(), record);
    const carry = (some: readonly Step[]) =>
      execute(
        some,
        { files: past, systemd: systemctl },
        (path) => bytes(`${state}/undoing/pre${path}`),
        () => Promise.resolve(),
        () => undefined,
      );
    await carry(steps.filter(({ kind }) => kind !== 'Restart'));
    const isFile = (path: string) => record.files.some((file) => file.before.kind === 'File' && isAtOrBelow(path, file.path));
    for (const path of record.removedDirectories ?? []) if (!isFile(path)) await past.makeDirectory(path, 0o755);
    const wasDown = await statesBack(record, past, systemctl);
    const restart: Step = { kind: 'Restart', unit: record.unit.name };
    const restarts = steps.filter(({ kind }) => kind === 'Restart');
    await carry(restarts.length === 0 && wasDown && record.unit.before.active ? [restart] : restarts).catch((error: unknown) => {
      // The script does not wait for the end of the job.
      if (!(error instanceof SystemdError)) throw error;
    });
    await past.removeTree(`${state}/undone`);
    await past.rename(`${state}/undoing`, `${state}/undone`);
  };

  return {
    get setFor() {
      return setFor;
    },
    installs: [],
    fire: run,
    set: async (_unit, milliseconds) => {
      setFor = milliseconds;
    },
    clear: async () => {
      setFor = undefined;
    },
    pull: () => systemd.undo(run),
    remove: async () => undefined,
  };
}

function ignoreWhatIsInTheWay(error: unknown): undefined {
  if (!(error instanceof HostFileError) || !['NotAFile', 'PathThroughFile'].includes(error.code)) throw error;
}

/** The directories at and below a path, the innermost first. */
async function directoriesAt(path: string, files: HostFiles): Promise<string[]> {
  const names = await files.list(path).catch(ignoreWhatIsInTheWay);
  if (names === undefined) return [];
  const inner: string[] = [];
  for (const name of names) inner.push(...(await directoriesAt(`${path}/${name}`, files)));
  return [...inner, path];
}

/** The kubelet's own state. @returns whether the unit had to be stopped for it */
async function statesBack({ stateFiles = [], unit }: TransactionRecord, files: HostFiles, systemd: Systemd): Promise<boolean> {
  let stopped = false;
  const halt = async () => {
    if (!['inactive', 'failed'].includes((await systemd.status(unit.name)).activeState)) await systemd.stop(unit.name);
    stopped = true;
  };
  for (const { path, before } of stateFiles) {
    if (before === 'Aside' && (await files.read(backupPathOf(path))).kind === 'File') {
      await halt();
      await files.rename(backupPathOf(path), path);
    }
    const { activeState, invocationId } = await systemd.status(unit.name);
    const isUntouched = activeState === 'active' && invocationId === unit.invocationBefore;
    if (before === 'Absent' && (await files.read(path)).kind === 'File' && !isUntouched) {
      await halt();
      await files.remove(path);
    }
  }
  return stopped;
}

/** Back to what a transaction found. Whether or not files are back already, systemd must not keep what it loaded in between, nor the kubelet what it read. */
function planUndo(observed: Observed, { files, unit }: TransactionRecord): Step[] {
  const target: TargetState = {
    files: files.map(({ path, before }) => ({ path, state: before })),
    unit: { name: unit.name, ...unit.before },
    install: null,
  };
  const felt = observed.unit.invocationId !== unit.invocationBefore;
  const { activeState } = observed.unit;
  const isUp = activeState === 'active' || activeState === 'activating';
  // A kubelet that never felt the change needs no restart to forget it.
  const steps = plan(observed, target, { restart: felt || isUp !== unit.before.active ? 'Always' : 'Never' });
  const mustReload =
    observed.systemdRuns && files.some(({ path, before, after }) => isUnitFile(path) && !sameState(before, after));
  if (!mustReload || steps.some((step) => step.kind === 'Reload')) return steps;
  const restart = steps.findIndex((step) => step.kind === 'Restart');
  return steps.toSpliced(restart < 0 ? steps.length : restart, 0, { kind: 'Reload' });
}
