/** The one interface of all launchers: everything that depends on how the kubelet is started. registry.ts has them all. */

import type { FieldPath } from '../../api/problem.ts';
import type { LauncherKind } from '../../api/schema/launcher.ts';
import type { SpecProblem } from '../../desired/spec-problem.ts';
import type { CapabilityReader, ProgramPaths } from '../capabilities.ts';
import type { ManagedFile } from '../revision.ts';

/** A launcher with the fields of one effective spec. Field paths begin below spec. */
export interface Launcher {
  readonly kind: LauncherKind;
  /** Its fields with its defaults in place. Every text in them must fit into a unit file. */
  readonly fields: object;
  /** The fields that name a program which systemd starts. */
  readonly programs: readonly FieldOfPath[];
  /** The programs whose version rendering may ask for. Each answer costs a start of the program. */
  readonly asks: ProgramPaths;
  /** Its own places on the host: no other file of the revision may have one of these paths. */
  readonly paths: readonly OwnPath[];
  /** The scripts that it writes; bash parses a changed one before the kubelet is stopped. */
  readonly scripts: readonly FieldOfPath[];
  /** Those of its ExecStartPre= lines that only clean up: a program that is missing will be missing after them too. */
  cleanups(): readonly string[];
  /** What it starts, or why it cannot. Not to be called, nor `cleanups`, while `fields` hold what no unit file can carry. */
  launch(capabilities: CapabilityReader): Launched;
  /** The field to correct if systemd cannot start `program`; undefined if no field of the launcher names it. */
  fieldOfProgram(program: string): FieldPath | undefined;
}

export interface FieldOfPath {
  readonly path: string;
  readonly field: FieldPath;
}

export interface OwnPath extends FieldOfPath {
  /** `Program`: the started program writes there by itself, so the path is not among the files of the revision. */
  readonly writer: 'Agent' | 'Program';
}

export type Launched = { readonly launch: Launch | undefined; readonly problems: readonly SpecProblem[] };

/** What a launcher contributes to a revision. */
export interface Launch {
  readonly command: Starts;
  /** Complete environment of the unit: the object's own variables and the launcher's. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the launcher needs on the host besides the unit. */
  readonly files: readonly ManagedFile[];
  /** Absent if there is no image, or only the node knows which. */
  readonly fetch?: FetchCommand;
}

/** Fetches the image before the kubelet is stopped for it. */
export interface FetchCommand {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** A word of `command` that older versions of the program refuse with this complaint; they do the same without it. */
  readonly newWord?: { readonly word: string; readonly complaint: string };
}

/** The unit starts a program of ours. (A launcher that extends the node's own unit will be the second member of a union.) */
export interface Starts {
  readonly kind: 'Starts';
  /** Program and arguments of ExecStart=, exactly as the process is to get them. */
  readonly start: readonly [program: string, ...args: string[]];
  /** Right-hand sides of ExecStartPre= and ExecStop=, in systemd's syntax. */
  readonly startPre: readonly string[];
  readonly stop: readonly string[];
}
