/** docs/upgrading.md, as a reader follows it: on the files of a node, every command of it. */

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Ran } from '../cli/in-process.ts';
import { session } from '../cli/session.ts';
import { textOf } from '../manifests/documents.ts';
import { save, stepsIn, wordsOf } from './page.ts';

test('every command of docs/upgrading.md prints what the page says', async () => {
  const { directory, root, run } = session();
  cpSync(join(import.meta.dirname, '../fixtures/nodes/kubeadm-deb'), root, { recursive: true });
  let last: Ran = { exitCode: 0, stdout: '', stderr: '' };
  const head = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
  save('kubelet-config.yaml', head, directory, root);
  save('kubeadm-flags.env', 'KUBELET_KUBEADM_ARGS=--containerd=/run/containerd.sock\n', directory, root);
  const steps = stepsIn(textOf('docs/upgrading.md'));
  for (const step of steps) {
    if (step.kind === 'File') save(step.path, step.content, directory, root);
    else if (step.kind === 'Output') for (const line of step.lines) expect(last.stdout).toContain(line);
    else {
      const { words } = wordsOf(step.line.replace('./image', root));
      const isHere = !words.includes('-f') && !words.includes('--root');
      // The machine of the page runs, and says its version.
      const machine = isHere ? ['--root', root, '--from', 'v1.34.1'] : [];
      last = await run([
        ...words.slice(1).map((word) => (/^[\w-]+\.(yaml|env)$/.test(word) ? join(directory, word) : word)),
        ...machine,
      ]);
      expect(last.exitCode, `${step.line}\n${last.stdout}${last.stderr}`).toBe(3);
      last = { ...last, stdout: last.stdout.replaceAll(`${directory}/`, '') };
    }
  }
  expect(steps.filter(({ kind }) => kind === 'Command')).toHaveLength(5);
});
