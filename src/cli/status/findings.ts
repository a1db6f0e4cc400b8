/** What is wrong with a host, what waits, and what a person should know besides: each with a remedy. Pure. */

import { isPinDone, who } from '../../node/decide/pin.ts';
import { sinceStartCode } from '../../node/decide/since-start.ts';
import { whyHeld } from '../../node/model/hold.ts';
import { type Assessment, codeOfVerdict } from '../../node/report/assessment.ts';
import { describeAsked } from '../../node/report/describe-asked.ts';
import type { LastReport } from '../../node/report/last-report.ts';
import { describeProgress, describeSubject } from '../../node/report/progress.ts';
import { hideInReason } from '../../text/hide-secrets.ts';
import { type Finding, ofProblem, secondsBetween } from './finding.ts';
import { kubeletFindings } from './kubelet-findings.ts';
import type { StatusFacts } from './read-status.ts';

/** All findings, the worst first. */
export function findingsOf(facts: StatusFacts): Finding[] {
  const found = [openFindings, kubeletFindings, fileFindings, undoneFindings, reportFindings].flatMap((find) => find(facts));
  const besides = [pinFindings, askedFindings, holdFindings, agentFindings, warningFindings].flatMap((find) => find(facts));
  // One of the others mostly says why.
  const isExplained = found.some(({ severity }) => severity === 'error' || severity === 'waiting');
  const all = [...found, ...(isExplained ? [] : wantedFindings(facts)), ...besides];
  const order: readonly Finding['severity'][] = ['error', 'waiting', 'warning', 'notice'];
  return order.flatMap((severity) => all.filter((finding) => finding.severity === severity));
}

/** True if everything is as the objects, or a person, want it. */
export function isAsWanted(findings: readonly Finding[]): boolean {
  return findings.every(({ severity }) => severity === 'warning' || severity === 'notice');
}

/** The lock decides whether the program that makes the change still lives. */
function openFindings({ open, lock, report, now }: StatusFacts): Finding[] {
  const progress = lock && report?.progress;
  if (progress) {
    const reason = `under way: ${describeProgress(progress, secondsBetween(progress.since, now))}`;
    return [{ severity: 'waiting', code: 'UnderWay', reason, remedy: 'wait for its end', since: progress.since }];
  }
  if (!open) return [];
  if (lock) {
    const reason = `under way: ${describeSubject(open)}`;
    return [{ severity: 'waiting', code: 'UnderWay', reason, remedy: 'wait for its end' }];
  }
  const reason = `${describeSubject(open)} was cut off: the program that made this change is gone`;
  const remedy = "the dead-man's switch undoes it; so does the agent when it starts, or `kubelet-config apply -f PATH`";
  return [{ severity: 'error', code: 'CutOff', reason, remedy, ...(open.begunAt !== undefined && { since: open.begunAt }) }];
}

function fileFindings({ files, open }: StatusFacts): Finding[] {
  if (open) return [];
  return files.flatMap(({ path, state }): Finding[] => {
    if (state === 'AsWritten') return [];
    const reason = `${path} was ${state === 'Missing' ? 'removed' : 'changed'} outside kubelet-config since it was applied`;
    return [
      {
        severity: 'error',
        code: 'Drifted',
        reason,
        remedy: '`kubelet-config diff -f PATH` shows it, `kubelet-config apply -f PATH` brings it back',
      },
    ];
  });
}

function undoneFindings({ journal: { undone }, report }: StatusFacts): Finding[] {
  if (!undone) return [];
  const { revision, objects, verdict, begunAt } = undone;
  const what = describeSubject({ revision, objects });
  const at = verdict.at ?? begunAt;
  const since = at === undefined ? {} : { since: at };
  const reason = `${what} was tried${begunAt === undefined ? '' : ` at ${begunAt}`} and undone: ${hideInReason(verdict.reason)}`;
  const code = codeOfVerdict(verdict);
  if (isSettled(report) || code === 'Superseded') return [{ severity: 'notice', code, reason, remedy: retryRemedy, ...since }];
  if (code === 'Undone') return [{ severity: 'error', code, reason, remedy: retryRemedy, ...since }];
  return [
    {
      severity: 'waiting',
      code,
      reason,
      remedy: 'the agent tries it again by itself; so does `kubelet-config apply -f PATH`',
      ...since,
    },
  ];
}

const retryRemedy = 'it is not tried again until the objects change; `kubelet-config retry` tries it again now';

