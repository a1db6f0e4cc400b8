/** The problems of a command for the pages of others: annotations of a GitHub workflow, or a SARIF log. */

import { githubLines } from './github.ts';
import { pasteableProblem } from './pasteable.ts';
import type { Report, Reported, ReportOptions } from './reported.ts';
import { reportedProblems, type Terminal } from './terminal.ts';

/** Prints every problem that was reported so far in one of these formats. */
export async function printReport(report: Report, options: ReportOptions, terminal: Terminal): Promise<void> {
  const problems = reportedProblems(terminal).map((problem) => pasteableProblem(problem, terminal.given));
  if (report.format === 'github') {
    const all: readonly Reported[] = options.failure ? [...problems, options.failure] : problems;
    for (const line of githubLines(all, report.base)) terminal.out(line);
    if (options.summary !== '') terminal.out(options.summary);
    return;
  }
  const { sarifLog } = await import('./sarif.ts');
  terminal.out(JSON.stringify(sarifLog(problems, report.base, options), null, 2));
}
