/** From --file, --unit and --allow-path to the objects, with the places where a person wrote them. */

import type { PathAllowance } from '../../api/paths.ts';
import { hasErrors, type Problem } from '../../api/problem.ts';
import { apiVersion, kind } from '../../api/schema/schema.ts';
import { validateObject } from '../../computed/check.ts';
import { settingsProblems } from '../../kubelet/settings-alone.ts';
import { type LoadedObject, type LoadedObjects, loadPaths } from '../../manifest/load/load.ts';
import { locateIn, withoutRepeats } from '../../manifest/load/locate.ts';
import type { Take } from '../../manifest/load/manifest-file.ts';
import type { CommandContext } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { countProblems, printProblems, type Terminal } from '../print/terminal.ts';

export interface Intent {
  readonly objects: readonly LoadedObject[];
  /**
   * Gives problems of later stages their place in the files, and leaves out what was printed when these were
   * read.
   */
  locate(problems: readonly Problem[]): Problem[];
}

/**
 * Reads and validates the objects of the files; their problems are part of the result. Of an object with
 * errors the kubelet's settings are checked too.
 *
 * @param version of the kubelet, if an object names none
 * @param take what is no object, and read by others
 */
export function readObjects(
  paths: readonly string[],
  allowance: PathAllowance,
  { standardInput }: CommandContext,
  version?: string,
  take?: Take,
): Promise<LoadedObjects> {
  return loadPaths(paths, {
    validate: (value) => validateObject(value, allowance),
    goOn: (value, found) => settingsProblems(value, found, version),
    standardInput,
    take,
  });
}

/**
 * Prints every problem.
 * @throws CommandFailure on any error: half of the files must not be taken for all of them
 */
export async function readIntent(paths: readonly string[], allowance: PathAllowance, context: CommandContext): Promise<Intent> {
  const loaded = await readObjects(paths, allowance, context);
  printProblems(loaded.problems, context.terminal);
  if (hasErrors(loaded.problems)) {
    // Nothing is merged then, so each other object is checked by itself.
    const others = loaded.objects.flatMap((one) => locateIn([one], settingsProblems(one.object, [])));
    printProblems(others, context.terminal);
    throw invalid(context.terminal);
  }
  if (loaded.objects.length === 0) {
    throw noObjectsIn(paths);
  }
  return {
    objects: loaded.objects,
    locate: (problems) => withoutRepeats(locateIn(loaded.objects, problems), loaded.problems),
  };
}

/** How a command ends after it has reported errors to this terminal. */
export function invalid({ reported, format }: Terminal): CommandFailure {
  const remedy = format ? 'do what the remedies of the problems say' : 'correct what is shown above';
  return new CommandFailure(exitCodes.invalid, `${countProblems(reported)}; nothing was changed`, remedy);
}

/** How a command ends if the files hold no KubeletConfig. */
export function noObjectsIn(paths: readonly string[]): CommandFailure {
  const reason = `there is no ${kind} of ${apiVersion} in ${paths.join(', ')}`;
  const remedy = `give files with objects of kind: ${kind} and apiVersion: ${apiVersion}`;
  return new CommandFailure(exitCodes.invalid, reason, remedy, { code: 'NoObjects' });
}

/** What objects may write and read, from --unit, --allow-path and --environment-file. */
export function allowanceOf(flags: {
  readonly unit: string;
  readonly 'allow-path': readonly string[];
  readonly 'environment-file': readonly string[];
}): PathAllowance {
  return { unit: flags.unit, extraPaths: flags['allow-path'], factFiles: flags['environment-file'] };
}
