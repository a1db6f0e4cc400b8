/** The command `hack/new-minor`, without the process around it. */

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { featureGates, newestGates } from '../../src/kubelet/data/feature-gates.ts';
import { gateDependencies } from '../../src/kubelet/data/gate-dependencies.ts';
import { fieldRows, newestFields } from '../../src/kubelet/data/kubelet-fields.ts';
import { flagRows, newestFlags } from '../../src/kubelet/data/kubelet-flags.ts';
import { formatRelease, isMinorOnly, knownRelease, type Release, releaseOf } from '../../src/kubelet/release.ts';
import { compareFields } from './compare-fields.ts';
import { compareFlags } from './compare-flags.ts';
import { compareDependencies, compareGates } from './compare-gates.ts';
import { compareHelp } from './compare-help.ts';
import type { Finding } from './finding.ts';
import { readHelpText } from './help-text.ts';
import { reportText } from './report.ts';
import { type Kubelet, readTree, Unreadable } from './tree.ts';

const usage = `Prints what to add to the tables of src/kubelet/data for a minor release of Kubernetes.

Usage:
  hack/new-minor --source DIR [--release 1.38] [-o text|json]
  hack/new-minor --help-text FILE --release 1.38 [-o text|json]

  --source DIR      a checkout of Kubernetes at a tag of the release: gates, their dependencies, flags, fields
  --help-text FILE  what \`kubelet --help\` of the release prints: flags, alpha and beta gates
  --release         the minor release; with --source what the tree says, if it says it

Example:
  git clone --depth 1 --branch v1.38.0 https://github.com/kubernetes/kubernetes /tmp/kubernetes
  hack/new-minor --source /tmp/kubernetes

Exits with 0 if there is nothing to add, 1 if there is something, 2 if it cannot be told.
`;

/** Wrong use; the message is for the person who typed it. */
class WrongUse extends Error {}

export interface Outcome {
  /** 0: nothing to add, 1: something to add, 2: it cannot be told. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Result {
  readonly release: Release;
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

/** The sources of earlier releases are laid out in other ways, and their `--help` was never compared. */
const oldest: Release = 1036;
const newestOfTables = { 'feature-gates.ts': newestGates, 'kubelet-fields.ts': newestFields, 'kubelet-flags.ts': newestFlags };
const constants = { 'feature-gates.ts': 'newestGates', 'kubelet-fields.ts': 'newestFields', 'kubelet-flags.ts': 'newestFlags' };
const byHand =
  'defaults and rules are not read. Compare pkg/kubelet/apis/config/v1beta1/defaults.go, pkg/kubelet/apis/config/validation ' +
  'and cmd/kubelet/app/server.go with those of the release before, and write what differs into kubelet-defaults.ts and src/kubelet/rules.';

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        source: { type: 'string' },
        'help-text': { type: 'string' },
        release: { type: 'string' },
        output: { type: 'string', short: 'o', default: 'text' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new WrongUse((error as Error).message);
  }
}

function releaseGiven(text: string | undefined): Release | undefined {
  if (text === undefined) return undefined;
  const release = isMinorOnly(text) ? releaseOf(text) : undefined;
  if (release === undefined) throw new WrongUse(`--release ${text} is no minor release: write it as 1.38`);
  return release;
}

function requireNeighbour(release: Release): Release {
  const newest = Math.min(...Object.values(newestOfTables).map(knownRelease));
  if (release < oldest)
    throw new WrongUse(`releases before ${formatRelease(oldest)} cannot be read, and ${formatRelease(release)} is one`);
  if (release <= newest + 1) return release;
  const [given, table, next] = [release, newest, newest + 1].map(formatRelease);
  throw new WrongUse(`the tables end with ${table}: add ${next} first, then ${given}`);
}

function fromSource(root: string, given: Release | undefined): Result {
  const kubelet: Kubelet = readTree(root, given);
  const { gates, dependencies, fields, flags } = kubelet;
  const release = requireNeighbour(kubelet.release);
  const elsewhere = kubelet.gatesElsewhere.map(
    (name) =>
      `gate ${name} stands in none of the files that were read. If the kubelet registers it, name its file in hack/minor/tree.ts.`,
  );
  const findings = [
    ...compareGates(featureGates, gates, release),
    ...compareDependencies(gateDependencies, dependencies, gates),
    ...compareFields(fieldRows, fields, release),
    ...compareFlags(flagRows, flags, fields, release),
  ];
  return { release, findings, notes: [...elsewhere, byHand] };
}

function fromHelpText(path: string, given: Release | undefined): Result {
  if (given === undefined) throw new WrongUse('--help-text needs --release: the text does not say which release it is of');
  const release = requireNeighbour(given);
  const help = readHelpText(readText(path), release);
  if (help === undefined) throw new Unreadable(path, 'has no flags: is it what `kubelet --help` prints?');
  const gatesOnly = 'the text has no fields, no dependencies, and only alpha and beta gates: --source tells all.';
  return { release, findings: compareHelp(featureGates, flagRows, help, release), notes: [gatesOnly, byHand] };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Unreadable(
      path,
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : (error as Error).message,
      error,
    );
  }
}

/** A table that ends before the release says so, once its lines are written. */
function newestLines(release: Release): Finding[] {
  return (Object.keys(newestOfTables) as (keyof typeof newestOfTables)[])
    .filter((table) => knownRelease(newestOfTables[table]) < release)
    .map((table) => {
      const line = `export const ${constants[table]} = '${formatRelease(release)}';`;
      return { table, kind: 'changed', name: constants[table], what: 'once the lines of the table are written', line };
    });
}

function answer(args: readonly string[]): Outcome {
  const options = readOptions(args);
  if (options.help) return { exitCode: 0, stdout: usage, stderr: '' };
  const { source, 'help-text': helpText, output } = options;
  if (output !== 'text' && output !== 'json') throw new WrongUse(`-o ${output}: it prints text or json`);
  if ((source === undefined) === (helpText === undefined)) throw new WrongUse('give --source DIR or --help-text FILE');
  const given = releaseGiven(options.release);
  const { release, findings, notes } = source === undefined ? fromHelpText(helpText ?? '', given) : fromSource(source, given);
  const all = [...findings, ...newestLines(release)];
  const json = { release: formatRelease(release), findings: all, notes };
  const stdout = output === 'json' ? `${JSON.stringify(json, undefined, 2)}\n` : reportText(release, all, notes);
  return { exitCode: all.length > 0 ? 1 : 0, stdout, stderr: '' };
}

/**
 * Reads what the kubelet of a release takes, and tells what the tables of src/kubelet/data lack.
 * @param args of the command, without its name
 */
export function newMinor(args: readonly string[]): Outcome {
  try {
    return answer(args);
  } catch (error) {
    if (!(error instanceof WrongUse) && !(error instanceof Unreadable)) throw error;
    const hint = error instanceof WrongUse ? 'hack/new-minor --help says how it is used\n' : '';
    return { exitCode: 2, stdout: '', stderr: `hack/new-minor: ${error.message}\n${hint}` };
  }
}
