/** A host as far as a plan can see it, and what each step does to it. */

import type { Observed } from '../../src/node/model/observed.ts';
import { type RecordedState, recordedState, type UnitState } from '../../src/node/model/record.ts';
import type { Step } from '../../src/node/model/step.ts';
import type { TargetState } from '../../src/node/model/target.ts';
import type { FileState } from '../../src/node/ports/files.ts';
import type { UnitStatus } from '../../src/node/ports/systemd.ts';
import { unitPath } from '../../src/systemd/load-path.ts';
import { installSection } from '../../src/systemd/unit-text.ts';

export const unit = 'kubelet.service';
export const unitFile = unitPath(unit);
export const settings = '/etc/kubernetes/kubelet-config.yaml';

export const installed = '[Service]\nExecStart=/usr/bin/kubelet\n\n[Install]\nWantedBy=multi-user.target\n';
export const notInstalled = '[Service]\nExecStart=/usr/bin/kubelet\n';

export interface World {
  readonly files: Readonly<Record<string, string>>;
  /** The unit that the distribution has below /usr/lib, which a file of ours hides. */
  readonly vendor?: string | undefined;
  /** Links of targets to the unit. */
  readonly linked: boolean;
  readonly activeState: string;
  readonly invocationId: string;
  readonly systemdRuns: boolean;
}

/** A kubelet as the distribution installed it: enabled and running. */
export const running: World = {
  files: { [unitFile]: installed },
  linked: true,
  activeState: 'active',
  invocationId: 'first',
  systemdRuns: true,
};

export const bare: World = { files: {}, linked: false, activeState: 'inactive', invocationId: '', systemdRuns: true };

export function fileState(content: string | undefined): FileState {
  return content === undefined
    ? { kind: 'Absent' }
    : { kind: 'File', mode: 0o644, uid: 0, gid: 0, content: Buffer.from(content) };
}

export function recorded(content: string | undefined): RecordedState {
  return recordedState(fileState(content));
}

export function observed(world: World, paths: readonly string[] = []): Observed {
  const all = new Set([...Object.keys(world.files), ...paths, unitFile]);
  return {
    files: new Map([...all].map((path) => [path, fileState(world.files[path])])),
    unit: statusOf(world),
    dropIns: [],
    policyStates: new Map(),
    vendorUnit: false,
    systemdRuns: world.systemdRuns,
  };
}

function statusOf(world: World): UnitStatus {
  const text = textOf(world);
  return {
    loadState: text === undefined ? 'not-found' : 'loaded',
    activeState: world.activeState,
    subState: world.activeState === 'active' ? 'running' : 'dead',
    unitFileState: text === undefined ? '' : stateOf(text, world.linked),
    invocationId: world.invocationId,
    mainPid: world.activeState === 'active' ? 1 : 0,
    restarts: 0,
    result: 'success',
    restartPolicy: 'always',
    activeSince: 0,
    hasJob: false,
  };
}

/** The file that counts. */
export function textOf({ files, vendor }: World): string | undefined {
  return files[unitFile] ?? vendor;
}

function stateOf(text: string, linked: boolean): string {
  if (linked) return 'enabled';
  return installSection(text) === '' ? 'static' : 'disabled';
}

/** @param contents what a Write puts there, by path */
export function carriedOut(world: World, steps: readonly Step[], contents: Readonly<Record<string, string>>): World {
  return steps.reduce((before, step) => carriedOutOne(before, step, contents), world);
}

function carriedOutOne(world: World, step: Step, contents: Readonly<Record<string, string>>): World {
  switch (step.kind) {
    case 'Write':
      return { ...world, files: { ...world.files, [step.path]: contents[step.path] ?? '' } };
    case 'Remove': {
      const { [step.path]: _gone, ...files } = world.files;
      return { ...world, files };
    }
    case 'Enable':
      return { ...world, linked: world.linked || installSection(textOf(world) ?? '') !== '' };
    case 'Disable':
      return { ...world, linked: false };
    case 'Stop':
      return { ...world, activeState: 'inactive' };
    case 'Restart':
      return { ...world, activeState: 'active', invocationId: `${world.invocationId}+` };
    case 'RemoveDirectory':
    case 'SetAside':
    case 'Reload':
      return world;
    default:
      return step satisfies never;
  }
}

export const up: UnitState = { enabled: true, active: true };
export const down: UnitState = { enabled: false, active: false };
export const changedUnit = installed.replace('ExecStart=/usr/bin/kubelet', 'ExecStart=/usr/bin/kubelet --v=2');

/** These files, undefined for none, and the unit in this state. */
export function target(files: Readonly<Record<string, string | undefined>>, state: UnitState = up): TargetState {
  return {
    files: Object.entries(files).map(([path, content]) => ({ path, state: recorded(content) })),
    unit: { name: unit, ...state },
    install: installSection(files[unitFile] ?? ''),
  };
}

/** `Write /path`, `Restart`: what a table can compare. */
export function words(steps: readonly Step[]): string[] {
  return steps.map((step) => ('path' in step ? `${step.kind} ${step.path}` : step.kind));
}
