/** Findings about `--dns…` and `--hosts-entry` (rkt/run.go `parseDNSFlags`). */

import { isIpAddress, splitOnce } from '../go/text.ts';
import { error, type RktFinding } from './finding.ts';
import type { RunWords } from './run-words.ts';
import { all, last } from './select.ts';

/** Findings about the name servers and host names of the pod. */
export function nameResolutionFindings(run: RunWords): RktFinding[] {
  return [...dnsFindings(run), ...hostsFindings(run)];
}

function dnsFindings(run: RunWords): RktFinding[] {
  const servers = all(run, 'dns');
  const mode = servers.find(({ value }) => value === 'host' || value === 'none');
  const findings = servers
    .filter((server) => server !== mode && server.value !== 'host' && server.value !== 'none')
    .flatMap(({ value, valueWord }) => {
      const bad = value.split(',').find((address) => !isIpAddress(address));
      return bad === undefined
        ? []
        : [
            error(
              valueWord,
              `Invalid IP passed to --dns: ${bad}`,
              'write IP addresses with commas between, or host or none alone',
            ),
          ];
    });
  if (!mode) return findings;
  if (servers.length > 1) {
    return [
      ...findings,
      error(mode.valueWord, `no other --dns options allowed when --dns=${mode.value} is passed`, 'keep one --dns'),
    ];
  }
  const domain = last(run, 'dns-domain');
  const details = [...all(run, 'dns-search', 'dns-opt'), ...(domain && domain.value !== '' ? [domain] : [])];
  return details
    .slice(0, 1)
    .map(({ word }) =>
      error(
        word,
        `Cannot call --dns-opt, --dns-search, or --dns-domain with --dns=${mode.value}`,
        `remove it or --dns=${mode.value}`,
      ),
    );
}

function hostsFindings(run: RunWords): RktFinding[] {
  const hosts = all(run, 'hosts-entry');
  const entries = hosts.filter(({ value }) => value !== 'host');
  const findings = entries.flatMap(({ value, valueWord }) => {
    const reason = value
      .split(',')
      .map(hostsEntryReason)
      .find((found) => found !== undefined);
    return reason === undefined ? [] : [error(valueWord, reason, 'write IP=NAME, or host alone')];
  });
  const [entry] = entries;
  if (findings.length > 0 || !entry || entries.length === hosts.length) return findings;
  return [
    error(
      entry.valueWord,
      'cannot pass --hosts-entry=host with multiple hosts-entries',
      'put the name into /etc/hosts of the machine: the kubelet-wrapper always adds --hosts-entry host',
    ),
  ];
}

function hostsEntryReason(entry: string): string | undefined {
  const pair = splitOnce(entry, '=');
  if (!pair) return `Did not understand --hosts-entry ${entry}`;
  return isIpAddress(pair[0]) ? undefined : `Invalid IP passed to --hosts-entry: ${pair[0]}`;
}
