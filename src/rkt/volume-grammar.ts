/**
 * The values of `--volume` (appc/spec schema/types/volume.go `VolumeFromString`) and `--mount`
 * (rkt/cli_apps.go `appMount.Set`).
 */

import { accepted, type Parsed, refused } from '../go/parsed.ts';
import { parseUniqueQuery, percentEncode, quoted, splitOnce } from '../go/text.ts';
import { parseBool, parseInteger } from '../go/values.ts';
import { acNameRefusal } from './names.ts';

export interface VolumeValue {
  readonly name: string;
  readonly kind: 'host' | 'empty';
  readonly source?: string;
  readonly readOnly?: boolean;
  readonly recursive?: boolean;
  readonly mode?: string;
  readonly uid?: number;
  readonly gid?: number;
}

export interface MountValue {
  /** '' if the value names none. */
  readonly volume: string;
  /** '' if the value names none: rkt then mounts over the root of the app. */
  readonly target: string;
}

const VOLUME_KEYS = ['name', 'kind', 'source', 'readOnly', 'recursive', 'mode', 'uid', 'gid'];

/** Reads a value of `--volume`. */
export function parseVolume(text: string): Parsed<VolumeValue> {
  const values = volumeParameters(text);
  if (!values.ok) return values;
  const get = (key: string) => values.value.get(key);
  const unknown = [...values.value.keys()].find((key) => !VOLUME_KEYS.includes(key));
  if (unknown !== undefined)
    return refused(`unknown volume parameter ${quoted(unknown)}`, `known are ${VOLUME_KEYS.slice(1).join(', ')}`);
  const name = get('name') ?? '';
  const nameRefusal = acNameRefusal(name);
  if (nameRefusal) return { ok: false, refusal: nameRefusal };
  const readOnly = optional(get('readOnly'), parseBool);
  if (!readOnly.ok) return readOnly;
  const recursive = optional(get('recursive'), parseBool);
  if (!recursive.ok) return recursive;
  const uid = optional(get('uid'), parseInteger);
  if (!uid.ok) return uid;
  const gid = optional(get('gid'), parseInteger);
  if (!gid.ok) return gid;
  const source = get('source');
  const mode = get('mode');
  return checkKind(get('kind'), {
    name,
    ...(source !== undefined && { source }),
    ...(mode !== undefined && { mode }),
    ...(readOnly.value !== undefined && { readOnly: readOnly.value }),
    ...(recursive.value !== undefined && { recursive: recursive.value }),
    ...(uid.value !== undefined && { uid: uid.value }),
    ...(gid.value !== undefined && { gid: gid.value }),
  });
}

/**
 * rkt escapes the values before it reads the query, but not the keys: a value may hold anything but a comma.
 */
function volumeParameters(text: string): Parsed<ReadonlyMap<string, string>> {
  const pieces: string[] = [];
  for (const piece of `name=${text}`.split(',')) {
    const pair = splitOnce(piece, '=');
    if (!pair) {
      const reason = `malformed string ${quoted(`name=${text}`)} - has a label without a value: ${piece}`;
      return refused(reason, 'write NAME,kind=host,source=/PATH; a comma cannot be part of a value');
    }
    pieces.push(`${pair[0]}=${percentEncode(pair[1], /[A-Za-z0-9]/)}`);
  }
  return parseUniqueQuery(pieces.join('&'));
}

function checkKind(kind: string | undefined, volume: Omit<VolumeValue, 'kind'>): Parsed<VolumeValue> {
  const { source = '' } = volume;
  if (kind === 'empty') {
    if (source !== '') return refused('source for empty volume must be empty', 'remove source=, or write kind=host');
    return accepted({ ...volume, kind });
  }
  if (kind !== 'host')
    return refused('unrecognized volume kind: should be one of "empty", "host"', 'write kind=host or kind=empty');
  if (source === '') return refused('source for host volume cannot be empty', 'add source=/PATH');
  const forEmptyOnly = (['mode', 'uid', 'gid'] as const).find((key) => volume[key] !== undefined);
  if (forEmptyOnly) return refused(`${forEmptyOnly} for host volume cannot be set`, `remove ${forEmptyOnly}=`);
  if (!source.startsWith('/')) return refused('source for host volume must be absolute path', 'begin the path with /');
  return accepted({ ...volume, kind });
}

function optional<T>(text: string | undefined, parse: (text: string) => Parsed<T>): Parsed<T | undefined> {
  return text === undefined ? accepted(undefined) : parse(text);
}

/**
 * Reads a value of `--mount`. rkt escapes nothing here: it decodes `%XX` and `+` in the target, and `&` and
 * `;` separate as commas do.
 */
export function parseMount(text: string): Parsed<MountValue> {
  const values = parseUniqueQuery(text.replaceAll(',', '&'));
  if (!values.ok) return values;
  const unknown = [...values.value.keys()].find((key) => key !== 'volume' && key !== 'target');
  if (unknown !== undefined) {
    return refused(
      `unknown mount parameter ${quoted(unknown)}`,
      'only volume= and target= are known; readOnly belongs to --volume',
    );
  }
  const volume = values.value.get('volume');
  const refusal = volume === undefined ? undefined : acNameRefusal(volume);
  if (refusal) return { ok: false, refusal };
  return accepted({ volume: volume ?? '', target: values.value.get('target') ?? '' });
}
