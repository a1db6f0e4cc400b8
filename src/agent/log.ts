/**
 * The agent's log: a line for each pass that changed something or has a new complaint, and for events of a
 * change.
 */

import type { Logger } from 'pino';
import type { TransactionEvent } from '../node/model/event.ts';
import type { Awaited } from '../node/model/health.ts';
import type { Outcome } from '../node/model/outcome.ts';
import { describeAsked } from '../node/report/describe-asked.ts';
import { describeOutcome, problemsOf } from '../node/report/describe-outcome.ts';
import { describeStep } from '../node/report/describe-step.ts';
import { describeProgress, type Progress, progressAfter } from '../node/report/progress.ts';
import { hideInReason } from '../text/hide-secrets.ts';
import type { AgentLog } from './loop.ts';

/** Writes outcomes and repeated passes to the log, without secrets. */
export function agentLog(log: Logger): AgentLog {
  return {
    outcome: (outcome) => {
      const problems = loggedProblems(outcome);
      const isCalm = isFine(outcome) && problemsOf(outcome).every(({ severity }) => severity === 'notice');
      const level = isCalm ? 'info' : 'warn';
      const fields = { ...outcomeFields(outcome), ...(problems.length > 0 && { problems }) };
      log[level](fields, describeOutcome(outcome).join('; '));
    },
    retry: (error, delayMilliseconds) => {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ againInSeconds: Math.round(delayMilliseconds / 1000) }, `failed, and will be tried again: ${reason}`);
    },
  };
}

function loggedProblems(outcome: Outcome) {
  return problemsOf(outcome).map(({ code, object, path, reason, remedy, position }) => ({
    code,
    object,
    field: path.join('.'),
    reason: hideInReason(reason),
    remedy,
    ...(position && { at: `${position.file}:${position.line}:${position.column}` }),
  }));
}

function isFine(outcome: Outcome): boolean {
  if (outcome.kind === 'Changed') return outcome.result.kind === 'Committed';
  return outcome.kind === 'Unchanged' || outcome.kind === 'Waiting';
}

function outcomeFields(outcome: Outcome) {
  if (outcome.kind !== 'Changed') return { outcome: outcome.kind };
  const { result, record, drifted } = outcome;
  return { outcome: result.kind, revision: record.revision, ...(drifted && { drift: drifted }) };
}

/** What is waited for is logged again after so many seconds, even if it is the same. */
const repeatSeconds = 30;

/**
 * Logs those events of a change that its outcome does not tell, or tells only minutes later: each step with
 * the revision and its objects, and what the step waits for.
 */
export function logEvents(log: Logger): (event: TransactionEvent) => void {
  let progress: Progress | undefined;
  let loggedSeconds = 0;
  return (event) => {
    const before = progress;
    progress = progressAfter(progress, event, '');
    if (event.kind === 'Waits') {
      const { elapsedSeconds } = event;
      const isNews = progress !== before || elapsedSeconds - loggedSeconds >= repeatSeconds;
      if (isNews) loggedSeconds = elapsedSeconds;
      if (progress) log[isNews ? 'info' : 'debug'](stepFields(progress, event), describeProgress(progress, elapsedSeconds));
      return;
    }
    if (event.kind === 'Proving') loggedSeconds = 0;
    logOther(log, event, progress);
  };
}

function stepFields({ step, revision, objects }: Progress, awaited?: Awaited) {
  return {
    step,
    ...(revision !== undefined && { revision }),
    ...(objects.length > 0 && { objects: objects.map(({ name }) => name) }),
    ...(awaited && { elapsedSeconds: awaited.elapsedSeconds, timeoutSeconds: awaited.timeoutSeconds }),
  };
}

function logOther(log: Logger, event: Exclude<TransactionEvent, { kind: 'Waits' }>, progress: Progress | undefined): void {
  switch (event.kind) {
    case 'Unverified':
      log.info({ what: event.what }, `not verified before the change: ${event.reason}`);
      break;
    case 'Fetching':
      log.info({ image: event.image }, 'fetching the image before the change');
      break;
    case 'NotLabelled':
      log.warn({ path: event.path }, `SELinux label not restored: ${event.reason}`);
      break;
    case 'Unproven':
      log.warn({ waitSeconds: event.timeoutSeconds }, `not proved yet: ${event.reason}`);
      break;
    case 'Undoing':
      // This line is the only trace of a change that an agent left open when it died.
      log.warn({ verdict: event.verdict.kind }, `undoing a change: ${hideInReason(event.verdict.reason)}`);
      break;
    case 'Asked':
      log.info({ by: event.asked.by, at: event.asked.at }, describeAsked(event.asked));
      break;
    case 'Granted':
    case 'Armed':
    case 'Proving':
      if (progress) log.info(stepFields(progress), describeProgress(progress));
      break;
    case 'Begun':
      if (progress && event.step.kind === 'Restart') log.info(stepFields(progress), describeProgress(progress));
      else log.debug({ step: event.step.kind }, `begins: ${describeStep(event.step)}`);
      break;
    case 'Done':
      log.debug({ step: event.step.kind }, `done: ${describeStep(event.step)}`);
      break;
    case 'Undone':
      log.debug('the host is as it was before');
      break;
    default:
      event satisfies never;
  }
}
