/** The outcome of a pass over a host, in words for people and as data for programs. */

import { severityLabel } from '../../api/format-problem.ts';
import { withoutSecrets } from '../../api/hide-secrets.ts';
import type { Problem } from '../../api/problem.ts';
import { hideInReason } from '../../text/hide-secrets.ts';
import { describeDrift } from '../decide/difference.ts';
import type { TransactionEvent } from '../model/event.ts';
import type { HostFault } from '../model/host-fault.ts';
import type { Outcome } from '../model/outcome.ts';
import { describeSettingsRead } from '../model/settings-read.ts';
import type { Verdict } from '../model/verdict.ts';
import { codeOfVerdict, leftoversRemedy, type ReportCode, type verdictCodes } from './assessment.ts';
import { describeStep, stepData } from './describe-step.ts';
import { faultsOf } from './outcome-faults.ts';

/**
 * Every problem and warning that came with the outcome, to be printed before it. A fault of the host is not
 * among them.
 */
export function problemsOf(outcome: Outcome): readonly Problem[] {
  switch (outcome.kind) {
    case 'Kept':
      return outcome.problems;
    case 'Unchanged':
    case 'Waiting':
      return outcome.warnings;
    case 'Changed':
      return [...(outcome.unresolved ?? []), ...outcome.warnings];
    case 'Unreadable':
      return [];
    default:
      return outcome satisfies never;
  }
}

/** Lines for an event of a change, to be printed while it runs. */
export function describeEvent(event: TransactionEvent): string[] {
  switch (event.kind) {
    case 'Unverified':
      return [`  not verified: ${event.what} (${event.reason})`];
    case 'Fetching':
      return [`  fetch    ${event.image}`];
    case 'Granted':
      return ['  granted  by the controller'];
    case 'Begun':
      // Every other step takes no time that a person would notice.
      return event.step.kind === 'Restart' ? [`  restarting ${event.step.unit}`] : [];
    case 'Armed':
      return (event.record.settings ?? []).map((setting) => `  setting  ${setting}`);
    case 'Asked':
    case 'Waits':
    case 'Undone':
      return [];
    case 'NotLabelled':
      return [`  SELinux label not restored: ${event.path} (${event.reason})`];
    case 'Done':
      return [`  ${describeStep(event.step)}`];
    case 'Proving':
      return [`  prove    ${describeProof(event)}`];
    case 'Unproven':
      return [`  not proved yet: ${event.reason}; waiting ${event.timeoutSeconds} s more`];
    case 'Undoing':
      return [`  ${event.verdict.kind.toLowerCase()}: ${event.verdict.reason}`, '  undoing'];
    default:
      return event satisfies never;
  }
}

function describeProof({ unit, health, isNodeAsked }: Extract<TransactionEvent, { kind: 'Proving' }>): string {
  const { minReadySeconds, healthz } = health;
  const signs = [`${unit} stays up`, ...(healthz ? ['is healthy'] : [])];
  return `${signs.join(' and ')} for ${minReadySeconds} s${isNodeAsked ? ', and its Node is Ready' : ''}`;
}

/** Lines for the outcome. The first says what happened; a refusal's remedy has a line of its own. */
export function describeOutcome(outcome: Outcome): string[] {
  switch (outcome.kind) {
    case 'Unchanged':
      if (outcome.revision !== null) return [`unchanged: revision ${outcome.revision}`];
      if (outcome.warnings.some(({ code }) => code === 'SourceEmpty')) return ['nothing to do yet'];
      return ['no object selects this node: nothing to do'];
    case 'Kept':
      return [describeKept(outcome)];
    case 'Unreadable':
      return describeRefusal(outcome.error);
    case 'Waiting':
      return [describeWaiting(outcome)];
    case 'Changed':
      return describeChange(outcome);
    default:
      return outcome satisfies never;
  }
}

