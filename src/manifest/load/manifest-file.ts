/** Manifest files: which names count, how a file is read, and the problem of a file that cannot be read. */

import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Problem, ProblemCode } from '../../api/problem.ts';
import { makeLocator } from '../read/position.ts';
import { largestFile, type Manifests, readManifests } from '../read/read.ts';

/** Whether a file is a manifest, by its name. Hidden files belong to editors and to ConfigMap volumes. */
export function isManifestName(name: string): boolean {
  return !name.startsWith('.') && /\.(ya?ml|json)$/.test(name);
}

/**
 * Paths of the manifests directly in a directory, sorted.
 * @throws the system's error if it cannot be listed
 */
export async function listManifests(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter(isManifestName).sort();
  const paths: string[] = [];
  for (const path of names.map((name) => join(directory, name))) {
    const isDirectory = await stat(path).then(
      (stats) => stats.isDirectory(),
      // A broken link is listed, and reported as a file that cannot be read.
      () => false,
    );
    if (!isDirectory) paths.push(path);
  }
  return paths;
}

/**
 * What another reader takes of a file before it is read as manifests: the whole, the documents for which a
 * function is true, or nothing.
 */
export type Take = (file: string, text: string) => 'Whole' | ((value: unknown) => boolean) | undefined;

/** Reads a file, at most as much as the largest accepted file has. @throws the system's error */
export async function readManifestFile(path: string, take?: Take): Promise<Manifests> {
  return readManifestStream(createReadStream(path, { end: largestFile }), path, take);
}

/** Like `readManifestFile`. @param file the name that problems give to the stream */
export async function readManifestStream(stream: Readable, file: string, take?: Take): Promise<Manifests> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    size += bytes.length;
    if (size > largestFile) break;
  }
  return decodeManifests(Buffer.concat(chunks), file, take);
}

function decodeManifests(bytes: Buffer, file: string, take: Take | undefined): Manifests {
  if (!isUtf8(bytes)) return notUtf8(bytes, file);
  const text = bytes.toString('utf8');
  const taken = bytes.length > largestFile ? undefined : take?.(file, text);
  if (taken === 'Whole') return { documents: [], problems: [] };
  const { documents, problems } = readManifests(text, file);
  return { documents: taken ? documents.filter(({ value }) => !taken(value)) : documents, problems };
}

function notUtf8(bytes: Buffer, file: string): Manifests {
  // It may have been cut within a character, and is refused for its size.
  if (bytes.length > largestFile) return readManifests(bytes.toString('latin1'), file);
  const text = bytes.toString('utf8');
  const position = makeLocator(text, file, 0)(Math.max(text.indexOf('\ufffd'), 0));
  const problem = {
    severity: 'error',
    code: 'NotYaml',
    path: [],
    reason: 'the file is not UTF-8',
    remedy: 'save it as UTF-8',
  } as const;
  return { documents: [], problems: [{ ...problem, position }] };
}

/** Whether an error comes from a system call. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

/** The problem of a file or directory that cannot be read. @throws any error that is not the system's */
export function unreadableFile(path: string, error: unknown): Problem {
  if (!isSystemError(error)) throw error;
  const [reason, remedy] = explainSystemError(error.code ?? '');
  return fileProblem('UnreadableFile', path, `cannot read ${path}: ${reason}`, remedy);
}

/** A problem of a file or directory as a whole. */
export function fileProblem(code: ProblemCode, path: string, reason: string, remedy: string): Problem {
  return { severity: 'error', code, path: [], reason, remedy, position: { file: path, line: 1, column: 1, excerpt: '' } };
}

/** Explains a code such as ENOENT. */
export function explainSystemError(code: string): readonly [reason: string, remedy: string] {
  return systemErrors[code] ?? [`the system reports ${code}`, 'look for the cause in the kernel log, or give another path'];
}

const systemErrors: { readonly [code: string]: readonly [string, string] } = {
  ENOENT: ['it does not exist (ENOENT)', 'check the spelling of the path, or create it'],
  EACCES: ['permission denied (EACCES)', 'make it readable for the user who runs this, or run it as root'],
  EPERM: ['the operation is not permitted (EPERM)', 'make it readable for the user who runs this, or run it as root'],
  EISDIR: ['it is a directory (EISDIR)', 'give the path of a file'],
  ENOTDIR: ['a part of its path is not a directory (ENOTDIR)', 'correct the path'],
  ELOOP: ['its symbolic links lead in a circle (ELOOP)', 'correct the links'],
  ENAMETOOLONG: ['its name is too long (ENAMETOOLONG)', 'correct the path'],
  EIO: ['input/output error (EIO)', 'check the disk and the kernel log'],
  EMFILE: ['too many files are open (EMFILE)', 'raise the limit of open files (ulimit -n)'],
};
