/** The content of one file in a cloud-config or a configuration of Ignition, decoded. Pure. */

import { gunzipSync } from 'node:zlib';
import { isJsonMap, type Json, type JsonMap } from '../api/json.ts';
import type { FieldPath } from '../api/problem.ts';

/** A text that was decoded. */
export interface Encoded {
  readonly text: string;
  /** Whether it goes behind what the file has. */
  readonly appends?: boolean;
}

/** The text, or where it is instead, or what is wrong with it; `key` is the field that says so. */
export type Content =
  | (Encoded & { readonly key: FieldPath })
  | { readonly where: string; readonly key: FieldPath }
  | { readonly fault: string; readonly key: FieldPath };

/** No file of a kubelet is as large once it is unpacked. */
const largest = 3 * 1024 * 1024;

/** Reads `write_files` of a cloud-config, and `storage.files` of every version of Ignition and Butane. */
export function contentOf(file: JsonMap): Content[] {
  const { content, contents, append } = file;
  const appends = append === true;
  if (typeof content === 'string')
    return [{ ...ofCloudConfig(content, file['encoding']), key: ['content'], ...(appends && { appends }) }];
  if (typeof contents === 'string') return [{ text: contents, key: ['contents'] }];
  const first = isJsonMap(contents) ? [{ ...ofResource(contents), ...(appends && { appends }) }].map(below(['contents'])) : [];
  const further = Array.isArray(append) ? append.filter(isJsonMap) : [];
  return [...first, ...further.map((one, index) => below(['append', index])({ ...ofResource(one), appends: true }))];
}

type Read = Encoded | { readonly where: string } | { readonly fault: string };

function below(path: FieldPath): (read: Read & { readonly key?: FieldPath }) => Content {
  return (read) => ({ ...read, key: [...path, ...(read.key ?? [])] });
}

/** `gz`, `b64`, `gz+base64` and their longer names, in any order of cloud-init and coreos-cloudinit. */
function ofCloudConfig(content: string, encoding: Json | undefined): Read {
  const words = typeof encoding === 'string' && encoding !== '' ? encoding.toLowerCase().split('+') : [];
  const unknown = words.find((word) => !['b64', 'base64', 'gz', 'gzip', 'text/plain'].includes(word));
  if (unknown !== undefined) return { fault: `nobody knows the encoding ${JSON.stringify(encoding)}` };
  const isBase64 = words.some((word) => word.startsWith('b'));
  const isPacked = words.some((word) => word.startsWith('g'));
  return decoded(Buffer.from(content, isBase64 ? 'base64' : isPacked ? 'latin1' : 'utf8'), isPacked);
}

/**
 * A resource of Ignition: `source` with `compression`; of Butane and Container Linux Config also `inline`.
 */
function ofResource(resource: JsonMap): Read & { readonly key?: FieldPath } {
  const { inline, source, local, remote, compression } = resource;
  if (typeof inline === 'string' || typeof inline === 'number' || typeof inline === 'boolean')
    return { text: String(inline), key: ['inline'] };
  if (typeof local === 'string') return { where: `in the file ${local}`, key: ['local'] };
  const url = isJsonMap(remote) ? remote['url'] : undefined;
  if (typeof url === 'string') return { where: `fetched from ${withoutQuery(url)}`, key: ['remote', 'url'] };
  if (typeof source !== 'string' || source === '') return { text: '', key: [] };
  if (!source.startsWith('data:')) return { where: `fetched from ${withoutQuery(source)}`, key: ['source'] };
  return { ...ofDataUrl(source, compression), key: ['source'] };
}

/** What a query holds may be a signature. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '').replace(/\/\/[^/@]*@/, '//');
}

/** RFC 2397: `data:,text` with percent signs, or `data:;base64,…`. */
function ofDataUrl(source: string, compression: Json | undefined): Read {
  const comma = source.indexOf(',');
  if (comma < 0) return { fault: 'its data: URL has no comma' };
  const isBase64 = source.slice(0, comma).endsWith(';base64');
  const text = percentDecoded(source.slice(comma + 1));
  const isPacked = typeof compression === 'string' && compression !== '';
  if (isPacked && compression !== 'gzip') return { fault: `nobody knows the compression ${JSON.stringify(compression)}` };
  return decoded(isBase64 ? Buffer.from(text.toString('latin1'), 'base64') : text, isPacked);
}

/** Byte by byte; a percent sign that begins no escape stands for itself. */
function percentDecoded(text: string): Buffer {
  const parts = text.split(/(%[0-9A-Fa-f]{2})/);
  return Buffer.concat(
    parts.map((part, index) => (index % 2 === 1 ? Buffer.from([Number.parseInt(part.slice(1), 16)]) : Buffer.from(part))),
  );
}

function decoded(bytes: Buffer, isPacked: boolean): Read {
  try {
    const content = isPacked ? gunzipSync(bytes, { maxOutputLength: largest }) : bytes;
    return content.includes(0) ? { fault: 'it is no text' } : { text: content.toString() };
  } catch {
    return { fault: 'it is not gzip, or longer than 3 MiB' };
  }
}
