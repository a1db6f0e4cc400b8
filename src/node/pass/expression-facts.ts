/** The facts for the expressions of the objects that select this node. */

import { hasComputed } from '../../computed/evaluate.ts';
import { type ExpressionFacts, type HostFactsForExpressions, type Missing, noMachineFacts } from '../../computed/facts.ts';
import { selects } from '../../desired/select.ts';
import type { ReconcileRequest } from '../model/preview.ts';
import type { HostFiles } from '../ports/files.ts';
import { readLastMemory } from '../transaction/last-memory.ts';

export interface ReadFacts {
  readonly facts: ExpressionFacts;
  /** The memory, if it is another than the one that was told last. */
  readonly newMemoryGiB?: number;
}

/**
 * Reads the facts, if an object that selects this node computes something.
 * @throws HostFileError
 */
export async function readExpressionFacts(
  { source, labels, node, machineFacts }: ReconcileRequest,
  files: HostFiles,
): Promise<ReadFacts | undefined> {
  const objects = source.kind === 'Answers' ? source.objects : [];
  if (!objects.some((object) => hasComputed(object) && selects(object.spec.nodeSelector, labels))) return undefined;
  const last = await readLastMemory(files);
  const host = machineFacts ? await machineFacts(last) : unknownHost;
  const { memoryGiB } = host.machine;
  const isNew = 'value' in memoryGiB && memoryGiB.value !== last;
  return {
    facts: {
      ...host,
      node: {
        name: node?.name ?? { missing: notKnown('node.name') },
        labels: { value: labels },
        annotations: node?.annotations ?? { missing: notKnown('node.annotations') },
      },
    },
    ...(isNew && { newMemoryGiB: memoryGiB.value }),
  };
}

const unknownHost: HostFactsForExpressions = {
  machine: noMachineFacts(notKnown),
  environmentFiles: { missing: notKnown('environmentFiles') },
};

function notKnown(name: string): Missing {
  return { reason: `${name} is not known here`, remedy: 'use an expression without it' };
}
