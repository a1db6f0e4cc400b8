/** `kubelet-config import`: prints the object that describes the kubelet of a machine. Changes nothing. */

import { stringify } from 'yaml';
import type { PathAllowance } from '../../api/paths.ts';
import { hasErrors, type Problem } from '../../api/problem.ts';
import { validateObject } from '../../computed/check.ts';
import { openMachine } from '../../host/machine.ts';
import { type GivenFiles, originalPlace, placeFiles } from '../../importing/given-files.ts';
import { importKubelet, importLaunchers } from '../../importing/import.ts';
import { withPlace } from '../../importing/places.ts';
import { changeProblems, proveImport } from '../../importing/prove.ts';
import { readInstalledKubelet } from '../../node/ports/installed-kubelet.ts';
import type { ReadableFiles } from '../../node/ports/overlay.ts';
import type { HostFacts } from '../../render/facts.ts';
import { type CommandContext, command } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { filesOption, outputOption, rootOption } from '../flags/options.ts';
import { readGiven } from '../import/read-given.ts';
import { printProblems } from '../print/terminal.ts';

export const importCommand = command({
  name: 'import',
  summary: 'Print the KubeletConfig that describes the kubelet of a machine',
  options: {
    file: {
      ...filesOption,
      demandOption: false,
      describe:
        'Read these files instead of a machine: the unit, its drop-ins, environment files, the configuration, a cloud-config',
    },
    root: rootOption,
    unit: { type: 'string', default: 'kubelet.service', describe: 'The unit of the kubelet' },
    launcher: {
      choices: importLaunchers,
      default: 'existing' as const,
      describe: 'existing: leave the unit as it is; host: an object that says all of it; rkt: the same for a kubelet-wrapper',
    },
    name: { type: 'string', default: 'imported', describe: 'metadata.name of the object' },
    output: { ...outputOption, describe: 'Print the object in this format (default: yaml)' },
  },
  examples: [
    ['import', 'an object for this machine that changes nothing yet'],
    ['import --launcher host --root ./image', 'all settings of the kubelet in the tree of an image'],
    ['import --launcher rkt -f kubelet.service -f kubelet.env', 'an object from the files of a kubelet-wrapper'],
  ],
  epilogue:
    'Describes one kubelet: objects of several nodes are not merged. The object selects no node until you edit its nodeSelector, and has no secrets. What it does not carry is said on standard error, with its place; the object itself is the only output.',
  run: async (flags, context) => {
    const allowance = { unit: flags.unit, extraPaths: [] };
    const subject = await (flags.file ? fromFiles(flags.file, flags.unit, context) : fromMachine(flags.root, flags.unit));
    const problems = await importFrom(subject, flags, allowance, context);
    // Whatever the format is, standard output holds the object alone.
    const terminal = { ...context.terminal, format: undefined };
    printProblems(
      problems.map((problem) => originalPlace(problem, subject.origins)),
      terminal,
    );
    if (!hasErrors(problems)) return exitCodes.ok;
    const reason = 'the kubelet cannot be described as asked, or the object is refused as it is';
    throw new CommandFailure(exitCodes.invalid, reason, 'do what the remedies above say', { code: 'NotImported' });
  },
});

interface Subject {
  readonly files: ReadableFiles;
  readonly facts: HostFacts;
  readonly origins: GivenFiles['origins'];
  readonly problems: readonly Problem[];
  /** What the object was made from. */
  readonly source: string;
}

async function fromMachine(root: string, unit: string): Promise<Subject> {
  const machine = await openMachine(root);
  try {
    const facts = await machine.facts({}, { unit, without: new Map() });
    return { files: machine.files, facts, origins: new Map(), problems: [], source: root === '/' ? 'this machine' : root };
  } finally {
    machine.close();
  }
}

/** @throws CommandFailure for a file that cannot be read */
async function fromFiles(paths: readonly string[], unit: string, { standardInput }: CommandContext): Promise<Subject> {
  const given = await readGiven(paths, standardInput);
  const { files, origins, problems } = placeFiles(given, unit);
  const installed = await readInstalledKubelet(files, unit);
  return { files, origins, problems, facts: { osRelease: {}, installed }, source: paths.join(', ') };
}

type Options = Parameters<Parameters<typeof command>[0]['run']>[0];

async function importFrom(
  subject: Subject,
  flags: Options,
  allowance: PathAllowance,
  context: CommandContext,
): Promise<Problem[]> {
  const { files, facts, source } = subject;
  if (!facts.installed) return [...subject.problems];
  const options = { launcher: flags['launcher'] as (typeof importLaunchers)[number], name: String(flags['name']), allowance };
  const { object, problems } = importKubelet(facts.installed, options);
  const told = [...subject.problems, ...problems];
  if (!object) return told;
  const proof = await proveImport(object, files, facts, allowance);
  const { installed } = facts;
  const found = [...validateObject(object, allowance), ...proof.problems].map((problem) => withPlace(problem, installed));
  print(object, source, context);
  return [...told, ...found, ...changeProblems(proof, told)];
}

function print(object: object, source: string, { terminal }: CommandContext): void {
  if (terminal.format === 'json') {
    terminal.out(JSON.stringify(object, null, 2));
    return;
  }
  const yaml = stringify(object, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
  terminal.out(`# Imported from ${source.replace(/\s+/g, ' ')}. Edit nodeSelector: no node has this label by itself.\n${yaml}`);
}
