/** What a launcher contributes to the unit: the one shape into which every launcher is brought. */

import type { SpecProblem } from '../../desired/spec-problem.ts';
import type { ManagedFile } from '../revision.ts';

export interface Launch {
  /** Program and arguments of ExecStart=, exactly as the process is to get them. */
  readonly start: readonly [program: string, ...args: string[]];
  /** Right-hand sides of ExecStartPre= and ExecStop=, in systemd's syntax. */
  readonly startPre: readonly string[];
  readonly stop: readonly string[];
  /** Complete environment of the unit: the object's own variables and the launcher's. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the launcher needs on the host besides the unit. */
  readonly files: readonly ManagedFile[];
  /** Program and arguments that fetch the image beforehand; absent where there is none, or which one is only known on the node. */
  readonly fetch?: readonly string[];
}

export type Launched = { readonly launch: Launch | undefined; readonly problems: readonly SpecProblem[] };
