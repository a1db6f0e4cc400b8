/** Warnings about words that rkt accepts and that do something else than they seem to say. */

import { quoted } from '../go/text.ts';
import { type RktFinding, warning } from './finding.ts';
import { lastWinsFindings } from './repeats.ts';
import type { RunWords } from './run-words.ts';
import { all, last } from './select.ts';
import { insecureWords } from './values.ts';
import { type MountValue, parseMount } from './volume-grammar.ts';
import { encodeTarget } from './volumes.ts';

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'all-fetch': ['image', 'tls', 'http', 'pubkey'],
  'all-run': ['capabilities', 'paths', 'seccomp'],
  all: ['image', 'tls', 'http', 'pubkey', 'capabilities', 'paths', 'seccomp'],
  none: [],
  ondisk: [],
};

/** All such warnings about a run. */
export function trapFindings(run: RunWords): RktFinding[] {
  return [
    ...run.dropped,
    ...lastWinsFindings(run),
    ...insecureFindings(run),
    ...decodingFindings(run),
    ...deprecatedFindings(run),
    ...policyFindings(run),
  ];
}

/**
 * For a docker image, the wrapper adds its own `--insecure-options=image` behind the user's: `all` then means
 * only `image`.
 */
function insecureFindings(run: RunWords): RktFinding[] {
  const final = last(run, 'insecure-options');
  if (!final) return [];
  const kept = disabledChecks(final.value);
  return all(run, 'insecure-options').flatMap((occurrence) => {
    const lost = disabledChecks(occurrence.value).filter((check) => !kept.includes(check));
    if (lost.length === 0) return [];
    const reason = `the last --insecure-options wins: ${quoted(final.value)} follows, so ${lost.join(', ')} is lost`;
    return [warning(occurrence.word, reason, 'name all words in the last one, for example in the image arguments')];
  });
}

function disabledChecks(value: string): readonly string[] {
  return insecureWords(value).flatMap((word) => GROUPS[word] ?? [word]);
}

function decodingFindings(run: RunWords): RktFinding[] {
  return all(run, 'mount').flatMap(({ value, valueWord }) => {
    const mount = parseMount(value);
    if (!mount.ok || !/[%+]/.test(value) || isEncoded(value, mount.value)) return [];
    const reason = `rkt decodes % and + in --mount: the target is ${quoted(mount.value.target)}`;
    return [warning(valueWord, reason, 'write a literal % as %25 and a literal + as %2B')];
  });
}

/**
 * A target that is encoded exactly as it must be is no mistake: we write the volumes of an object in this
 * way.
 */
function isEncoded(value: string, { target }: MountValue): boolean {
  return value.split(',').includes(`target=${encodeTarget(target)}`);
}

function deprecatedFindings(run: RunWords): RktFinding[] {
  return run.occurrences.flatMap(({ option, word }) =>
    option.replacedBy ? [warning(word, `Flag --${option.name} has been deprecated`, `use ${option.replacedBy}`)] : [],
  );
}

function policyFindings(run: RunWords): RktFinding[] {
  const policy = last(run, 'pull-policy');
  if (!policy || ['never', 'new', 'update'].includes(policy.value)) return [];
  return [
    warning(policy.valueWord, `rkt takes the unknown policy ${quoted(policy.value)} for new`, 'write never, new or update'),
  ];
}
