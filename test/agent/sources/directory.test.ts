import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { directorySource } from '../../../src/agent/sources/directory.ts';
import type { OpenMachine } from '../../../src/host/machine.ts';

let root: string;
let directory: string;
let labels: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kubelet-config-source-'));
  directory = join(root, 'objects');
  labels = join(root, 'labels/node.yaml');
  mkdirSync(directory);
  mkdirSync(join(root, 'labels'));
  writeFileSync(labels, 'role: worker\n');
  writeFileSync(join(directory, 'a.yaml'), '# no object');
});
afterEach(() => rmSync(root, { recursive: true }));

async function ask() {
  const node = { node: 'n', label: [], labels };
  const source = directorySource({ directory, node, validate: () => [], onChange: () => undefined });
  try {
    return (await source.ask({} as OpenMachine)).source;
  } finally {
    await source.close();
  }
}

test.each([
  ['the directory', 'objects'],
  ['a file in it', 'objects/a.yaml'],
  ['the file with the labels', 'labels/node.yaml'],
])('what others may write is not read: %s', async (_what, path) => {
  expect(await ask()).toMatchObject({ kind: 'Answers' });
  chmodSync(join(root, path), 0o777);
  expect(await ask()).toMatchObject({
    kind: 'Unknown',
    problems: [{ severity: 'error', code: 'SourceUntrusted', reason: expect.stringContaining(join(root, path)) }],
  });
  chmodSync(join(root, path), 0o755);
  expect(await ask()).toMatchObject({ kind: 'Answers' });
});
