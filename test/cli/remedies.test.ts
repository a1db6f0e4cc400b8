/** Remedies as a person tries them: what the program says is done, and the problem is gone. */

import { expect, test } from 'vitest';
import { run } from './in-process.ts';

const head =
  'apiVersion: kubelet-config.dev/v1alpha1\nkind: KubeletConfig\nmetadata: {name: a}\nspec:\n  nodeSelector: {matchLabels: {}}\n';

test.each<[wrong: string, remedy: string, right: string]>([
  ['  kubelet: {version: 1.30}\n', 'put it in quotes: "1.30"', '  kubelet: {version: "1.30"}\n'],
  ['  unit: {environment: {A: 010}}\n', 'put it in quotes: "010"', '  unit: {environment: {A: "010"}}\n'],
  ['  unit: {environment: {A: y}}\n', 'put it in quotes: "y"', '  unit: {environment: {A: "y"}}\n'],
  [
    '  kubelet: {configuration: {kubeReserved: {cpu: 0x1}}}\n',
    'put it in quotes: "0x1"',
    '  kubelet: {configuration: {kubeReserved: {cpu: "0x1"}}}\n',
  ],
  ['  rollout: {canary: {count: 1}}\n', 'leave rollout out', ''],
  ['  kubelet: {configuration: {syncFrequency: 60}}\n', 'write "60s"', '  kubelet: {configuration: {syncFrequency: "60s"}}\n'],
  ['  kubelet: {flags: ["max-pods=3"]}\n', 'e.g. max-pods: "3"', '  kubelet: {flags: {max-pods: "3"}}\n'],
  [
    '  unit: {options: {Service: {After: [a.service]}}}\n',
    'move it to the section Unit',
    '  unit: {options: {Unit: {After: [a.service]}}}\n',
  ],
])('%j', async (wrong, remedy, right) => {
  const before = await run(['validate', '-f', '-'], { stdin: head + wrong });
  expect(before.stderr).toContain(remedy);
  expect(await run(['validate', '-f', '-'], { stdin: head + right })).toMatchObject({ exitCode: 0, stderr: '' });
});

test('a protected path below a directory for objects is not sent there', async () => {
  const file = '  files: [{path: /etc/kubernetes/pki/ca.crt}]\n';
  const { stderr } = await run(['validate', '-f', '-'], { stdin: head + file });
  expect(stderr).toContain('choose another path, or start the agent with --allow-path=/etc/kubernetes/pki/ca.crt');
  const allowed = await run(['validate', '-f', '-', '--allow-path=/etc/kubernetes/pki/ca.crt'], { stdin: head + file });
  expect(allowed).toMatchObject({ exitCode: 0, stderr: '' });
});
