/**
 * Covers what looks like a secret. To cover too much costs a second look; to show a secret cannot be undone.
 */

import type { Problem } from './problem.ts';

const hidden = '<hidden>';

const privateKey = /(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g;
const words =
  'password|passwd|pass(?:phrase|wd)?|token|secret|credentials?|api[-_]?key|private[-_]?key|client[-_]?key|key-data|authorization|staticPodURLHeader';
/**
 * The word that marks a secret, the rest of the name, the separator, and the rest of the line. It begins with
 * the word, for speed.
 */
const named = new RegExp(`((?:${words})([\\w.-]*)["']?[ \\t]*[:=][ \\t]*)(.+)`, 'gi');
/** A YAML block: the lines below the key that are indented deeper. */
const block = new RegExp(
  `^(([ \\t]*)[^\\n]*(?:${words})[\\w.-]*["']?[ \\t]*:[ \\t]*[|>][-+0-9]*\\n)(?:\\2[ \\t]+[^\\n]*\\n?|[ \\t]*\\n)+`,
  'gim',
);
const bareSecret =
  /\beyJ[\w-]{5,}\.eyJ[\w-]{5,}\.[\w-]+|(?<![\w./-])[a-z0-9]{6}\.(?=[a-z]*[0-9])[a-z0-9]{16}(?![\w./-])|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g;
const authorization = /\b(bearer|basic) [A-Za-z0-9+/_.=-]{12,}/gi;
const urlPassword = /(:\/\/[^\s/:@]+:)[^\s/:@]+@/g;

/** The text with `<hidden>` in place of each value that looks like a secret. */
export function hideSecrets(text: string): string {
  return text
    .replace(privateKey, `$1${hidden}$2`)
    .replace(block, (_lines, head: string, indent: string) => `${head}${indent}  ${hidden}\n`)
    .replace(named, coverNamed)
    .replace(bareSecret, hidden)
    .replace(authorization, `$1 ${hidden}`)
    .replace(urlPassword, `$1${hidden}@`);
}

/** The value of a field. It is covered if it looks like a secret, or if the field's name says so. */
export function hideSecretOf(field: string, value: string): string {
  const label = `${field}: `;
  return hideSecrets(`${label}${value}`).slice(label.length);
}

/** The problem without the secret that its reason or its offending line may hold. */
export function withoutSecrets(problem: Problem): Problem {
  if (!problem.position) return { ...problem, reason: hideInReason(problem.reason) };
  const { excerpt, column } = problem.position;
  const shown = problem.code === 'PossibleSecret' ? `${excerpt.slice(0, column - 1)}${hidden}` : hideSecrets(excerpt);
  return { ...problem, reason: hideInReason(problem.reason), position: { ...problem.position, excerpt: shown } };
}

/** A sentence without secrets. Only `name=value` counts as one: a colon in a sentence begins no value. */
export function hideInReason(reason: string): string {
  return reason.includes('=') ? hideSecrets(reason) : reason;
}

/**
 * A quoted value ends at its closing quote, unless text follows that quote directly. Where another value ends
 * depends on the program that reads it, so the rest of the line is covered too.
 */
function coverNamed(_line: string, name: string, tail: string, rest: string): string {
  const quoted = /^(["'])(?:\\.|(?!\1|\\).)*\1(?=[\s,;)}\]]|$)/.exec(rest)?.[0];
  const value = quoted ?? rest.replace(/\s*[\\,]?\s*$/, '');
  const after = rest.slice(value.length);
  return `${name}${isHarmless(quoted?.slice(1, -1) ?? value, tail) ? value : hidden}${quoted === undefined ? after : hideSecrets(after)}`;
}

/** A literal such as `true`, or the path or duration of a field such as `token-file` or `token-cache-ttl`. */
function isHarmless(value: string, tail: string): boolean {
  if (/^(true|false|null|[|>][-+0-9]*|<hidden>|)$/.test(value)) return true;
  return /[a-z]/i.test(tail) && /^(\/[\w./-]*|(\d+(ms|[smh])?)+)$/.test(value);
}
