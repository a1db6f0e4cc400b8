/** `kubelet-config status`: shows what was applied to one host. It reads only the disk. */

import { severityLabel } from '../../api/format-problem.ts';
import type { ObjectReference } from '../../desired/effective.ts';
import { isPinDone, who } from '../../node/decide/pin.ts';
import type { Asked } from '../../node/model/asked.ts';
import { type Hold, whyHeld } from '../../node/model/hold.ts';
import type { Pin } from '../../node/model/pin.ts';
import { recordedState, sameState, type TransactionRecord } from '../../node/model/record.ts';
import { readHold } from '../../node/pass/hold.ts';
import type { HostFiles } from '../../node/ports/files.ts';
import { describeAsked } from '../../node/report/describe-asked.ts';
import { describeObjects } from '../../node/report/describe-step.ts';
import { readJournal, readOpen } from '../../node/transaction/journal.ts';
import { readAsked, readPin } from '../../node/transaction/pin.ts';
import { hideInReason } from '../../text/hide-secrets.ts';
import { command } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { outputOption, rootOption } from '../flags/options.ts';
import { hostFilesOf } from '../flags/root.ts';
import { printAs } from '../print/terminal.ts';

export const status = command({
  name: 'status',
  summary: 'Show what was applied to a host, what was undone, and which managed files were changed since',
  options: { root: rootOption, output: outputOption },
  examples: [
    ['status', 'this machine, as root'],
    ['status --root /host -o json', 'the machine whose root is mounted at /host, for a program'],
  ],
  epilogue: 'It reads only the disk, so it works while the agent, the API server and systemd are down.',
  run: async ({ root, output }, { terminal }) => {
    const found = await readStatus(hostFilesOf(root));
    if (output) printAs(output, found, terminal);
    else for (const line of describe(found)) terminal.out(line);
    return exitCodes.ok;
  },
});

interface Status {
  /** Id of the committed revision; null if the host has what was there before any KubeletConfig. */
  readonly revision: string | null;
  readonly objects: readonly ObjectReference[];
  readonly unit: string | undefined;
  readonly files: readonly { readonly path: string; readonly state: 'AsWritten' | 'Changed' | 'Missing' }[];
  /** The transaction that is neither committed nor undone yet. */
  readonly open: { readonly revision: string | null | undefined } | undefined;
  /** The last transaction that was undone, unless one was committed since. */
  readonly undone: { readonly revision: string | null; readonly verdict: string; readonly reason: string } | undefined;
  /** The revision that a person has gone back to, until the objects change. */
  readonly pinned: string | undefined;
  /** A rollback that is in force or waits; undefined if there is none. */
  readonly rollback:
    | { readonly revision: string; readonly isDone: boolean; readonly by?: string; readonly at?: string }
    | undefined;
  /** The request that no pass has taken yet. */
  readonly asked: Asked | undefined;
  readonly hold: Hold | undefined;
}

async function readStatus(files: HostFiles): Promise<Status> {
  const { committed, undone } = await readJournal(files);
  const open = await readOpen(files);
  const pin = await readPin(files);
  return {
    revision: committed?.revision ?? null,
    objects: committed?.inputs?.objects ?? [],
    unit: committed?.unit.name,
    files: committed ? await filesOf(committed, files) : [],
    open: open && { revision: open.record?.revision },
    undone: undone && { revision: undone.revision, verdict: undone.verdict.kind, reason: hideInReason(undone.verdict.reason) },
    pinned: pin && isPinDone(pin, committed) ? pin.revision : undefined,
    rollback: pin && rollbackOf(pin, committed),
    asked: await readAsked(files),
    hold: await readHold(files),
  };
}

function rollbackOf(pin: Pin, committed: TransactionRecord | undefined): Status['rollback'] {
  const { revision, by, at } = pin;
  return { revision, isDone: isPinDone(pin, committed), ...(by !== undefined && { by }), ...(at !== undefined && { at }) };
}

function filesOf({ files: recorded }: TransactionRecord, files: HostFiles): Promise<Status['files']> {
  const ours = recorded.filter(({ after }) => after.kind === 'File');
  return Promise.all(
    ours.map(async ({ path, after }) => {
      const found = recordedState(await files.read(path));
      if (sameState(found, after)) return { path, state: 'AsWritten' } as const;
      return { path, state: found.kind === 'Absent' ? 'Missing' : 'Changed' } as const;
    }),
  );
}

function describe({ revision, objects, unit, files, open, undone, rollback, asked, hold }: Status): string[] {
  const applied =
    revision === null
      ? ['nothing is applied: the host has what was there before any KubeletConfig']
      : [
          `applied: revision ${revision} of ${unit}, from ${describeObjects(objects)}`,
          ...files.map(({ path, state }) => `  ${path}${open && state !== 'AsWritten' ? openWords : fileWords[state]}`),
        ];
  return [
    ...applied,
    ...(open ? [`open: a change to ${open.revision ?? before} is under way, or was cut off: ${openRemedy}`] : []),
    ...(undone ? [describeUndone(undone)] : []),
    ...(rollback ? [describeRollback(rollback)] : []),
    ...(asked ? [describeRequest(asked)] : []),
    ...(hold ? [describeHold(hold)] : []),
  ];
}

const before = 'what was there before';
const openRemedy = 'the agent, or the next apply, then undoes it';
const pinRemedy = 'it stays until the objects change; kubelet-config retry ends it sooner';
const waitingRemedy = 'it is done when nothing else is in its way; kubelet-config retry takes the request back';

function describeRollback(rollback: NonNullable<Status['rollback']>): string {
  const { revision, isDone } = rollback;
  const said = who(rollback);
  return isDone
    ? `${severityLabel('notice', 'RolledBack')} a person went back to ${revision}${said}: ${pinRemedy}`
    : `${severityLabel('notice', 'RollbackWaits')} a person asked to go back to ${revision}${said}, and that is not done yet: ${waitingRemedy}`;
}

function describeRequest(asked: Asked): string {
  return `asked: ${describeAsked(asked)}${who(asked)}: the agent, or the next run of kubelet-config, has not begun with it`;
}

function describeUndone({ revision, verdict, reason }: NonNullable<Status['undone']>): string {
  const what = revision ?? `the way back to ${before}`;
  if (verdict !== 'Failed')
    return `undone: ${what}: ${reason} (an agent tries it again by itself; otherwise the next apply does)`;
  const remedy = 'not tried again until the objects change; kubelet-config retry tries it again now';
  return `${severityLabel('error', 'Undone')} ${what}: ${reason} (${remedy})`;
}

function describeHold(hold: Hold): string {
  return `${severityLabel('notice', 'Held')} held by ${hold.by}${whyHeld(hold)}; to release: ${hold.release}`;
}

/** While a change is open, nobody can say yet who changed the file. */
const openWords = ': not as applied, perhaps by the change that is open';

const fileWords = {
  AsWritten: '',
  Changed: ': changed since, outside kubelet-config',
  Missing: ': removed since, outside kubelet-config',
} as const;
