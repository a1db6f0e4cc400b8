/** Problems as commands of a GitHub workflow, which shows each one at its line of a pull request. Pure. */

import { formatPath } from '../../api/problem.ts';
import { withoutControls } from '../../text/foreign-text.ts';
import { pathFrom, type Reported } from './reported.ts';

/** `::error file=a.yaml,line=2,col=3,title=UnknownField::…`, one line for each problem. */
export function githubLines(problems: readonly Reported[], base: string): string[] {
  return problems.map((problem) => {
    const { severity, code, path, position, reason, remedy } = problem;
    const file = position && position.file !== 'standard input' ? position.file : undefined;
    const place =
      position && file !== undefined
        ? { file: pathFrom(base, file) ?? file, line: String(position.line), col: String(position.column) }
        : {};
    const properties = Object.entries({ ...place, title: `kubelet-config: ${code}` });
    const written = properties.map(([name, value]) => `${name}=${escapeProperty(value)}`).join(',');
    const field = path.length > 0 ? `${formatPath(path)}: ` : '';
    return `::${severity} ${written}::${escapeData(`${field}${reason}\n→ ${remedy}`)}`;
  });
}

/** As the runner undoes it (actions/toolkit, packages/core/src/command.ts). */
function escapeData(text: string): string {
  return withoutControls(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
