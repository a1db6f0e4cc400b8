/**
 * References to images as rkt reads them (rkt/image/common.go `DistFromImageString`, appc/spec
 * discovery/parse.go, store/imagestore `ResolveKey`).
 */
import { posix } from 'node:path';
import type { Refusal } from '../go/parsed.ts';
import { cleanPath, parseUniqueQuery, percentEncode, quoted, splitOnce } from '../go/text.ts';
import { parseUrl } from '../go/url.ts';
import { dockerRefusal } from './docker-reference.ts';
import { acIdentifierRefusal } from './names.ts';

/** The architectures that stage0/arch.go has for os=linux. */
const ARCHITECTURES = ['amd64', 'i386', 'aarch64', 'aarch64_be', 'armv6l', 'armv7l', 'armv7b', 'ppc64le'];

const REMEDY = 'write docker://NAME:TAG, a path or URL ending in .aci, sha512-ID, or a name such as example.com/app:version';

/** Why rkt refuses a reference; undefined if it accepts it, or if files, the store or the network decide. */
export function imageRefusal(reference: string): Refusal | undefined {
  const hash = /^sha512-([^-]+)$/s.exec(reference)?.[1];
  if (hash !== undefined) return hashRefusal(hash);
  const url = parseUrl(reference);
  if (!url.ok) return url.refusal;
  switch (url.value.scheme) {
    case '':
      return looksLikePath(reference) ? archiveRefusal(`file://${absolute(reference)}`) : appcRefusal(reference);
    case 'file':
    case 'http':
    case 'https':
      return archiveRefusal(reference);
    case 'docker':
      return dockerRefusal(dockerName(reference));
    case 'cimd':
      return distributionRefusal(reference, url.value.opaque);
    default:
      return appcRefusal(reference);
  }
}

/** Whether rkt fetches the image from a docker registry. */
export function isDockerReference(reference: string): boolean {
  return /^docker:/i.test(reference);
}

function hashRefusal(hash: string): Refusal | undefined {
  if (new TextEncoder().encode(hash).length < 2)
    return { reason: 'image ID too short', remedy: 'copy the ID as rkt image list shows it' };
  if (!/^[0-9a-fA-F]+$/.test(hash)) return { reason: 'no image IDs found', remedy: 'an ID has only 0-9 and a-f' };
  return undefined;
}

/**
 * rkt also takes a name for a path if a file of that name is in its working directory; that is not known
 * here.
 */
function looksLikePath(reference: string): boolean {
  if (reference.startsWith('/')) return true;
  return !reference.includes(':') && (reference.includes('./') || reference.endsWith('.aci'));
}

/** The working directory of a unit is `/`. */
function absolute(path: string): string {
  return cleanPath(posix.join('/', path));
}

function archiveRefusal(reference: string): Refusal | undefined {
  const url = parseUrl(reference);
  if (!url.ok) return url.refusal;
  const isArchive = /\.aci$/.test(url.value.path);
  return isArchive
    ? undefined
    : { reason: `invalid image string ${quoted(reference)}`, remedy: 'a path or URL must end in .aci' };
}

/** Removes the prefix if it is in lower case. A fragment or query is no part of the name. */
function dockerName(reference: string): string {
  return reference.replace(/^docker:(?:\/\/)?/, '').replace(/[#?].*/s, '');
}

function appcRefusal(reference: string): Refusal | undefined {
  const colon = reference.indexOf(':');
  const comma = reference.indexOf(',');
  if (comma > -1 && colon > comma) {
    return { reason: 'malformed app string - colon may appear only right after the app name', remedy: REMEDY };
  }
  if (reference.split(':').length > 2) return { reason: 'malformed app string - colon may appear at most once', remedy: REMEDY };
  const pieces = `name=${reference.replace(':', ',version=')}`.split(',');
  const bare = pieces.find((piece) => !piece.includes('='));
  if (bare !== undefined) {
    return {
      reason: `malformed string ${quoted(pieces.join(','))} - has a label without a value: ${bare}`,
      remedy: 'write NAME:VERSION,LABEL=VALUE',
    };
  }
  const labels = parseUniqueQuery(pieces.map(escapeValue).join('&'));
  if (!labels.ok) return labels.refusal;
  for (const key of labels.value.keys()) {
    const refusal = key === 'name' ? undefined : acIdentifierRefusal(key);
    if (refusal) return refusal;
  }
  return acIdentifierRefusal(labels.value.get('name') ?? '') ?? platformRefusal(labels.value);
}

function escapeValue(piece: string): string {
  const [key, value] = splitOnce(piece, '=') ?? [piece, ''];
  return `${key}=${percentEncode(value, /[A-Za-z0-9]/)}`;
}

function platformRefusal(labels: ReadonlyMap<string, string>): Refusal | undefined {
  const os = labels.get('os') ?? 'linux';
  if (os !== 'linux') return { reason: `bad os ${quoted(os)} (must be one of: [linux])`, remedy: 'remove os= or write os=linux' };
  const architecture = labels.get('arch');
  if (architecture === undefined || ARCHITECTURES.includes(architecture)) return undefined;
  const reason = `bad arch ${quoted(architecture)} for linux (must be one of: [${ARCHITECTURES.join(' ')}])`;
  return { reason, remedy: 'remove arch= or write one of these' };
}

/** A reference in rkt's internal form `cimd:TYPE:v=0:DATA` (pkg/distribution/cimd.go). */
function distributionRefusal(reference: string, opaque: string): Refusal | undefined {
  const [type = '', version = '', ...data] = opaque.split(':');
  const malformed = data.length === 0 || !/^(?:v=)?[0-9]{1,9}$/.test(version);
  if (malformed) return { reason: `malformed distribution uri ${quoted(reference)}`, remedy: REMEDY };
  if (type === 'docker') return dockerRefusal(data.join(':'));
  if (type === 'appc') return appcRefusal(data.join(':'));
  if (type === 'aci-archive') return undefined;
  return { reason: `unknown distribution type: ${quoted(type)}`, remedy: REMEDY };
}
