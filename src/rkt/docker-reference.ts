/**
 * References to docker images (docker/distribution reference/normalize.go and regexp.go, in rkt 1.30's copy).
 */
import type { Refusal } from '../go/parsed.ts';

const DOMAIN_PART = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const DOMAIN = `${DOMAIN_PART}(?:\\.${DOMAIN_PART})*(?::[0-9]+)?`;
const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const NAME = `(?:${DOMAIN}/)?${COMPONENT}(?:/${COMPONENT})*`;
const TAG = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const REFERENCE = new RegExp(`^(${NAME})(?::${TAG})?(?:@(${DIGEST}))?$`);

const DIGEST_LENGTHS: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

const REMEDY = 'write docker://[HOST[:PORT]/]NAME[:TAG|@DIGEST], the name in lower case';

/** Why docker's library refuses a reference without `docker://`; undefined if it accepts it. */
export function dockerRefusal(text: string): Refusal | undefined {
  if (/^[a-f0-9]{64}$/.test(text)) {
    return { reason: `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`, remedy: REMEDY };
  }
  const [domain, remainder] = splitDomain(text);
  const name = remainder.split(':', 1)[0] ?? '';
  if (name.toLowerCase() !== name)
    return { reason: 'invalid reference format: repository name must be lowercase', remedy: REMEDY };
  const parts = REFERENCE.exec(`${domain}/${remainder}`);
  if (!parts) {
    const onlyCase = REFERENCE.test(`${domain}/${remainder}`.toLowerCase());
    return { reason: onlyCase ? 'repository name must be lowercase' : 'invalid reference format', remedy: REMEDY };
  }
  if ((parts[1] ?? '').length > 255) return { reason: 'repository name must not be more than 255 characters', remedy: REMEDY };
  return digestRefusal(parts[2]);
}

/** The part before the first slash is a host only if it looks like one. */
function splitDomain(text: string): readonly [string, string] {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(0, slash));
  const isDomain = slash >= 0 && (/[.:]/.test(first) || first === 'localhost');
  const [domain, remainder] = isDomain ? [first, text.slice(slash + 1)] : ['docker.io', text];
  const official = domain === 'docker.io' || domain === 'index.docker.io';
  return official ? ['docker.io', remainder.includes('/') ? remainder : `library/${remainder}`] : [domain, remainder];
}

function digestRefusal(digest: string | undefined): Refusal | undefined {
  if (digest === undefined) return undefined;
  const [algorithm = '', hex = ''] = digest.split(':');
  const length = Object.hasOwn(DIGEST_LENGTHS, algorithm) ? DIGEST_LENGTHS[algorithm] : undefined;
  if (length === undefined) return { reason: 'unsupported digest algorithm', remedy: 'use a sha256 digest' };
  if (hex.length !== length) return { reason: 'invalid checksum digest length', remedy: 'copy the whole digest' };
  return undefined;
}
