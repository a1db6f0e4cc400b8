/** Text of others reaches a person's terminal without the power to change it. */

import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { makeLog } from '../../../src/cli/print/log.ts';
import { printAs, terminalFor } from '../../../src/cli/print/terminal.ts';

/** It shows in red, clears the screen by C1, and turns the direction of what follows. */
const foreign = 'a\u001b[31mb\u009b2Jc\u202ed\u001b]0;title\u0007';

/** A stream, and all that was written to it so far. */
function stream(isTTY: boolean) {
  const written = new PassThrough();
  const said = () => (written.read() ?? '').toString() as string;
  return { stream: Object.assign(written, { isTTY }) as unknown as NodeJS.WriteStream & { isTTY: boolean }, said };
}

test('a terminal gets no escape sequence of others', () => {
  const [stdout, stderr] = [stream(true), stream(true)];
  const { out, err } = terminalFor(stdout.stream, stderr.stream, {});
  out(foreign);
  err(foreign);
  expect([stdout.said(), stderr.said()]).toEqual(Array(2).fill(expect.stringContaining('bc d\n')));
  out('\u001b[8mhidden');
  expect(stdout.said()).toContain('hidden\n');
  out('\u001b[8mhidden');
  expect(stdout.said()).not.toContain('\u001b[8m');
});

test('a file gets a result byte for byte, and JSON that a terminal can be shown', () => {
  const [stdout, stderr] = [stream(false), stream(false)];
  const terminal = terminalFor(stdout.stream, stderr.stream, {});
  terminal.out(foreign);
  expect(stdout.said()).toBe(`${foreign}\n`);
  printAs('json', { foreign }, terminal);
  const json = stdout.said();
  expect(JSON.parse(json)).toEqual({ foreign });
  expect(json).toMatch(/^[ -~\n]*$/);
});

test.each([true, false])('a log has no escape sequence of others either; on a terminal: %s', async (isTTY) => {
  const log = stream(isTTY);
  const logger = await makeLog(log.stream, 'info');
  logger.info({ foreign }, foreign);
  const said = log.said();
  expect(said).toContain('title');
  for (const sequence of ['\u009b', '\u202e', '\u001b]']) expect(said).not.toContain(sequence);
});
