/** The pages that people read: what they link to, name and quote is there. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withWholeName } from '../../src/cli/registry.ts';
import { agentMetrics } from '../../src/metrics/agent.ts';
import { controllerMetrics } from '../../src/metrics/controller.ts';
import { run } from '../cli/in-process.ts';
import { filesIn, textOf } from '../manifests/documents.ts';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'manifests/README.md',
  ...filesIn('docs').filter((path) => path.endsWith('.md')),
];
const tasks = pages.filter((page) => /^docs\/[^/]+$/.test(page));
const root = join(import.meta.dirname, '../..');

/** As GitHub makes them from headings. */
function anchorsOf(page: string): string[] {
  return [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Blocks of one language, without the fences. */
function blocksOf(page: string, language: string): string[] {
  return [...textOf(page).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , text = '']) => text);
}

/** The command lines of a page that start our program, without its name and comments. */
function commandsIn(page: string): string[][] {
  const lines = blocksOf(page, 'sh').flatMap((block) => block.split('\n'));
  return lines.flatMap((line) => {
    const [, words] = /^(?:npx )?kubelet-config\s+([^#|>]+)/.exec(line) ?? [];
    return words === undefined ? [] : [words.trim().split(/\s+/)];
  });
}

describe.each(pages)('%s', (page) => {
  test('links to pages and headings that are there', () => {
    const links = [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !/^https?:/.test(link));
    for (const link of links) {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      expect(existsSync(join(root, target)), `${link} leads to ${target}`).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(target), link).toContain(anchor);
    }
  });

  test('names files of the repository that are there', () => {
    const named = [...textOf(page).matchAll(/\b(?:src|test|hack|examples|manifests|crds)\/[\w./-]*\w/g)].map(([path]) => path);
    for (const path of named) expect(existsSync(join(root, path)), path).toBe(true);
  });
});

describe.each(tasks)('%s', (page) => {
  test('begins with what the reader can do after it', () => {
    expect(textOf(page)).toMatch(/^# .+\n\nAfter this page you /);
  });
});

test.each(tasks.filter((page) => page !== 'docs/glossary.md'))('%s leads to the glossary', (page) => {
  expect(textOf(page)).toContain('](glossary.md');
});

const commands = pages.flatMap((page) => commandsIn(page).map((words) => ({ page, line: words.join(' '), words })));
const known = new Map<string, Promise<(string | undefined)[]>>();

/** The options that a command's help shows. */
async function optionsOf(command: string): Promise<(string | undefined)[]> {
  const { exitCode, stdout } = await run([...command.split(' '), '--help']);
  expect(exitCode, `kubelet-config ${command} --help`).toBe(0);
  return [...stdout.matchAll(/^ +(?:(-\w), )?(--[a-z-]+) /gm)].flatMap(([, short, long]) => [short, long]);
}

test.each(commands)('$page: `kubelet-config $line` has a command and options that exist', async ({ words }) => {
  const [command = '', ...others] = withWholeName(words);
  const options = known.get(command) ?? optionsOf(command);
  known.set(command, options);
  for (const word of others.filter((other) => other.startsWith('-'))) expect(await options).toContain(word.replace(/=.*/, ''));
});

const objects = pages.flatMap((page) =>
  blocksOf(page, 'yaml')
    .filter((block) => /^kind: KubeletConfig$/m.test(block) && block.includes('nodeSelector'))
    .map((block) => ({ page, block })),
);

test.each(objects)('$page: the object that it shows is valid', async ({ block }) => {
  expect(await run(['validate', '-f', '-'], { stdin: block })).toMatchObject({ exitCode: 0, stderr: '' });
});

test('docs/monitoring.md explains every metric, and no other', () => {
  const rows = [...textOf('docs/monitoring.md').matchAll(/^\| `(kubelet_config_\w+)` \| (.*?) ?\|/gm)];
  const explained = rows.map(([, name, labels]) => `${name} ${labels}`);
  const metrics = [controllerMetrics('1.2.3'), agentMetrics('1.2.3')].flatMap(({ registry }) => registry.getMetricsAsArray());
  const known = metrics.map((metric) => {
    const { name, labelNames = [] } = metric as { name: string; labelNames?: readonly string[] };
    return `${name} ${labelNames.map((label) => `\`${label}\``).join(', ')}`;
  });
  expect(explained.sort()).toEqual([...new Set(known)].sort());
});

test('docs/writing-objects.md quotes what explain prints', async () => {
  const { stdout } = await run('explain -f examples/priority --label role=worker --label accelerator=a100'.split(' '));
  expect(blocksOf('docs/writing-objects.md', '')).toContain(stdout);
});

test('docs/errors.md quotes what validate prints', async () => {
  const wrong = textOf('examples/host/kubelet.yaml').replace('flags', 'flgas');
  const { stderr } = await run(['validate', '-f', '-'], { stdin: wrong });
  expect(blocksOf('docs/errors.md', '')).toContain(stderr.replace(/^[^:]+/, 'wrong.yaml'));
});
