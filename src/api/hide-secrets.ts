/** Text fit to be shown: what looks like a secret is covered. Showing too little costs a second look, showing too much cannot be undone. */

import type { Problem } from './problem.ts';

const hidden = '<hidden>';

const privateKey = /(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g;
const words =
  'password|passwd|pass(?:phrase|wd)?|token|secret|credentials?|api[-_]?key|private[-_]?key|client[-_]?key|key-data|authorization|staticPodURLHeader';
/** The telling word of a name, what follows it in the name, the separator, and the rest of the line. Begins with the word, for speed. */
const named = new RegExp(`((?:${words})([\\w.-]*)["']?[ \\t]*[:=][ \\t]*)(.+)`, 'gi');
/** A YAML block: the lines below that are indented deeper. */
const block = new RegExp(
  `^(([ \\t]*)[^\\n]*(?:${words})[\\w.-]*["']?[ \\t]*:[ \\t]*[|>][-+0-9]*\\n)(?:\\2[ \\t]+[^\\n]*\\n?|[ \\t]*\\n)+`,
  'gim',
);
const bareSecret =
  /\beyJ[\w-]{5,}\.eyJ[\w-]{5,}\.[\w-]+|(?<![\w./-])[a-z0-9]{6}\.(?=[a-z]*[0-9])[a-z0-9]{16}(?![\w./-])|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g;
const authorization = /\b(bearer|basic) [A-Za-z0-9+/_.=-]{12,}/gi;
const urlPassword = /(:\/\/[^\s/:@]+:)[^\s/:@]+@/g;

export function hideSecrets(text: string): string {
  return text
    .replace(privateKey, `$1${hidden}$2`)
    .replace(block, (_lines, head: string, indent: string) => `${head}${indent}  ${hidden}\n`)
    .replace(named, coverNamed)
    .replace(bareSecret, hidden)
    .replace(authorization, `$1 ${hidden}`)
    .replace(urlPassword, `$1${hidden}@`);
}

/** The value of a field, of which the name may say that it is a secret. */
export function hideSecretOf(field: string, value: string): string {
  const label = `${field}: `;
  return hideSecrets(`${label}${value}`).slice(label.length);
}

/** Without the secret that the offending line may hold. */
export function withoutSecrets(problem: Problem): Problem {
  if (!problem.position) return { ...problem, reason: hideInReason(problem.reason) };
  const { excerpt, column } = problem.position;
  const shown = problem.code === 'PossibleSecret' ? `${excerpt.slice(0, column - 1)}${hidden}` : hideSecrets(excerpt);
  return { ...problem, reason: hideInReason(problem.reason), position: { ...problem.position, excerpt: shown } };
}

/** In a sentence a colon behind `--token` begins no value. */
export function hideInReason(reason: string): string {
  return reason.includes('=') ? hideSecrets(reason) : reason;
}

/** A quoted value ends at a quote with nothing joined to it; where any other ends depends on who reads it, so the rest of the line goes with it. */
function coverNamed(_line: string, name: string, tail: string, rest: string): string {
  const quoted = /^(["'])(?:\\.|(?!\1|\\).)*\1(?=[\s,;)}\]]|$)/.exec(rest)?.[0];
  const value = quoted ?? rest.replace(/\s*[\\,]?\s*$/, '');
  const after = rest.slice(value.length);
  return `${name}${isHarmless(quoted?.slice(1, -1) ?? value, tail) ? value : hidden}${quoted === undefined ? after : hideSecrets(after)}`;
}

/** A switch, or what a name such as `token-file` or `token-cache-ttl` is about. */
function isHarmless(value: string, tail: string): boolean {
  if (/^(true|false|null|[|>][-+0-9]*|<hidden>|)$/.test(value)) return true;
  return /[a-z]/i.test(tail) && /^(\/[\w./-]*|(\d+(ms|[smh])?)+)$/.test(value);
}
