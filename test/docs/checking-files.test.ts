/** docs/checking-files.md: its commands print what it says, and the hook of pre-commit starts the program. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { session } from '../cli/session.ts';
import { textOf } from '../manifests/documents.ts';
import { type Step, stepsIn, wordsOf } from './page.ts';

const root = join(import.meta.dirname, '../..');
const steps = stepsIn(textOf('docs/checking-files.md'));
const lines = steps.flatMap((step) => (step.kind === 'Command' ? [step.line] : [])).join('\n');
const commands = steps.flatMap((step, index) =>
  step.kind === 'Command' && !step.line.startsWith('sed ') ? [{ line: step.line, next: steps[index + 1] }] : [],
);

function saved(directory: string, write: (name: string, content: string) => string): (word: string) => string {
  const files = steps.filter((step): step is Extract<Step, { kind: 'File' }> => step.kind === 'File');
  for (const { path, content } of files) write(path, content);
  const [, from = '', to = ''] = /^sed s\/(\w+)\/(\w+)\/ workers\.yaml > wrong\.yaml$/m.exec(lines) ?? [];
  write('wrong.yaml', files.find(({ path }) => path === 'workers.yaml')?.content.replace(from, to) ?? '');
  const isSaved = (name: string) => name === 'wrong.yaml' || files.some(({ path }) => path === name);
  return (word) => {
    const name = word.replace(/^'|'$/g, '');
    if (name.startsWith('examples/')) return join(root, name);
    return isSaved(name) ? join(directory, name) : name;
  };
}

test.each(commands)('$line', async ({ line, next }) => {
  const { run, write, directory } = session();
  const placed = saved(directory, write);
  const { words } = wordsOf(line.replace(/^kubelet-config /, ''));
  const ran = await run(words.map(placed), { environment: { GITHUB_WORKSPACE: directory } });
  const isWrong = words.includes('wrong.yaml') || words.includes('config.yaml');
  expect(ran.exitCode, ran.stderr).toBe(isWrong ? 3 : 0);
  if (words.includes('sarif')) expect(JSON.parse(ran.stdout).runs[0].results).not.toEqual([]);
  const printed = `${ran.stdout}${ran.stderr}`.replaceAll(`${directory}/`, '');
  for (const expected of next?.kind === 'Output' ? next.lines : []) expect(printed).toContain(expected);
});

test('the hook that the page names runs a command of package.json, which npm builds', async () => {
  const [hook] = parse(readFileSync(join(root, '.pre-commit-hooks.yaml'), 'utf8'));
  const { bin, scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(textOf('docs/checking-files.md')).toContain(`id: ${hook.id}`);
  expect(hook.language).toBe('node');
  const [program = '', ...words] = hook.entry.split(' ');
  expect(Object.keys(bin)).toContain(program);
  expect(scripts.prepare).toBe(scripts.build);
  const { run, write } = session();
  const page = steps.find((step) => step.kind === 'File');
  const file = write('workers.yaml', page?.kind === 'File' ? page.content : '');
  // pre-commit gives the names of all files behind the command.
  expect(await run([...words, file, file])).toMatchObject({ exitCode: 0, stderr: '' });
});
