/** What is seen of the kubelet that runs. */

import type { InstalledKubelet } from '../../kubelet/installed/installed.ts';
import type { KubeletSettings } from '../../kubelet/settings/setting.ts';
import type { RunningConfiguration } from '../ports/running-kubelet.ts';
import type { UnitProcess } from './machine.ts';

/** One run of the kubelet. Neither its arguments nor its configuration change while it goes on. */
export interface SeenRun {
  /** Undefined if nobody is there to ask it. */
  readonly answer: RunningConfiguration | undefined;
  readonly processes: readonly UnitProcess[];
  /** The variables that systemd gives to every unit; undefined if they are not known. */
  readonly managerEnvironment: readonly string[] | undefined;
  /** When it was looked at, on the machine's clock. */
  readonly at: number;
}

/** The runs that an agent has looked at, by invocation: at rest the kubelet is asked once. */
export type SeenRuns = Map<string, SeenRun>;

/** The kubelet of a host as its files say, and as it runs. */
export interface RunningKubelet extends SeenRun {
  readonly installed: InstalledKubelet;
  /** By its files. */
  readonly settings: KubeletSettings;
  /** The program that runs, if the one that is there has not changed since it was started. */
  readonly program: Program | undefined;
}

/** A program of the host. */
export interface Program {
  readonly path: string;
  /** Milliseconds since the epoch. */
  readonly changedAt: number;
}
