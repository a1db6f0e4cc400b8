/**
 * Reads the head of a case: the comments before its first object. They say where the input comes from, and
 * what the right answer is.
 *
 *     # source: where a person wrote it
 *     # run: render --facts facts-1353.2.txt
 *     # run: import --launcher rkt -f 92-kubelet.env
 *     # expected: the answer in words; what a program understands of them is checked
 *     # result: warning FlagInvalid spec.kubelet.flags.v 'text of the reason' 'text of the remedy'
 *     # result: renders 'text of the files'
 *     # result: owner kubelet.flags.v workers
 *     # result: applied 'a path of the object' after 'the path that it had before'
 *     # result: valid
 *
 * With `import` the file is a unit or a cloud-config, and what is rendered is the object that comes of it.
 * Further files stand beside it. In the texts of a result, `\n` is a line break and `\\` a backslash.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { problemCodes } from '../../src/api/problem.ts';

/** One thing that has to be in the answer, or must not be in it. */
export type Expectation =
  | { readonly kind: 'Valid' }
  | {
      readonly kind: 'Problem';
      readonly severity: RegExp;
      readonly code?: string;
      readonly place?: string;
      readonly texts: readonly string[];
    }
  | { readonly kind: 'Says'; readonly texts: readonly string[] }
  | { readonly kind: 'Renders'; readonly text: string }
  | { readonly kind: 'Applied'; readonly path: string; readonly before: string }
  | { readonly kind: 'Owner'; readonly field: string; readonly object: string };

export interface Case {
  /** Its file's name. */
  readonly name: string;
  readonly text: string;
  /** The facts files with which it is rendered; none: without facts. */
  readonly facts: readonly string[];
  /** The words of the command that imports it; undefined for an object. */
  readonly importing: readonly string[] | undefined;
  readonly expected: readonly Expectation[];
}

const folder = new URL('./', import.meta.url);

/** Every case of this folder, in the order of the names. */
export function readCases(): Case[] {
  const names = readdirSync(folder).filter((name) => /\.(ya?ml|service)$/.test(name));
  return names.sort().map((name) => parseCase(name, readFileSync(new URL(name, folder), 'utf8')));
}

/** @param text the whole file */
export function parseCase(name: string, text: string): Case {
  const head = headOf(text);
  const prose = head.filter((line) => !/^(source|result):/.test(line)).join(' ');
  const results = head.flatMap((line) => /^result: *(.*)$/.exec(line)?.[1] ?? []);
  const runs = head.filter((line) => line.startsWith('run:')).join(' ');
  return {
    name,
    // Written when an empty selector still meant every node.
    text: text.replaceAll(/^( *nodeSelector: )\{\}(\r?)$/gm, '$1{matchLabels: {}}$2'),
    importing: /^run: *import\b *([^;]*)/
      .exec(runs)?.[1]
      ?.split(/ +/)
      .filter((word) => word !== ''),
    facts: [...runs.matchAll(/--facts (\S+)/g)].map(([, file = '']) => file),
    expected: [...proseExpectations(prose), ...results.map(resultExpectation)],
  };
}

function headOf(text: string): string[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const end = lines.findIndex((line) => !line.startsWith('#'));
  return lines.slice(0, end).map((line) => line.replace(/^# ?/, ''));
}

/** What a program can take from the words behind `expected`; what it cannot stands in a `result`. */
export function proseExpectations(prose: string): Expectation[] {
  const [, whole = ''] = /\bexpected(?: now)?: *(.*)$/.exec(prose) ?? [];
  // The rest is about a node, an API server, another case, or what is not built yet.
  const said = whole.replace(/[;,] (when built|at the node|API server)\b.*$/, '').replace(/\band with facts-.*$/, '');
  const texts = [
    ...[...said.matchAll(/"([^"]+)"/g)].map(([, text = '']) => text),
    ...[...said.matchAll(/\bwrite ([\w%-]*\w[\w%-]*)/g)].map(([, text = '']) => text),
    ...[...said.matchAll(/(\w+) -> ([\w.]+)/g)].flatMap(([, from = '', to = '']) => [from, to]),
  ];
  const codes = problemCodes.filter((code) => new RegExp(`\\b${code}\\b`).test(said));
  return [
    ...severityOf(said),
    ...codes.map((code) => ({ kind: 'Problem', severity: /./, code, texts: [] }) as const),
    ...(texts.length > 0 ? [{ kind: 'Says', texts } as const] : []),
  ];
}

function severityOf(said: string): Expectation[] {
  const problem = (severity: RegExp) => ({ kind: 'Problem', severity, texts: [] }) as const;
  if (/\bvalid\b|\bread like\b|\bnot refused\b/.test(said))
    return [{ kind: 'Valid' }, ...(/\bnotice\b/.test(said) ? [problem(/notice/)] : [])];
  if (/\b(errors?|refused) or warn/.test(said)) return [problem(/error|warning/)];
  return [
    ...(/\b(errors?|refused|conflict)\b/i.test(said) ? [problem(/error/)] : []),
    ...(/\bwarn(ing|ed|s)?\b/.test(said) ? [problem(/warning/)] : []),
  ];
}

/** @throws Error for a line that no rule reads */
export function resultExpectation(line: string): Expectation {
  const texts = [...line.matchAll(/'([^']*)'/g)].map(([, text = '']) =>
    text.replaceAll(/\\([n\\])/g, (_, character) => (character === 'n' ? '\n' : '\\')),
  );
  const [first = '', second = '', third = ''] = line.replace(/'.*$/, '').trim().split(/ +/);
  if (first === 'valid') return { kind: 'Valid' };
  if (first === 'renders' && texts[0] !== undefined) return { kind: 'Renders', text: texts[0] };
  if (first === 'applied' && texts[0] !== undefined && texts[1] !== undefined)
    return { kind: 'Applied', path: texts[0], before: texts[1] };
  if (first === 'owner' && third !== '') return { kind: 'Owner', field: second, object: third };
  if (/^(error|warning|notice)$/.test(first) && (problemCodes as readonly string[]).includes(second)) {
    return { kind: 'Problem', severity: new RegExp(first), code: second, ...(third && { place: third }), texts };
  }
  throw new Error(`no result is written as: ${line}`);
}
