/** Problems without the secrets that they would quote. */

import { hidden, hideInReason, hideSecrets } from '../text/hide-secrets.ts';
import type { Problem } from './problem.ts';

/** The problem without the secret that its reason or its offending line may hold. */
export function withoutSecrets(problem: Problem): Problem {
  if (!problem.position) return { ...problem, reason: hideInReason(problem.reason) };
  const { excerpt, column } = problem.position;
  const shown =
    problem.code === 'PossibleSecret' ? `${hideSecrets(excerpt.slice(0, column - 1))}${hidden}` : hideSecrets(excerpt);
  return { ...problem, reason: hideInReason(problem.reason), position: { ...problem.position, excerpt: shown } };
}
