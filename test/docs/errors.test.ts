import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { problemCodes } from '../../src/api/problem.ts';
import { hostFileErrorCodes } from '../../src/node/ports/files.ts';
import { hostProgramErrorCodes } from '../../src/node/ports/programs.ts';
import { systemdErrorCodes } from '../../src/node/ports/systemd.ts';
import { reportCodes } from '../../src/node/report/assessment.ts';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const explained = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);

describe('docs/errors.md', () => {
  test('explains every code, and no other', () => {
    const codes = [...problemCodes, ...hostFileErrorCodes, ...systemdErrorCodes, ...hostProgramErrorCodes, ...reportCodes];
    expect([...explained].sort()).toEqual([...codes].sort());
  });
});
