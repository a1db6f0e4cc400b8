/** A kubelet to import: the files of its machine, and where a person finds what stands in them. */

import type { Problem } from '../../api/problem.ts';
import type { ExpressionFacts } from '../../computed/facts.ts';
import { openMachine } from '../../host/machine.ts';
import { originalPlace, placeFiles } from '../../importing/given-files.ts';
import { unitLinks } from '../../importing/links.ts';
import { readInstalledKubelet } from '../../node/ports/installed-kubelet.ts';
import type { ReadableFiles } from '../../node/ports/overlay.ts';
import type { HostFacts } from '../../render/facts.ts';
import type { CommandContext } from '../command.ts';
import { readGiven } from './read-given.ts';

/** What one object is made from. */
export interface Subject {
  readonly files: ReadableFiles;
  readonly facts: HostFacts;
  /** The facts for expressions; absent for one kubelet alone, whose object has none. */
  readonly expressions?: ExpressionFacts;
  readonly problems: readonly Problem[];
  /** In words, for the comment before the object. */
  readonly source: string;
  /** The problem with the place as the person knows it. */
  readonly placed: (problem: Problem) => Problem;
}

/** The machine behind a root. */
export async function fromMachine(root: string, unit: string): Promise<Subject> {
  const machine = await openMachine(root);
  try {
    const facts = await machine.facts({}, { unit, without: new Map() });
    const source = root === '/' ? 'this machine' : root;
    const hasUnit = (facts.installed?.texts.length ?? 0) > 0;
    const problems = hasUnit ? [] : await unitLinks(machine.files, unit);
    return { files: machine.files, facts, problems, source, placed: (problem) => problem };
  } finally {
    machine.close();
  }
}

/** @throws CommandFailure for a file that cannot be read */
export async function fromFiles(
  paths: readonly string[],
  unit: string,
  { standardInput }: Pick<CommandContext, 'standardInput'>,
): Promise<Subject> {
  const given = await readGiven(paths, standardInput);
  const { files, origins, problems } = placeFiles(given, unit);
  const installed = await readInstalledKubelet(files, unit);
  const placed = (problem: Problem) => originalPlace(problem, origins);
  return { files, problems, facts: { osRelease: {}, installed }, source: paths.join(', '), placed };
}
