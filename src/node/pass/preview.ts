/** The preview of a pass: what it would do, without doing it. */

import { mergedDefaults } from '../../api/defaults.ts';
import type { EffectiveSpec } from '../../desired/defaults.ts';
import { openedProblem } from '../../kubelet/authentication.ts';
import type { Comparison } from '../../kubelet/settings/compare.ts';
import type { HostFacts } from '../../render/facts.ts';
import { launcherOf } from '../../render/launchers/registry.ts';
import { unitPath } from '../../systemd/load-path.ts';
import { decide } from '../decide/decide.ts';
import { desiredOf, desiredState } from '../decide/desired-state.ts';
import { heedEmptyNode } from '../decide/heed-empty-node.ts';
import { heedOverrides } from '../decide/heed-overrides.ts';
import { heedTakeover } from '../decide/heed-takeover.ts';
import { applyPin } from '../decide/pin.ts';
import { sinceStartProblem } from '../decide/since-start.ts';
import { situationOf } from '../decide/situation.ts';
import { withdrawnOrKept } from '../decide/withdrawal.ts';
import type { Action } from '../model/action.ts';
import type { DesiredRevision, DesiredState } from '../model/desired-state.ts';
import type { AgentState } from '../model/drift.ts';
import type { FileContents } from '../model/file-contents.ts';
import { ignoreHostFault } from '../model/host-fault.ts';
import type { Journal } from '../model/journal.ts';
import type { Machine } from '../model/machine.ts';
import type { Observed } from '../model/observed.ts';
import type { Pin } from '../model/pin.ts';
import type { Preview, ReconcileRequest } from '../model/preview.ts';
import { managedFiles } from '../model/record.ts';
import type { HostFiles } from '../ports/files.ts';
import { readInstalledKubelet } from '../ports/installed-kubelet.ts';
import { fileContentsFor, originalContents } from '../transaction/file-contents.ts';
import { readHistory, readJournal } from '../transaction/journal.ts';
import { lookAtUnit } from '../transaction/look-at-unit.ts';
import { type ProvenInvocation, readProvenInvocation, readSuspectInvocation } from '../transaction/proven-invocation.ts';
import { readComingPin } from './asked.ts';
import { compareKubelets } from './compare-kubelets.ts';
import { readExpressionFacts } from './expression-facts.ts';
import { observeManaged, observeUnit, type PathsToObserve } from './observe.ts';
import { observeDesired } from './observe-desired.ts';
import { lookAtRunning, sinceStart } from './running-kubelet.ts';

/**
 * Observes the host and decides, and stops there: this is what `diff` shows.
 *
 * @throws HostFileError and SystemdError if the host cannot be read
 */
export async function previewPass(request: ReconcileRequest, machine: Machine): Promise<Preview> {
  const { files, systemd } = machine;
  const journal = await readJournal(files);
  const pin = await readComingPin(files);
  const { source, labels, allowance } = request;
  const told = await readExpressionFacts(request, files);
  const selected = withdrawnOrKept(desiredOf(source, labels, allowance, told?.facts), source, labels, journal.committed);
  const spec = selected.kind === 'Effective' ? selected.effective.spec : undefined;
  const unit = spec?.unit.name ?? journal.committed?.unit.name ?? mergedDefaults.unit.name;
  const { seen, ours } = await observeManaged(unit, ourPaths(unit, journal), machine);
  // Facts are asked after the unit was observed: the unit may name the program that they are about.
  const facts = await factsFor(spec, journal, request, files);
  const unpinned = desiredState(selected, facts, journal.committed);
  const desired = request.retry && !request.goesBack ? unpinned : await withPin(pin, unpinned, journal, files);
  // After a withdrawal a person may go back to a revision of another unit.
  const pinned = desired.revision.kind === 'Pinned' ? desired.revision.record.unit.name : unit;
  const isOther = !journal.committed?.revision && pinned !== unit;
  const observed = {
    ...(isOther ? await observeUnit(pinned, files, systemd) : seen),
    ...(await observeDesired(desiredPaths(desired.revision), files, ours, journal.committed)),
  };
  const { restart, retry, isRetryAsked = false, resting, authority } = request;
  const proven = journal.committed?.revision ? await readProvenInvocation(files, journal.committed.revision) : undefined;
  const suspectInvocation = await readSuspectInvocation(files);
  const options = {
    restart,
    retry,
    isRetryAsked,
    resting,
    agentState: withProvenInvocation(request.agentState, proven),
    suspectInvocation,
    permission: authority.permission,
    bootId: facts.bootId ?? '',
  };
  const decided = decide(desired.revision, situationOf(journal, observed, options));
  const beside = { ...newMemory(selected, told), ...settingsReadBy(proven), ...ownKubelet(facts) };
  const known = { journal, pin, desired, unpinned: unpinned.revision, observed, ...beside };
  const preview = { ...known, ...(await heeded(decided, known, machine, { isAsked: retry, version: facts.kubeletVersion })) };
  return withRunning(preview, request, machine, facts.kubeletVersion);
}

