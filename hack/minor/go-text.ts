/** As much of Go's grammar as it takes to read tables and structs out of its sources. */

const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//.source;
const literal = /"(?:\\.|[^"\\\n])*"|`[^`]*`|'(?:\\.|[^'\\\n])+'/.source;

/** A text that is not written as expected. The caller adds the name of the file. */
export class UnexpectedGo extends Error {}

/** The source with a blank in place of each comment; `//` inside a string is none. */
export function withoutComments(source: string): string {
  return source.replaceAll(new RegExp(`${literal}|${comment}`, 'g'), (found) => (/^\/[/*]/.test(found) ? ' ' : found));
}

/**
 * What stands between a bracket and the one that closes it. `open` is the index of the bracket in a source
 * without comments.
 * @throws UnexpectedGo if the source ends before
 */
export function insideBrackets(source: string, open: number): string {
  const tokens = new RegExp(`${literal}|[({[]|[)}\\]]`, 'g');
  tokens.lastIndex = open;
  let depth = 0;
  for (let token = tokens.exec(source); token; token = tokens.exec(source)) {
    if ('({['.includes(token[0])) depth += 1;
    else if (')}]'.includes(token[0])) depth -= 1;
    if (depth === 0) return source.slice(open + 1, token.index);
  }
  throw new UnexpectedGo(`the bracket after \`${source.slice(Math.max(0, open - 40), open).trim()}\` is not closed`);
}

/**
 * The parts between commas that stand in no brackets and no string, without blanks around them; empty
 * ones are left out.
 */
export function commaParts(source: string): string[] {
  const tokens = new RegExp(`${literal}|[({[]|[)}\\]]|,`, 'g');
  const parts: string[] = [];
  let depth = 0;
  let begin = 0;
  for (let token = tokens.exec(source); token; token = tokens.exec(source)) {
    if ('({['.includes(token[0])) depth += 1;
    else if (')}]'.includes(token[0])) depth -= 1;
    else if (token[0] === ',' && depth === 0) {
      parts.push(source.slice(begin, token.index));
      begin = token.index + 1;
    }
  }
  return [...parts, source.slice(begin)].map((part) => part.trim()).filter((part) => part !== '');
}

/**
 * The value of a string of Go as the sources of Kubernetes write names: no escapes. Undefined for
 * anything else.
 */
export function plainString(text: string): string | undefined {
  return /^"([^"\\]*)"$/.exec(text)?.[1];
}
