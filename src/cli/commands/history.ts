/** `kubelet-config history`: shows what was applied to one host. It reads only the disk. */

import type { ObjectReference } from '../../desired/effective.ts';
import type { Journal } from '../../node/model/journal.ts';
import type { TransactionRecord } from '../../node/model/record.ts';
import type { HostFiles } from '../../node/ports/files.ts';
import { describeObjects } from '../../node/report/describe-step.ts';
import { readHistory, readJournal, readOpen } from '../../node/transaction/journal.ts';
import { hideInReason } from '../../text/hide-secrets.ts';
import { command } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { outputOption, rootOption } from '../flags/options.ts';
import { hostFilesOf } from '../flags/root.ts';
import { printAs } from '../print/terminal.ts';

export const history = command({
  name: 'history',
  options: { root: rootOption, output: outputOption },
  examples: [
    ['history', 'this machine, as root'],
    ['history --root /host -o json', 'the machine whose root is mounted at /host, for a program'],
  ],
  epilogue: 'The last five revisions are kept with all their files. `kubelet-config rollback --to ID` goes back to one of them.',
  run: async ({ root, output }, { terminal }) => {
    const found = await readEntries(hostFilesOf(root));
    if (output) printAs(output, found, terminal);
    else for (const line of describe(found)) terminal.out(line);
    return exitCodes.ok;
  },
});

interface History {
  readonly applied: readonly Entry[];
  /** The transaction that is neither committed nor undone yet. */
  readonly open: { readonly revision: string | null | undefined; readonly begunAt: string | undefined } | undefined;
  /** The last transaction that was undone, unless one was committed since. */
  readonly undone: Undone | undefined;
}

interface Undone {
  readonly revision: string | null;
  readonly verdict: string;
  readonly reason: string;
  /** RFC 3339; undefined if an older version of this program made the change. */
  readonly begunAt: string | undefined;
  /** RFC 3339; undefined if the dead-man's switch undid it without the agent. */
  readonly undoneAt: string | undefined;
}

interface Entry {
  readonly sequence: number;
  /** Null if the host went back to what was there before any KubeletConfig. */
  readonly revision: string | null;
  readonly isCurrent: boolean;
  readonly objects: readonly ObjectReference[];
  /** RFC 3339; undefined if an older version of this program applied it. */
  readonly begunAt: string | undefined;
  /** What the change did to the settings of the kubelet, in words; absent if that is not known. */
  readonly settings?: readonly string[];
}

async function readEntries(files: HostFiles): Promise<History> {
  const { committed, undone } = await readJournal(files);
  const open = await readOpen(files);
  return {
    applied: (await readHistory(files)).map((record) => entry(record, committed)),
    open: open && { revision: open.record?.revision, begunAt: open.record?.begunAt },
    undone: undone && undoneOf(undone),
  };
}

function undoneOf({ revision, verdict, begunAt }: NonNullable<Journal['undone']>): Undone {
  return { revision, verdict: verdict.kind, reason: hideInReason(verdict.reason), begunAt, undoneAt: verdict.at };
}

function entry(record: TransactionRecord, committed: TransactionRecord | undefined): Entry {
  const { sequence, revision, inputs, begunAt, settings } = record;
  const isCurrent = sequence === committed?.sequence;
  return { sequence, revision, isCurrent, objects: inputs?.objects ?? [], begunAt, ...(settings && { settings }) };
}

function describe({ applied, open, undone }: History): string[] {
  const lines = applied.length === 0 ? ['nothing was ever applied'] : applied.flatMap(describeEntry);
  if (open) lines.unshift(`open: ${open.begunAt ?? unknownTime}  ${open.revision ?? wayBack}`);
  if (undone) lines.unshift(describeUndone(undone));
  return lines;
}

function describeUndone({ revision, verdict, reason, begunAt = unknownTime, undoneAt }: Undone): string {
  const until = undoneAt === undefined ? '' : `, undone ${undoneAt}`;
  return `undone: ${begunAt}${until}  ${revision ?? wayBack} (${verdict}): ${reason}`;
}

const unknownTime = 'at an unknown time';

const wayBack = 'the way back to what was there before';

function describeEntry({ revision, isCurrent, objects, begunAt = unknownTime, settings = [] }: Entry): string[] {
  const what = revision ?? 'back to what was there before';
  const from = objects.length === 0 ? '' : `  ${describeObjects(objects)}`;
  const changes = settings.length === 0 ? [] : [`    ${settings.join('; ')}; nothing else`];
  return [`${isCurrent ? '*' : ' '} ${begunAt}  ${what}${from}`, ...changes];
}
