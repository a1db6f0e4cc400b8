/** A change of a host's files as a unified diff, without secrets. */

import { createTwoFilesPatch } from 'diff';
import type { Preview } from '../../node/model/preview.ts';
import type { RecordedFile } from '../../node/model/record.ts';
import type { FileState } from '../../node/ports/files.ts';
import { formatMode } from '../../node/report/describe-step.ts';
import { hideSecrets } from '../../text/hide-secrets.ts';
import type { Terminal } from './terminal.ts';

/** The lines of the diff, file by file in the order of the record; none for a file that stays as it is. */
export function filesDiff({ action, observed, contents }: Preview, terminal: Terminal): string[] {
  const files = action.kind === 'Change' ? action.record.files : [];
  return files.flatMap((file) =>
    fileDiff(file, observed.files.get(file.path) ?? { kind: 'Absent' }, contents.get(file.path)).map((line) =>
      coloured(line, terminal),
    ),
  );
}

/** A line for another mode, and the unified diff of the contents; none if nothing differs. */
function fileDiff({ path, after }: RecordedFile, found: FileState, wanted: Buffer | undefined): string[] {
  const lines: string[] = [];
  if (found.kind === 'File' && after.kind === 'File' && found.mode !== after.mode) {
    lines.push(`mode ${path} ${formatMode(found.mode)} -> ${formatMode(after.mode)}`);
  }
  const [oldBytes, newBytes] = [found.kind === 'File' ? found.content : undefined, wanted];
  const isSame = oldBytes !== undefined && newBytes !== undefined ? oldBytes.equals(newBytes) : oldBytes === newBytes;
  if (isSame) return lines;
  const [oldText, newText] = [hideSecrets(oldBytes?.toString() ?? ''), hideSecrets(newBytes?.toString() ?? '')];
  if (oldText === newText && oldBytes && newBytes)
    return [...lines, `--- ${path}`, `+++ ${path}`, '(a value that is not shown differs)'];
  const patch = createTwoFilesPatch(oldBytes ? path : '/dev/null', newBytes ? path : '/dev/null', oldText, newText, '', '', {
    context: 3,
  });
  return [
    ...lines,
    ...patch
      .trimEnd()
      .split('\n')
      .filter((line) => !/^(Index: |={3,}$)/.test(line)),
  ];
}

function coloured(line: string, { colours }: Terminal): string {
  if (line.startsWith('+++') || line.startsWith('---')) return colours.bold(line);
  if (line.startsWith('@@')) return colours.cyan(line);
  if (line.startsWith('+')) return colours.green(line);
  return line.startsWith('-') ? colours.red(line) : line;
}
