/** `kubelet-config explain`: shows every field that one node gets, its value, and which object set it. */

import { formatPath, hasErrors } from '../../api/problem.ts';
import type { MergedFields } from '../../desired/effective.ts';
import { leafOf } from '../../desired/tree.ts';
import { locateIn, withoutRepeats } from '../../manifest/load/locate.ts';
import { terminalText } from '../../text/foreign-text.ts';
import { hideSecretOf } from '../../text/hide-secrets.ts';
import { command } from '../command.ts';
import { CommandFailure, type ExitCode, exitCodes } from '../failure.ts';
import { mergedFor } from '../flags/effective.ts';
import { allowanceOf, invalid, noObjectsIn, readObjects } from '../flags/intent.ts';
import { expressionFactsOf, readFacts, readNode } from '../flags/node.ts';
import { allowanceOptions, factsOption, filesOption, nodeOptions, outputOption } from '../flags/options.ts';
import { inForceAt, inForceLines } from '../print/in-force.ts';
import { failureData } from '../print/print-error.ts';
import { printAs, printProblems, reportedProblems, type Terminal } from '../print/terminal.ts';

const { demandOption: _demanded, ...optionalFiles } = filesOption;

export const explain = command({
  name: 'explain',
  options: {
    file: optionalFiles,
    root: {
      type: 'string',
      completes: 'Directory',
      describe: 'root of a machine, in place of -f: shows what its kubelet has in force, and which file, flag and object says so',
    },
    ...nodeOptions,
    facts: factsOption,
    output: outputOption,
    ...allowanceOptions,
  },
  examples: [
    ['explain -f configs/ --label role=worker --label accelerator=gpu', 'which object sets each field of a GPU worker'],
    ['explain --root /', 'what the kubelet of this machine has in force, and who says so'],
  ],
  epilogue:
    'What a patch took away is shown with the value that it had. If objects have errors, they are reported, and the fields are shown as far as they are known.',
  run: async (flags, context) => {
    const { terminal } = context;
    if (flags.root !== undefined) return explainRoot(flags.root, flags, terminal);
    if (flags.file === undefined) throw noInput();
    const allowance = allowanceOf(flags);
    const loaded = await readObjects(flags.file, allowance, context);
    printProblems(loaded.problems, terminal);
    if (loaded.objects.length === 0) throw hasErrors(loaded.problems) ? invalid(terminal) : noObjectsIn(flags.file);
    const machine = await readFacts(flags.facts, terminal);
    const node = await readNode(flags, terminal, machine.given.node);
    const described = { ...node, facts: expressionFactsOf(machine, flags, node) };
    const { merged, problems } = mergedFor(loaded.objects, described, allowance);
    printProblems(withoutRepeats(locateIn(loaded.objects, problems), loaded.problems), terminal);
    const failure = hasErrors(terminal.reported) ? invalid(terminal) : undefined;
    const rows = merged && fields(merged);
    if (terminal.format && rows) {
      const data = {
        ...(failure && { error: failureData(failure) }),
        fields: rows.map(covered),
        problems: reportedProblems(terminal),
      };
      printAs(terminal.format, data, terminal);
      return failure?.exitCode ?? exitCodes.ok;
    }
    if (rows) terminal.out(table(rows));
    if (failure) throw failure;
    return exitCodes.ok;
  },
});

function noInput(): CommandFailure {
  return new CommandFailure(
    exitCodes.usage,
    'neither -f nor --root is given',
    'name the objects with -f, or a machine with --root',
  );
}

async function explainRoot(
  root: string,
  { file, unit, output }: { readonly file: unknown; readonly unit: string; readonly output: string | undefined },
  terminal: Terminal,
): Promise<ExitCode> {
  if (file !== undefined)
    throw new CommandFailure(
      exitCodes.usage,
      '-f and --root are both given',
      'objects are explained without --root, a machine without -f',
    );
  const found = await inForceAt(root, unit);
  if (output !== undefined && terminal.format) printAs(terminal.format, { ...found, problems: [] }, terminal);
  else for (const line of inForceLines(found)) terminal.out(terminalText(line));
  return exitCodes.ok;
}

interface Row {
  readonly field: string;
  readonly object: string;
  readonly value?: unknown;
  /** The value that a patch of the object took away. */
  readonly removed?: unknown;
  /** The expression in the object that the value comes from. */
  readonly expression?: string;
}

function fields({ owners, fields: merged, removed }: MergedFields): Row[] {
  const set = owners.map(({ path, object, computed }) => ({
    field: formatPath(path),
    value: leafOf(merged, path),
    object,
    ...(computed && { expression: computed.expression.trim().replace(/\s+/g, ' ') }),
  }));
  const gone = removed.map(({ path, object, value }) => ({ field: formatPath(path), removed: value, object }));
  return [...set, ...gone].sort((a, b) => (a.field < b.field ? -1 : 1));
}

function shown({ field, value, removed }: Row): string {
  return removed === undefined ? textOf(field, value) : `(removed, was ${textOf(field, removed)})`;
}

/** The value as JSON. A field like `args[]` has a secret if `args` has. */
function textOf(field: string, value: unknown): string {
  return hideSecretOf(field.replace(/(?<!\W)\W+$/, ''), JSON.stringify(value));
}

/** The row for a program: a value that has a secret becomes the text that a person sees. */
function covered({ field, object, expression, ...values }: Row): Row {
  const safe = Object.entries(values).map(([name, value]) => {
    const text = textOf(field, value);
    return [name, text === JSON.stringify(value) ? value : text] as const;
  });
  return { field, ...Object.fromEntries(safe), object, ...(expression !== undefined && { expression }) };
}

/** The expressions get a column of their own if there are any. */
function table(rows: readonly Row[]): string {
  const isComputed = rows.some(({ expression }) => expression !== undefined);
  const cells = rows.map((row) => [row.field, shown(row), row.object, ...(row.expression === undefined ? [] : [row.expression])]);
  const all = [['FIELD', 'VALUE', 'OBJECT', ...(isComputed ? ['EXPRESSION'] : [])], ...cells];
  const widths = [0, 1, ...(isComputed ? [2] : [])].map((column) =>
    Math.min(60, Math.max(...all.map((row) => row[column]?.length ?? 0))),
  );
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
