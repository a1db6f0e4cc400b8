import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { problemCodes } from '../../src/api/problem.ts';
import { failureCodes } from '../../src/cli/failure.ts';
import { findingCodes } from '../../src/cli/status/finding.ts';
import { apiErrorCodes } from '../../src/cluster/kubernetes-api.ts';
import { hostFileErrorCodes } from '../../src/node/ports/files.ts';
import { hostProgramErrorCodes } from '../../src/node/ports/programs.ts';
import { systemdErrorCodes } from '../../src/node/ports/systemd.ts';
import { reportCodes, verdictCodes } from '../../src/node/report/assessment.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('docs/errors.md');
const explained = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);
const lists: readonly (readonly string[])[] = [
  problemCodes,
  failureCodes,
  hostFileErrorCodes,
  systemdErrorCodes,
  hostProgramErrorCodes,
  reportCodes,
  verdictCodes,
  findingCodes,
];
const codes = lists.flat();

describe('docs/errors.md', () => {
  test('explains every code, and no other', () => {
    expect([...explained].sort()).toEqual([...codes].sort());
  });

  test('explains every answer of the API server by its name or its number', () => {
    const table = page.slice(page.indexOf('## Errors of the API server'));
    // The others are answers that the programs deal with by themselves.
    const silent = ['NotFound', 'AlreadyExists', 'Conflict', 'Gone', 'Invalid', 'BadRequest', 'Aborted'];
    for (const code of apiErrorCodes.filter((one) => !silent.includes(one))) expect(table).toContain(code);
  });

  test('every list of codes in the source is among those that this test compares', () => {
    const found = sources().flatMap(([path, text]) =>
      [...text.matchAll(/export const (\w*[cC]odes)\b[^=]*= \[/g)].map(([, name]) => `${path} ${name}`),
    );
    expect(found.sort()).toEqual([
      'src/api/problem.ts problemCodes',
      'src/cli/failure.ts failureCodes',
      'src/cli/status/finding.ts findingCodes',
      'src/cluster/kubernetes-api.ts apiErrorCodes',
      'src/node/ports/files.ts hostFileErrorCodes',
      'src/node/ports/programs.ts hostProgramErrorCodes',
      'src/node/ports/systemd.ts systemdErrorCodes',
      'src/node/report/assessment.ts reportCodes',
      'src/node/report/assessment.ts verdictCodes',
    ]);
  });

  test('every code that stands in the source by itself is explained, and so is every reason of a condition', () => {
    const pages = page + read('docs/monitoring.md');
    // Of types of other things: words that cannot be quoted, a snapshot, an address, a request; and the system's.
    const inner = ['ControlCharacter', 'NotUnicode', 'Empty', 'Malformed', 'Change', 'Drift', 'Retry'];
    const unexplained = sources().flatMap(([path, text]) =>
      [
        ...text.matchAll(/\b(?:code|reason): '([A-Z][a-z][A-Za-z]*)'/g),
        ...text.matchAll(/\b(?:refusal|caution|fault)\('([A-Z][a-z]\w+)'/g),
      ]
        .map(([, code = '']) => code)
        .filter((code) => !codes.includes(code) && !inner.includes(code) && !pages.includes(`\`${code}\``))
        .map((code) => `${path} ${code}`),
    );
    expect(unexplained).toEqual([]);
  });
});

function sources(): [path: string, text: string][] {
  const root = new URL('../../src', import.meta.url).pathname;
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => [`src/${path}`, readFileSync(join(root, path), 'utf8')]);
}
