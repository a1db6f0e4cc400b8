/** `kubelet-config explain`: shows every field that one node gets, its value, and which object set it. */

import { type FieldPath, formatPath } from '../../api/problem.ts';
import type { Effective } from '../../desired/effective.ts';
import { leafOf } from '../../desired/tree.ts';
import { hideSecretOf } from '../../text/hide-secrets.ts';
import { command } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { effectiveFor } from '../flags/effective.ts';
import { allowanceOf, readIntent } from '../flags/intent.ts';
import { readNode } from '../flags/node.ts';
import { allowanceOptions, filesOption, nodeOptions, outputOption } from '../flags/options.ts';
import { printAs, reportedProblems } from '../print/terminal.ts';

export const explain = command({
  name: 'explain',
  summary: 'Show each effective field of a node, its value and which object set it',
  options: { file: filesOption, ...nodeOptions, output: outputOption, ...allowanceOptions },
  examples: [['explain -f configs/ --label role=worker --label accelerator=gpu', 'which object sets each field of a GPU worker']],
  run: async (flags, context) => {
    const { terminal } = context;
    const allowance = allowanceOf(flags);
    const intent = await readIntent(flags.file, allowance, context);
    const effective = effectiveFor(intent, await readNode(flags, terminal), allowance, terminal);
    const rows = fields(effective);
    if (flags.output) printAs(flags.output, { fields: rows, problems: reportedProblems(terminal) }, terminal);
    else terminal.out(table(rows.map(({ field, value, object }) => [field, shown(field, value), object])));
    return exitCodes.ok;
  },
});

function fields({ owners, fields: merged }: Effective) {
  return [...owners]
    .map(({ path, object }) => ({ field: formatPath(path), value: leafOf(merged, path as FieldPath), object }))
    .sort((a, b) => (a.field < b.field ? -1 : 1));
}

/** The value as JSON. A field like `args[]` has a secret if `args` has. */
function shown(field: string, value: unknown): string {
  return hideSecretOf(field.replace(/(?<!\W)\W+$/, ''), JSON.stringify(value));
}

function table(rows: readonly (readonly string[])[]): string {
  const all = [['FIELD', 'VALUE', 'OBJECT'], ...rows];
  const widths = [0, 1].map((column) => Math.min(60, Math.max(...all.map((row) => row[column]?.length ?? 0))));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
