/** The status of a host in words, and as data for programs. Pure. */

import { severityLabel } from '../../api/format-problem.ts';
import { describeHolder } from '../../host/lock-holder.ts';
import { rfc3339 } from '../../loop/time.ts';
import { isPinDone } from '../../node/decide/pin.ts';
import { SystemdError } from '../../node/ports/systemd.ts';
import { describeObjects } from '../../node/report/describe-step.ts';
import { hideInReason } from '../../text/hide-secrets.ts';
import { type Finding, secondsBetween } from './finding.ts';
import { isAsWanted } from './findings.ts';
import type { StatusFacts } from './read-status.ts';

/** The lines for a person; the findings with their remedies come last. */
export function statusLines(facts: StatusFacts, findings: readonly Finding[]): string[] {
  return [
    ...appliedLines(facts),
    `kubelet: ${kubeletWords(facts)}`,
    ...settingsLines(facts),
    ...agentLines(facts),
    ...sourceLines(facts),
    ...findings.flatMap((finding) => findingLines(finding, facts.now)),
  ];
}

function appliedLines({ journal: { committed }, files, unit, now }: StatusFacts): string[] {
  if (committed?.revision == null) return ['nothing is applied: the host has what was there before any KubeletConfig'];
  const { revision, inputs, begunAt } = committed;
  const from = inputs === null ? '' : `, from ${describeObjects(inputs.objects)}`;
  return [
    `applied: revision ${revision} of ${unit}${from}${begunAt === undefined ? '' : `, since ${ago(begunAt, now)}`}`,
    ...files.map(({ path, state }) => `  ${path}${fileWords[state]}`),
  ];
}

const fileWords = { AsWritten: '', Changed: ': not as applied', Missing: ': missing' } as const;

function kubeletWords({ unit, kubelet, now }: StatusFacts): string {
  if (kubelet instanceof SystemdError) return `unknown (${kubelet.message})`;
  const { observed, healthz } = kubelet;
  if (!observed.systemdRuns) return 'not asked, because no systemd runs in this root';
  const { activeState, subState, activeSince, loadState } = observed.unit;
  if (loadState === 'not-found') return `there is no ${unit}`;
  const since = activeSince > 0 && activeState === 'active' ? ` since ${ago(rfc3339(activeSince), now)}` : '';
  const state = `${unit} is ${activeState}${activeState === 'active' ? '' : ` (${subState})`}${since}`;
  if (!healthz) return state;
  const place = `${healthz.endpoint.address}:${healthz.endpoint.port}`;
  return `${state}, ${healthz.answer.kind === 'Ok' ? 'healthy' : 'not healthy'} at ${place}`;
}

/** Where the settings in force are known from. */
function settingsLines({ kubelet, journal: { committed } }: StatusFacts): string[] {
  const answer = kubelet instanceof SystemdError ? undefined : kubelet.inForce?.answer;
  if (!answer || committed?.revision == null) return [];
  const by = answer.kind === 'Read' ? 'as the kubelet itself says' : `by its arguments and files: ${answer.reason}`;
  return [`settings in force: ${by}`];
}

/** True while a program holds the lock, and the last report is not of a command. */
function isAgentRunning({ lock, report }: StatusFacts): boolean {
  return lock !== undefined && report?.writer.by === 'agent' && report.writer.endedAt === undefined;
}

function agentLines(facts: StatusFacts): string[] {
  const { lock, report, now } = facts;
  const writer = report?.writer;
  if (isAgentRunning(facts)) {
    const since = writer?.startedAt === undefined ? '' : ` since ${ago(writer.startedAt, now)}`;
    return [`agent: runs${since} (process ${lock?.pid ?? `${writer?.pid} in its container`})`];
  }
  if (lock) return [`agent: another kubelet-config is at work on this host: ${describeHolder(lock)}`];
  const last = writer?.by === 'agent' && writer.endedAt !== undefined ? `, stopped ${ago(writer.endedAt, now)}` : '';
  return [`agent: does not run${last}`];
}

const sourceWords = {
  Answers: 'answers',
  Empty: 'is empty',
  Lost: 'is lost',
  Invalid: 'answers with objects that are invalid',
};

function sourceLines({ report, now }: StatusFacts): string[] {
  const source = report?.source;
  if (!source) return [];
  return [`source: ${source.origin} ${sourceWords[source.state]} since ${ago(source.since, now)}`];
}

function findingLines({ severity, code, reason, remedy, since }: Finding, now: string): string[] {
  return [
    `${severityLabel(severity, code)} ${hideInReason(reason)}${since === undefined ? '' : ` (since ${ago(since, now)})`}`,
    `    → ${remedy}`,
  ];
}

/** `2026-01-31T09:00:00Z, 3 min ago`. */
function ago(at: string, now: string): string {
  const seconds = secondsBetween(at, now);
  if (seconds < 120) return `${at}, ${seconds} s ago`;
  if (seconds < 2 * 3600) return `${at}, ${Math.floor(seconds / 60)} min ago`;
  return seconds < 48 * 3600 ? `${at}, ${Math.floor(seconds / 3600)} h ago` : `${at}, ${Math.floor(seconds / 86_400)} d ago`;
}

/** The same for programs. Secrets are hidden. */
export function statusData(facts: StatusFacts, findings: readonly Finding[]) {
  const { journal, unit, files, open, pin, asked, hold, report, lock } = facts;
  const { committed, undone } = journal;
  return {
    asWanted: isAsWanted(findings),
    revision: committed?.revision ?? null,
    appliedAt: committed?.begunAt,
    objects: committed?.inputs?.objects ?? [],
    unit: committed?.unit.name,
    files,
    kubelet: { unit, ...kubeletData(facts) },
    agent: { running: isAgentRunning(facts), pid: lock?.pid, ...report?.writer },
    source: report?.source,
    wanted: report?.wanted,
    report: report?.assessment,
    open: open && { ...open, abandoned: lock === undefined, progress: report?.progress },
    undone: undone && {
      revision: undone.revision,
      verdict: undone.verdict.kind,
      reason: hideInReason(undone.verdict.reason),
      begunAt: undone.begunAt,
      undoneAt: undone.verdict.at,
    },
    pinned: pin && isPinDone(pin, committed) ? pin.revision : undefined,
    rollback: pin && { revision: pin.revision, isDone: isPinDone(pin, committed), by: pin.by, at: pin.at },
    asked,
    hold,
    findings: findings.map((finding) => ({ ...finding, reason: hideInReason(finding.reason) })),
  };
}

function kubeletData({ kubelet }: StatusFacts) {
  if (kubelet instanceof SystemdError) return { error: { code: kubelet.code, message: kubelet.message } };
  const { observed, healthz, restartPending, inForce } = kubelet;
  const { activeState, subState, activeSince, restarts } = observed.unit;
  if (!observed.systemdRuns) return { state: 'unknown' };
  return {
    state: activeState,
    subState,
    since: activeSince > 0 && activeState === 'active' ? rfc3339(activeSince) : undefined,
    restarts,
    healthy: healthz && healthz.answer.kind === 'Ok',
    restartPending,
    settings: inForce?.answer && {
      read: inForce.answer.kind === 'Read',
      ...(inForce.answer.kind === 'Unknown' && { reason: inForce.answer.reason }),
    },
  };
}
