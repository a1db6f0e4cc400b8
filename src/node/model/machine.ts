/** One machine, as a transaction needs it. */

import type { Clock } from '../../loop/clock.ts';
import type { DeadMansSwitch } from '../ports/dead-man.ts';
import type { HostFiles } from '../ports/files.ts';
import type { HealthzProbe } from '../ports/healthz.ts';
import type { Systemd } from '../ports/systemd.ts';
import type { Preflight } from './preflight.ts';

export interface Machine {
  readonly files: HostFiles;
  readonly systemd: Systemd;
  readonly deadMan: DeadMansSwitch;
  readonly healthz: HealthzProbe;
  readonly clock: Clock;
  /** What the unit has printed last, within so long; '' where that cannot be had. A kubelet that is undone takes its reasons with it. Never throws. */
  readonly lastWords?: (unit: string, milliseconds: number) => Promise<string>;
  /** Gives a file that was written the label that the host's policy wants; says why it could not. Absent as `stage` is. Never throws. */
  readonly label?: ((path: string) => Promise<string | undefined>) | undefined;
  /** Absent where no program can be run: in a root without systemd. */
  readonly preflight?: Preflight | undefined;
}
