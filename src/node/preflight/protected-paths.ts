/** Follows the host's symlinks to find writes that would reach a protected place by another path. */

import { protectedPathsOf } from '../../api/kubelet-paths.ts';
import { defaultPlaces, isAtOrBelow, type PathAllowance, type ProtectedPaths, protectedRefusal } from '../../api/paths.ts';
import type { FieldPath, Problem } from '../../api/problem.ts';
import { placesNamedIn } from '../../api/validate/paths.ts';
import { blame } from '../../desired/blame.ts';
import type { EffectiveSpec } from '../../desired/defaults.ts';
import type { Effective } from '../../desired/effective.ts';
import { withOwnConfiguration } from '../../kubelet/own-configuration.ts';
import { launcherOf } from '../../render/launchers/registry.ts';
import type { Step } from '../model/step.ts';
import { HostFileError, type HostFiles } from '../ports/files.ts';
import { linkedPath, symlinkLimit } from '../ports/follow-links.ts';

/**
 * An error for each path of a change that leads, through a symlink of the host, to static pods, keys, a
 * kubeconfig or a configuration directory. Paths that are protected as they are written were refused before.
 */
export async function protectedPathProblems(
  steps: readonly Step[],
  { spec, owners, objects }: Effective,
  allowance: PathAllowance,
  files: HostFiles,
): Promise<Problem[]> {
  const ends = (paths: readonly string[]) => realPaths(paths, files);
  const named = protectedPathsOf(placesNamedIn({ spec: withOwnConfiguration(spec) }));
  const real: ProtectedPaths = {
    staticPods: await ends([defaultPlaces.staticPods, ...named.staticPods]),
    kubeconfigs: await ends(named.kubeconfigs),
    configurations: await ends(named.configurations),
    keys: await ends([defaultPlaces.keys]),
  };
  const opened = { ...allowance, extraPaths: await ends(allowance.extraPaths) };
  const problems: Problem[] = [];
  for (const { path, field } of writtenPaths(steps, spec)) {
    const end = await leadingTo(path, files);
    const refusal = end === undefined ? undefined : protectedRefusal(end, opened, real);
    if (end !== undefined && refusal !== undefined) problems.push(leadsTo(path, end, refusal, field));
  }
  return problems.map((problem) => blame(problem, owners, objects.at(-1)?.name));
}

function leadsTo(path: string, end: string, refusal: string, field: FieldPath): Problem {
  const reason = `${path} is ${end} on this node, which ${refusal}`;
  const remedy = 'choose a path that leads through no symbolic link to it';
  return { severity: 'error', code: 'PathNotAllowed', path: ['spec', ...field], reason, remedy };
}

function writtenPaths(steps: readonly Step[], spec: EffectiveSpec): { readonly path: string; readonly field: FieldPath }[] {
  const { paths } = launcherOf(spec);
  const fieldOf = (path: string): FieldPath => {
    if (spec.files.some((file) => file.path === path)) return ['files', path];
    const own = paths.find((one) => one.path === path)?.field;
    return own ?? (path === spec.kubelet.configurationPath ? ['kubelet', 'configurationPath'] : ['unit', 'name']);
  };
  const written = steps.flatMap((step) => (step.kind === 'Write' ? [step.path] : []));
  const byProgram = paths.filter(({ writer }) => writer === 'Program').map(({ path }) => path);
  // In the directory that is ours alone nothing but the launcher itself writes: rendering has seen to that.
  const others = written.filter((path) => !isAtOrBelow(path, defaultPlaces.configurations));
  return [...others, ...byProgram].map((path) => ({ path, field: fieldOf(path) }));
}

/** Where a path leads; undefined if that cannot be said. */
async function leadingTo(path: string, files: HostFiles): Promise<string | undefined> {
  try {
    return (await files.resolve(path)).path;
  } catch (error) {
    if (!(error instanceof HostFileError)) throw error;
    return undefined;
  }
}

/** The paths with all symlinks followed, also those at their ends. What cannot be resolved stays as it is. */
async function realPaths(paths: readonly string[], files: HostFiles): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) found.push(path, await realPath(path, files));
  return [...new Set(found)];
}

async function realPath(path: string, files: HostFiles): Promise<string> {
  let current = path;
  try {
    for (let links = 0; links < symlinkLimit; links += 1) {
      current = (await files.resolve(current)).path;
      const state = await files.read(current);
      if (state.kind !== 'Symlink') return current;
      current = linkedPath(current, state.target);
    }
  } catch (error) {
    // A directory at the end is the common case.
    if (!(error instanceof HostFileError)) throw error;
  }
  return current;
}
