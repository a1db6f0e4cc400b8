/** The node's name and labels, from flags or a file. */

import { hostname } from 'node:os';
import process from 'node:process';
import { type IdentityAnswer, type IdentitySources, readNodeIdentity } from '../../manifest/load/labels.ts';

export interface NodeFlags {
  /** Name of the node; the machine's host name if it is absent. */
  readonly node?: string | undefined;
  /** Labels as key=value. */
  readonly label: readonly string[];
  /** Path of a file with labels. */
  readonly labels?: string | undefined;
}

/** Reads the file anew each time, since it may change; its mistakes are problems in the answer. */
export function askNode({ node, label, labels }: NodeFlags, facts?: IdentitySources['facts']): Promise<IdentityAnswer> {
  const host = { hostname: hostname(), architecture: process.arch };
  return readNodeIdentity({ labelFlags: label, nameFlag: node, labelsFile: labels, host, facts });
}
