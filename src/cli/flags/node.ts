/** From --node, --label, --labels and --facts to the node that a command is about. */

import { askNode, type NodeFlags } from '../../agent/sources/identity.ts';
import { locateProblems } from '../../api/locate-problems.ts';
import { hasErrors } from '../../api/problem.ts';
import type { NodeIdentity } from '../../manifest/load/labels.ts';
import { readManifestFile, unreadableFile } from '../../manifest/load/manifest-file.ts';
import { type HostFacts, parseFacts } from '../../render/facts.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { printProblems, type Terminal } from '../print/terminal.ts';
import { invalid } from './intent.ts';

export type { NodeIdentity };

/** Prints every problem. @throws CommandFailure for a malformed label, or a file that cannot be read */
export async function readNode(flags: NodeFlags, terminal: Terminal): Promise<NodeIdentity> {
  const answer = await askNode(flags);
  printProblems(answer.problems, terminal);
  if (!answer.node) throw invalid(terminal);
  return answer.node;
}

/**
 * Without a file nothing is known about the machine, and no check is made that needs such facts.
 * @throws CommandFailure for a file that cannot be read or is invalid
 */
export async function readFacts(file: string | undefined, terminal: Terminal): Promise<HostFacts> {
  if (file === undefined) return { osRelease: {} };
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
  const parsed = parseFacts(document.value);
  if (parsed.ok) return parsed.facts;
  printProblems(locateProblems(parsed.problems, document.locate), terminal);
  throw invalid(terminal);
}
