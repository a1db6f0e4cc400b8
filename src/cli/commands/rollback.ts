/**
 * `kubelet-config rollback`: goes back to an earlier revision, and keeps the host there until the objects
 * change.
 */

import { reportedPass } from '../../agent/host-report.ts';
import { defaultAllowance } from '../../api/paths.ts';
import { openMachine } from '../../host/machine.ts';
import { now } from '../../loop/now.ts';
import { rollbackTargets } from '../../node/decide/pin.ts';
import type { Asked } from '../../node/model/asked.ts';
import { heldProblem } from '../../node/model/hold.ts';
import { readComingPin, settleRollback } from '../../node/pass/asked.ts';
import { readHold } from '../../node/pass/hold.ts';
import type { HostFiles } from '../../node/ports/files.ts';
import { problemsOf } from '../../node/report/describe-outcome.ts';
import { readHistory, readJournal, readOpen } from '../../node/transaction/journal.ts';
import { ask } from '../../node/transaction/pin.ts';
import type { CommandContext } from '../command.ts';
import { command } from '../command.ts';
import { CommandFailure, type ExitCode, exitCodes } from '../failure.ts';
import { outputOption, rootOption } from '../flags/options.ts';
import { personsRequest } from '../flags/persons-request.ts';
import { hostFilesOf, lockUnlessHeld } from '../flags/root.ts';
import { printOutcome } from '../print/print-outcome.ts';
import { progressOn } from '../print/progress.ts';
import { printAs, say } from '../print/terminal.ts';
import { personOf } from '../who.ts';

export const rollback = command({
  name: 'rollback',
  options: {
    root: rootOption,
    to: {
      type: 'string',
      completes: 'Revision',
      describe: 'Id of the revision, or its first characters (default: the one before this; see kubelet-config history)',
    },
    output: outputOption,
  },
  examples: [
    ['rollback', 'go back to the revision before, on this machine'],
    ['rollback --to 3fa94c', 'go back to one that `kubelet-config history` shows'],
  ],
  epilogue:
    "The way back is a change like any other: checked, proved, and undone if the kubelet does not come up. If an agent runs, it makes the change, with its controller's approval if it has one.\n" +
    'The revision that was left is not applied again until the objects change, or a person runs `kubelet-config retry` or `kubelet-config apply -f PATH`.',
  run: async ({ root, to, output }, context) => {
    const files = hostFilesOf(root);
    const asked = { kind: 'Rollback', revision: await targetOf(to, files), by: personOf(context), at: now() } as const;
    const lock = await lockUnlessHeld(root);
    if (!lock) return leaveToAgent(asked, files, context);
    try {
      await ask(files, asked);
      return await goBack(asked, root, output, context);
    } finally {
      await lock.release();
    }
  },
});

type Rollback = Extract<Asked, { kind: 'Rollback' }>;

/** @throws CommandFailure if there is no such revision besides the current one, or more than one */
async function targetOf(id: string | undefined, files: HostFiles): Promise<string> {
  const [journal, open] = [await readJournal(files), await readOpen(files)];
  const { all, untouched } = rollbackTargets({
    journal,
    open,
    history: await readHistory(files),
    pin: await readComingPin(files),
  });
  const found = id === undefined ? untouched.slice(0, 1) : all.filter((revision) => revision.startsWith(id));
  const [revision] = found;
  if (revision !== undefined && found.length === 1) return revision;
  const there = all.length === 0 ? 'there is none' : `there are ${all.join(', ')}`;
  const reason =
    id === undefined
      ? 'no revision was applied before this one, except those that a person went back from'
      : `${found.length === 0 ? 'no' : 'more than one'} earlier revision begins with ${JSON.stringify(id)}: ${there}`;
  throw new CommandFailure(exitCodes.usage, reason, 'see kubelet-config history; --to names any of its revisions');
}

/**
 * Asks the agent of this host to go back.
 * @throws CommandFailure if the host is held: the agent would not act before a person ends the hold
 */
async function leaveToAgent(asked: Rollback, files: HostFiles, { terminal }: CommandContext): Promise<ExitCode> {
  const hold = await readHold(files);
  if (hold) {
    const { code, reason, remedy } = heldProblem(hold);
    throw new CommandFailure(exitCodes.host, `the host does not go back: ${reason}`, remedy, { code });
  }
  await ask(files, asked);
  const message = `asked the agent of this host to go back to revision ${asked.revision}; kubelet-config status shows what comes of it`;
  if (terminal.format) printAs(terminal.format, { outcome: 'Asked', revision: asked.revision, problems: [], message }, terminal);
  else say(message, terminal);
  return exitCodes.ok;
}

async function goBack(
  asked: Rollback,
  root: string,
  output: 'json' | 'yaml' | undefined,
  { terminal, stop }: CommandContext,
): Promise<ExitCode> {
  const machine = await openMachine(root);
  try {
    const progress = progressOn(terminal, output);
    const outcome = await reportedPass(
      'rollback',
      {
        // The pin alone decides; the objects are not read.
        ...personsRequest({ source: { kind: 'Unknown', problems: [] }, labels: {} }, defaultAllowance, machine),
        at: now(),
        goesBack: true,
        stop,
        report: progress.report,
      },
      machine,
    );
    // A way back that did not succeed must not be tried again by the next pass: this command reports it.
    const isThere = await settleRollback(asked.revision, machine.files);
    const problems = problemsOf(outcome).filter(({ code }) => code !== 'RollbackWaits');
    const isKeptThere = isThere && outcome.kind === 'Kept';
    const exitCode = printOutcome(outcome, problems, progress.events, terminal, isKeptThere ? exitCodes.ok : undefined);
    if (isKeptThere && !output)
      terminal.out(`the host is at revision ${asked.revision}, and stays there until the objects change`);
    return exitCode;
  } finally {
    machine.close();
  }
}
