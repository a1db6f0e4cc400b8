/** `kubelet-config diff`: shows what `apply` would change on a host, and changes nothing. */

import { openMachine } from '../../host/machine.ts';
import type { Preview } from '../../node/model/preview.ts';
import { previewPass } from '../../node/pass/preview.ts';
import { settingData, settingLines } from '../../node/report/describe-settings.ts';
import { describeStep, stepData } from '../../node/report/describe-step.ts';
import { readOpen } from '../../node/transaction/journal.ts';
import { terminalText } from '../../text/foreign-text.ts';
import { type CommandContext, command } from '../command.ts';
import { CommandFailure, type ExitCode, exitCodes } from '../failure.ts';
import { applyOptions, readApply } from '../flags/apply.ts';
import { allowanceOf, type Intent } from '../flags/intent.ts';
import { allowanceOptions, kubeconfigOption, outputOption, rootOption } from '../flags/options.ts';
import { personsRequest } from '../flags/persons-request.ts';
import { filesDiff } from '../print/file-diff.ts';
import { keptFailure } from '../print/print-outcome.ts';
import { printAs, printProblems, reportedProblems, type Terminal } from '../print/terminal.ts';

export const diff = command({
  name: 'diff',
  options: {
    ...applyOptions,
    root: rootOption,
    fleet: {
      type: 'boolean',
      default: false,
      describe: 'Compare with a cluster instead of a machine: which objects differ, and what that would do to how many nodes',
    },
    kubeconfig: kubeconfigOption,
    output: outputOption,
    ...allowanceOptions,
  },
  examples: [
    ['diff -f configs/ --label role=worker', 'what would change on this machine'],
    ['diff --withdraw', 'what would change on this machine if nothing were applied to it any more'],
    ['diff -f configs/ --label role=worker --root ./image', 'what would change in the tree of an image'],
    ['diff -f configs/ --fleet', 'which nodes of the cluster would change if these objects were applied'],
  ],
  epilogue:
    'Exits with 0 when nothing would change, with 1 when something would; with --fleet with 3 when a node would refuse it. Values that look like secrets are not shown.',
  run: async (flags, context) => {
    const { terminal } = context;
    const allowance = allowanceOf(flags);
    if (flags.fleet) return compareFleet(flags, context);
    const asked = await readApply(flags, allowance, context);
    const { locate } = asked;
    const machine = await openMachine(flags.root);
    try {
      const preview = await previewPass(personsRequest(asked, allowance, machine), machine);
      const open = await readOpen(machine.files);
      if (open && !flags.output) terminal.err(unfinished);
      printProblems(locate(preview.desired.warnings), terminal);
      const differs = print(preview, locate, open !== undefined, terminal);
      return differs ? exitCodes.differs : exitCodes.ok;
    } finally {
      machine.close();
    }
  },
});

type FleetFlags = Parameters<typeof allowanceOf>[0] & {
  readonly file: readonly string[] | undefined;
  readonly withdraw: boolean;
  readonly node: string | undefined;
  readonly label: readonly string[];
  readonly labels: string | undefined;
  readonly root: string;
  readonly kubeconfig: string | undefined;
};

/** @throws CommandFailure without -f, or with an option that is about one machine */
async function compareFleet(flags: FleetFlags, context: CommandContext): Promise<ExitCode> {
  const { file, withdraw, node, label, labels, root, kubeconfig } = flags;
  const ofMachine = [
    withdraw && '--withdraw',
    node !== undefined && '--node',
    label.length > 0 && '--label',
    labels !== undefined && '--labels',
    root !== '/' && '--root',
  ];
  const wrong = ofMachine.find((one) => one !== false);
  if (wrong !== undefined)
    throw new CommandFailure(
      exitCodes.usage,
      `--fleet and ${wrong} are both given`,
      'a machine and a cluster are compared one after the other',
    );
  if (file === undefined) throw new CommandFailure(exitCodes.usage, 'it is not said which objects', 'give them with -f');
  // What talks to a cluster is loaded when it is needed.
  const { diffFleet } = await import('../fleet-diff/diff-fleet.ts');
  return diffFleet(file, allowanceOf(flags), kubeconfig, context);
}

function print(preview: Preview, locate: Intent['locate'], isOpen: boolean, terminal: Terminal): boolean {
  const { action } = preview;
  if (action.kind === 'Keep') {
    printProblems(locate(action.problems), terminal);
    if (action.because !== 'Overridden') {
      // What is refused because of its settings is shown whole: a message names only some of them.
      if (!terminal.format) printSettings(preview, terminal);
      throw keptFailure(action.problems, terminal);
    }
  }
  const steps = action.kind === 'Change' ? action.steps : [];
  const differs = isOpen || action.kind === 'Keep' || steps.length > 0;
  if (terminal.format) {
    const settings = preview.comparison && steps.length > 0 ? { settings: settingData(preview.comparison) } : {};
    const data = { differs, unfinished: isOpen, steps: steps.map(stepData), ...settings, problems: reportedProblems(terminal) };
    printAs(terminal.format, data, terminal);
    return differs;
  }
  for (const line of filesDiff(preview, terminal)) terminal.out(line);
  for (const step of steps) terminal.out(`would ${describeStep(step)}`);
  if (steps.length > 0) printSettings(preview, terminal);
  return differs;
}

function printSettings({ comparison }: Preview, terminal: Terminal): void {
  if (comparison) for (const line of settingLines(comparison)) terminal.out(terminalText(line));
}

const unfinished = 'an earlier change is not finished: if it was cut off, apply undoes it first and then makes this one';