function settingsReadBy(proven: ProvenInvocation | undefined): Pick<Preview, 'settingsRead'> {
  return proven?.settings ? { settingsRead: proven.settings } : {};
}

/** The memory that expressions were told, if an object that selects the node computes something. */
function newMemory(
  selected: ReturnType<typeof withdrawnOrKept>,
  told: Awaited<ReturnType<typeof readExpressionFacts>>,
): Pick<Preview, 'newMemoryGiB'> {
  return selected.kind === 'Effective' && told?.newMemoryGiB !== undefined ? { newMemoryGiB: told.newMemoryGiB } : {};
}

function ownKubelet({ installed }: HostFacts): Pick<Preview, 'installed'> {
  return installed ? { installed } : {};
}

/**
 * Looks at the kubelet that runs, and warns if it has other settings than its files say by now: a restart
 * would put those into force too.
 */
async function withRunning(
  preview: Preview,
  request: ReconcileRequest,
  machine: Machine,
  version: string | undefined,
): Promise<Preview> {
  const { action, observed, journal, desired, kubelets } = preview;
  const { unit } = observed;
  const isOurs = action.kind !== 'Keep' && (kubelets !== undefined || journal.committed?.revision != null);
  if (!isOurs || !observed.systemdRuns || unit.activeState !== 'active' || unit.hasJob) return preview;
  const name = journal.committed?.unit.name ?? kubelets?.before.unit ?? mergedDefaults.unit.name;
  const installed = kubelets?.before ?? (await readInstalledKubelet(machine.files, name, version).catch(ignoreHostFault));
  if (!installed) return preview;
  const running = await lookAtRunning(installed, unit, machine, request, action.kind === 'Change');
  const problem = sinceStartProblem(installed.unit, unit.activeSince, sinceStart(running));
  if (!problem) return { ...preview, running };
  return { ...preview, running, desired: { ...desired, warnings: [...desired.warnings, problem] } };
}

/**
 * The decision once more, with what others make of our unit and what the change does to the kubelet's
 * settings.
 */
async function heeded(
  decided: Action,
  { journal, desired, observed }: Pick<Preview, 'journal' | 'desired' | 'observed'>,
  machine: Machine,
  { isAsked, version }: { readonly isAsked: boolean; readonly version: string | undefined },
): Promise<Pick<Preview, 'action' | 'contents' | 'comparison' | 'kubelets' | 'desired'>> {
  const record = decided.kind === 'Change' || decided.kind === 'Ask' ? decided.record : undefined;
  const contents = record ? await fileContentsFor(record, desired.revision, journal, machine) : new Map<string, Buffer>();
  const overridden = await withOverrides(decided, { journal, observed, contents }, machine, isAsked);
  const release = version ?? desired.effective?.spec.kubelet.version;
  const { comparison, ...kubelets } = record ? await compareKubelets(record, contents, machine.files, release) : noKubelets;
  const taken = heedTakeover(overridden, comparison, desired.effective, journal.committed);
  const action = heedEmptyNode(taken, comparison, journal.committed);
  return {
    action,
    contents,
    desired: withOpened(desired, comparison),
    ...(comparison && { comparison }),
    ...('before' in kubelets && { kubelets }),
  };
}

