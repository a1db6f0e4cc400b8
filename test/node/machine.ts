/** A machine in memory: files, and a systemd that reads its units from them when it is reloaded or asked to enable one, as the real one does. */

import { setImmediate as turn } from 'node:timers/promises';
import { defaultAllowance } from '../../src/api/paths.ts';
import type { KubeletConfig } from '../../src/api/types.ts';
import { labelsOver } from '../../src/host/labels.ts';
import type { HealthzEndpoint } from '../../src/kubelet/healthz.ts';
import type { Clock } from '../../src/loop/clock.ts';
import type { SourceAnswer } from '../../src/node/model/desired-state.ts';
import type { TransactionEvent } from '../../src/node/model/event.ts';
import type { Machine, UnitProcess } from '../../src/node/model/machine.ts';
import type { Outcome } from '../../src/node/model/outcome.ts';
import { selfApproved } from '../../src/node/model/permission.ts';
import type { Preview, ReconcileRequest } from '../../src/node/model/preview.ts';
import { previewPass } from '../../src/node/pass/preview.ts';
import { reconcile } from '../../src/node/pass/reconcile.ts';
import type { HostPrograms } from '../../src/node/ports/programs.ts';
import type { Systemd } from '../../src/node/ports/systemd.ts';
import { makePreflight } from '../../src/node/preflight/preflight.ts';
import { effectiveDropIns } from '../../src/systemd/load-path.ts';
import { type MemoryDeadMan, memoryDeadMan } from '../fakes/dead-man.ts';
import { type MemoryFiles, memoryFiles } from '../fakes/files.ts';
import { type MemoryHealthz, memoryHealthz } from '../fakes/healthz.ts';
import { kubeletWithState } from '../fakes/kubelet.ts';
import { type MemoryKubeletServer, memoryKubeletServer } from '../fakes/running-kubelet.ts';
import { type MemorySystemd, memorySystemd } from '../fakes/systemd.ts';

export const unit = 'kubelet.service';
export const unitFile = `/etc/systemd/system/${unit}`;

export interface MemoryMachine {
  /** What a pass gets. */
  readonly machine: Machine;
  /** What a pass asks for the facts of the host. */
  readonly facts: ReconcileRequest['facts'];
  readonly files: MemoryFiles;
  readonly systemd: MemorySystemd;
  readonly deadMan: MemoryDeadMan;
  readonly healthz: MemoryHealthz;
  /** The kubelet's own server; asked if the request of a pass has its `ask`. */
  readonly kubeletServer: MemoryKubeletServer;
  /** Lets so much time pass. */
  pass(milliseconds: number): void;
  /** From now on another program listens at this port. */
  takePort(port: number): void;
  /** Everything on the host that is neither our own state nor a program. */
  host(): Record<string, string>;
  /** One pass over these objects. */
  apply(objects: readonly KubeletConfig[], request?: Partial<ReconcileRequest>): Promise<Outcome>;
  preview(objects: readonly KubeletConfig[], request?: Partial<ReconcileRequest>): Promise<Preview>;
  readonly events: TransactionEvent[];
}

export interface MemoryMachineOptions {
  /** The kubelet has a CPU manager, and minds its state file. */
  readonly keepsState?: boolean;
  /** What happens just before systemd is asked about the unit. */
  readonly beforeStatus?: () => Promise<void>;
  /** The processes of the unit; without it they cannot be read. */
  readonly processes?: () => readonly UnitProcess[];
  /** What the kubelet says that it is. */
  readonly kubeletVersion?: () => string | undefined;
  /** Without it a second passes between any two looks at the clock, and nobody sleeps. */
  readonly clock?: Clock;
}

/** @param programs those of the host; without them nothing is verified before a change */
export async function memoryMachine(
  initial: Record<string, string> = {},
  programs?: HostPrograms,
  { keepsState = false, beforeStatus, processes, kubeletVersion = () => 'v1.30.2', clock: given }: MemoryMachineOptions = {},
): Promise<MemoryMachine> {
  const installed = programs ? { '/usr/bin/rkt': '', '/usr/bin/kubelet': '' } : {};
  const files = memoryFiles({ ...installed, ...initial });
  const fake = memorySystemd();
  const events: TransactionEvent[] = [];
  const load = () => {
    const { [unitFile]: text, ...others } = files.contents();
    const dropIns = effectiveDropIns(Object.keys(others).filter((path) => path.includes(`/${unit}.d/`)));
    if (text === undefined) fake.forget(unit);
    else fake.define(unit, [text, ...dropIns.map((path) => others[path] ?? '')].join('\n'));
  };
  load();
  const readingUnits = (systemd: Systemd): Systemd => ({
    ...systemd,
    status: async (name) => {
      await beforeStatus?.();
      return systemd.status(name);
    },
    reload: async () => {
      const before = await systemd.status(unit);
      await systemd.reload();
      load();
      if (before.unitFileState === 'enabled' && files.contents()[unitFile] !== undefined)
        fake.change(unit, { unitFileState: 'enabled' });
    },
    enable: async (name) => {
      // systemd reads the file for that, not what it has loaded.
      if (!(await systemd.status(name)).loadState.startsWith('masked')) load();
      await systemd.enable(name);
    },
  });
  const withKubelet = keepsState ? kubeletWithState(files, fake, unit) : (systemd: Systemd) => systemd;
  const systemd = withKubelet(readingUnits(fake));
  const deadMan = memoryDeadMan(files, fake, withKubelet(readingUnits(fake.systemctl)));
  const time = monotonic();
  const clock = given ?? { now: time.now, sleep: async () => void (await turn()) };
  const healthz = memoryHealthz();
  const kubeletServer = memoryKubeletServer();
  const taken = new Set<number>();
  const machine = {
    files,
    systemd,
    deadMan,
    healthz: healthz.probe,
    portTaken: ({ port }: HealthzEndpoint) => (taken.has(port) ? `a program of user 65534 listens at ${port}` : undefined),
    clock,
    processes: processes && (async () => processes()),
    preflight: programs && makePreflight(files, programs),
    label: programs && labelsOver(files, programs),
  };
  const request: ReconcileRequest = {
    source: answer([]),
    labels: {},
    allowance: defaultAllowance,
    facts: async ({ kubelet }) => {
      const version = kubelet === undefined ? undefined : kubeletVersion();
      return { osRelease: {}, bootId: 'boot', ...(version !== undefined && { kubeletVersion: version }) };
    },
    restart: true,
    authority: selfApproved,
    retry: true,
    report: (event) => void events.push(event),
  };
  return {
    machine,
    facts: request.facts,
    files,
    systemd: fake,
    deadMan,
    healthz,
    kubeletServer,
    events,
    pass: time.pass,
    takePort: (port) => void taken.add(port),
    host: () =>
      Object.fromEntries(
        Object.entries(files.contents()).filter(([path]) => !/^\/(var\/lib\/kubelet-config|usr\/bin)\//.test(path)),
      ),
    preview: (objects, changed = {}) => previewPass({ ...request, source: answer(objects), ...changed }, machine),
    apply: (objects, changed = {}) => reconcile({ ...request, source: answer(objects), ...changed }, machine),
  };
}

function answer(objects: readonly KubeletConfig[]): SourceAnswer {
  return { kind: 'Answers', objects, withdrawnWhen: 'NotSelected' };
}

/** A second passes between any two looks at the clock. */
function monotonic() {
  let now = 0;
  const pass = (milliseconds: number): void => {
    now += milliseconds;
  };
  return {
    pass,
    now: () => {
      pass(1000);
      return now;
    },
  };
}
