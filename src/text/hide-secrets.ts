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
/** Settings of systemd that say where a credential is: a name and a path, no secret (systemd.exec(5)). */
const places = /^(?:Load|Import)Credential(?:Encrypted)?(?![\w.-])/;
/** The name of the credential, behind such a setting. */
const credentialName = /[["' \t]*[\w.-]*/y;
/** A name and its separator. */
const field = /(?<![\w.-])[\w.-]+["']?[ \t]*[:=][ \t]*/g;
/** A quoted value ends at its closing quote, unless text follows that quote directly. */
const quotedValue = /(["'])(?:\\.|(?!\1|\\).)*\1(?=[\s,;)}\]]|$)/y;
/** A word, which a blank, a comma or a bracket ends. */
const word = /[^\s,;)}\]]+/y;
/** The name of a field whose value may have several words. A path that ends in such a name is none. */
const passwordName = /pass(?:word|wd|phrase)?["']?[ \t]*:[ \t]*$/i;
/** What stands behind the key of a YAML block. */
const blockStart = /^[|>][-+0-9]*$/;
const bareSecret =
  /(?<![\w-])eyJ[\w-]{5,}\.eyJ[\w-]{5,}\.[\w-]+|(?<![\w./-])[a-z0-9]{6}\.(?=[a-z]*[0-9])[a-z0-9]{16}(?![\w./-])|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g;
const authorization = /\b(bearer|basic) [A-Za-z0-9+/_.=-]{12,}/gi;
const urlPassword = /(:\/\/[^\s/:@]+:)[^\s/:@]+@/g;

/** The text with `<hidden>` in place of each value that looks like a secret. */
export function hideSecrets(text: string): string {
  return hide(coverBlocks(text), (line) => (begin) => restOfLine(line, begin));
}

function hide(text: string, valuesOf: (line: string) => ValueAt): string {
  return text
    .replace(privateKey, `$1${hidden}$2`)
    .replace(/.+/g, (line) => coverNamed(line, valuesOf(line)))
    .replace(bareSecret, hidden)
    .replace(authorization, `$1 ${hidden}`)
    .replace(urlPassword, `$1${hidden}@`);
}

/** True for the name of a field that says where a secret is, and holds none. */
export function namesPlace(field: string): boolean {
  return places.test(field);
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
  return hide(reason, (line) => {
    const wordAt = wordsOf(line);
    return (begin, field) => {
      if (field.text.trimEnd().endsWith('=')) return restOfLine(line, begin);
      const { text, isLast } = wordAt(begin);
      return stickyMatch(quotedValue, line, begin) ?? (isLast && text !== '' ? text : undefined);
    };
  });
}

/**
 * What another program wrote, without secrets. Like `hideInReason`, and in doubt it covers more: a password
 * is the rest of its line, and of several words behind another telling name the first one is covered if it
 * has letters and digits.
 */
export function hideInOutput(output: string): string {
  return hide(output, (line) => {
    const wordAt = wordsOf(line);
    return (begin, field) => {
      const isPassword = passwordName.test(field.text) && line[field.index - 1] !== '/';
      if (isPassword || field.text.trimEnd().endsWith('=')) return restOfLine(line, begin);
      const { text, isLast } = wordAt(begin);
      return stickyMatch(quotedValue, line, begin) ?? (text !== '' && (isLast || isRandom(text)) ? text : undefined);
    };
  });
}

/** A field and its separator in a line: `token: `. */
interface Field {
  readonly index: number;
  readonly text: string;
}

/** @returns the value that begins there; undefined if none does */
type ValueAt = (begin: number, field: Field) => string | undefined;

/** Words of a line, asked for from left to right. Each character is read once, however many fields it has. */
function wordsOf(line: string): (begin: number) => { readonly text: string; readonly isLast: boolean } {
  const lineEnd = line.trimEnd().length;
  let end = 0;
  return (begin) => {
    if (begin >= end) end = begin + (stickyMatch(word, line, begin)?.length ?? 0);
    return { text: line.slice(begin, end), isLast: end >= lineEnd || /[,;)}\]]/.test(line.charAt(end)) };
  };
}

/** Whether a word is more likely a token than a word of a sentence, a path or an address. */
function isRandom(text: string): boolean {
  // A longer word is no word of a sentence; to look at all of it for each of its fields would take long.
  if (text.length > 4_096) return true;
  return text.length >= 8 && /\d/.test(text) && /[a-z]/i.test(text) && !text.startsWith('/') && !text.includes('://');
}

/** Where a value without quotes ends depends on the program that reads it, so it is the rest of the line. */
function restOfLine(line: string, begin: number): string {
  return stickyMatch(quotedValue, line, begin) ?? withoutLineEnd(line.slice(begin));
}

function stickyMatch(sticky: RegExp, line: string, begin: number): string | undefined {
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
    const found = telling.exec(whole);
    if (index < done || !found) continue;
    const begin = index + whole.length;
    if (places.test(whole)) {
      const end = begin + (stickyMatch(credentialName, line, begin)?.length ?? 0);
      shown += line.slice(done, end);
      done = end;
      continue;
    }
    const value = valueAt(begin, { index, text: whole });
    if (value === undefined) continue;
    const tail = /^[\w.-]*/.exec(whole.slice(found.index + found[0].length))?.[0] ?? '';
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
