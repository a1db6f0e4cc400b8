/** What the command line says about a node's configuration: the objects, and where a person wrote what. */

import { isJsonMap } from '../api/json.ts';
import { locateProblems } from '../api/locate-problems.ts';
import type { PathAllowance } from '../api/paths.ts';
import { hasErrors, type Problem } from '../api/problem.ts';
import { validateKubeletConfig } from '../api/validate/validate.ts';
import { type LoadedObject, type LoadedObjects, loadPaths } from '../source/load.ts';
import type { CommandContext } from './command.ts';
import { CommandFailure, exitCodes } from './failure.ts';
import { printProblems } from './terminal.ts';

export interface Intent {
  readonly objects: readonly LoadedObject[];
  /** Of later stages, by the object that they name, with their place in its file; without what reading has told already. */
  located(problems: readonly Problem[]): Problem[];
}

export function readObjects(
  paths: readonly string[],
  allowance: PathAllowance,
  { standardInput }: CommandContext,
): Promise<LoadedObjects> {
  return loadPaths(paths, { validate: (value) => validateKubeletConfig(value, allowance), standardInput });
}

/** @throws CommandFailure when anything in the files is wrong: nothing is done with half of what was said */
export async function readIntent(paths: readonly string[], allowance: PathAllowance, context: CommandContext): Promise<Intent> {
  const loaded = await readObjects(paths, allowance, context);
  printProblems(loaded.problems, context.terminal);
  if (hasErrors(loaded.problems)) throw invalid(loaded.problems);
  if (loaded.objects.length === 0) {
    throw new CommandFailure(
      exitCodes.invalid,
      `there is no KubeletConfig in ${paths.join(', ')}`,
      'give files with KubeletConfig objects',
    );
  }
  const told = new Set(loaded.problems.map(essence));
  return {
    objects: loaded.objects,
    located: (problems) => locateIn(loaded.objects, problems).filter((problem) => !told.has(essence(problem))),
  };
}

function essence({ code, path, position, reason }: Problem): string {
  return JSON.stringify([code, path, position?.file, position?.line, reason]);
}

export function invalid(problems: readonly Problem[]): CommandFailure {
  const count = problems.filter((problem) => problem.severity === 'error').length;
  return new CommandFailure(
    exitCodes.invalid,
    `${count} ${count === 1 ? 'error' : 'errors'}; nothing was changed`,
    'correct what is shown above',
  );
}

/** Of merged fields the path names items of keyed lists by their key; in the object they have an index. */
export function locateIn(objects: readonly LoadedObject[], problems: readonly Problem[]): Problem[] {
  return problems.flatMap((problem) => {
    const loaded = objects.find(({ object }) => object.metadata.name === problem.object);
    return loaded ? locateProblems([{ ...problem, path: indexed(loaded.object, problem.path) }], loaded.locate) : [problem];
  });
}

function indexed(object: unknown, path: Problem['path']): Problem['path'] {
  let value = object;
  return path.map((key) => {
    const items: unknown[] | undefined = Array.isArray(value) ? value : undefined;
    const index =
      items && typeof key === 'string'
        ? items.findIndex((item) => isJsonMap(item) && [item['name'], item['path']].includes(key))
        : -1;
    const found = index < 0 ? key : index;
    value = (value as Record<string | number, unknown> | undefined)?.[found];
    return found;
  });
}

export function allowanceOf(flags: { readonly unit: string; readonly 'allow-path': readonly string[] }): PathAllowance {
  return { unit: flags.unit, extraPaths: flags['allow-path'] };
}
