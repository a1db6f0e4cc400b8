/** Prints what an upgrade does: one line for each finding, grouped by kind; or as data. */

import { withoutSecrets } from '../../api/hide-secrets.ts';
import { formatPath } from '../../api/problem.ts';
import { formatRelease, type Release } from '../../kubelet/release.ts';
import { type UpgradeKind, upgradeKinds } from '../../kubelet/upgrade/finding.ts';
import type { ExitCode } from '../failure.ts';
import { printReport } from '../print/report.ts';
import { plural, printAs, printProblems, reportedProblems, type Terminal } from '../print/terminal.ts';
import { type Checked, isRefused, noteOf, type ShownFinding } from './checked.ts';

/** Prints all that was checked. */
export async function printChecked(all: readonly Checked[], to: Release, exitCode: ExitCode, terminal: Terminal): Promise<void> {
  if (terminal.report) {
    printProblems(
      all.flatMap(({ findings }) => findings.map(({ problem }) => problem)),
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
  for (const line of linesOf(all, to)) terminal.out(line);
}

function dataOf(all: readonly Checked[], to: Release, terminal: Terminal) {
  const checked = all.map((one) => ({
    name: one.name,
    from: formatRelease(one.from),
    ...(one.isAssumed && { assumed: true }),
    starts: !isRefused(one),
  }));
  const findings = all.flatMap(({ name, findings: found }) =>
    found.map(({ kind, subject, release, problem }) => {
      const { path, position, reason, remedy } = withoutSecrets(problem);
      return { kind, subject, of: name, since: formatRelease(release), path: formatPath(path), reason, remedy, position };
    }),
  );
  return { to: formatRelease(to), starts: !all.some(isRefused), checked, findings, problems: reportedProblems(terminal) };
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
  const refused = all.filter(isRefused).length;
  const releases = [...new Set(all.map(({ from }) => formatRelease(from)))].join(', ');
  const whole = `${plural(all.length, 'kubelet')} checked from ${releases} to ${version}`;
  if (refused > 0) return `${whole}: ${refused === all.length && refused === 1 ? 'it' : refused} would not start`;
  const count = all.reduce((sum, { findings }) => sum + findings.length, 0);
  return `${whole}: ${count === 0 ? 'nothing changes for its settings' : `${plural(count, 'finding')}, and it starts`}`;
}
