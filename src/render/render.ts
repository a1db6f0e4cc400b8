/**
 * Makes a revision of an effective spec: every file that a node should have, and the state of its unit. Pure.
 */

import { posix } from 'node:path';
import { contentId } from '../api/json.ts';
import { absoluteConfiguration } from '../api/kubelet-paths.ts';
import type { Problem } from '../api/problem.ts';
import { blame } from '../desired/blame.ts';
import type { EffectiveSpec } from '../desired/defaults.ts';
import type { Effective } from '../desired/effective.ts';
import type { SpecProblem } from '../desired/spec-problem.ts';
import { authenticationProblems } from '../kubelet/authentication.ts';
import { healthzEndpoint, healthzOffProblems } from '../kubelet/healthz.ts';
import { assumedKubelet } from '../kubelet/installed/assumed.ts';
import { type InstalledKubelet, launchOf } from '../kubelet/installed/installed.ts';
import { versionedProblems } from '../kubelet/own-configuration.ts';
import { policyStates } from '../kubelet/policy-states.ts';
import { configurationPaths } from '../kubelet/settings/settings.ts';
import { environmentFilesOf } from '../systemd/environment.ts';
import { type CapabilityRecorder, recordCapabilities } from './capabilities.ts';
import { renderConfiguration } from './configuration.ts';
import type { HostFacts } from './facts.ts';
import { flagProblems } from './flags.ts';
import { kubeletSettingsProblems } from './kubelet-rules.ts';
import { ownDirectory } from './launchers/existing/configuration.ts';
import { specInForce } from './launchers/existing/in-force.ts';
import type { FetchCommand, Launch, Launcher } from './launchers/launcher.ts';
import { launcherOf } from './launchers/registry.ts';
import { variableProblems } from './overridden-variables.ts';
import { doubleProblems, ownPlaceProblems } from './place-problems.ts';
import { quotableProblems } from './quotable.ts';
import { inputsOf, type ManagedFile, type RenderedRevision, revisionOf } from './revision.ts';
import { unitFileProblems, unitFiles, unitProblems } from './unit.ts';
import { unitOptionProblems } from './unit-options.ts';

export type Rendered =
  | (RenderedRevision & {
      readonly kind: 'Rendered';
      readonly warnings: readonly Problem[];
      /** Fetches the image while the old kubelet still runs; absent if there is nothing to fetch. */
      readonly fetch?: Fetch;
    })
  | { readonly kind: 'Refused'; readonly problems: readonly Problem[] };

/** Whether the effective spec is all that a node is to have. */
export type Scope = 'Whole' | 'Part';

