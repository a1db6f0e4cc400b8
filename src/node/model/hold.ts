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
  /** Name of the user who set the hold with `kubelet-config hold`, and when (RFC 3339). */
  readonly who?: string;
  readonly since?: string;
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
export function heldProblem(hold: Hold): Problem {
  const { by, release } = hold;
  const why = whyHeld(hold);
  return {
    severity: 'error',
    code: 'Held',
    path: [],
    reason: `a change waits, because ${by} holds this node${why}`,
    remedy: `release the node when it may be changed again: ${release}`,
  };
}

/** `: disk is being replaced (ana, since 2026-01-31T09:00:00Z)`; '' if nothing of it is known. */
export function whyHeld({ reason, who, since }: Hold): string {
  const person = who === undefined || since === undefined ? '' : `(${who}, since ${since})`;
  const words = [reason, person].filter((text) => text !== '').join(' ');
  return words === '' ? '' : `: ${words}`;
}

/** The text of the hold file: the reason, then who holds the host and since when. */
export function holdText(reason: string, who: string, since: string): string {
  return `${reason.replace(/\s+/g, ' ')}\nheld by ${who} since ${since}\n`;
}

/** Reads the text of a hold file. A person may have written it by hand: then it need not say who. */
export function readHoldText(text: string): Pick<Hold, 'reason' | 'who' | 'since'> {
  const [reason = '', second = ''] = text.split('\n', 2);
  const [, who, since] = /^held by (\S.{0,63}) since (\S{1,32})$/.exec(second) ?? [];
  return { reason: reason.trim(), ...(who !== undefined && since !== undefined && { who, since }) };
}

/** A person keeps the node as it is, on purpose: that is a reason to wait, and no failure (design F8). */
const holdCodes: readonly ProblemCode[] = ['Held', 'UnitHeld', 'RolledBack', 'RollbackWaits'];

/** Whether the problem is that a person keeps the node as it is. */
export function isHold({ code }: Problem): boolean {
  return holdCodes.includes(code);
}
