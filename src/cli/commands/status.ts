/** `kubelet-config status`: what we have done to one host, by what is on its disk; neither systemd nor a cluster is asked. */

import { severityLabel } from '../../api/format-problem.ts';
import { hideInReason } from '../../api/hide-secrets.ts';
import type { ObjectReference } from '../../desired/effective.ts';
import type { Hold } from '../../node/model/hold.ts';
import { recordedState, sameState, type TransactionRecord } from '../../node/model/record.ts';
import { readHold } from '../../node/pass/hold.ts';
import type { HostFiles } from '../../node/ports/files.ts';
import { describeObjects } from '../../node/report/describe-step.ts';
import { readJournal, readOpen } from '../../node/transaction/journal.ts';
import { readPin } from '../../node/transaction/pin.ts';
import { command } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { hostFilesOf } from '../flags/host-files.ts';
import { outputOption, rootOption } from '../flags/options.ts';
import { printAs } from '../print/terminal.ts';

export const status = command({
  name: 'status',
  summary: 'Show what has been applied to a host, what was undone, and what somebody changed since',
  options: { root: rootOption, output: outputOption },
  examples: [
    ['status', 'of this machine, as root'],
    ['status --root /host -o json', 'of the machine whose root is mounted at /host, for a program'],
  ],
  epilogue: 'It reads only what is on the disk, so it works while the agent, the API server and systemd are away.',
  run: async ({ root, output }, { terminal }) => {
    const found = await readStatus(hostFilesOf(root));
    if (output) printAs(output, found, terminal);
    else for (const line of describe(found)) terminal.out(line);
    return exitCodes.ok;
  },
});

interface Status {
  /** Id of the revision that the host is at; null where it has what was there before any KubeletConfig. */
  readonly revision: string | null;
  readonly objects: readonly ObjectReference[];
  readonly unit: string | undefined;
  readonly files: readonly { readonly path: string; readonly state: 'AsWritten' | 'Changed' | 'Missing' }[];
  /** A change that is neither confirmed nor taken back yet. */
  readonly open: { readonly revision: string | null | undefined } | undefined;
  /** The last change that was taken back, unless one was confirmed since. */
  readonly undone: { readonly revision: string | null; readonly verdict: string; readonly reason: string } | undefined;
  /** The revision that a person has gone back to, until the objects change. */
  readonly pinned: string | undefined;
  readonly hold: Hold | undefined;
}

async function readStatus(files: HostFiles): Promise<Status> {
  const { committed, undone } = await readJournal(files);
  const open = await readOpen(files);
  return {
    revision: committed?.revision ?? null,
    objects: committed?.inputs?.objects ?? [],
    unit: committed?.unit.name,
    files: committed ? await filesOf(committed, files) : [],
    open: open && { revision: open.record?.revision },
    undone: undone && { revision: undone.revision, verdict: undone.verdict.kind, reason: hideInReason(undone.verdict.reason) },
    pinned: (await readPin(files))?.revision,
    hold: await readHold(files),
  };
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

function describe({ revision, objects, unit, files, open, undone, pinned, hold }: Status): string[] {
  const lines =
    revision === null
      ? ['nothing is applied: the host has what was there before any KubeletConfig']
      : [`applied: revision ${revision} of ${unit}, from ${describeObjects(objects)}`];
  for (const { path, state } of revision === null ? [] : files)
    lines.push(`  ${path}${open && state !== 'AsWritten' ? openWords : fileWords[state]}`);
  if (open) lines.push(`open: a change to ${open.revision ?? 'what was there before'} is under way, or its agent is gone`);
  if (undone) {
    const again = undone.verdict === 'Failed' ? 'not tried again until the objects change' : 'tried again by the agent';
    const label = undone.verdict === 'Failed' ? severityLabel('error', 'Undone') : 'undone:';
    lines.push(`${label} ${undone.revision ?? 'the way back to what was there before'}: ${undone.reason} (${again})`);
  }
  if (pinned !== undefined)
    lines.push(
      `${severityLabel('notice', 'RolledBack')} a person went back to ${pinned}: it stays until the objects change, or kubelet-config retry`,
    );
  if (hold) lines.push(`${severityLabel('notice', 'Held')} held by ${hold.by}${hold.reason === '' ? '' : `: ${hold.reason}`}`);
  return lines;
}

/** By whom, is not known before that is over. */
const openWords = ': not as applied, perhaps by the change that is open';

const fileWords = {
  AsWritten: '',
  Changed: ': changed by somebody else since',
  Missing: ': removed by somebody else since',
} as const;
