/** One pass of the demonstration over one directory that stands for a machine. */

import { defaultAllowance } from '../../src/api/paths.ts';
import { filesDiff } from '../../src/cli/print/file-diff.ts';
import { printProblems, type Terminal } from '../../src/cli/print/terminal.ts';
import { openMachine } from '../../src/host/machine.ts';
import type { Clock } from '../../src/loop/clock.ts';
import type { LoadedObject } from '../../src/manifest/load/load.ts';
import { locateIn } from '../../src/manifest/load/locate.ts';
import { selfApproved } from '../../src/node/model/permission.ts';
import type { ReconcileRequest } from '../../src/node/model/preview.ts';
import { previewPass } from '../../src/node/pass/preview.ts';
import { reconcile } from '../../src/node/pass/reconcile.ts';
import { describeEvent, describeOutcome, problemsOf } from '../../src/node/report/describe-outcome.ts';
import { readJournal } from '../../src/node/transaction/journal.ts';
import { pretendSystemd } from './pretended-systemd.ts';

export interface DemoPass {
  readonly role: string;
  readonly root: string;
  readonly objects: readonly LoadedObject[];
  /** Show every file in full. */
  readonly showFiles?: boolean;
  /** Say nothing of a machine that stays as it is. */
  readonly onlyChanges?: boolean;
}

/** Of a long file the first lines will do. */
const shownLines = 24;

export async function demoPass(
  { role, root, objects, showFiles = false, onlyChanges = false }: DemoPass,
  terminal: Terminal,
): Promise<void> {
  const { bold, cyan, dim } = terminal.colours;
  const machine = await openMachine(root);
  const isUp = (await readJournal(machine.files)).committed?.unit.after.active ?? false;
  const systemd = pretendSystemd(machine.systemd, isUp);
  const lines: string[] = [];
  const request: ReconcileRequest = {
    source: {
      kind: 'Answers',
      objects: objects.map(({ object }) => object),
      withdrawnWhen: 'NotSelected',
      located: (found) => locateIn(objects, found),
    },
    labels: { role },
    allowance: defaultAllowance,
    facts: machine.facts,
    restart: true,
    authority: selfApproved,
    retry: true,
    report: (event) => lines.push(...(event.kind === 'Proving' ? [] : describeEvent(event))),
  };
  const { files, deadMan } = machine;
  const healthz = async () => ({ kind: 'Ok' }) as const;
  const target = { files, systemd, deadMan, healthz, clock: hurriedClock() };
  const preview = await previewPass(request, target);
  const outcome = await reconcile(request, target);
  if (onlyChanges && outcome.kind === 'Unchanged') return;

  terminal.out(`\n${bold(`the machine ${root}, labels role=${role}`)}`);
  printProblems(problemsOf(outcome), terminal);
  if (showFiles) for (const [path, content] of preview.contents) terminal.out(`${cyan(path)}\n${beginning(content.toString())}`);
  else
    terminal.out(
      shortened(filesDiff(preview, terminal))
        .map((line) => `  ${line}`)
        .join('\n'),
    );
  for (const line of lines) terminal.out(line);
  for (const line of describeOutcome(outcome)) terminal.out(`  ${line}`);
  terminal.out(dim(`  systemd would be told: ${systemd.told.length === 0 ? 'nothing' : systemd.told.join(', ')}`));
}

/** The kubelet only pretends to run, so nobody needs to wait until it has for long enough. */
function hurriedClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
  };
}

function beginning(text: string): string {
  return shortened(text.trimEnd().split('\n'))
    .map((line) => `  | ${line}`)
    .join('\n');
}

function shortened(lines: readonly string[]): readonly string[] {
  if (lines.length <= shownLines + 4) return lines;
  return [...lines.slice(0, shownLines), `… and ${lines.length - shownLines} more lines`];
}
