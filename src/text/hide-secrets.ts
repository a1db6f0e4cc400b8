/**
 * Covers what looks like a secret. To cover too much costs a second look; to show a secret cannot be undone.
 */

/** What stands in place of a secret. */
export const hidden = '<hidden>';

// These patterns read text of others, so each must take time proportional to its length. The lookbehinds
// prevent a second match attempt inside a word that the first attempt has read already.
const privateKey = /(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g;
/** A name that contains this word says that its value is a secret. */
const telling =
  /password|passwd|pass(?:phrase|wd)?|token|secret|credentials?|api[-_]?key|private[-_]?key|client[-_]?key|key-data|authorization|staticPodURLHeader/i;
/** A name and its separator. */
const field = /(?<![\w.-])[\w.-]+["']?[ \t]*[:=][ \t]*/g;
/** A quoted value ends at its closing quote, unless text follows that quote directly. */
const quotedValue = /(["'])(?:\\.|(?!\1|\\).)*\1(?=[\s,;)}\]]|$)/y;
/** A value of one word: it is all that follows, or a comma or bracket ends it. */
const wordValue = /[^\s,;)}\]]+(?=[,;)}\]]|\s*$)/y;
/** What stands behind the key of a YAML block. */
const blockStart = /^[|>][-+0-9]*$/;
const bareSecret =
  /(?<![\w-])eyJ[\w-]{5,}\.eyJ[\w-]{5,}\.[\w-]+|(?<![\w./-])[a-z0-9]{6}\.(?=[a-z]*[0-9])[a-z0-9]{16}(?![\w./-])|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g;
const authorization = /\b(bearer|basic) [A-Za-z0-9+/_.=-]{12,}/gi;
const urlPassword = /(:\/\/[^\s/:@]+:)[^\s/:@]+@/g;

/** The text with `<hidden>` in place of each value that looks like a secret. */
export function hideSecrets(text: string): string {
  return hide(coverBlocks(text), restOfLine);
}

function hide(text: string, valueAt: ValueAt): string {
  return text
    .replace(privateKey, `$1${hidden}$2`)
    .replace(/.+/g, (line) => coverNamed(line, valueAt))
    .replace(bareSecret, hidden)
    .replace(authorization, `$1 ${hidden}`)
    .replace(urlPassword, `$1${hidden}@`);
}

/** The value of a field. It is covered if it looks like a secret, or if the field's name says so. */
export function hideSecretOf(field: string, value: string): string {
  const label = `${field}: `;
  return hideSecrets(`${label}${value}`).slice(label.length);
}

/**
 * A sentence, or lines of a log, without secrets. A colon begins a value of one word, such as `password: x`,
 * and no longer one: `/etc/kubernetes/token: no such file or directory`.
 */
export function hideInReason(reason: string): string {
  return hide(reason, (line, begin, separator) =>
    separator === '=' ? restOfLine(line, begin) : (found(quotedValue, line, begin) ?? found(wordValue, line, begin)),
  );
}

/** @returns the value that begins there; undefined if none does */
type ValueAt = (line: string, begin: number, separator: string) => string | undefined;

/** Where a value without quotes ends depends on the program that reads it, so it is the rest of the line. */
function restOfLine(line: string, begin: number): string {
  return found(quotedValue, line, begin) ?? withoutLineEnd(line.slice(begin));
}

function found(sticky: RegExp, line: string, begin: number): string | undefined {
  sticky.lastIndex = begin;
  return sticky.exec(line)?.[0];
}

/** Covers the lines of a YAML block whose key tells that they are a secret: those indented deeper than it. */
function coverBlocks(text: string): string {
  const lines = text.split('\n');
  const shown: string[] = [];
  for (let next = 0; next < lines.length; ) {
    const line = lines[next] ?? '';
    shown.push(line);
    next += 1;
    if (!beginsSecretBlock(line)) continue;
    const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
    const end = endOfBlock(lines, next, indent);
    if (end > next) shown.push(`${indent}  ${hidden}`);
    next = end;
  }
  return shown.join('\n');
}

function beginsSecretBlock(line: string): boolean {
  for (const { 0: whole, index } of line.matchAll(field))
    if (telling.test(whole) && blockStart.test(line.slice(index + whole.length))) return true;
  return false;
}

/** The number of the first line that is not part of the block; blank lines at its end are not. */
function endOfBlock(lines: readonly string[], begin: number, indent: string): number {
  let end = begin;
  for (let next = begin; next < lines.length; next += 1) {
    const line = lines[next] ?? '';
    const isBlank = line.trim() === '';
    if (!isBlank && !(line.startsWith(indent) && /^[ \t]/.test(line.slice(indent.length)))) break;
    if (!isBlank) end = next + 1;
  }
  return end;
}

/** Covers the values of telling names in one line. */
function coverNamed(line: string, valueAt: ValueAt): string {
  let shown = '';
  let done = 0;
  for (const { 0: whole, index } of line.matchAll(field)) {
    const word = telling.exec(whole);
    if (index < done || !word) continue;
    const begin = index + whole.length;
    const value = valueAt(line, begin, whole.trimEnd().slice(-1));
    if (value === undefined) continue;
    const tail = /^[\w.-]*/.exec(whole.slice(word.index + word[0].length))?.[0] ?? '';
    const plain = /^(["']).*\1$/.test(value) ? value.slice(1, -1) : value;
    shown += line.slice(done, begin) + (isHarmless(plain, tail) ? value : hidden);
    done = begin + value.length;
  }
  return shown + line.slice(done);
}

/** Without blanks, and the comma or backslash, at the end of a line. */
function withoutLineEnd(value: string): string {
  const trimmed = value.trimEnd();
  return /[\\,]$/.test(trimmed) ? trimmed.slice(0, -1).trimEnd() : trimmed;
}

/**
 * A literal such as `true`, a bracket that opens, or the path or duration of a field such as `token-file` or
 * `token-cache-ttl`.
 */
function isHarmless(value: string, tail: string): boolean {
  if (/^(true|false|null|[|>][-+0-9]*|[[{(]|<hidden>|)$/.test(value)) return true;
  return /[a-z]/i.test(tail) && /^(\/[\w./-]*|(?:\d+(?:ms|[smh]))*\d*)$/.test(value);
}
