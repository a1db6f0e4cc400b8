/** What a report of problems is made from, and the paths in it. Pure. */

import { isAbsolute, relative, resolve } from 'node:path';
import type { Problem } from '../../api/problem.ts';
import type { ExitCode, FailureCode } from '../failure.ts';

export const reportFormats = ['github', 'sarif'] as const;

export interface Report {
  readonly format: (typeof reportFormats)[number];
  /** The directory from which the paths of files count. */
  readonly base: string;
}

/** A problem of a file, or a failure of the whole command. */
export type Reported = Omit<Problem, 'code'> & { readonly code: FailureCode };

export interface ReportOptions {
  readonly exitCode: ExitCode;
  /** One line for people who read the log of a workflow. */
  readonly summary: string;
  /** Why the command could not do its work. */
  readonly failure?: Reported;
}

/** The path from the base, with slashes; undefined for a file that is not below it. */
export function pathFrom(base: string, file: string): string | undefined {
  const path = relative(base, resolve(file));
  return path === '' || path.startsWith('..') || isAbsolute(path) ? undefined : path;
}
