/** The Containerfile beside what it copies: its base is pinned, and the build sees each file. `test:pods` builds and runs it. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const linesOf = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8').split('\n');
const containerfile = linesOf('Containerfile');

test('every base is the argument BASE, which is pinned by a digest, or a stage of its own', () => {
  expect(containerfile).toContainEqual(expect.stringMatching(/^ARG BASE=[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/));
  const bases = containerfile.filter((line) => line.startsWith('FROM ')).map((line) => line.replace(/^FROM (\S+).*/, '$1'));
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as the file says it
  expect(bases).toEqual(['${BASE}', '${BASE}', '${TARGETARCH}']);
});

test('the build sees exactly the files that it copies', () => {
  const copied = containerfile
    .filter((line) => line.startsWith('COPY '))
    .flatMap((line) =>
      line
        .replace(/--\S+ /g, '')
        .split(' ')
        .slice(1, -1),
    );
  const seen = linesOf('.containerignore').filter((line) => line.startsWith('!'));
  expect(seen.map((line) => line.slice(1)).sort()).toEqual(copied.sort());
});
