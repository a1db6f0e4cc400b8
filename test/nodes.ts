/** Nodes that somebody else has set up, as they are laid onto a throwaway machine. */

import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type KubeletHost, unit } from './kubelet-host.ts';

/** Writes the files, by their path on the node, and starts the kubelet that they describe, at boot too. */
export async function layNode(host: KubeletHost, contents: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(contents)) {
    mkdirSync(dirname(host.at(path)), { recursive: true });
    writeFileSync(host.at(path), content);
    chmodSync(host.at(path), 0o644);
    chownSync(host.at(path), 0, 0);
  }
  await host.shell(`systemctl daemon-reload; systemctl enable ${unit} 2>/dev/null; systemctl restart ${unit}`);
}

/** @returns what the machine has at these paths */
export function readNode(host: KubeletHost, paths: readonly string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path) => [path, readFileSync(host.at(path), 'utf8')]));
}
