/** `kubelet-config import DIRECTORY`: one object for each group of nodes. */

import type { PathAllowance } from '../../api/paths.ts';
import type { Problem } from '../../api/problem.ts';
import type { KubeletConfig } from '../../api/types.ts';
import { validateObject } from '../../computed/check.ts';
import { groupsOf, type ImportedNode, type NodeGroup } from '../../importing/groups/groups.ts';
import { describeGroups, objectsOf } from '../../importing/groups/objects.ts';
import { type ImportOptions, importKubelet } from '../../importing/import.ts';
import { readWithoutOurs } from '../../importing/own-files.ts';
import { withPlace } from '../../importing/places.ts';
import { changeProblems, proveImport } from '../../importing/prove.ts';
import type { Terminal } from '../print/terminal.ts';
import { printObjects } from './print-objects.ts';
import { readNodes } from './read-nodes.ts';
import type { Subject } from './subject.ts';

interface ReadNode extends ImportedNode {
  readonly subject: Subject;
  /** What is told of this node already. */
  readonly told: readonly Problem[];
}

/**
 * Prints the objects, and says on standard error which nodes are in which group, why, and what to type.
 * @returns every problem, those that several nodes have once
 */
export async function importNodes(
  directory: string,
  unit: string,
  options: ImportOptions,
  terminal: Terminal,
): Promise<Problem[]> {
  const { nodes, problems } = await readNodes(directory, unit, terminal);
  const read: ReadNode[] = [];
  const found: NodeProblem[] = [];
  for (const { name, subject, problems: own } of nodes) {
    found.push(...own.map((problem) => ({ node: name, problem })));
    const { installed } = subject?.facts ?? {};
    if (!subject || !installed) continue;
    const imported = importKubelet(installed, await readWithoutOurs(subject.files, installed), options);
    const told = [...subject.problems, ...imported.problems].map(subject.placed);
    found.push(...told.map((problem) => ({ node: name, problem })));
    if (!imported.object || !subject.expressions) continue;
    const { nodeSelector: _nodeSelector, ...spec } = imported.object.spec;
    read.push({ name, spec, facts: subject.expressions, subject, told });
  }
  const groups = groupsOf(read, options.allowance);
  const objects = objectsOf(groups, options.name);
  for (const [index, group] of groups.entries()) found.push(...(await groupProblems(group, objects[index], options.allowance)));
  if (objects.length > 0) {
    const comments = groups.map((group) => `Imported from ${directory}, for ${group.nodes.map(({ name }) => name).join(', ')}.`);
    printObjects(objects, comments, 'List', terminal);
    terminal.err(describeGroups(groups, objects).join('\n'));
  }
  return [...problems, ...onceEach(found)];
}

/** The object itself, and what it makes of each node. */
async function groupProblems(
  { nodes }: NodeGroup<ReadNode>,
  object: KubeletConfig | undefined,
  allowance: PathAllowance,
): Promise<NodeProblem[]> {
  if (!object) return [];
  const found: NodeProblem[] = validateObject(object, allowance).map((problem) => ({
    node: undefined,
    problem: placedOnFirst(problem, nodes),
  }));
  for (const { name, facts, subject, told } of nodes) {
    const proof = await proveImport(object, { files: subject.files, facts: subject.facts, expressions: facts }, allowance);
    const all = [...proof.problems, ...changeProblems(proof, told)].map(subject.placed);
    found.push(...all.map((problem) => ({ node: name, problem })));
  }
  return found;
}

/** The place on the first node: the value of a group is the same on each, or computed. */
function placedOnFirst(problem: Problem, [first]: readonly ReadNode[]): Problem {
  const installed = first?.subject.facts.installed;
  return first && installed ? first.subject.placed(withPlace(problem, installed)) : problem;
}

interface NodeProblem {
  /** Undefined for a problem of the object. */
  readonly node: string | undefined;
  readonly problem: Problem;
}

/** What is true of several nodes is said once, with the place on the first. */
function onceEach(found: readonly NodeProblem[]): Problem[] {
  const byText = new Map<string, { readonly problem: Problem; readonly nodes: string[] }>();
  for (const { node, problem } of found) {
    const key = JSON.stringify([problem.severity, problem.code, problem.path, problem.reason, problem.remedy, problem.object]);
    const known = byText.get(key) ?? { problem, nodes: [] };
    if (node !== undefined && !known.nodes.includes(node)) known.nodes.push(node);
    byText.set(key, known);
  }
  return [...byText.values()].map(({ problem, nodes }) => {
    if (nodes.length === 0) return problem;
    const others = nodes.length > 4 ? `${nodes.slice(0, 3).join(', ')} and ${nodes.length - 3} more` : nodes.join(', ');
    return { ...problem, reason: `${problem.reason} (${nodes.length === 1 ? 'node' : 'nodes'} ${others})` };
  });
}
