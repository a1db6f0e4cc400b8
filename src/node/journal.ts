/**
 * What a node remembers on its disk, under /var/lib/kubelet-config:
 *
 *   staging/          a transaction being written down; nothing on the host has been touched for it
 *   armed/            an open transaction: record.json, pre/PATH (what was there), files/PATH (what is to be there)
 *   committed/000042/ one directory per committed transaction, once `armed`; the highest is the last known good
 *   undone/           the last transaction that was undone, with verdict.json
 *   originals/SHA256  what stood on the host before us
 *
 * One rename of the directory decides: `staging` to `armed` begins, `armed` to `committed/N` or to `undone` ends.
 */

import { posix } from 'node:path';
import type { ObjectReference } from '../desired/effective.ts';
import { type FileState, HostFileError, type HostFiles, type NewFile } from './host.ts';
import { type Originals, type RecordedState, sha256, type TransactionRecord, type Verdict } from './record.ts';

export const stateDirectory = '/var/lib/kubelet-config';
const armed = `${stateDirectory}/armed`;
const staging = `${stateDirectory}/staging`;
const undone = `${stateDirectory}/undone`;
const committedRoot = `${stateDirectory}/committed`;

/** Committed transactions kept on disk. */
const kept = 5;

export interface Journal {
  /** The last known good. */
  readonly committed?: TransactionRecord;
  readonly undone?: {
    readonly inputs: string | undefined;
    readonly revision: string | null;
    readonly objects: readonly ObjectReference[];
    readonly verdict: Verdict;
    /** Which try of its inputs it was. */
    readonly attempt?: number;
  };
  readonly lastSequence: number;
}

/** The transaction that is armed and neither committed nor undone. While one runs nobody else looks: found at the start of a pass, its agent is dead. */
export function readOpen(files: HostFiles): Promise<TransactionRecord | undefined> {
  return readJson<TransactionRecord>(files, `${armed}/record.json`);
}

export async function readJournal(files: HostFiles): Promise<Journal> {
  const sequences = (await files.list(committedRoot)).filter((name) => /^\d{6}$/.test(name)).sort();
  const committed = await newestReadable(files, sequences);
  const verdict = await readJson<Verdict>(files, `${undone}/verdict.json`);
  const undoneRecord = verdict && (await readJson<TransactionRecord>(files, `${undone}/record.json`));
  return {
    ...(committed ? { committed } : {}),
    ...(verdict && undoneRecord
      ? {
          undone: {
            inputs: undoneRecord.inputs?.id,
            revision: undoneRecord.revision,
            objects: undoneRecord.inputs?.objects ?? [],
            verdict,
            ...(undoneRecord.attempt !== undefined && { attempt: undoneRecord.attempt }),
          },
        }
      : {}),
    lastSequence: Math.max(Number(sequences.at(-1) ?? 0), undoneRecord?.sequence ?? 0),
  };
}

/**
 * Each record holds the originals in full, so an older one will do. With none at all we must not begin anew: then what we wrote ourselves would count
 * as what was there before us.
 */
async function newestReadable(files: HostFiles, sequences: readonly string[]): Promise<TransactionRecord | undefined> {
  for (const sequence of sequences.toReversed()) {
    const path = `${committedRoot}/${sequence}/record.json`;
    const record = await readJson<TransactionRecord>(files, path).catch((error: unknown) => {
      if (error instanceof HostFileError) return undefined;
      throw error;
    });
    if (record) return record;
  }
  if (sequences.length === 0) return undefined;
  const remedy =
    'bring a record.json back from a backup; only if what was there before us is not wanted any more, move the directory away';
  throw new HostFileError('InputOutput', committedRoot, `none of our records in ${committedRoot} can be read`, remedy);
}

/** Bytes by host path, in memory. */
export type Contents = ReadonlyMap<string, Buffer>;

/** A file as large as all that is written down for a transaction, at the place where that will be: is there room for it? */
export function transactionRoom(after: Contents): [path: string, file: NewFile] {
  const bytes = [...after.values()].reduce((sum, { length }) => sum + length, 0);
  // What is there before is about as large as what comes, and is kept as an original too.
  return [`${staging}/record.json`, privateFile(Buffer.alloc(3 * bytes))];
}

