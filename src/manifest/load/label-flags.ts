/** Labels from the command line, checked as the API server checks them. */

import { isLabelValue, isQualifiedName } from '../../api/names.ts';
import type { Problem } from '../../api/problem.ts';
import type { Labels } from '../../api/types.ts';
import { error } from '../../api/validate/parts.ts';

export interface LabelFlags {
  readonly labels: Labels;
  readonly problems: readonly Problem[];
}

/** Reads the arguments of `--label`: `key=value`, or several of them separated by commas. */
export function parseLabelFlags(flags: readonly string[]): LabelFlags {
  const labels = new Map<string, string>();
  const problems: Problem[] = [];
  // No key or value contains a comma, so several labels can share a flag, as in the kubelet's --node-labels.
  for (const flag of flags.flatMap((text) => text.split(','))) {
    const [key = '', ...rest] = flag.split('=');
    const value = rest.join('=');
    const earlier = labels.get(key);
    if (rest.length === 0) problems.push(invalid(`--label ${flag} has no value`, 'write --label key=value'));
    else if (earlier !== undefined && earlier !== value) {
      problems.push(invalid(`--label gives ${key} two values, ${earlier} and ${value}`, 'remove one of them'));
    } else problems.push(...labelProblems(key, value));
    labels.set(key, value);
  }
  return { labels: Object.fromEntries(labels), problems };
}

/** The problems of one label, without a path. */
export function labelProblems(key: string, value: string): Problem[] {
  const problems: Problem[] = [];
  if (!isQualifiedName(key)) {
    const remedy =
      'write at most 63 letters, digits, -, _ and ., e.g. role, or a DNS name and / before them, e.g. example.com/role';
    problems.push(invalid(`${JSON.stringify(key)} cannot be the key of a label`, remedy));
  }
  if (!isLabelValue(value)) {
    const remedy = 'write at most 63 letters, digits, -, _ and ., with a letter or digit at both ends';
    problems.push(invalid(`${JSON.stringify(value)} cannot be the value of the label ${key}`, remedy));
  }
  return problems;
}

function invalid(reason: string, remedy: string): Problem {
  return error('InvalidValue', [], reason, remedy);
}
