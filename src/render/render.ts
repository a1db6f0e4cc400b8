/** Effective spec and capabilities in, revision out: every file a node should have, and what its unit should be. Pure. */

import { contentId, type JsonMap } from '../api/json.ts';
import type { Problem } from '../api/problem.ts';
import { blame } from '../desired/blame.ts';
import type { EffectiveSpec } from '../desired/defaults.ts';
import type { Effective } from '../desired/effective.ts';
import { refusal, type SpecProblem } from '../desired/spec-problem.ts';
import { kubeletProblems } from '../kubelet/kubelet-problems.ts';
import { type CapabilityReader, recordCapabilities } from './capabilities.ts';
import { renderConfiguration } from './configuration.ts';
import type { HostFacts } from './facts.ts';
import { flagProblems } from './flags.ts';
import { launchHost } from './launchers/host.ts';
import type { Launched } from './launchers/launcher.ts';
import { launchRkt } from './launchers/rkt/launch.ts';
import { quotableProblems } from './quotable.ts';
import { type Inputs, inputsOf, type ManagedFile, type Revision, revisionOf } from './revision.ts';
import { setsExecStart, unitFile, unitProblems } from './unit.ts';

export type Rendered =
  | {
      readonly kind: 'Rendered';
      readonly revision: Revision;
      readonly inputs: Inputs;
      /** Paths whose files stay when no object wants them any more. */
      readonly orphans: readonly string[];
      /** Paths of the files that the objects bring themselves. */
      readonly extras: readonly string[];
      readonly warnings: readonly Problem[];
      /** What fetches the image before the kubelet is stopped for it. */
      readonly fetch?: Fetch;
    }
  | { readonly kind: 'Refused'; readonly problems: readonly Problem[] };

export interface Fetch {
  readonly command: readonly string[];
  /** Of the unit: a proxy, mostly. */
  readonly environment: Readonly<Record<string, string>>;
}

export function render(effective: Effective, facts: HostFacts): Rendered {
  const { spec } = effective;
  const capabilities = recordCapabilities(facts);
  const unquotable = quotableProblems(spec);
  const launched = unquotable.length > 0 ? { launch: undefined, problems: [] } : launch(spec, capabilities);
  const found = [
    ...unquotable,
    ...flagProblems(spec.kubelet),
    ...kubeletProblems(spec.kubelet, spec.kubelet.version),
    ...unitProblems(spec.unit),
    ...launched.problems,
  ];
  const files =
    launched.launch && found.every(isWarning)
      ? [unitFile(spec.unit, launched.launch), ...launched.launch.files, ...ownFiles(spec)]
      : [];
  found.push(...doubleProblems(spec, files), ...dropInProblems(spec));

  const problems = found.map((problem) =>
    blame({ ...problem, path: ['spec', ...problem.path] }, effective.owners, effective.objects.at(-1)?.name),
  );
  if (!found.every(isWarning)) return { kind: 'Refused', problems };
  return {
    kind: 'Rendered',
    revision: revisionOf(files, { name: spec.unit.name, enabled: true }),
    inputs: inputsOf({ effective: effectiveId(effective), capabilities: capabilities.used(), objects: effective.objects }),
    extras: spec.files.map(({ path }) => path),
    orphans: files.map((file) => file.path).filter((path) => isOrphan(path, effective)),
    warnings: [...effective.warnings, ...problems],
    ...(launched.launch?.fetch && { fetch: { command: launched.launch.fetch, environment: launched.launch.environment } }),
  };
}

/** Of what rendering is given; equal ids give equal revisions on equal capabilities, and the same files that stay in the end. */
export function effectiveId({ fields, orphaning, orphanedFiles }: Effective): string {
  // Before the defaults: that a newer agent has another one is no reason that a person wrote.
  return contentId({ fields, orphaning, orphanedFiles });
}

function launch(spec: EffectiveSpec, capabilities: CapabilityReader): Launched {
  switch (spec.launcher.kind) {
    case 'rkt':
      return launchRkt(spec, spec.launcher, capabilities);
    case 'host':
      return launchHost(spec, spec.launcher, capabilities);
    default:
      return spec.launcher satisfies never;
  }
}

function ownFiles({ kubelet, files }: EffectiveSpec): ManagedFile[] {
  const extra = files.map(({ path, mode, content }) => ({ path, mode: Number.parseInt(mode, 8), uid: 0, gid: 0, content }));
  if (kubelet.configuration === undefined) return extra;
  const content = renderConfiguration(kubelet.configuration as JsonMap);
  return [{ path: kubelet.configurationPath, mode: 0o644, uid: 0, gid: 0, content }, ...extra];
}

/** Two contents for one path would replace each other for ever. rkt writes the pod's id by itself. */
function doubleProblems(spec: EffectiveSpec, rendered: readonly ManagedFile[]): SpecProblem[] {
  const paths = rendered.map(({ path }) => path);
  if (spec.launcher.kind === 'rkt' && paths.includes(spec.launcher.uuidFile)) paths.push(spec.launcher.uuidFile);
  const doubles = new Set(paths.filter((path, index) => paths.indexOf(path) !== index));
  return [...doubles].map((path) =>
    refusal(
      'InvalidValue',
      fieldOf(path, spec),
      `${path} is written from other fields already`,
      'drop the file, or give it another path',
    ),
  );
}

/** An extra file could set another command than launcher and flags say, past all that is checked of them. */
function dropInProblems({ files, unit }: EffectiveSpec): SpecProblem[] {
  const directory = `/etc/systemd/system/${unit.name}.d/`;
  return files
    .filter(({ path, content }) => path.startsWith(directory) && setsExecStart(content))
    .map(({ path }) =>
      refusal(
        'UnitInvalid',
        ['files', path],
        'a drop-in that sets ExecStart beats what launcher and flags say',
        'say it with kubelet.flags and launcher',
      ),
    );
}

function fieldOf(path: string, { kubelet, files, launcher }: EffectiveSpec): SpecProblem['path'] {
  if (files.some((file) => file.path === path)) return ['files', path];
  if (launcher.kind === 'rkt' && launcher.uuidFile === path) return ['launcher', 'rkt', 'uuidFile'];
  return kubelet.configurationPath === path ? ['kubelet', 'configurationPath'] : ['launcher', 'rkt', 'wrapper', 'path'];
}

/** For one path Orphan wins, whoever set its content in the end. */
function isOrphan(path: string, { spec, orphaning, orphanedFiles }: Effective): boolean {
  return spec.files.some((file) => file.path === path) ? orphanedFiles.includes(path) : orphaning.length > 0;
}

function isWarning(problem: SpecProblem): boolean {
  return problem.severity !== 'error';
}