/** Intent and pre-images are on disk before this returns, and only then may the host be touched. */
export async function arm(
  files: HostFiles,
  record: TransactionRecord,
  before: ReadonlyMap<string, FileState>,
  after: Contents,
): Promise<void> {
  await files.makeDirectory(stateDirectory, 0o700);
  await files.removeTree(staging);
  const staged = new Map([['/record.json', privateFile(jsonFile(record))]]);
  for (const [path, state] of before) {
    if (state.kind !== 'File') continue;
    staged.set(`/pre${path}`, state);
    await keepOriginal(files, record.originals, path, state.content);
  }
  for (const [path, content] of after) staged.set(`/files${path}`, privateFile(content));
  await files.makeTree(staging, staged);
  await files.rename(staging, armed);
}

/**
 * The moment of truth: after it the transaction is the last known good.
 * A rename whose fsync failed counts: should a power cut take it back, the transaction is open again and will be undone.
 */
export async function commit(files: HostFiles, record: TransactionRecord): Promise<void> {
  const place = `${committedRoot}/${name(record.sequence)}`;
  await files.makeDirectory(committedRoot, 0o700);
  try {
    await files.rename(armed, place);
  } catch (error) {
    if ((await files.read(`${place}/record.json`)).kind !== 'File') throw error;
  }
}

/** What is of no more use after a commit goes. */
export async function tidy(files: HostFiles): Promise<void> {
  await files.removeTree(undone);
  const sequences = (await files.list(committedRoot)).sort();
  for (const old of sequences.slice(0, -kept)) await files.removeTree(`${committedRoot}/${old}`);
}

/** Why the open transaction is being undone: before the first step of it, since whoever finishes may be somebody else. */
export async function recordVerdict(files: HostFiles, verdict: Verdict): Promise<void> {
  await writeJson(files, `${armed}/verdict.json`, verdict);
}

export function readVerdict(files: HostFiles): Promise<Verdict | undefined> {
  return readJson<Verdict>(files, `${armed}/verdict.json`);
}

/** The host is as it was before the transaction. */
export async function closeUndone(files: HostFiles): Promise<void> {
  await files.removeTree(undone);
  await files.rename(armed, undone);
}

/** The bytes of a committed revision's file, of a pre-image of the open transaction, or of an original. */
export async function readCommitted(files: HostFiles, sequence: number, path: string): Promise<Buffer> {
  return bytes(files, `${committedRoot}/${name(sequence)}/files${path}`);
}

export async function readCommittedPreImage(files: HostFiles, sequence: number, path: string): Promise<Buffer> {
  return bytes(files, `${committedRoot}/${name(sequence)}/pre${path}`);
}

export async function readPreImage(files: HostFiles, path: string): Promise<Buffer> {
  return bytes(files, `${armed}/pre${path}`);
}

export async function readOriginal(files: HostFiles, state: Extract<RecordedState, { kind: 'File' }>): Promise<Buffer> {
  return bytes(files, `${stateDirectory}/originals/${state.sha256}`);
}

/** Only when the pre-image is the original, which it is the first time a path is managed. */
async function keepOriginal(files: HostFiles, originals: Originals, path: string, content: Buffer): Promise<void> {
  const original = originals.files.find((file) => file.path === path)?.state;
  if (original?.kind !== 'File' || original.sha256 !== sha256(content)) return;
  const place = `${stateDirectory}/originals/${original.sha256}`;
  if ((await files.read(place)).kind === 'Absent') await files.write(place, privateFile(content));
}

function privateFile(content: Buffer): NewFile {
  return { mode: 0o600, uid: 0, gid: 0, content };
}

async function bytes(files: HostFiles, path: string): Promise<Buffer> {
  const state = await files.read(path);
  if (state.kind !== 'File') throw new Error(`${path} is missing from our own records: nothing can be brought back from it`);
  return state.content;
}

async function readJson<Shape>(files: HostFiles, path: string): Promise<Shape | undefined> {
  const state = await files.read(path);
  if (state.kind !== 'File') return undefined;
  try {
    return JSON.parse(state.content.toString()) as Shape;
  } catch (error) {
    const remedy = `look at what is beside it, then move the whole directory ${posix.dirname(path)} away; pre/ in it is what was there before`;
    throw new HostFileError('InputOutput', path, `our own record ${path} is damaged`, remedy, { cause: error });
  }
}

async function writeJson(files: HostFiles, path: string, value: unknown): Promise<void> {
  await files.write(path, privateFile(jsonFile(value)));
}

function jsonFile(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}

function name(sequence: number): string {
  return String(sequence).padStart(6, '0');
}
