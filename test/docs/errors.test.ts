import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { problemCodes } from '../../src/api/problem.ts';
import { reportCodes } from '../../src/node/assessment.ts';
import { hostFileErrorCodes, systemdErrorCodes } from '../../src/node/host.ts';
import { hostProgramErrorCodes } from '../../src/node/host-programs.ts';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const explained = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);

describe('docs/errors.md', () => {
  test('explains every code, and no other', () => {
    const codes = [...problemCodes, ...hostFileErrorCodes, ...systemdErrorCodes, ...hostProgramErrorCodes, ...reportCodes];
    expect([...explained].sort()).toEqual([...codes].sort());
  });
});
