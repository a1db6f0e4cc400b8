/** Whether two problems are one. Pure. */

import { formatPath, type Problem } from './problem.ts';

/** The same is said about the same field. Where it stands in a file does not matter. */
export function sameProblem(a: Problem, b: Problem): boolean {
  return a.code === b.code && a.object === b.object && a.reason === b.reason && formatPath(a.path) === formatPath(b.path);
}
