/**
 * Our reader of unit texts against systemd's: `systemd-analyze verify` names the line and section of each key
 * that it does not know.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { readUnit } from '../../src/systemd/unit-text.ts';

const folder = mkdtempSync(join(tmpdir(), 'unit-text-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sections = ['Unit', 'Service'];

/** `line [section] key`; undefined for a text that systemd refuses as a whole. */
function foundBySystemd(text: string): string[] | undefined {
  const path = join(folder, 'a.service');
  writeFileSync(path, text);
  const { stderr } = spawnSync('systemd-analyze', ['--man=no', '--recursive-errors=no', 'verify', path], { encoding: 'utf8' });
  if (stderr.includes('Invalid section header')) return undefined;
  const complaints = stderr.matchAll(/a\.service:(\d+): Unknown key '([^']*)' in section \[(.*)\]/g);
  return [...complaints].map(([, line, key, section]) => `${line} [${section}] ${key}`);
}

function foundByUs(text: string): string[] {
  return readUnit(text).flatMap(({ last, section, key = '' }) =>
    sections.includes(section) && key !== '' && key !== 'ExecStart' ? [`${last} [${section}] ${key}`] : [],
  );
}

const pieces = [
  ...['Aa=1', 'Bb = x', 'Cc', '[Unit]', ' [Service] ', '# c', ';', '\n[Service]\n', '\ufeff'],
  ...['\n', '\n', '\r', '\r\n', '\n\r', '\\', '\\\\', '\\\n', ' ', '\t'],
];

test('finds the same keys in the same lines and sections', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (found) => {
      const text = `[Service]\nExecStart=/bin/true\n${found.join('')}\n`;
      const expected = foundBySystemd(text);
      if (expected !== undefined) expect(foundByUs(text)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});
