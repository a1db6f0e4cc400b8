/** `kubelet-config render`: prints the files that a node would get, and touches none of them. */

import { mkdir } from 'node:fs/promises';
import { refusalOf } from '../../host/refusal.ts';
import { formatMode } from '../../node/report/describe-step.ts';
import { render as renderRevision } from '../../render/render.ts';
import type { Revision } from '../../render/revision.ts';
import { command } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { effectiveFor } from '../flags/effective.ts';
import { allowanceOf, invalid, readIntent } from '../flags/intent.ts';
import { expressionFactsOf, readFacts, readNode } from '../flags/node.ts';
import { allowanceOptions, factsOption, filesOption, nodeOptions } from '../flags/options.ts';
import { factsAt, hostFilesOf } from '../flags/root.ts';
import { type Format, formats, printAs, printProblems, reportedProblems, type Terminal } from '../print/terminal.ts';

export const render = command({
  name: 'render',
  options: {
    file: filesOption,
    ...nodeOptions,
    facts: factsOption,
    root: {
      type: 'string',
      completes: 'Directory',
      describe:
        'root of a machine to render for: its versions, and with the launcher existing its own kubelet; without it, the one that kubeadm sets up',
    },
    output: {
      alias: 'o',
      type: 'string',
      completes: 'FormatOrDirectory',
      describe:
        'json, yaml, or a directory, written with a /, as in ./out: the files are written below it, under their paths on the host',
    },
    ...allowanceOptions,
  },
  examples: [
    ['render -f workers.yaml --label role=worker', 'show what a worker would get'],
    ['render -f configs/ --labels node.yaml -o ./out', 'write the files below ./out'],
    ['render -f configs/ --label role=worker --facts coreos.yaml -o json', 'for a machine that coreos.yaml describes'],
    ['render -f gpu.yaml --root /', 'for this machine, with what its own kubelet is started with'],
  ],
  run: async (flags, context) => {
    const { terminal } = context;
    checkOutput(flags.output);
    const allowance = allowanceOf(flags);
    const intent = await readIntent(flags.file, allowance, context);
    const machine = await readFacts(flags.facts, terminal);
    const node = await readNode(flags, terminal, machine.given.node);
    const described = { ...node, facts: expressionFactsOf(machine, flags, node) };
    const effective = effectiveFor(intent, described, allowance, terminal);
    const facts = flags.root === undefined ? machine.facts : { ...(await factsAt(flags.root, effective.spec)), ...machine.facts };
    const rendered = renderRevision(effective, facts);
    const problems = intent.locate(rendered.kind === 'Refused' ? rendered.problems : rendered.warnings);
    printProblems(problems, terminal);
    if (rendered.kind === 'Refused') throw invalid(terminal);
    await print(rendered.revision, flags.output, terminal);
    return exitCodes.ok;
  },
});

/**
 * A word alone is a format, so that the format of another program (`-o wide`) makes no directory.
 * @throws CommandFailure for one that is not there
 */
function checkOutput(output: string | undefined): void {
  if (output === undefined || isFormat(output) || isDirectory(output)) return;
  const remedy =
    output === ''
      ? `use ${formats.join(' or ')}, or name a directory`
      : `use ${formats.join(' or ')}; a directory is written -o ./${output}`;
  throw new CommandFailure(exitCodes.usage, `there is no format ${JSON.stringify(output)}`, remedy);
}

function isFormat(output: string): output is Format {
  return formats.some((format) => format === output);
}

function isDirectory(output: string): boolean {
  return output.includes('/') || output === '.' || output === '..';
}

async function print(revision: Revision, output: string | undefined, terminal: Terminal): Promise<void> {
  if (output !== undefined && isFormat(output)) {
    const files = revision.files.map((file) => ({ ...file, mode: formatMode(file.mode) }));
    printAs(output, { revision: revision.id, unit: revision.unit, files, problems: reportedProblems(terminal) }, terminal);
  } else if (output !== undefined) {
    await writeBelow(output, revision, terminal);
  } else {
    const { bold } = terminal.colours;
    for (const file of revision.files) terminal.out(`${bold(`### ${file.path} (${formatMode(file.mode)})`)}\n${file.content}`);
  }
}

async function writeBelow(directory: string, { files }: Revision, terminal: Terminal): Promise<void> {
  await mkdir(directory, { recursive: true }).catch((error: unknown) => {
    const { code, message, remedy } = refusalOf(error, directory, 'make the directory');
    throw new CommandFailure(exitCodes.usage, message, remedy, { code });
  });
  const host = hostFilesOf(directory);
  for (const { path, content, ...file } of files) {
    await host.write(path, { ...file, content: Buffer.from(content) });
    terminal.err(`wrote ${directory}${path}`);
  }
}
