/** A hold: a person stops all changes on one node until they release it. */

import type { Problem, ProblemCode } from '../../api/problem.ts';

/** The file on the host that holds it; its text is the reason. */
export const holdFile = '/etc/kubelet-config.d/hold';

/** The annotation of a Node that holds it; its value is the reason. */
export const holdAnnotation = 'kubelet-config.dev/hold';

/** A hold that is in force. */
export interface Hold {
  /** The file or annotation that holds the node, for messages. */
  readonly by: string;
  /** The reason in the words of the person who set the hold; may be empty. */
  readonly reason: string;
  /** The command that releases the node. */
  readonly release: string;
}

/** The hold that the annotations of a Node object set; undefined if they set none. */
export function holdOfNode(name: string, annotations: Readonly<Record<string, string>> | undefined): Hold | undefined {
  const reason = annotations?.[holdAnnotation];
  if (reason === undefined) return undefined;
  return {
    by: `the annotation ${holdAnnotation} of the Node`,
    reason,
    release: `kubectl annotate node ${name} ${holdAnnotation}-`,
  };
}

/** The problem to report while a hold keeps a change waiting. */
export function heldProblem({ by, reason, release }: Hold): Problem {
  const why = reason === '' ? '' : `: ${reason}`;
  return {
    severity: 'error',
    code: 'Held',
    path: [],
    reason: `a change waits, because ${by} holds this node${why}`,
    remedy: `release the node when it may be changed again: ${release}`,
  };
}

/** A person keeps the node as it is, on purpose: that is a reason to wait, and no failure (design F8). */
const holdCodes: readonly ProblemCode[] = ['Held', 'UnitHeld', 'RolledBack'];

/** Whether the problem is that a person keeps the node as it is. */
export function isHold({ code }: Problem): boolean {
  return holdCodes.includes(code);
}
