/** A temporary directory for one test, and manifests to put there. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export async function scratchDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'source-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export function manifest(name: string, priority = 0): string {
  const head = `apiVersion: kubelet-config.dev/v1alpha1\nkind: KubeletConfig\nmetadata: {name: ${name}}\n`;
  return `${head}spec:\n  nodeSelector: {matchLabels: {}}\n  priority: ${priority}\n`;
}
