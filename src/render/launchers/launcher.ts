/** The interface of a launcher: what depends on how the kubelet is started. All launchers: registry.ts. */

import type { FieldPath } from '../../api/problem.ts';
import type { LauncherKind } from '../../api/schema/launcher.ts';
import type { SpecProblem } from '../../desired/spec-problem.ts';
import type { CapabilityReader, ProgramPaths } from '../capabilities.ts';
import type { ManagedFile } from '../revision.ts';

/** A launcher with the fields of one effective spec. Paths of fields begin below spec. */
export interface Launcher {
  readonly kind: LauncherKind;
  /** Its fields with its defaults in place. Every text in them must fit into a unit file. */
  readonly fields: object;
  /** The fields that name a program which systemd starts. */
  readonly programs: readonly FieldOfPath[];
  /** The programs whose version rendering may ask for. Each answer costs a start of the program. */
  readonly asks: ProgramPaths;
  /** Whether rendering asks for the node's own kubelet as it is without us. */
  readonly asksInstalled?: boolean;
  /** The version of the kubelet, as far as the object says it: its field, or the tag of a kubelet's image. */
  readonly version: string | undefined;
  /** The kubelet itself, if it is a program of the host: preflight asks for its version. */
  readonly kubelet?: FieldOfPath;
  /** The programs that its script starts: systemd does not see that one of them is missing. */
  readonly startedByScript: readonly StartedByScript[];
  /** The paths that it writes: no other file of the revision may have one of them. */
  readonly paths: readonly OwnPath[];
  /** The scripts that it writes; bash parses a changed one before the kubelet is stopped. */
  readonly scripts: readonly FieldOfPath[];
  /** The right-hand sides of its ExecStartPre= that only clean up: they install no missing program. */
  cleanups(): readonly string[];
  /**
   * Says what the unit starts, or why it cannot. Neither this nor `cleanups` may be called while `fields` has
   * a text that no unit file can carry.
   */
  launch(capabilities: CapabilityReader): Launched;
  /**
   * The field to correct if systemd cannot start `program`; undefined if no field of the launcher names it.
   */
  fieldOfProgram(program: string): FieldPath | undefined;
}

/** A path on the host, with the field that names it. */
export interface FieldOfPath {
  readonly path: string;
  readonly field: FieldPath;
}

export interface StartedByScript extends FieldOfPath {
  /** The variable of the unit that names another program if it is set. */
  readonly variable: string;
}

export interface OwnPath extends FieldOfPath {
  /**
   * `Program`: the started program writes there itself, so the path is not among the files of the revision.
   */
  readonly writer: 'Agent' | 'Program';
}

export type Launched = { readonly launch: Launch | undefined; readonly problems: readonly SpecProblem[] };

/** The part of a revision that a launcher brings. */
export interface Launch {
  readonly command: Starts | Extends;
  /** Complete environment of the unit: the object's own variables and the launcher's. */
  readonly environment: Readonly<Record<string, string>>;
  /** Files that the launcher needs on the host besides the unit. */
  readonly files: readonly ManagedFile[];
  /** Absent if there is no image, or if only the node knows which one. */
  readonly fetch?: FetchCommand;
}

/** Fetches the image while the old kubelet still runs. */
export interface FetchCommand {
  /** Program and arguments that succeed if the image is there already: nothing is fetched then. */
  readonly present?: readonly string[];
  /** Program and arguments. */
  readonly command: readonly string[];
  /** A word that older versions of the program refuse with this complaint. Without it they do the same. */
  readonly newWord?: { readonly word: string; readonly complaint: string };
}

/** A drop-in adds to the unit that the node has already. */
export interface Extends {
  readonly kind: 'Extends';
  /** Lines of its section [Service]; none if the unit starts what it did before. */
  readonly lines: readonly (readonly [key: string, value: string])[];
}

/** The unit starts the kubelet. */
export interface Starts {
  readonly kind: 'Starts';
  /** Program and arguments of ExecStart=, exactly as the process is to get them. */
  readonly start: readonly [program: string, ...args: string[]];
  /** Right-hand sides of ExecStartPre= and ExecStop=, in systemd's syntax. */
  readonly startPre: readonly string[];
  readonly stop: readonly string[];
  /** Further lines of [Service]; an object that sets the key replaces them. */
  readonly service?: readonly (readonly [key: string, value: string])[];
}
