/** The second demonstration: examples/ on scratch directories that stand for machines, with every file, every step, and what systemd is told. */

import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { hasErrors } from '../../src/api/problem.ts';
import { validateKubeletConfig } from '../../src/api/validate/validate.ts';
import { printProblems, type Terminal } from '../../src/cli/print/terminal.ts';
import { watchDirectory } from '../../src/manifest/load/directory.ts';
import { loadPaths } from '../../src/manifest/load/load.ts';
import { demoPass } from './pass.ts';

/** One machine for each example. */
const roles = ['worker', 'worker-with-resolv', 'worker-with-own-wrapper', 'host-worker'];

/** @param isWatching whether it stays, and reacts to edits of the examples, instead of making some itself */
export async function demoRkt(isWatching: boolean, terminal: Terminal): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'kubelet-config-demo-'));
  const demo: Demo = { scratch, configs: join(scratch, 'configs'), terminal };
  try {
    await copyExamples(demo);
    heading(`Apply examples/ to ${roles.length} machines below ${scratch}`, demo);
    await passes(roles, demo, { showFiles: true });
    await (isWatching ? watch(demo) : tour(demo));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

interface Demo {
  readonly scratch: string;
  readonly configs: string;
  readonly terminal: Terminal;
}

async function tour(demo: Demo): Promise<void> {
  heading('Edit an object: v1.2.2_coreos.0 becomes v1.2.3_coreos.0', demo);
  await edit(demo, 'plain.yaml', (text) => text.replaceAll('v1.2.2_coreos.0', 'v1.2.3_coreos.0'));
  await passes(roles, demo);

  heading('Edit only a comment and the order of keys', demo);
  await edit(demo, 'plain.yaml', (text) => `# a comment\n${text.replace(/( +api-servers: .*\n)( +config: .*\n)/, '$2$1')}`);
  await passes(['worker'], demo);

  heading('Withdraw the object: the machine gets back what it had before', demo);
  await rm(join(demo.configs, 'plain.yaml'));
  await passes(['worker'], demo);
  demo.terminal.out(`\n${demo.terminal.colours.green('Done.')} To edit the objects yourself: npm run demo -- --rkt --watch`);
}

async function watch(demo: Demo): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  let running = Promise.resolve();
  const onChange = () => {
    running = running.then(() => passes(roles, demo, { onlyChanges: true }));
  };
  const source = watchDirectory(demo.configs, { validate: () => [], onChange });
  heading(`Edit the files in ${demo.configs}; Ctrl-C ends`, demo);
  await once(stop.signal, 'abort');
  source.close();
  await running;
}

async function passes(
  names: readonly string[],
  { scratch, configs, terminal }: Demo,
  options: { readonly showFiles?: boolean; readonly onlyChanges?: boolean } = {},
): Promise<void> {
  const { objects, problems } = await loadPaths([configs], { validate: validateKubeletConfig, standardInput: process.stdin });
  printProblems(problems, terminal);
  if (hasErrors(problems)) return terminal.out('every machine keeps what it has until that is corrected');
  for (const role of names) {
    const root = join(scratch, role);
    await mkdir(root, { recursive: true });
    await demoPass({ role, root, objects, ...options }, terminal);
  }
}

async function copyExamples({ configs }: Demo): Promise<void> {
  await mkdir(configs);
  for (const folder of ['coreos', 'host']) {
    const source = new URL(`../../examples/${folder}/`, import.meta.url);
    for (const name of await readdir(source)) await cp(new URL(name, source), join(configs, name));
  }
}

async function edit({ configs }: Demo, name: string, change: (text: string) => string): Promise<void> {
  const path = join(configs, name);
  await writeFile(path, change(await readFile(path, 'utf8')));
}

function heading(text: string, { terminal }: Demo): void {
  terminal.out(`\n${terminal.colours.bold(`== ${text}`)}`);
}