export interface Fetch extends FetchCommand {
  /** The environment of the unit: it may name a proxy. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Makes the revision of one node.
 *
 * Equal effective specs on machines with equal capabilities give equal bytes; of `facts` only the
 * capabilities count, and `traits.inputs` records each that was read. If any problem is an error, nothing is
 * rendered and all problems are returned. Warnings stand beside the revision. Each problem names the object
 * that set the field.
 * @param scope `Part` if other objects may add to the effective spec
 * @throws RangeError for a launcher that is not built; `desiredFor` refuses such a spec
 */
export function render(effective: Effective, facts: HostFacts, scope: Scope = 'Whole'): Rendered {
  const { launcher, capabilities, launch, made, problems } = prepare(effective, facts, scope);
  if (!problems.every(isWarning)) return { kind: 'Refused', problems };
  const { spec } = effective;
  const files = launch ? [...made, ...ownFiles(spec, launch)] : [];
  return {
    kind: 'Rendered',
    revision: revisionOf(files, { name: spec.unit.name, ...(!launcher.asksInstalled && { enabled: true }) }),
    traits: traitsOf(effective, files, capabilities, launcher),
    warnings: [...effective.warnings, ...problems],
    ...(launch?.fetch && { fetch: { ...launch.fetch, environment: launch.environment } }),
  };
}

/** The problems of a spec that `render` refuses, else its warnings. It makes no revision. */
export function renderProblems(effective: Effective, facts: HostFacts, scope: Scope = 'Whole'): readonly Problem[] {
  const { problems } = prepare(effective, facts, scope);
  return problems.every(isWarning) ? [...effective.warnings, ...problems] : problems;
}

interface Prepared {
  readonly launcher: Launcher;
  readonly capabilities: CapabilityRecorder;
  /** Undefined if a problem is an error. */
  readonly launch: Launch | undefined;
  /** The files of the launcher. */
  readonly made: readonly ManagedFile[];
  readonly problems: readonly Problem[];
}

function prepare(effective: Effective, facts: HostFacts, scope: Scope): Prepared {
  const { spec } = effective;
  const capabilities = recordCapabilities(facts);
  const launcher = launcherOf(spec);
  const unquotable = quotableProblems(spec, launcher);
  const launched = unquotable.length > 0 ? { launch: undefined, problems: [] } : launcher.launch(capabilities);
  const found = [
    ...unquotable,
    ...flagProblems(spec.kubelet),
    ...settingsProblems(spec, launcher, capabilities, unquotable.length > 0 ? 'Unquotable' : scope),
    ...(launcher.asksInstalled ? [] : authenticationProblems(spec, launcher.version)),
    ...ownPlaceProblems(spec),
    ...healthzOffProblems(spec, wholeSpec(spec, launcher, capabilities)),
    ...unitProblems(spec.unit),
    ...unitOptionProblems(spec),
    ...launched.problems,
  ];
  const launch = found.every(isWarning) ? launched.launch : undefined;
  const made = launch ? [...unitFiles(spec.unit, launch), ...launch.files] : [];
  const paths = launch ? [...made.map(({ path }) => path), ...ownPaths(spec, launch)] : [];
  found.push(...doubleProblems(spec, launcher, paths), ...unitFileProblems(spec));
  const ours = launch?.command.kind === 'Starts' ? made[0] : undefined;
  if (ours) found.push(...variableProblems(ours, spec));
  const problems = found.map((problem) =>
    blame({ ...problem, path: ['spec', ...problem.path] }, effective.owners, effective.objects.at(-1)?.name),
  );
  return { launcher, capabilities, launch, made, problems };
}

function traitsOf(
  effective: Effective,
  files: readonly ManagedFile[],
  capabilities: CapabilityRecorder,
  launcher: Launcher,
): RenderedRevision['traits'] {
  const { spec, objects } = effective;
  const whole = wholeSpec(spec, launcher, capabilities);
  return {
    inputs: inputsOf({ effective: effectiveId(effective), capabilities: capabilities.used(), objects }),
    orphans: files.map((file) => file.path).filter((path) => isOrphan(path, effective)),
    extras: spec.files.map(({ path }) => path),
    drift: spec.drift,
    healthz: healthzEndpoint(whole),
    policyStates: policyStates(whole),
    health: spec.health,
    ...(launcher.asksInstalled && { nodeFiles: nodeFilesOf(capabilities.installed(), files) }),
    ...(launcher.version !== undefined && { kubeletVersion: launcher.version }),
  };
}

/** The spec with what the node says in its place, where the launcher adds to that. */
function wholeSpec(spec: EffectiveSpec, launcher: Launcher, capabilities: CapabilityRecorder): EffectiveSpec {
  return launcher.asksInstalled ? specInForce(spec, capabilities.installed() ?? assumedKubelet(spec.unit.name)) : spec;
}

/**
 * A hash of everything that rendering is given. Equal ids and equal capabilities give equal revisions, and
 * leave the same files when no object wants them any more.
 */
export function effectiveId({ fields, orphaning, orphanedFiles, spec }: Effective): string {
  // Taken before the defaults: another default of a newer agent is no reason to restart a kubelet.
  const { withdrawn } = spec;
  return contentId({ fields, orphaning, orphanedFiles, ...(withdrawn && { withdrawn }) });
}

function ownFiles(spec: EffectiveSpec, launch: Launch): ManagedFile[] {
  const extra = spec.files.map(({ path, mode, content }) => ({ path, mode: Number.parseInt(mode, 8), uid: 0, gid: 0, content }));
  const path = ownConfigurationPath(spec, launch);
  if (path === undefined) return extra;
  const content = renderConfiguration(absoluteConfiguration(spec.kubelet.configuration ?? {}, posix.dirname(path)));
  return [{ path, mode: 0o644, uid: 0, gid: 0, content }, ...extra];
}

function ownPaths(spec: EffectiveSpec, launch: Launch): string[] {
  const path = ownConfigurationPath(spec, launch);
  return [...(path === undefined ? [] : [path]), ...spec.files.map((file) => file.path)];
}

/** Of the configuration that is written whole: a node's own kubelet gets a part of one by its launcher. */
function ownConfigurationPath({ kubelet }: EffectiveSpec, { command }: Launch): string | undefined {
  return kubelet.configuration === undefined || command.kind === 'Extends' ? undefined : kubelet.configurationPath;
}

/** Also those that are not there yet; a directory ends with a slash. */
function nodeFilesOf(installed: InstalledKubelet | undefined, files: readonly ManagedFile[]): string[] {
  if (installed === undefined) return [];
  const { main, directory } = configurationPaths(launchOf(installed));
  return [
    ...new Set([
      ...installed.texts.map(({ path }) => path),
      ...environmentFilesOf(installed.texts).map(({ path }) => watchable(path)),
      ...(main === undefined ? [] : [main]),
      ...installed.configurationFiles.keys(),
      ...(directory === undefined ? [] : [`${directory}/`]),
      ...(files.some(({ path }) => path.startsWith(`${ownDirectory}/`)) ? [`${ownDirectory}/`] : []),
    ]),
  ].sort();
}

/** A pattern names any file of its directory. */
function watchable(path: string): string {
  return /[*?[]/.test(path) ? path.slice(0, path.lastIndexOf('/') + 1) : path;
}

/** Of a kubelet that is looked at before rendering: nothing that it refuses is tried. */
function versionOf({ version, asksInstalled }: Launcher, capabilities: CapabilityRecorder): string | undefined {
  return version ?? (asksInstalled ? capabilities.installed()?.version : undefined);
}

/** With a text that no unit can carry, the rules are not asked. */
function settingsProblems(
  spec: EffectiveSpec,
  launcher: Launcher,
  capabilities: CapabilityRecorder,
  scope: Scope | 'Unquotable',
): SpecProblem[] {
  const version = versionOf(launcher, capabilities);
  if (scope === 'Unquotable') return versionedProblems(spec, version);
  const installed = launcher.asksInstalled ? capabilities.installed() : undefined;
  return kubeletSettingsProblems(spec, { launcher, installed, version, isPart: scope === 'Part' });
}

/**
 * If one of the objects that name a path says Orphan, the file stays, even if another object sets its
 * content.
 */
function isOrphan(path: string, { spec, orphaning, orphanedFiles }: Effective): boolean {
  return spec.files.some((file) => file.path === path) ? orphanedFiles.includes(path) : orphaning.length > 0;
}

function isWarning(problem: SpecProblem): boolean {
  return problem.severity !== 'error';
}
