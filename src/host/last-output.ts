/** What a unit printed last, from the host's journal: it says why the kubelet failed. */

import type { LastOutputRequest } from '../node/model/machine.ts';
import { HostFileError } from '../node/ports/files.ts';
import { HostProgramError, type HostPrograms } from '../node/ports/programs.ts';
import { SystemdError } from '../node/ports/systemd.ts';
import { cut } from '../text/cut.ts';
import { foreignLines } from '../text/foreign-text.ts';

/** One message of the unit's own programs, or an error of systemd: systemd.journal-fields(7). */
export interface JournalEntry {
  readonly message: string;
  /** As in syslog(3): 3 and less are errors. */
  readonly priority: number;
  /** Undefined for a program that ended so quickly that the journal could not look it up. */
  readonly invocation: string | undefined;
}

const mostLines = 3;
const mostCharacters = 600;
/** How far back errors are looked for. A kubelet that cannot go on says so in its last lines. */
const mostEntries = 200;
const limit = { timeoutMilliseconds: 5_000 };

/** @returns '' if nothing was printed, or if the journal cannot be read */
export async function readLastOutput(programs: HostPrograms, request: LastOutputRequest): Promise<string> {
  const { unit, milliseconds, invocationBefore } = request;
  // An absolute time: journalctl counts a relative one from its own start, and would miss the beginning.
  const since = `--since=@${((Date.now() - milliseconds) / 1000).toFixed(3)}`;
  // Without --reverse, systemd 252 takes the first lines since that time, not the last.
  const options = ['--no-pager', '--quiet', '--reverse', `--lines=${mostEntries}`, '--output=json', since];
  try {
    await programs.run(['journalctl', '--sync'], limit);
    // The unit's own programs write under _SYSTEMD_UNIT, and systemd writes about the unit under UNIT.
    const matches = [`_SYSTEMD_UNIT=${unit}`, '+', '_PID=1', `UNIT=${unit}`];
    const { stdout } = await programs.run(['journalctl', ...options, ...matches], limit);
    return lastWords(readEntries(stdout), invocationBefore);
  } catch (error) {
    if (error instanceof HostProgramError || error instanceof SystemdError || error instanceof HostFileError) return '';
    throw error;
  }
}

/**
 * Reads the output of `journalctl --output=json`, a line for each entry. What is no text stands there as a
 * list of bytes, and a message that is too long for the list is null:
 * https://systemd.io/JOURNAL_EXPORT_FORMATS
 */
export function readEntries(output: string): JournalEntry[] {
  const lines = output.split('\n').filter((line) => line !== '');
  return lines.flatMap((line) => {
    const fields = parsed(line);
    const message = textOf(fields['MESSAGE']);
    const priority = Number(textOf(fields['PRIORITY']) ?? 6);
    const isOfSystemd = textOf(fields['UNIT']) !== undefined;
    // systemd and Podman also note each start and end, which the verdict says already.
    if (message === undefined || (isOfSystemd && priority > 3) || fields['PODMAN_EVENT'] !== undefined) return [];
    return [{ message, priority, invocation: textOf(fields[isOfSystemd ? 'INVOCATION_ID' : '_SYSTEMD_INVOCATION_ID']) }];
  });
}

/**
 * Chooses what is quoted when a change has failed: of what was printed after the restart at most three lines,
 * first the last errors, then the last other lines.
 *
 * @param entries the newest first
 * @param invocationBefore the run before the restart, which may still say goodbye
 */
export function lastWords(entries: readonly JournalEntry[], invocationBefore: string): string {
  const lines = entries
    .filter(({ invocation }) => invocation !== invocationBefore)
    .map(({ message, priority }) => ({ text: foreignLines(message), isError: priority <= 3 || isErrorLine(message) }))
    .filter(({ text }) => text !== '');
  const errors = lines.filter(({ isError }) => isError).slice(0, mostLines);
  const others = lines.filter(({ isError }) => !isError).slice(0, mostLines - errors.length);
  return inRoom(
    [...errors, ...others].map(({ text }) => text),
    errors.length,
  ).join(' | ');
}

/**
 * klog's `E1127 09:13:55.123456` and `F1127 …`, in kubelet 1.36 with a word in front (`??? E1127 …`); and
 * how programs that use no klog begin an error.
 */
function isErrorLine(message: string): boolean {
  const [first = '', second = ''] = message.split(' ', 2);
  return [first, second].some((word) => /^[EF]\d{4}$/.test(word)) || /error|fatal|panic/i.test(first);
}

/**
 * Keeps the newest lines that fit into `mostCharacters`, and always the first one. Returns errors before
 * other lines, both in the order in which they were printed.
 */
function inRoom(newestFirst: readonly string[], errors: number): string[] {
  const kept: string[] = [];
  let room = mostCharacters;
  for (const line of newestFirst) {
    if (kept.length > 0 && line.length > room) break;
    kept.push(cut(line, mostCharacters));
    room -= line.length;
  }
  return [...kept.slice(0, errors).reverse(), ...kept.slice(errors).reverse()];
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  // An error of JSON.parse costs a thousand times what this does.
  if (!line.startsWith('{')) return {};
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  // A field that an entry has more than once is a list of its values.
  if (typeof value[0] === 'string') return value[0];
  return Buffer.from(value as number[]).toString();
}
