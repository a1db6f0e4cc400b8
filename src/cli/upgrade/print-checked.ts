/** Prints what an upgrade does: one line for each finding, grouped by kind; or as data. */

import { withoutSecrets } from '../../api/hide-secrets.ts';
import { formatPath, type Problem } from '../../api/problem.ts';
import { formatRelease, type Release } from '../../kubelet/release.ts';
import { type UpgradeKind, upgradeKinds } from '../../kubelet/upgrade/finding.ts';
import { terminalText } from '../../text/foreign-text.ts';
import type { ExitCode } from '../failure.ts';
import { printReport } from '../print/report.ts';
import { plural, printAs, printProblems, reportedProblems, type Terminal } from '../print/terminal.ts';
import { type Checked, isRefused, noteOf, type ShownFinding } from './checked.ts';

/** Prints all that was checked. */
export async function printChecked(all: readonly Checked[], to: Release, exitCode: ExitCode, terminal: Terminal): Promise<void> {
  if (terminal.report) {
    printProblems(
      all.flatMap((one) => one.findings.map(({ problem }) => ofNodes(one, problem))),
      terminal,
    );
    const summary = summaryOf(all, formatRelease(to));
    await printReport(terminal.report, { exitCode, summary }, terminal);
    return;
  }
  if (terminal.format) {
    printAs(terminal.format, dataOf(all, to, terminal), terminal);
    return;
  }
  for (const note of all.flatMap((one) => noteOf(one) ?? [])) terminal.err(note);
  for (const line of linesOf(all, to)) terminal.out(terminalText(line));
}

function dataOf(all: readonly Checked[], to: Release, terminal: Terminal) {
  const checked = all.map((one) => ({
    name: one.name,
    from: formatRelease(one.from),
    ...(one.isAssumed && { assumed: true }),
    ...(one.nodes && { nodes: one.nodes }),
    ...(!one.isUnknown && { starts: !isRefused(one) }),
  }));
  const findings = all.flatMap(({ name, findings: found }) =>
    found.map(({ kind, subject, release, problem }) => {
      const { path, position, reason, remedy } = withoutSecrets(problem);
      return { kind, subject, of: name, since: formatRelease(release), path: formatPath(path), reason, remedy, position };
    }),
  );
  return { to: formatRelease(to), starts: !all.some(isRefused), checked, findings, problems: reportedProblems(terminal) };
}

/** No file says where it is: the nodes do. */
function ofNodes({ name, nodes }: Checked, problem: Problem): Problem {
  return nodes ? { ...problem, reason: `${name}: ${problem.reason}` } : problem;
}

function headOf(kind: UpgradeKind, to: string): string {
  switch (kind) {
    case 'Refuses':
      return `kubelet ${to} does not start with:`;
    case 'Meaning':
      return `kubelet ${to} takes for something else:`;
    case 'Deprecated':
      return `kubelet ${to} takes, and a later one will not:`;
    case 'CannotTell':
      return 'cannot tell:';
    default:
      return kind satisfies never;
  }
}

function linesOf(all: readonly Checked[], to: Release): string[] {
  const version = formatRelease(to);
  const found = all.flatMap(({ name, findings }) => findings.map((finding) => ({ name, finding })));
  const groups = upgradeKinds.flatMap((kind) => {
    const ofKind = found.filter(({ finding }) => finding.kind === kind);
    return ofKind.length === 0 ? [] : [headOf(kind, version), ...ofKind.map(({ name, finding }) => `  ${lineOf(name, finding)}`)];
  });
  return [...groups, summaryOf(all, version)];
}

function lineOf(name: string, { subject, problem }: ShownFinding): string {
  const { position, reason, remedy } = withoutSecrets(problem);
  const place = position ? `${position.file}:${position.line}` : name;
  return `${place}: ${subject === '' ? '' : `${subject}: `}${reason} → ${remedy}`;
}

function summaryOf(all: readonly Checked[], version: string): string {
  const unknown = kubeletsIn(all.filter(({ isUnknown }) => isUnknown));
  const known = all.filter(({ isUnknown }) => !isUnknown);
  return `${summaryOfKnown(known, version)}${unknown > 0 ? `; ${plural(unknown, 'node')} could not be checked` : ''}`;
}

function summaryOfKnown(all: readonly Checked[], version: string): string {
  const count = kubeletsIn(all);
  if (count === 0) return '0 kubelets checked';
  const refused = kubeletsIn(all.filter(isRefused));
  const releases = [...new Set(all.map(({ from }) => formatRelease(from)))].join(', ');
  const whole = `${plural(count, 'kubelet')} checked from ${releases} to ${version}`;
  if (refused > 0) return `${whole}: ${refused === count && refused === 1 ? 'it' : refused} would not start`;
  const findings = all.reduce((sum, one) => sum + one.findings.length, 0);
  return `${whole}: ${findings === 0 ? 'nothing changes for its settings' : `${plural(findings, 'finding')}, and it starts`}`;
}

function kubeletsIn(all: readonly Checked[]): number {
  return all.reduce((sum, { nodes }) => sum + (nodes?.length ?? 1), 0);
}
