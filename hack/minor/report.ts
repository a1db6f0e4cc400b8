/** The findings as text for a person, grouped by table. */

import { formatRelease, type Release } from '../../src/kubelet/release.ts';
import type { Finding } from './finding.ts';

/** @param notes whole sentences: what a person must look at besides */
export function reportText(release: Release, findings: readonly Finding[], notes: readonly string[]): string {
  const tables = [...new Set(findings.map(({ table }) => table))];
  const count = findings.length === 1 ? '1 line' : `${findings.length} lines`;
  const parts = [
    `Kubernetes ${formatRelease(release)}: ${findings.length === 0 ? 'nothing to write' : `${count} to write`}`,
    ...tables.map((table) => tableText(table, findings)),
    ...(notes.length === 0 ? [] : [notes.map((note) => `Note: ${note}`).join('\n')]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function tableText(table: Finding['table'], findings: readonly Finding[]): string {
  const lines = findings
    .filter((finding) => finding.table === table)
    .map(({ kind, name, what, line }) => `  ${kind.padEnd(8)}${name}: ${what}${line === undefined ? '' : `\n          ${line}`}`);
  return [`src/kubelet/data/${table}`, ...lines].join('\n');
}
