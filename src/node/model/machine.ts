/** The ports of one machine that a transaction uses. */

import type { Clock } from '../../loop/clock.ts';
import type { DeadMansSwitch } from '../ports/dead-man.ts';
import type { HostFiles } from '../ports/files.ts';
import type { HealthzProbe, PortTaken, SocketOwner } from '../ports/healthz.ts';
import type { Systemd } from '../ports/systemd.ts';
import type { Preflight } from './preflight.ts';

/** Which output of a unit is asked for. */
export interface LastOutputRequest {
  readonly unit: string;
  /** How long ago the run began. */
  readonly milliseconds: number;
  /** The run before it, whose output is left out; '' if there was none. */
  readonly invocationBefore: string;
}

/** One process of a unit. */
export interface UnitProcess {
  readonly pid: number;
  /** Its command line. */
  readonly words: readonly string[];
}

/** One machine. */
export interface Machine {
  readonly files: HostFiles;
  readonly systemd: Systemd;
  readonly deadMan: DeadMansSwitch;
  readonly healthz: HealthzProbe;
  /** Absent in a root without a network. */
  readonly portTaken?: PortTaken;
  /** Absent if no program can be run, as for `preflight`. Never throws. */
  readonly socketOwner?: SocketOwner | undefined;
  readonly clock: Clock;
  /** The date now, RFC 3339, for what is kept on disk. */
  readonly date?: (() => string) | undefined;
  /**
   * The last lines that the unit printed, its errors first; '' if they cannot be read. They are asked for
   * before an undo, because they say why the kubelet failed. Never throws.
   */
  readonly lastOutput?: (request: LastOutputRequest) => Promise<string>;
  /**
   * The processes of a unit, as far as they can be read: those that have ended meanwhile are left out. Absent
   * if no systemd runs.
   * @throws SystemdError
   */
  readonly processes?: ((unit: string) => Promise<readonly UnitProcess[]>) | undefined;
  /**
   * Gives a written file the SELinux label that the host's policy asks for, and returns why that failed;
   * undefined if it did not fail. Absent if no program can be run, as for `preflight`. Never throws.
   */
  readonly label?: ((path: string) => Promise<string | undefined>) | undefined;
  /** Absent if no program can be run: in a root without systemd. */
  readonly preflight?: Preflight | undefined;
}
