/** What a pass would do, without doing anything. */

import { mergedDefaults } from '../api/defaults.ts';
import type { PathAllowance } from '../api/paths.ts';
import type { Labels } from '../desired/select.ts';
import { type ProgramPaths, programsInvolved } from '../render/capabilities.ts';
import type { HostFacts } from '../render/facts.ts';
import type { Action, Rest } from './action.ts';
import { contentsFor } from './contents.ts';
import { decide } from './decide.ts';
import type { Resident } from './drift.ts';
import type { Hold } from './hold.ts';
import type { HostFiles } from './host.ts';
import { type Journal, readHistory, readJournal } from './journal.ts';
import type { Machine } from './machine.ts';
import { observe } from './observe.ts';
import type { Contents } from './open-transaction.ts';
import type { Authority } from './permission.ts';
import { heeding, readPin } from './pin.ts';
import type { Observed } from './plan.ts';
import { readDoubted, readProved } from './proved.ts';
import type { LookAtNode } from './surroundings.ts';
import type { TransactionEvent } from './transaction-event.ts';
import { desire, type SourceAnswer, type Want, want } from './want.ts';

export interface ReconcileRequest {
  readonly source: SourceAnswer;
  readonly labels: Labels;
  /** Of the host, with the versions of the programs at these paths. */
  readonly facts: (programs: ProgramPaths) => Promise<HostFacts>;
  readonly allowance: PathAllowance;
  /** Now, RFC 3339: for the record. */
  readonly at?: string;
  readonly restart: boolean;
  readonly retry: boolean;
  readonly resting?: Rest | undefined;
  /** What an agent that stays remembers; absent for a command that runs once. */
  readonly resident?: Resident | undefined;
  /** Said elsewhere than on the host. */
  readonly hold?: Hold | undefined;
  /** How the cluster sees this node; absent where nobody could say. */
  readonly lookAtNode?: LookAtNode | undefined;
  readonly authority: Authority;
  /** A proof that is under way is given up, and the change undone. */
  readonly stop?: AbortSignal;
  /** Likewise, because something else is wanted by now. */
  readonly superseded?: AbortSignal;
  readonly report: (event: TransactionEvent) => void;
}

/** What a pass would do, without doing anything: where `diff` stops. */
export async function foresee(request: ReconcileRequest, machine: Machine): Promise<Foresight> {
  const journal = await readJournal(machine.files);
  const desired = desire(request.source, request.labels, request.allowance);
  const facts = await request.facts(desired.kind === 'Effective' ? programsInvolved(desired.effective.spec) : {});
  const unpinned = want(desired, facts, journal.committed);
  const wish = request.retry ? unpinned : await heedingPin(unpinned, journal, machine.files);
  const observed = await look(wish, journal, machine);
  const { restart, retry, resting, authority } = request;
  const resident = await withProved(request.resident, journal, machine);
  const action = decide(wish.wanted, journal, observed, {
    restart,
    retry,
    resting,
    resident,
    doubted: await readDoubted(machine.files),
    permission: authority.permission,
    bootId: facts.bootId ?? '',
  });
  const isChange = action.kind === 'Change' || action.kind === 'Ask';
  const contents = isChange ? await contentsFor(action.record, wish, journal, machine) : new Map<string, Buffer>();
  return { journal, wish, observed, action, contents };
}

async function withProved(
  resident: Resident | undefined,
  { committed }: Journal,
  { files }: Machine,
): Promise<Resident | undefined> {
  if (!resident || !committed?.revision) return resident;
  const proved = await readProved(files, committed.revision);
  return proved === undefined ? resident : { ...resident, knownGood: [...resident.knownGood, proved] };
}

/** What a person has gone back from does not come by itself. */
async function heedingPin(wish: Want, journal: Journal, files: HostFiles): Promise<Want> {
  const pin = await readPin(files);
  if (!pin) return wish;
  const wanted = heeding(pin, wish.wanted, journal, await readHistory(files));
  return { ...wish, wanted, health: (wanted.kind === 'Pinned' && wanted.record.health) || wish.health };
}

export interface Foresight {
  readonly journal: Journal;
  readonly wish: Want;
  readonly observed: Observed;
  readonly action: Action;
  /** The bytes of every file that is to be there after the action. */
  readonly contents: Contents;
}

/** Every path that is, or is to be, ours; and the kubelet's own state. */
function look({ wanted, unit }: Want, { committed }: Journal, machine: Machine): Promise<Observed> {
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
