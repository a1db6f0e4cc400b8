/** The commands by which the unit stops the pod and removes it. */

import type { EffectiveSpec } from '../../../desired/defaults.ts';
import { execLine } from '../../../systemd/quoting.ts';
import type { RktFields } from './fields.ts';
import { globalWords } from './words.ts';

/**
 * A right-hand side of ExecStartPre= or ExecStop=, which finds the pod by the UUID that rkt saved. Without
 * these commands garbage stays behind (coreos-kubernetes 759, coreos/bugs 1831). The `-` lets the command
 * fail, as it does if there is no such pod.
 * @throws UnquotableError for a word that no unit file can carry; `quotableProblems` refuses it before
 */
export function podCommand(verb: 'rm' | 'stop', rkt: RktFields, { unit }: EffectiveSpec): string {
  const globals = globalWords(rkt, unit.environment).map(({ word }) => word);
  return execLine([rkt.binary, ...globals, verb, `--uuid-file=${rkt.uuidFile}`], '-');
}
