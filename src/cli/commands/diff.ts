/** `kubelet-config diff`: shows what `apply` would change on a host, and changes nothing. */

import { openMachine } from '../../host/machine.ts';
import type { Preview } from '../../node/model/preview.ts';
import { previewPass } from '../../node/pass/preview.ts';
import { settingData, settingLines } from '../../node/report/describe-settings.ts';
import { describeStep, stepData } from '../../node/report/describe-step.ts';
import { readOpen } from '../../node/transaction/journal.ts';
import { terminalText } from '../../text/foreign-text.ts';
import { command } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { applyOptions, readApply } from '../flags/apply.ts';
import { allowanceOf, type Intent } from '../flags/intent.ts';
import { allowanceOptions, outputOption, rootOption } from '../flags/options.ts';
import { personsRequest } from '../flags/persons-request.ts';
import { filesDiff } from '../print/file-diff.ts';
import { keptFailure } from '../print/print-outcome.ts';
import { printAs, printProblems, reportedProblems, type Terminal } from '../print/terminal.ts';

export const diff = command({
  name: 'diff',
  options: { ...applyOptions, root: rootOption, output: outputOption, ...allowanceOptions },
  examples: [
    ['diff -f configs/ --label role=worker', 'what would change on this machine'],
    ['diff --withdraw', 'what would change on this machine if nothing were applied to it any more'],
    ['diff -f configs/ --label role=worker --root ./image', 'what would change in the tree of an image'],
  ],
  epilogue: 'Exits with 0 when nothing would change, with 1 when something would. Values that look like secrets are not shown.',
  run: async (flags, context) => {
    const { terminal } = context;
    const allowance = allowanceOf(flags);
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
