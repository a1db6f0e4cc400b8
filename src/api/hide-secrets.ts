/** Problems without the secrets that they would quote. */

import { cut } from '../text/cut.ts';
import { hidden, hideInReason, hideSecretOf, hideSecrets } from '../text/hide-secrets.ts';
import type { Problem } from './problem.ts';

/** The problem without the secret that its reason or its offending line may hold. */
export function withoutSecrets(problem: Problem): Problem {
  if (!problem.position) return { ...problem, reason: hideInReason(problem.reason) };
  const { excerpt, column } = problem.position;
  const shown =
    problem.code === 'PossibleSecret' ? `${hideSecrets(excerpt.slice(0, column - 1))}${hidden}` : hideSecrets(excerpt);
  return { ...problem, reason: hideInReason(problem.reason), position: { ...problem.position, excerpt: shown } };
}

/** The value of a field as JSON, for a message: at most 80 characters, covered if it is a secret. */
export function shownValue(field: string, value: unknown): string {
  return cut(hideSecretOf(field, JSON.stringify(value) ?? 'nothing'), 80);
}
