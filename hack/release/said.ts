/** What the program prints, for documents that are made of it. */

import { Readable, Writable } from 'node:stream';
import { main } from '../../src/cli/main.ts';
import { terminalFor } from '../../src/cli/print/terminal.ts';

/** @throws Error if the command fails */
export async function said(...words: string[]): Promise<string> {
  const chunks: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  }) as unknown as NodeJS.WriteStream;
  const exitCode = await main(words, {
    terminal: terminalFor(sink, sink, {}),
    stop: new AbortController().signal,
    log: sink,
    environment: {},
    standardInput: Readable.from([]),
  });
  if (exitCode !== 0) throw new Error(`kubelet-config ${words.join(' ')} ended with ${exitCode}: ${chunks.join('')}`);
  return chunks.join('');
}
