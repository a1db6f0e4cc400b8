/** What a pass would do, without doing anything. */

import { mergedDefaults } from '../../api/defaults.ts';
import { programsInvolved } from '../../render/capabilities.ts';
import { decide } from '../decide/decide.ts';
import { desire, want } from '../decide/desired-state.ts';
import { heeding } from '../decide/pin.ts';
import type { Want } from '../model/desired-state.ts';
import type { Resident } from '../model/drift.ts';
import type { Journal } from '../model/journal.ts';
import type { Machine } from '../model/machine.ts';
import type { Observed } from '../model/observed.ts';
import type { Foresight, ReconcileRequest } from '../model/preview.ts';
import type { HostFiles } from '../ports/files.ts';
import { contentsFor } from '../transaction/file-contents.ts';
import { readHistory, readJournal } from '../transaction/journal.ts';
import { readPin } from '../transaction/pin.ts';
import { readDoubted, readProved } from '../transaction/proven-invocation.ts';
import { observe } from './observe.ts';

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
