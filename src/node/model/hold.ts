/** A hold: a person has said that nothing is to be changed on this node for now. */

import type { Problem } from '../../api/problem.ts';

export const holdFile = '/etc/kubelet-config.d/hold';

export const holdAnnotation = 'kubelet-config.dev/hold';

export interface Hold {
  /** Where it was said. */
  readonly by: string;
  /** What it is for, in the words of who said it; perhaps none. */
  readonly reason: string;
  /** What ends it. */
  readonly release: string;
}

export function holdOfNode(annotations: Readonly<Record<string, string>> | undefined): Hold | undefined {
  const reason = annotations?.[holdAnnotation];
  if (reason === undefined) return undefined;
  return { by: `the annotation ${holdAnnotation} of the Node`, reason, release: `kubectl annotate node NAME ${holdAnnotation}-` };
}

export function heldProblem({ by, reason, release }: Hold): Problem {
  const why = reason === '' ? '' : `: ${reason}`;
  return {
    severity: 'error',
    code: 'Held',
    path: [],
    reason: `a change waits, since ${by} holds this node${why}`,
    remedy: `when it may be changed again: ${release}`,
  };
}
