/** docs/migrating.md, as a reader follows it: each section on the files of such a node, every command of it. */

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Ran } from '../cli/in-process.ts';
import { session } from '../cli/session.ts';
import { textOf } from '../manifests/documents.ts';
import { runInShell, type Step, save, stepsIn, wordsOf } from './page.ts';

const nodes = join(import.meta.dirname, '../fixtures/nodes');
const trees = join(import.meta.dirname, '../fixtures/migrating');

/** The node of each section: one of the fixtures, and what the section says of it beyond that. */
const sections: Readonly<Record<string, { readonly from: string; readonly exitCodes?: readonly number[] }>> = {
  'kubelet-wrapper': { from: join(nodes, 'coreos-wrapper') },
  'Flags in /etc/default/kubelet': { from: join(nodes, 'kubeadm-deb') },
  'Dynamic Kubelet Configuration': { from: join(trees, 'dynamic-configuration') },
  'Ansible and kubespray': { from: join(nodes, 'kubespray') },
  OpenShift: { from: join(trees, 'openshift'), exitCodes: [3, 0] },
  Talos: { from: join(trees, 'openshift') },
};

const page = textOf('docs/migrating.md');
const parts = page.split(/^## /m).slice(1);
const textIn = (title: string) => parts.find((part) => part.startsWith(`${title}\n`)) ?? '';

test('every section has a node, and each of its commands is run', () => {
  expect(parts.map((part) => part.slice(0, part.indexOf('\n')))).toEqual(Object.keys(sections));
  for (const title of Object.keys(sections)) expect(stepsIn(textIn(title)).some(({ kind }) => kind === 'Command')).toBe(true);
});

describe.each(Object.entries(sections))('%s', (title, { from, exitCodes = [] }) => {
  test('leads there and back', async () => {
    const { directory, root, run, managed } = session();
    cpSync(from, root, { recursive: true });
    const steps = stepsIn(textIn(title));
    for (const step of steps)
      if (step.kind === 'File' && step.path.startsWith('/')) save(step.path, step.content, directory, root);
    const before = managed();
    let last: Ran = { exitCode: 0, stdout: '', stderr: '' };
    let ours = 0;
    for (const step of steps) {
      if (step.kind === 'File') {
        if (!step.path.startsWith('/')) save(step.path, step.content, directory, root);
      } else if (step.kind === 'Output') {
        for (const line of step.lines) expect(`${last.stdout}${last.stderr}`).toContain(line);
      } else {
        last = await follow(step, ours);
        if (step.line.startsWith('kubelet-config')) ours += 1;
      }
    }
    expect(managed()).toEqual(before);

    async function follow({ line }: Extract<Step, { kind: 'Command' }>, index: number): Promise<Ran> {
      // There is no cluster here; what it would have saved is written before.
      if (line.startsWith('kubectl')) return { exitCode: 0, stdout: '', stderr: '' };
      if (!line.startsWith('kubelet-config ')) {
        const ran = runInShell(line, directory, root);
        expect(ran, line).toMatchObject({ exitCode: 0, stderr: '' });
        return ran;
      }
      const { words, to } = wordsOf(line);
      const [command = '', ...others] = words
        .slice(1)
        .map((word) => (/^[\w.]+\.yaml$/.test(word) ? join(directory, word) : word));
      const rooted = command === 'validate' ? [] : ['--root', root];
      const ran = await run([
        command,
        ...others.filter((word, at) => word !== '--root' && others[at - 1] !== '--root'),
        ...rooted,
      ]);
      const expected = exitCodes[index] ?? (command === 'diff' ? 1 : 0);
      expect(ran.exitCode, `${line}\n${ran.stdout}${ran.stderr}`).toBe(expected);
      if (to !== undefined) save(to, ran.stdout, directory, root);
      return ran;
    }
  });
});
