/** Reads a directory with a directory for each node: the tree of its machine, or the files of its kubelet. */

import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Problem } from '../../api/problem.ts';
import type { ExpressionFacts, Fact, HostFactsForExpressions } from '../../computed/facts.ts';
import { openHostFiles } from '../../host/files.ts';
import { readMachineFacts } from '../../host/machine-facts.ts';
import { refusalOf } from '../../host/refusal.ts';
import { type GivenFile, originalPlace, placeFiles } from '../../importing/given-files.ts';
import { unitLinks } from '../../importing/links.ts';
import { notImported } from '../../importing/notes.ts';
import { HostFileError } from '../../node/ports/files.ts';
import { readInstalledKubelet } from '../../node/ports/installed-kubelet.ts';
import { overlaid, type ReadableFiles } from '../../node/ports/overlay.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { expressionFactsOf, type MachineGiven, readFacts } from '../flags/node.ts';
import type { Terminal } from '../print/terminal.ts';
import { largestGiven, readGiven } from './read-given.ts';
import type { Subject } from './subject.ts';

/** A node, and why it cannot be imported if it has no subject. */
export interface NodeSubject {
  readonly name: string;
  readonly subject: Subject | undefined;
  readonly problems: readonly Problem[];
}

/** Directories that only the tree of a machine has. */
const ofATree = ['etc', 'usr', 'lib', 'run', 'var', 'opt', 'home', 'proc', 'sys'];
const factsNames = ['facts.yaml', 'facts.yml', 'facts.json'];
/** Files of a machine that say what it is, by the name that they have without their directory. */
const ofTheMachine: Readonly<Record<string, string>> = { hostname: '/etc/hostname', 'os-release': '/etc/os-release' };

/**
 * Reads each node by itself, so that one of them cannot keep the others from being imported.
 * @returns the nodes, and what in the directory is none
 * @throws CommandFailure if the directory cannot be read, or is not one of nodes
 */
export async function readNodes(
  directory: string,
  unit: string,
  terminal: Terminal,
): Promise<{ readonly nodes: readonly NodeSubject[]; readonly problems: readonly Problem[] }> {
  const entries = (await entriesOf(directory)).filter(({ name }) => !name.startsWith('.'));
  const directories = entries.filter((entry) => entry.isDirectory());
  if (directories.some(({ name }) => ofATree.includes(name)))
    throw refused(directory, 'it is the tree of one machine', `use \`kubelet-config import --root ${directory}\``);
  if (directories.length === 0)
    throw refused(
      directory,
      'it has no directory of a node',
      'make one directory for each node, with the name of the node; files alone go to -f',
    );
  const nodes: NodeSubject[] = [];
  for (const { name } of directories) nodes.push(await readNode(join(directory, name), name, unit, terminal));
  return { nodes, problems: entries.filter((entry) => !entry.isDirectory()).map((entry) => noNode(directory, entry)) };
}

async function entriesOf(directory: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  } catch (error) {
    const { code, message, remedy } = refusalOf(error, directory, 'read');
    throw new CommandFailure(exitCodes.usage, message, remedy, { code });
  }
}

function noNode(directory: string, entry: Dirent): Problem {
  const path = join(directory, entry.name);
  const what = entry.isSymbolicLink() ? 'a symlink, which is not followed' : 'a file, and no directory of a node';
  return notImported(`${path} is left out: it is ${what}`, 'put it into the directory of its node', { severity: 'notice' });
}

async function readNode(path: string, name: string, unit: string, terminal: Terminal): Promise<NodeSubject> {
  if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name)) {
    const reason = `${JSON.stringify(path)} has no name that a Node can have`;
    return failed(name, notImported(reason, 'rename the directory to the name of the Node', { severity: 'error' }));
  }
  try {
    const entries = await entriesOf(path);
    const facts = entries.find((entry) => factsNames.includes(entry.name));
    const given = await readFacts(facts && join(path, facts.name), terminal);
    const isTree = entries.some((entry) => entry.isDirectory() && ofATree.includes(entry.name));
    return {
      name,
      subject: await (isTree ? treeOf(path, name, unit, given) : filesOf(path, entries, name, unit, given)),
      problems: [],
    };
  } catch (error) {
    if (!(error instanceof CommandFailure || error instanceof HostFileError)) throw error;
    return failed(name, notImported(`${path}: ${error.message}`, error.remedy, { severity: 'error' }));
  }
}

