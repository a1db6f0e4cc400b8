/** `kubelet-config import`: prints the object that describes the kubelet of a machine. Changes nothing. */

import { hasErrors, type Problem } from '../../api/problem.ts';
import { validateObject } from '../../computed/check.ts';
import { type ImportOptions, importKubelet, importLaunchers } from '../../importing/import.ts';
import { readWithoutOurs } from '../../importing/own-files.ts';
import { withPlace } from '../../importing/places.ts';
import { changeProblems, proveImport } from '../../importing/prove.ts';
import { command } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { filesOption, outputOption, rootOption } from '../flags/options.ts';
import { importNodes } from '../import/import-nodes.ts';
import { printObjects } from '../import/print-objects.ts';
import { fromFiles, fromMachine, type Subject } from '../import/subject.ts';
import { printProblems, type Terminal } from '../print/terminal.ts';

export const importCommand = command({
  name: 'import',
  options: {
    file: {
      ...filesOption,
      demandOption: false,
      describe:
        'Read these files instead of a machine: the unit, its drop-ins, environment files, the configuration, a cloud-config',
    },
    root: { ...rootOption, default: undefined },
    unit: { type: 'string', default: 'kubelet.service', describe: 'The unit of the kubelet' },
    launcher: {
      choices: importLaunchers,
      default: 'existing' as const,
      describe:
        'existing: leave the unit as it is; host: an object that says all of it; rkt: the same for a kubelet-wrapper; podman: the same for a unit that starts podman run',
    },
    name: { type: 'string', default: 'imported', describe: 'metadata.name of the object' },
    output: { ...outputOption, describe: 'Print the object in this format (default: yaml)' },
  },
  examples: [
    ['import', 'an object for this machine that changes nothing yet'],
    ['import --launcher host --root ./image', 'all settings of the kubelet in the tree of an image'],
    ['import --launcher host ./nodes', 'an object for each group of the nodes in ./nodes/NAME/'],
    ['import --launcher rkt -f kubelet.service -f kubelet.env', 'an object from the files of a kubelet-wrapper'],
  ],
  epilogue:
    'Without a directory it describes one kubelet. Of a directory, nodes whose kubelets differ in nothing, or in values that facts of their machines give, share an object. An object selects no node until you edit its nodeSelector, and has no secrets. What it does not carry is said on standard error, with its place; the objects are the only output.',
  positional: {
    name: 'directory',
    describe: 'A directory with a directory for each node: the tree of its machine, or files of its kubelet',
    isOptional: true,
  },
  run: async (flags, { terminal: given, standardInput }) => {
    const allowance = { unit: flags.unit, extraPaths: [] };
    const options = { launcher: flags.launcher, name: flags.name, allowance };
    const directory = directoryIn(flags);
    const problems =
      directory === undefined
        ? await importOne(
            await (flags.file
              ? fromFiles(flags.file, flags.unit, { standardInput })
              : fromMachine(flags.root ?? '/', flags.unit)),
            options,
            given,
          )
        : await importNodes(directory, flags.unit, options, given);
    // Whatever the format is, standard output holds the object alone.
    printProblems(problems, { ...given, format: undefined });
    if (!hasErrors(problems)) return exitCodes.ok;
    const reason =
      directory === undefined
        ? 'the kubelet cannot be described as asked, or the object is refused as it is'
        : 'not every node can be described as asked, or an object is refused as it is';
    throw new CommandFailure(exitCodes.invalid, reason, 'do what the remedies above say', { code: 'NotImported' });
  },
});

/** @throws CommandFailure if the flags say twice what to import */
function directoryIn(flags: {
  readonly file?: unknown;
  readonly root?: unknown;
  readonly directory?: unknown;
}): string | undefined {
  const { directory, file, root } = flags;
  const given = [directory !== undefined && 'a directory', file !== undefined && '--file', root !== undefined && '--root'];
  const [first, second] = given.filter((one) => one !== false);
  if (second !== undefined)
    throw new CommandFailure(exitCodes.usage, `import takes one of ${first} and ${second}`, 'leave one of them out');
  return directory === undefined ? undefined : String(directory);
}

async function importOne(subject: Subject, options: ImportOptions, terminal: Terminal): Promise<Problem[]> {
  const { files, facts, source, placed } = subject;
  const { installed } = facts;
  if (!installed) return subject.problems.map(placed);
  const { object, problems } = importKubelet(installed, await readWithoutOurs(files, installed), options);
  const told = [...subject.problems, ...problems];
  if (!object) return told.map(placed);
  const proof = await proveImport(object, { files, facts }, options.allowance);
  const found = [...validateObject(object, options.allowance), ...proof.problems].map((problem) => withPlace(problem, installed));
  const comment = `Imported from ${source}. Edit nodeSelector: no node has this label by itself.`;
  printObjects([object], [comment], 'Object', terminal);
  return [...told, ...found, ...changeProblems(proof, told)].map(placed);
}
