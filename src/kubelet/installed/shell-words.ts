/** The words that a shell makes of the script of `sh -c`. Pure. */

import type { ExpandedWord, Variables } from '../../systemd/service.ts';

const reference = /\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?/g;

/**
 * Splits the script at its blanks and puts the variables in, whose values a shell splits at blanks too:
 * quotes in a value mean nothing to it. A word of the script with quotes or other special characters
 * stays as it is. A word is unknown if it has a variable whose value only the machine knows, or in which
 * the shell would look for files.
 */
export function scriptWords(script: { readonly text: string; readonly by: string }, variables: Variables): ExpandedWord[] {
  const written = script.text.split(/\s+/).filter((word) => word !== '');
  return written.flatMap((text): ExpandedWord[] => {
    if (!text.includes('$') || !hasPlain(text.replace(reference, ''))) return [{ text, by: script.by }];
    const found = [...text.matchAll(reference)].flatMap(([, name = '']) => variables.get(name) ?? []);
    const by = found.at(-1)?.by ?? script.by;
    if (found.some(({ value }) => value === undefined || /[*?[]/.test(value))) return [{ text: undefined, by }];
    const whole = text.replace(reference, (_, name: string) => variables.get(name)?.value ?? '');
    return whole.split(/\s+/).flatMap((word) => (word === '' ? [] : [{ text: word, by }]));
  });
}

/** Whether a shell leaves a word as it is. */
export function isPlainWord(word: string): boolean {
  return word !== '' && hasPlain(word);
}

function hasPlain(text: string): boolean {
  return /^[A-Za-z0-9_./:=,@%+-]*$/.test(text);
}
