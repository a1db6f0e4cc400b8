/** docs/computed.md, as a reader tries it: every command in it is run, and every expression is evaluated. */

import { describe, expect, test } from 'vitest';
import { defaultAllowance } from '../../src/api/paths.ts';
import { compile } from '../../src/computed/compile.ts';
import { session } from '../cli/session.ts';
import { textOf } from '../manifests/documents.ts';

const page = textOf('docs/computed.md');

/** The page's files, by their names. */
const files = [...page.matchAll(/^.*Save this as `([\w.]+)`:\n\n```yaml\n([\s\S]*?)^```$/gm)].map(
  ([, name = '', text = '']) => [name, text] as const,
);
/** Each command, with the output that stands below it. */
const commands = [...page.matchAll(/^```sh\nnpx kubelet-config (.+)\n```\n(?:\n```\n([\s\S]*?)^```$)?/gm)].map(
  ([, line = '', output]) => ({ line, output }),
);

function reader() {
  const here = session();
  const paths = new Map(files.map(([name, text]) => [name, here.write(name, text)]));
  const words = (line: string) => line.split(' ').map((word) => paths.get(word) ?? word);
  return { ...here, words };
}

test('there are files and commands', () => {
  expect(files.map(([name]) => name)).toEqual(['workers.yaml', 'facts.yaml']);
  expect(commands).toHaveLength(5);
});

test.each(commands.filter(({ line }) => !/^diff|^explain (?!.*--facts)/.test(line)))('$line', async ({ line, output }) => {
  const { run, words } = reader();
  const ran = await run(words(line));
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  if (output !== undefined) expect(ran.stdout).toBe(output);
});

test('diff reads the facts of the machine', async () => {
  const { run, words, root, put } = reader();
  put('/proc/sys/kernel/hostname', 'NODE-7.example.com\n');
  put('/sys/devices/system/cpu/online', '0-1\n');
  put('/proc/meminfo', 'MemTotal: 32614872 kB\n');
  put('/proc/net/route', 'Iface\tDestination\tGateway\n');
  const { line } = commands.find((one) => one.line.startsWith('diff')) ?? { line: '' };
  const ran = await run([...words(line), '--root', root]);
  expect(ran).toMatchObject({ exitCode: 1, stderr: '' });
  expect(ran.stdout).toContain('maxPods: 40');
  expect(ran.stdout).toContain('--hostname-override=node-7');
});

test('without facts it says what to give', async () => {
  const { run, words } = reader();
  const { line } = commands.find((one) => one.line.startsWith('explain') && !one.line.includes('--facts')) ?? { line: '' };
  const ran = await run(words(line));
  expect(ran.exitCode).toBe(3);
  expect(ran.stderr).toContain('machine.cpus is not given');
  expect(ran.stderr).toContain('give it in the file of --facts: machine: {cpus: 8}');
});

test('the file of facts is read', async () => {
  const { run, words, write } = reader();
  const [, text = ''] = /in YAML or JSON:\n\n```yaml\n([\s\S]*?)^```$/m.exec(page) ?? [];
  const ran = await run([...words('explain -f workers.yaml'), '--facts', write('all.yaml', text)]);
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  expect(ran.stdout).toContain('"worker-1"');
});

/** The rows that say what a unit expanded, what to write, and what that gives with the facts of the page. */
const answers = page
  .slice(page.indexOf('## What units expand'), page.indexOf('## When an expression fails'))
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| in a unit'))
  .map((row) =>
    row
      .replaceAll('\\|', '/')
      .split(' | ')
      .map((cell) => cell.replace(/^\| |\s*\|$/g, '')),
  )
  .map(([had = '', write = '', gives = '']) => ({
    had,
    expression: /^`([^`]+)`/.exec(write)?.[1],
    value: gives.replaceAll('`', ''),
  }));

test('every way in which real units name the machine has an answer', () => {
  const real = ['${COREOS_PRIVATE_IPV4}', '%H', '$(hostname)', '/etc/environment', '${AFTERBURN_', '%m', '$(nproc)'];
  for (const one of real) expect(answers.find(({ had }) => had.includes(one))?.expression, one).toBeDefined();
  expect(answers.filter(({ expression }) => expression === undefined).map(({ had }) => had)).toEqual([
    'the output of any other command',
  ]);
});

test.each(answers.filter(({ expression }) => expression !== undefined))('$had is $value', async ({ expression = '', value }) => {
  const { run, write } = reader();
  const [, facts = ''] = /in YAML or JSON:\n\n```yaml\n([\s\S]*?)^```$/m.exec(page) ?? [];
  const object = {
    apiVersion: 'kubelet-config.dev/v1alpha1',
    kind: 'KubeletConfig',
    metadata: { name: 'workers' },
    spec: {
      nodeSelector: { matchLabels: { role: 'worker' } },
      launcher: { host: {} },
      computed: [{ path: 'unit.environment["VALUE"]', expression: `string(${expression})` }],
    },
  };
  const files = [write('one.json', JSON.stringify(object)), '--facts', write('all.yaml', facts)];
  const ran = await run(['render', '--environment-file', '/etc/site', '-f', ...files]);
  expect(ran.exitCode, ran.stderr).toBe(0);
  expect(ran.stdout).toContain(`Environment=VALUE=${value}\n`);
});

describe('the tables', () => {
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| `node') && !line.startsWith('| `machine'));
  const expressions = rows.flatMap((row) => {
    const [, , cell = ''] = row.replaceAll('\\|', '/').split('|');
    return [...cell.matchAll(/`([^`]+)`/g)]
      .map(([, expression = '']) => expression)
      .filter((one) => /[.[({]/.test(one) && !one.startsWith('agent'));
  });

  test('have expressions', () => expect(expressions.length).toBeGreaterThan(18));

  test.each(expressions)('%s', (expression) => {
    expect(compile(expression, [...(defaultAllowance.factFiles ?? []), '/etc/site'])).toMatchObject({ kind: 'Compiled' });
  });
});
