/**
 * `npm run demo`: the main job in front of your eyes, without root, systemd or a cluster. Applies examples/ to scratch directories that stand
 * for machines, shows every file and step and what systemd would be told, then an edit, a comment, a withdrawal. `npm run demo -- --watch`
 * stays and reacts to your own edits.
 */

import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { hasErrors } from '../src/api/problem.ts';
import { validateKubeletConfig } from '../src/api/validate/validate.ts';
import { printProblems, terminalFor } from '../src/cli/print/terminal.ts';
import { watchDirectory } from '../src/manifest/load/directory.ts';
import { loadPaths } from '../src/manifest/load/load.ts';
import { demoPass } from './demo-pass.ts';

const { values } = parseArgs({ options: { watch: { type: 'boolean', default: false } } });
const terminal = terminalFor(process.stdout, process.stdout, process.env);
const { bold, green } = terminal.colours;

/** One machine for each example. */
const roles = ['worker', 'worker-with-resolv', 'worker-with-own-wrapper', 'host-worker'];

const scratch = await mkdtemp(join(tmpdir(), 'kubelet-config-demo-'));
const configs = join(scratch, 'configs');
try {
  await copyExamples();
  heading(`Apply examples/ to ${roles.length} machines below ${scratch}`);
  await passes(roles, { showFiles: true });
  await (values.watch ? watch() : tour());
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function tour(): Promise<void> {
  heading('Edit an object: v1.2.2_coreos.0 becomes v1.2.3_coreos.0');
  await edit('plain.yaml', (text) => text.replaceAll('v1.2.2_coreos.0', 'v1.2.3_coreos.0'));
  await passes(roles);

  heading('Edit only a comment and the order of keys');
  await edit('plain.yaml', (text) => `# a comment\n${text.replace(/( +api-servers: .*\n)( +config: .*\n)/, '$2$1')}`);
  await passes(['worker']);

  heading('Withdraw the object: the machine gets back what it had before');
  await rm(join(configs, 'plain.yaml'));
  await passes(['worker']);
  terminal.out(`\n${green('Done.')} To edit the objects yourself: npm run demo -- --watch`);
}

async function watch(): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  let running = Promise.resolve();
  const onChange = () => {
    running = running.then(() => passes(roles, { onlyChanges: true }));
  };
  const source = watchDirectory(configs, { validate: () => [], onChange });
  heading(`Edit the files in ${configs}; Ctrl-C ends`);
  await once(stop.signal, 'abort');
  source.close();
  await running;
}

async function passes(
  names: readonly string[],
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

async function copyExamples(): Promise<void> {
  await mkdir(configs);
  for (const folder of ['coreos', 'host']) {
    const source = new URL(`../examples/${folder}/`, import.meta.url);
    for (const name of await readdir(source)) await cp(new URL(name, source), join(configs, name));
  }
}

async function edit(name: string, change: (text: string) => string): Promise<void> {
  const path = join(configs, name);
  await writeFile(path, change(await readFile(path, 'utf8')));
}

function heading(text: string): void {
  terminal.out(`\n${bold(`== ${text}`)}`);
}
