/** What the agent says of its passes: a line for each that changed something or found something new to complain of. */

import type { Logger } from 'pino';
import { hideInReason } from '../api/hide-secrets.ts';
import { describeOutcome, problemsOf } from '../node/report/describe-outcome.ts';
import type { AgentLog } from './loop.ts';

export function agentLog(log: Logger): AgentLog {
  return {
    outcome: (outcome) => {
      const problems = problemsOf(outcome).map(({ code, object, path, reason, remedy, position }) => ({
        code,
        object,
        field: path.join('.'),
        reason: hideInReason(reason),
        remedy,
        ...(position ? { at: `${position.file}:${position.line}:${position.column}` } : {}),
      }));
      const isFine =
        outcome.kind === 'Unchanged' ||
        outcome.kind === 'Waiting' ||
        (outcome.kind === 'Changed' && outcome.result.kind === 'Committed');
      const level = isFine && problems.length === 0 ? 'info' : 'warn';
      const detail =
        outcome.kind === 'Changed'
          ? {
              outcome: outcome.result.kind,
              revision: outcome.record.revision,
              ...(outcome.drifted && { drift: outcome.drifted }),
            }
          : { outcome: outcome.kind };
      log[level]({ ...detail, ...(problems.length > 0 ? { problems } : {}) }, describeOutcome(outcome).join('; '));
    },
    retry: (error, delayMilliseconds) => {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ againInSeconds: Math.round(delayMilliseconds / 1000) }, `not done: ${reason}`);
    },
  };
}