/** Warns of a change that lets anybody in; one warning of that is enough. */
function withOpened(desired: DesiredState, comparison: Comparison | undefined): DesiredState {
  const isSaid = desired.warnings.some(({ code }) => code === 'NoAuthentication');
  if (comparison?.opens !== true || isSaid) return desired;
  const object = desired.effective?.owners.find(({ path }) => path[0] === 'launcher')?.object;
  return { ...desired, warnings: [...desired.warnings, openedProblem(object)] };
}

const noKubelets = { comparison: undefined };

/** The node's own kubelet is asked for only by a launcher that adds to it. */
async function factsFor(
  spec: EffectiveSpec | undefined,
  { committed }: Journal,
  request: ReconcileRequest,
  files: HostFiles,
): Promise<HostFacts> {
  if (spec === undefined) return request.facts({});
  const launcher = launcherOf(spec);
  if (!launcher.asksInstalled) return request.facts(launcher.asks);
  return request.facts(launcher.asks, { unit: spec.unit.name, without: await originalContents(committed, files) });
}

/**
 * Looks at what others make of our unit. If a person asked for the pass, and all seems in order, systemd is
 * asked too: "unchanged" means what systemd would start and what runs, not only our files.
 */
async function withOverrides(
  action: Action,
  { journal: { committed }, observed, contents }: Pick<Preview, 'journal' | 'observed' | 'contents'>,
  machine: Machine,
  isAsked: boolean,
): Promise<Action> {
  const isChange = action.kind === 'Change' || action.kind === 'Ask';
  const record = isChange ? action.record : committed;
  if (!record) return action;
  const isLoaded = isAsked && action.kind === 'Nothing' && observed.unit.loadState === 'loaded';
  const options = { loaded: isLoaded, processes: isLoaded && observed.unit.activeState === 'active' };
  return heedOverrides(action, await lookAtUnit(record, isChange ? contents : seenContents(observed), machine, options));
}

function seenContents({ files }: Observed): FileContents {
  return new Map([...files].flatMap(([path, state]) => (state.kind === 'File' ? [[path, state.content] as const] : [])));
}

/** Adds the invocation that was proved with the committed revision: a restarted agent must know it too. */
function withProvenInvocation(agentState: AgentState | undefined, proven: ProvenInvocation | undefined): AgentState | undefined {
  if (!agentState || !proven) return agentState;
  return { ...agentState, provenInvocations: [...agentState.provenInvocations, proven.invocation] };
}

/** Applies the pin: a revision that a person has rolled back does not return by itself. */
async function withPin(pin: Pin | undefined, desired: DesiredState, journal: Journal, files: HostFiles): Promise<DesiredState> {
  if (!pin) return desired;
  const revision = applyPin(pin, desired.revision, journal, await readHistory(files));
  return { ...desired, revision, health: (revision.kind === 'Pinned' && revision.record.health) || desired.health };
}

/** The paths of our files and of the unit, and the kubelet's state files that its settings must fit. */
function ourPaths(unit: string, { committed }: Journal): PathsToObserve {
  const states = [...(committed?.policyStates ?? []), ...(committed?.originals.policyStates ?? [])];
  return {
    paths: [...pathsOf(managedFiles(committed)), unitPath(unit)],
    policyStates: pathsOf(states),
  };
}

/** The paths of the desired files. */
function desiredPaths(desired: DesiredRevision): PathsToObserve {
  switch (desired.kind) {
    case 'Rendered':
      return { paths: pathsOf(desired.revision.files), policyStates: pathsOf(desired.traits.policyStates) };
    case 'Pinned':
      return { paths: pathsOf(managedFiles(desired.record)), policyStates: pathsOf(desired.record.policyStates) };
    case 'Committed':
    case 'Originals':
    case 'Unknown':
      return { paths: [], policyStates: [] };
    default:
      return desired satisfies never;
  }
}

function pathsOf(things: readonly { readonly path: string }[]): string[] {
  return things.map(({ path }) => path);
}
