/** Reads the files that a person gives to `import`, whatever they turn out to be. */

import { open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { refusalOf } from '../../host/refusal.ts';
import type { GivenFile } from '../../importing/given-files.ts';
import { CommandFailure, exitCodes } from '../failure.ts';

/** No file of a kubelet is larger, and a configuration with everything in it hardly. */
export const largestGiven = 3 * 1024 * 1024;

/** @throws CommandFailure for a file that cannot be read, or that is no text */
export async function readGiven(paths: readonly string[], standardInput: Readable): Promise<GivenFile[]> {
  const given: GivenFile[] = [];
  for (const path of paths)
    given.push({ name: path === '-' ? 'standard input' : path, text: await readText(path, standardInput) });
  return given;
}

async function readText(path: string, standardInput: Readable): Promise<string> {
  const bytes = path === '-' ? await collect(standardInput) : await readFileOf(path);
  const name = path === '-' ? 'standard input' : path;
  if (bytes.length > largestGiven)
    throw refused(
      name,
      'it is longer than 3 MiB',
      'give the unit, its drop-ins, its environment files and its configuration alone',
    );
  return textOf(bytes, name);
}

/** @throws CommandFailure if the bytes are no text */
export function textOf(bytes: Buffer, name: string): string {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b)
    throw refused(
      name,
      'it is compressed with gzip',
      `give it to gunzip first, and its output to import: gunzip -c FILE | kubelet-config import -f -`,
    );
  const text = bytes.toString();
  if (bytes.includes(0)) throw refused(name, 'it is no text, but a binary file', 'give files of the unit alone');
  if (text.includes('\ufffd'))
    throw refused(name, 'it is not UTF-8; systemd ignores such an environment file as a whole', 'save it as UTF-8');
  return text;
}

async function readFileOf(path: string): Promise<Buffer> {
  try {
    const found = await stat(path);
    if (found.isDirectory())
      throw refused(
        path,
        'it is a directory',
        `give its files, or \`--root ${path}\` for the tree of a machine, or \`import ${path}\` for one with a directory for each node`,
      );
    const file = await open(path);
    try {
      return await collect(file.createReadStream({ end: largestGiven }));
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const { code, message, remedy } = refusalOf(error, path, 'read');
    throw new CommandFailure(exitCodes.usage, message, remedy, { code });
  }
}

/** One byte more than the largest is enough to see that it is too much. */
async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Buffer | string);
    chunks.push(bytes);
    length += bytes.length;
    if (length > largestGiven) break;
  }
  return Buffer.concat(chunks);
}

function refused(name: string, reason: string, remedy: string): CommandFailure {
  return new CommandFailure(exitCodes.usage, `cannot import ${name}: ${reason}`, remedy, { code: 'NotImported' });
}
