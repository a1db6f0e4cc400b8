/** What the command line says about a node's configuration: the objects, and where a person wrote what. */

import type { PathAllowance } from '../../api/paths.ts';
import { hasErrors, type Problem } from '../../api/problem.ts';
import { validateKubeletConfig } from '../../api/validate/validate.ts';
import { type LoadedObject, type LoadedObjects, loadPaths } from '../../manifest/load/load.ts';
import { locateIn, withoutRepeats } from '../../manifest/load/locate.ts';
import type { CommandContext } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { printProblems } from '../print/terminal.ts';

export interface Intent {
  readonly objects: readonly LoadedObject[];
  /** Gives problems of later stages their place in the files, and leaves out what was printed when these were read. */
  locate(problems: readonly Problem[]): Problem[];
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
  return {
    objects: loaded.objects,
    locate: (problems) => withoutRepeats(locateIn(loaded.objects, problems), loaded.problems),
  };
}

export function invalid(problems: readonly Problem[]): CommandFailure {
  const count = problems.filter((problem) => problem.severity === 'error').length;
  return new CommandFailure(
    exitCodes.invalid,
    `${count} ${count === 1 ? 'error' : 'errors'}; nothing was changed`,
    'correct what is shown above',
  );
}

export function allowanceOf(flags: { readonly unit: string; readonly 'allow-path': readonly string[] }): PathAllowance {
  return { unit: flags.unit, extraPaths: flags['allow-path'] };
}
