/** The two kinds of names in the appc specification (appc/spec schema/types acname.go, acidentifier.go). */
import type { Refusal } from '../go/parsed.ts';

interface NameRule {
  readonly kind: 'ACName' | 'ACIdentifier';
  readonly alphabet: RegExp;
  readonly edges: RegExp;
  readonly extra: string;
}

const AC_NAME: NameRule = { kind: 'ACName', alphabet: /^[a-z0-9-]*$/, edges: /^-|-$/, extra: '-' };
const AC_IDENTIFIER: NameRule = {
  kind: 'ACIdentifier',
  alphabet: /^[a-z0-9\-._~/]*$/,
  edges: /^[-._~/]|[-._~/]$/,
  extra: '-._~/',
};

/** Names of volumes, ports and apps. `a--b` is accepted: the code refuses less than the specification. */
export function acNameRefusal(name: string): Refusal | undefined {
  return nameRefusal(AC_NAME, name);
}

/** Names of images, labels and annotations. */
export function acIdentifierRefusal(name: string): Refusal | undefined {
  return nameRefusal(AC_IDENTIFIER, name);
}

function nameRefusal({ kind, alphabet, edges, extra }: NameRule, name: string): Refusal | undefined {
  if (name === '') return { reason: `${kind} cannot be empty`, remedy: 'give a name' };
  if (!alphabet.test(name)) {
    return {
      reason: `${kind} must contain only lower case alphanumeric characters plus "${extra}"`,
      remedy: `use only a-z, 0-9 and ${[...extra].join(' ')}`,
    };
  }
  if (edges.test(name)) {
    return {
      reason: `${kind} must start and end with only lower case alphanumeric characters`,
      remedy: 'begin and end the name with a-z or 0-9',
    };
  }
  return undefined;
}
