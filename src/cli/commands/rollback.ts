/**
 * `kubelet-config rollback`: goes back to an earlier revision, and keeps the host there until the objects
 * change.
 */

import { openMachine } from '../../host/machine.ts';
import { now } from '../../loop/now.ts';
import { selfApproved } from '../../node/model/permission.ts';
import type { Pin } from '../../node/model/pin.ts';
import { reconcile } from '../../node/pass/reconcile.ts';
import type { HostFiles } from '../../node/ports/files.ts';
import { problemsOf } from '../../node/report/describe-outcome.ts';
import { readHistory, readJournal } from '../../node/transaction/journal.ts';
import { forget } from '../../node/transaction/open-transaction.ts';
import { removePin, writePin } from '../../node/transaction/pin.ts';
import type { CommandContext } from '../command.ts';
import { command } from '../command.ts';
import { CommandFailure, type ExitCode, exitCodes } from '../failure.ts';
import { outputOption, rootOption } from '../flags/options.ts';
import { hostFilesOf, lockUnlessHeld } from '../flags/root.ts';
import { printOutcome } from '../print/print-outcome.ts';
import { progressOn } from '../print/progress.ts';

export const rollback = command({
  name: 'rollback',
  summary: 'Go back to a revision that was applied before, and stay there until the objects change',
  options: {
    root: rootOption,
    to: {
      type: 'string',
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
    'The revision that was left is not applied again until the objects change, or a person runs `kubelet-config retry` or `kubelet-config apply`.',
  run: async ({ root, to, output }, context) => {
    const files = hostFilesOf(root);
    const pin = await pinFor(to, files);
    const lock = await lockUnlessHeld(root);
    if (!lock) {
      await writePin(files, pin);
      context.terminal.out(`the agent of this host goes back to revision ${pin.revision}; see kubelet-config status`);
      return exitCodes.ok;
    }
    try {
      await writePin(files, pin);
      return await goBack(root, output, context);
    } finally {
      await lock.release();
    }
  },
});

/** @throws CommandFailure if there is no such revision besides the current one, or more than one */
async function pinFor(id: string | undefined, files: HostFiles): Promise<Pin> {
  const { committed, undone } = await readJournal(files);
  const current = committed?.revision;
  const revisions = [...new Set((await readHistory(files)).flatMap(({ revision }) => (revision === null ? [] : [revision])))];
  const others = revisions.filter((revision) => revision !== current);
  const found = id === undefined ? others.slice(0, 1) : others.filter((revision) => revision.startsWith(id));
  const [revision] = found;
  const inputs = [committed?.inputs?.id, undone?.inputs].filter((one) => one !== undefined);
  if (revision !== undefined && found.length === 1) return { inputs, revision };
  const there = others.length === 0 ? 'there is none' : `there are ${others.join(', ')}`;
  const reason =
    id === undefined
      ? 'no revision was applied before this one'
      : `${found.length === 0 ? 'no' : 'more than one'} earlier revision begins with ${JSON.stringify(id)}: ${there}`;
  throw new CommandFailure(exitCodes.usage, reason, 'see kubelet-config history');
}

async function goBack(root: string, output: 'json' | 'yaml' | undefined, { terminal, stop }: CommandContext): Promise<ExitCode> {
  const machine = await openMachine(root);
  try {
    // A person asks for this revision, so it is tried even if it failed before.
    await forget(machine.files);
    const progress = progressOn(terminal, output);
    const outcome = await reconcile(
      {
        // The pin alone decides; the objects are not read.
        source: { kind: 'Unknown', problems: [] },
        labels: {},
        allowance: { unit: 'kubelet.service', extraPaths: [] },
        facts: machine.facts,
        at: now(),
        restart: true,
        authority: selfApproved,
        retry: false,
        stop,
        report: progress.report,
      },
      machine,
    );
    // A way back that failed must not be tried again by the next pass.
    const isThere = outcome.kind === 'Changed' && outcome.result.kind === 'Committed';
    if (!isThere) await removePin(machine.files);
    return printOutcome(outcome, problemsOf(outcome), progress.events, output, terminal);
  } finally {
    machine.close();
  }
}
