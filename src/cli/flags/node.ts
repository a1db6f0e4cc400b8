/** From --node, --label, --labels and --facts to the node that a command is about. */

import { askNode, type NodeFlags } from '../../agent/sources/identity.ts';
import { isJsonMap } from '../../api/json.ts';
import { locateProblems } from '../../api/locate-problems.ts';
import { hasErrors, type Problem } from '../../api/problem.ts';
import type { ExpressionFacts } from '../../computed/facts.ts';
import { expressionParts, factsFrom, type GivenFacts, parseGivenFacts } from '../../computed/parse-facts.ts';
import type { NodeIdentity } from '../../manifest/load/labels.ts';
import { readManifestFile, unreadableFile } from '../../manifest/load/manifest-file.ts';
import { type HostFacts, parseFacts } from '../../render/facts.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { printProblems, type Terminal } from '../print/terminal.ts';
import { invalid } from './intent.ts';

export type { NodeIdentity };

/** Prints every problem. @throws CommandFailure for a malformed label, or a file that cannot be read */
export async function readNode(flags: NodeFlags, terminal: Terminal, facts?: GivenFacts['node']): Promise<NodeIdentity> {
  const answer = await askNode(flags, facts);
  printProblems(answer.problems, terminal);
  if (!answer.node) throw invalid(terminal);
  return answer.node;
}

/** The facts that a person gives of a machine. */
export interface MachineGiven {
  readonly facts: HostFacts;
  readonly given: GivenFacts;
}

const nothingGiven: MachineGiven = { facts: { osRelease: {} }, given: { node: {}, machine: {} } };

/** For the expressions of objects: what the file and the flags say of the node. */
export function expressionFactsOf(
  { facts, given }: MachineGiven,
  { labels: file }: Pick<NodeFlags, 'labels'>,
  { name, labels, annotations }: NodeIdentity,
): ExpressionFacts {
  const osRelease = Object.keys(facts.osRelease).length > 0 ? facts.osRelease : undefined;
  return factsFrom(given, { name, labels, annotations: file === undefined ? undefined : annotations }, osRelease);
}

/**
 * Without a file nothing is known about the machine, and no check is made that needs such facts.
 * @throws CommandFailure for a file that cannot be read or is invalid
 */
export async function readFacts(file: string | undefined, terminal: Terminal): Promise<MachineGiven> {
  if (file === undefined) return nothingGiven;
  const { documents, problems } = await readManifestFile(file).catch((error: unknown) => ({
    documents: [],
    problems: [unreadableFile(file, error)],
  }));
  printProblems(problems, terminal);
  if (hasErrors(problems)) throw invalid(terminal);
  const [document, ...others] = documents;
  if (!document || others.length > 0)
    throw new CommandFailure(
      exitCodes.invalid,
      `${file} holds ${documents.length} documents`,
      'give a file with one map of facts',
    );
  const { parsed, problems: found } = parseParts(document.value);
  if (parsed) return parsed;
  printProblems(locateProblems(found, document.locate), terminal);
  throw invalid(terminal);
}

/** The parts for expressions, and the facts that rendering asks for. */
function parseParts(value: unknown): { readonly parsed?: MachineGiven; readonly problems: readonly Problem[] } {
  const all = isJsonMap(value) ? Object.entries(value) : [];
  const isPart = (name: string) => (expressionParts as readonly string[]).includes(name);
  const { given, problems } = parseGivenFacts(Object.fromEntries(all.filter(([name]) => isPart(name))));
  const others = parseFacts(
    isJsonMap(value) ? Object.fromEntries(all.filter(([name]) => !isPart(name))) : value,
    expressionParts,
  );
  if (!others.ok) return { problems: [...problems, ...others.problems] };
  if (problems.length > 0) return { problems };
  // One machine has one os-release, wherever a person wrote it.
  const { osRelease = {} } = given.machine as { readonly osRelease?: HostFacts['osRelease'] };
  return { parsed: { facts: { ...others.facts, osRelease: { ...osRelease, ...others.facts.osRelease } }, given }, problems };
}
