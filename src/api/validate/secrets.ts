/**
 * Warns of text that looks like a secret: every agent can read a KubeletConfig. It is a guess, so it is no
 * error.
 */

import { namesPlace } from '../../text/hide-secrets.ts';
import type { FieldPath, Problem } from '../problem.ts';
import { at, leaves, warning } from './parts.ts';

/** A warning for each field of spec that looks like a secret. */
export function secretProblems(value: unknown): Problem[] {
  const problems: Problem[] = [];
  for (const { path, value: text, isKey } of leaves(at(value, 'spec'), ['spec'])) {
    const what = typeof text === 'string' && !isKey ? secretIn(text, path) : undefined;
    if (what) problems.push(warning('PossibleSecret', path, `this looks like ${what}, and every agent can read it`, remedy));
  }
  return problems;
}

const remedy = 'keep it in a file on the node, brought there another way, and name that file here';

/**
 * Patterns that match little but secrets. Their repetitions are bounded, or begin nowhere else in the same
 * word, so that no content makes them slow.
 */
const shapes: readonly (readonly [string, RegExp])[] = [
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['a JSON web token', /(?<![\w-])eyJ[\w-]{5,}\.eyJ[\w-]{5,}\.[\w-]/],
  // Six and sixteen characters with a dot; a digit among the sixteen tells them from two words.
  ['a bootstrap token', /(?<![\w./-])[a-z0-9]{6}\.(?=[a-z]*[0-9])[a-z0-9]{16}(?![\w./-])/],
  ['an AWS access key', /\b(AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['an authorization header', /\b(bearer|basic) [A-Za-z0-9+/_.=-]{12,}/i],
  ['a password in a URL', /:\/\/[^\s/:@]+:[^\s/:@]+@/],
  [
    'a password or token',
    /(?<=(?:^|[\s"'{,;=-])\w{0,64}(?:password|passwd|token|secret|client-key-data|api[-_]?key))["']?\s*[:=]\s*["']?(?![/$"'\s{[<]|true\b|false\b|null\b)\S{6,}/im,
  ],
];

const secretNames = /(^|[-_.])(password|passwd|token|secret|credentials?|api[-_]?key|private[-_]?key)$/i;

/** What the text of a field looks like, if that is a secret: `a private key`. */
export function secretIn(text: string, path: FieldPath): string | undefined {
  const shape = shapes.find(([, pattern]) => pattern.test(text));
  if (shape) return shape[0];
  const name = path.findLast((key) => typeof key === 'string');
  const isReference = text === '' || /^(\/|\.\/|[a-z]+:\/\/|true$|false$|[0-9]+(ms|s|m|h)?$)/i.test(text);
  if (typeof name !== 'string' || namesPlace(name) || isReference) return undefined;
  return secretNames.test(toDashes(name)) ? 'a password or token' : undefined;
}

function toDashes(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1-$2');
}
