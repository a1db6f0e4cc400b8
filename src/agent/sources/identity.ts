/** The node's name and labels, from flags or a file. */

import { hostname } from 'node:os';
import process from 'node:process';
import { type IdentityAnswer, readNodeIdentity } from '../../manifest/labels.ts';

export interface NodeFlags {
  readonly node?: string | undefined;
  readonly label: readonly string[];
  readonly labels?: string | undefined;
}

export function askNode({ node, label, labels }: NodeFlags): Promise<IdentityAnswer> {
  const host = { hostname: hostname(), architecture: process.arch };
  return readNodeIdentity({ labelFlags: label, nameFlag: node, labelsFile: labels, host });
}
