/** A person has said that nothing is to be changed on this node for now: by a file on the host, or by an annotation of its Node. */

import type { Problem } from '../api/problem.ts';
import { readThrough } from './follow.ts';
import { HostFileError, type HostFiles } from './host.ts';

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

/** Its first line says why. Whatever else stands there, a pipe or a directory, holds too. */
export async function readHold(files: HostFiles): Promise<Hold | undefined> {
  const held = (reason: string): Hold => ({
    by: holdFile,
    reason,
    release: '`kubelet-config hold --release`, or remove the file',
  });
  try {
    const content = await readThrough(files, holdFile);
    return content && held(content.toString().split('\n', 1)[0]?.trim() ?? '');
  } catch (error) {
    if (error instanceof HostFileError && error.code === 'NotAFile') return held('');
    throw error;
  }
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