/** The last pass, which came after everything in the journal, found nothing to do. */
function isSettled(report: LastReport | undefined): boolean {
  return report?.progress === undefined && isFine(report?.assessment);
}

function isFine(assessment: Assessment | undefined): boolean {
  return assessment?.phase === 'UpToDate' || assessment?.phase === 'Unmanaged';
}

/** Codes of faults that this command sees by itself, as they are now. */
const seenLive: readonly string[] = ['Undone', 'RolledBack', 'RollbackWaits', 'UnitHeld', 'KubeletDown', 'Drifted'];

function reportFindings({ report, lock, hold }: StatusFacts): Finding[] {
  const assessment = report?.assessment;
  if (!assessment || isFine(assessment) || report.progress !== undefined) return [];
  const { phase, reason, message, since } = assessment;
  const code = assessment.code ?? (phase === 'Held' ? reason : undefined);
  const isOver = code === 'Held' && !hold && !lock;
  if (isOver || seenLive.includes(code ?? reason) || reason === 'Interrupted') return [];
  const severity = waitingPhases.includes(phase) ? 'waiting' : 'error';
  return [{ severity, code: code ?? reason, reason: message, remedy: nextRemedy, since }];
}

const waitingPhases: readonly Assessment['phase'][] = ['Waiting', 'Applying', 'Held', 'Paused'];

const nextRemedy = 'do what the message says; `kubelet-config status` shows whether it helped';

/** Something else is wanted than what is applied, and nothing says why. */
function wantedFindings({ report, journal: { committed }, pin }: StatusFacts): Finding[] {
  const applied = committed?.revision ?? null;
  const wanted = pin ? pin.revision : report?.wanted;
  if (wanted === undefined || wanted === applied || pin) return [];
  const reason = `${describeSubject({ revision: wanted, objects: [] })} is wanted and not applied`;
  return [{ severity: 'waiting', code: 'NotApplied', reason, remedy: 'start the agent, or run `kubelet-config apply -f PATH`' }];
}

function pinFindings({ pin, journal: { committed }, lock }: StatusFacts): Finding[] {
  if (!pin) return [];
  const since = pin.at === undefined ? {} : { since: pin.at };
  if (isPinDone(pin, committed)) {
    const remedy = 'it stays until the objects change; `kubelet-config retry` ends it sooner';
    return [
      { severity: 'notice', code: 'RolledBack', reason: `a person went back to ${pin.revision}${who(pin)}`, remedy, ...since },
    ];
  }
  const reason = `a person asked to go back to ${pin.revision}${who(pin)}, and that is not done yet`;
  const remedy = `${lock ? 'the agent does it' : 'start the agent'}; \`kubelet-config retry\` takes the request back`;
  return [{ severity: 'waiting', code: 'RollbackWaits', reason, remedy, ...since }];
}

function askedFindings({ asked, lock }: StatusFacts): Finding[] {
  if (!asked) return [];
  const reason = `${describeAsked(asked)}${who(asked)}, and that is not begun yet`;
  return [
    {
      severity: 'waiting',
      code: asked.kind === 'Rollback' ? 'RollbackWaits' : 'RetryWaits',
      reason,
      remedy: lock ? 'the agent does it; its log says what is in the way' : 'start the agent',
    },
  ];
}

function holdFindings({ hold }: StatusFacts): Finding[] {
  if (!hold) return [];
  const reason = `held by ${hold.by}${whyHeld(hold)}`;
  return [{ severity: 'notice', code: 'Held', reason, remedy: `to release: ${hold.release}` }];
}

function agentFindings({ report, lock }: StatusFacts): Finding[] {
  if (lock || report?.writer.by !== 'agent') return [];
  const { pid, startedAt, endedAt } = report.writer;
  if (endedAt !== undefined) {
    const reason = 'the agent was stopped: nothing follows the objects or repairs drift';
    return [{ severity: 'warning', code: 'AgentStopped', reason, remedy: 'start it again', since: endedAt }];
  }
  const reason = `the agent ended without being stopped (it was process ${pid}, started at ${startedAt})`;
  const remedy = 'start it again; its log, or the kernel log, says why it ended';
  return [{ severity: 'error', code: 'AgentGone', reason, remedy }];
}

function warningFindings({ report }: StatusFacts): Finding[] {
  // What the kubelet runs with is seen as it is now.
  const told = (report?.problems ?? []).filter(({ severity, code }) => severity !== 'error' && code !== sinceStartCode);
  return told.map(ofProblem);
}