function describeKept({ failedBefore, interruptedBy }: Extract<Outcome, { kind: 'Kept' }>): string {
  if (failedBefore !== undefined) return `${label('Undone')} nothing was changed: the same change failed before: ${failedBefore}`;
  return interruptedBy === undefined
    ? 'nothing was changed'
    : `${label('Interrupted')} nothing was changed yet: the change was interrupted and is tried again by itself: ${interruptedBy}`;
}

function describeWaiting({ request, waitsFor, why = waitsFor }: Extract<Outcome, { kind: 'Waiting' }>): string {
  const what = `revision ${request.revision} waits for the controller's approval (request ${request.id})`;
  return why === undefined ? what : `${what}: ${why}`;
}

function describeChange({ record, result, foreign, drifted = [], isUnnoticed }: Extract<Outcome, { kind: 'Changed' }>): string[] {
  const leftAlone = foreign.map((path) => `left alone: ${path} was changed after kubelet-config wrote it`);
  switch (result.kind) {
    case 'Committed': {
      if (isUnnoticed) return [`brought back without a restart: ${drifted.map(describeDrift).join(', ')}`];
      const what = record.revision === null ? 'restored what was there before' : `committed: revision ${record.revision}`;
      return [
        ...leftAlone,
        record.restartOwed === undefined ? what : `${what}; the kubelet still runs the revision before, until it is restarted`,
        ...(drifted.length > 0 ? [`brought back with it: ${drifted.map(describeDrift).join(', ')}`] : []),
        ...(result.settings ? [describeSettingsRead(result.settings)] : []),
      ];
    }
    case 'Refused':
      return result.errors.flatMap(describeRefusal);
    case 'Undone':
      return [
        describeVerdict(result.verdict),
        result.kubeletDown === undefined
          ? 'the host is as it was before'
          : `the files are as they were before, but the kubelet does not start with them either: ${result.kubeletDown}`,
      ];
    case 'NotUndone':
      return [
        `${label('NotUndone')} the change failed: ${result.verdict.reason}`,
        `and it could not be undone: ${result.error instanceof Error ? result.error.message : String(result.error)}`,
        result.leftovers === undefined
          ? 'the transaction stays open in /var/lib/kubelet-config/armed; the agent, or the next apply, tries again to undo it'
          : `    → ${leftoversRemedy}`,
      ];
    default:
      return result satisfies never;
  }
}

function describeVerdict(verdict: Verdict): string {
  const code = codeOfVerdict(verdict);
  const severity = code === 'Superseded' ? 'notice' : 'error';
  return `${severityLabel(severity, code)} the change was undone: ${verdict.reason}`;
}

function label(code: HostFault['code'] | ReportCode | (typeof verdictCodes)[number]): string {
  return severityLabel('error', code);
}

function describeRefusal({ code, message, remedy }: HostFault): string[] {
  return [`${label(code)} ${message}; nothing was changed`, `    → ${remedy}`];
}

/**
 * The outcome as data, for `-o json` and `-o yaml`. Secrets are hidden.
 *
 * @param problems the problems of the outcome, with their places
 * @param events the events of the pass in their order; `steps` are the ones that were executed
 */
export function summary(outcome: Outcome, problems: readonly Problem[], events: readonly TransactionEvent[]) {
  const changed = outcome.kind === 'Changed' ? outcome : undefined;
  return {
    outcome: changed ? changed.result.kind : outcome.kind,
    revision: changed ? changed.record.revision : outcome.kind === 'Unchanged' ? outcome.revision : null,
    steps: events.flatMap((event) => (event.kind === 'Done' ? [stepData(event.step)] : [])),
    leftAlone: changed?.foreign ?? [],
    ...(changed?.record.settings && { settings: changed.record.settings }),
    problems: [...problems.map(withoutSecrets), ...faultsOf(outcome)],
    message: hideInReason(describeOutcome(outcome).join('\n')),
  };
}
