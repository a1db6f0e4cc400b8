/** Gives a case to the commands, and compares what they say with what its head expects. */

import { fileURLToPath } from 'node:url';
import type { KubeletConfig } from '../../src/api/types.ts';
import { readManifests } from '../../src/manifest/read/read.ts';
import { type Ran, run } from '../cli/in-process.ts';
import { edited, session } from '../cli/session.ts';
import { scriptedPrograms } from '../fakes/programs.ts';
import { memoryMachine } from '../node/machine.ts';
import type { Case, Expectation } from './read-case.ts';

interface Answer {
  readonly isValid: boolean;
  readonly problems: readonly { readonly severity: string; readonly code: string; readonly text: string }[];
  /** The rendered files. */
  readonly files: string;
  /** What `explain` prints. */
  readonly owners: string;
}

/** The expectations that the answer does not meet, one a line; [] for the expected result. */
export async function unmet(one: Case): Promise<string[]> {
  const answer = await answerTo(one);
  if (one.expected.length === 0) return ['the head says no result that can be checked'];
  const isMet = await Promise.all(
    one.expected.map(async (expectation) => meets(expectation, answer) && isApplied(expectation, one)),
  );
  return one.expected.filter((_, index) => !isMet[index]).map((expectation) => describe(expectation, answer));
}

/** What a node with these files, and a kubelet of the object's version, says of the object before it touches anything. */
export async function saidOnNode(text: string, initial: Record<string, string>): Promise<string> {
  const programs = scriptedPrograms();
  for (const program of ['systemd-analyze', 'bash']) programs.answer(program, () => ({}));
  const objects = readManifests(text, 'case').documents.map(({ value }) => value as unknown as KubeletConfig);
  const machine = await memoryMachine(initial, programs, {
    kubeletVersion: () => objects[0]?.spec.kubelet?.version ?? 'v1.30.2',
  });
  const outcome = await machine.apply(objects);
  const problems = outcome.kind === 'Kept' ? outcome.problems : outcome.kind === 'Changed' ? outcome.warnings : [];
  return problems.map(({ severity, reason, remedy }) => `${severity}: ${reason}\n  ${remedy ?? ''}`).join('\n');
}

/** Applies the object twice to the root of an image: first with the path that it had before. */
async function isApplied(expectation: Expectation, { text }: Case): Promise<boolean> {
  if (expectation.kind !== 'Applied') return true;
  const { path, before } = expectation;
  const here = session();
  const ran = [await here.on('apply', edited(text, path, before)), await here.on('apply', text)];
  return ran.every(({ exitCode }) => exitCode === 0) && here.read(path) !== undefined;
}

/** Imports the file, and renders the object. */
async function importAnswer(text: string, words: readonly string[]): Promise<Answer> {
  const further = words.map((word) =>
    words[words.indexOf(word) - 1] === '-f' ? fileURLToPath(new URL(word, import.meta.url)) : word,
  );
  const imported = await run(['import', ...further, '-f', '-'], { stdin: text });
  const label = ['-l', 'kubelet-config.dev/imported=true'];
  const rendered = imported.stdout === '' ? undefined : await run(['render', '-f', '-', ...label], { stdin: imported.stdout });
  return {
    isValid: imported.exitCode === 0,
    problems: [imported, ...(rendered ? [rendered] : [])].flatMap(({ stderr }) => problemsIn(stderr)),
    files: `${imported.stdout}\n${rendered?.stdout ?? ''}`,
    owners: '',
  };
}

async function answerTo({ text, facts, importing }: Case): Promise<Answer> {
  if (importing) return importAnswer(text, importing);
  const give = (words: readonly string[]) => run([...words, '-f', '-', ...labelsFor(text)], { stdin: text });
  const validated = await run(['validate', '-f', '-'], { stdin: text });
  const files = facts.map((file) => ['--facts', fileURLToPath(new URL(file, import.meta.url))]);
  const rendered: Ran[] = [];
  for (const words of files.length > 0 ? files : [[]]) rendered.push(await give(['render', ...words]));
  const all = [validated, ...rendered];
  const isValid = all.every(({ exitCode }) => exitCode === 0);
  return {
    isValid,
    problems: all.flatMap(({ stderr }) => problemsIn(stderr)),
    files: rendered.map(({ stdout }) => stdout).join('\n'),
    owners: isValid ? (await give(['explain'])).stdout : '',
  };
}

/** `standard input:8:3: error[UnknownField]: spec.x: …`, the line and its caret, `→ …` */
function problemsIn(printed: string): Answer['problems'] {
  const blocks = printed.split(/^(?=\S)/m);
  return blocks.flatMap((block) => {
    const [, severity, code] = /^(?:\S.*?:\d+:\d+: )?(error|warning|notice)\[(\w+)\]/.exec(block) ?? [];
    return severity === undefined || code === undefined ? [] : [{ severity, code, text: block }];
  });
}

/** The labels of a node that all objects of the case select. */
function labelsFor(text: string): string[] {
  const objects = readManifests(text, 'case').documents.map(({ value }) => value as Partial<KubeletConfig>);
  return objects.flatMap(({ spec }) => {
    const { matchLabels = {}, matchExpressions = [] } = spec?.nodeSelector ?? {};
    const needed = matchExpressions.filter(({ operator }) => operator === 'In' || operator === 'Exists');
    const labels = [
      ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
      ...needed.map(({ key, values = [] }) => `${key}=${values[0] ?? ''}`),
    ];
    return labels.flatMap((label) => ['--label', label]);
  });
}

function meets(expectation: Expectation, { isValid, problems, files, owners }: Answer): boolean {
  switch (expectation.kind) {
    case 'Valid':
      return isValid;
    case 'Problem':
      return problems.some(
        ({ severity, code, text }) =>
          expectation.severity.test(severity) &&
          (expectation.code === undefined || expectation.code === code) &&
          text.includes(`: ${expectation.place ?? ''}`) &&
          expectation.texts.every((part) => text.includes(part)),
      );
    case 'Says':
      return expectation.texts.every((part) => problems.some(({ text }) => text.includes(part)));
    case 'Applied':
      return isValid;
    case 'Renders':
      return files.includes(expectation.text);
    case 'Owner':
      return owners.split('\n').some((row) => row.startsWith(`${expectation.field} `) && row.endsWith(` ${expectation.object}`));
    default:
      return expectation satisfies never;
  }
}

function describe(expectation: Expectation, { problems, files }: Answer): string {
  const wanted = JSON.stringify(expectation, (_key, value) => (value instanceof RegExp ? value.source : value));
  const said = problems.map(({ text }) => text).join('');
  return `expected ${wanted}, but the commands said:\n${said || '(nothing)\n'}${expectation.kind === 'Renders' ? files : ''}`;
}
