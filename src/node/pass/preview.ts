/** What a pass would do, without doing anything. */

import { mergedDefaults } from '../../api/defaults.ts';
import { launcherOf } from '../../render/launchers/registry.ts';
import { decide } from '../decide/decide.ts';
import { desire, want } from '../decide/desired-state.ts';
import { applyPin } from '../decide/pin.ts';
import type { DesiredState } from '../model/desired-state.ts';
import type { AgentState } from '../model/drift.ts';
import type { Journal } from '../model/journal.ts';
import type { Machine } from '../model/machine.ts';
import type { Observed } from '../model/observed.ts';
import type { Preview, ReconcileRequest } from '../model/preview.ts';
import type { HostFiles } from '../ports/files.ts';
import { fileContentsFor } from '../transaction/file-contents.ts';
import { readHistory, readJournal } from '../transaction/journal.ts';
import { readPin } from '../transaction/pin.ts';
import { readProvenInvocation, readSuspectInvocation } from '../transaction/proven-invocation.ts';
import { observe } from './observe.ts';

/** What a pass would do, without doing anything: where `diff` stops. */
export async function previewPass(request: ReconcileRequest, machine: Machine): Promise<Preview> {
  const journal = await readJournal(machine.files);
  const desired = desire(request.source, request.labels, request.allowance);
  const facts = await request.facts(desired.kind === 'Effective' ? launcherOf(desired.effective.spec).asks : {});
  const unpinned = want(desired, facts, journal.committed);
  const wish = request.retry ? unpinned : await withPin(unpinned, journal, machine.files);
  const observed = await look(wish, journal, machine);
  const { restart, retry, resting, authority } = request;
  const agentState = await withProvenInvocation(request.agentState, journal, machine);
  const action = decide(wish.wanted, journal, observed, {
    restart,
    retry,
    resting,
    agentState,
    suspectInvocation: await readSuspectInvocation(machine.files),
    permission: authority.permission,
    bootId: facts.bootId ?? '',
  });
  const isChange = action.kind === 'Change' || action.kind === 'Ask';
  const contents = isChange ? await fileContentsFor(action.record, wish, journal, machine) : new Map<string, Buffer>();
  return { journal, wish, observed, action, contents };
}

async function withProvenInvocation(
  agentState: AgentState | undefined,
  { committed }: Journal,
  { files }: Machine,
): Promise<AgentState | undefined> {
  if (!agentState || !committed?.revision) return agentState;
  const proved = await readProvenInvocation(files, committed.revision);
  return proved === undefined ? agentState : { ...agentState, knownGood: [...agentState.knownGood, proved] };
}

/** What a person has gone back from does not come by itself. */
async function withPin(wish: DesiredState, journal: Journal, files: HostFiles): Promise<DesiredState> {
  const pin = await readPin(files);
  if (!pin) return wish;
  const wanted = applyPin(pin, wish.wanted, journal, await readHistory(files));
  return { ...wish, wanted, health: (wanted.kind === 'Pinned' && wanted.record.health) || wish.health };
}

/** Every path that is, or is to be, ours; and the kubelet's own state. */
function look({ wanted, unit }: DesiredState, { committed }: Journal, machine: Machine): Promise<Observed> {
  const paths = new Set(committed?.files.map((file) => file.path));
  if (wanted.kind === 'Revision') for (const file of wanted.revision.files) paths.add(file.path);
  if (wanted.kind === 'Pinned') for (const file of wanted.record.files) paths.add(file.path);
  const states = [
    ...(committed?.policyStates ?? []),
    ...(committed?.originals.policyStates ?? []),
    ...(wanted.kind === 'Revision' ? wanted.policyStates : []),
    ...(wanted.kind === 'Pinned' ? (wanted.record.policyStates ?? []) : []),
  ];
  const name = unit ?? committed?.unit.name ?? mergedDefaults.unit.name;
  return observe({ paths, policyStates: states.map(({ path }) => path), unit: name }, machine.files, machine.systemd);
}