function failed(name: string, problem: Problem): NodeSubject {
  return { name, subject: undefined, problems: [problem] };
}

async function treeOf(path: string, name: string, unit: string, given: MachineGiven): Promise<Subject> {
  const files = openHostFiles(path, { largest: largestGiven });
  const placed = (problem: Problem) => {
    const { position } = problem;
    return position ? { ...problem, position: { ...position, file: join(path, position.file) } } : problem;
  };
  const subject = await subjectOf(files, name, unit, given);
  const problems = subject.facts.installed.texts.length > 0 ? [] : await unitLinks(files, unit);
  return { ...subject, problems, source: path, placed };
}

async function filesOf(
  path: string,
  entries: readonly Dirent[],
  name: string,
  unit: string,
  given: MachineGiven,
): Promise<Subject> {
  const links = entries.filter((entry) => entry.isSymbolicLink());
  const isWanted = (entry: Dirent) => entry.isFile() && !entry.name.startsWith('.') && !factsNames.includes(entry.name);
  const names = entries.filter(isWanted).map((entry) => entry.name);
  const read: GivenFile[] = await readGiven(
    names.map((one) => join(path, one)),
    Readable.from([]),
  );
  const isOfMachine = ({ name: file }: GivenFile) => Object.hasOwn(ofTheMachine, file.slice(path.length + 1));
  const { files, origins, problems } = placeFiles(
    read.filter((file) => !isOfMachine(file)),
    unit,
  );
  const machine = read
    .filter(isOfMachine)
    .map(({ name: file, text }) => [ofTheMachine[file.slice(path.length + 1)] ?? '', Buffer.from(text)] as const);
  return {
    ...(await subjectOf(overlaid(files, new Map(machine)), name, unit, given)),
    problems: [...problems, ...links.map((entry) => noNode(path, entry))],
    source: path,
    placed: (problem) => originalPlace(problem, origins),
  };
}

/** What the export itself says of the machine; never what the machine says on which this runs. */
async function subjectOf(files: ReadableFiles, name: string, unit: string, given: MachineGiven) {
  const installed = await readInstalledKubelet(files, unit, given.facts.kubeletVersion);
  const machine = await readMachineFacts(files, { addresses: {}, namespaces: {} });
  const { osRelease } = machine.machine;
  const release = { ...('value' in osRelease ? osRelease.value : {}), ...given.facts.osRelease };
  const identity = { name, labels: given.given.node.labels ?? {}, annotations: given.given.node.annotations ?? {} };
  const said = expressionFactsOf({ ...given, facts: { ...given.facts, osRelease: release } }, { labels: undefined }, identity);
  return { files, facts: { ...given.facts, osRelease: release, installed }, expressions: filledIn(said, machine) };
}

/** What the facts file says counts more than what was read. */
function filledIn(said: ExpressionFacts, { machine, environmentFiles }: HostFactsForExpressions): ExpressionFacts {
  const filled = Object.entries(said.machine).map(([name, fact]: [string, Fact<unknown>]) => [
    name,
    'value' in fact ? fact : machine[name as keyof typeof machine],
  ]);
  return {
    node: said.node,
    machine: Object.fromEntries(filled),
    environmentFiles: 'value' in said.environmentFiles ? said.environmentFiles : environmentFiles,
  };
}

function refused(directory: string, reason: string, remedy: string): CommandFailure {
  return new CommandFailure(exitCodes.usage, `cannot import ${directory}: ${reason}`, remedy, { code: 'NotImported' });
}
