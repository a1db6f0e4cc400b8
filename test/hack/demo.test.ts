import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { demoUndo } from '../../hack/demo/undo.ts';
import { type Terminal, terminalFor } from '../../src/cli/print/terminal.ts';

/** What differs from run to run. */
const withoutNumbers = (text: string) =>
  text.replace(/process \d+/g, 'process N').replace(/E\d{4} \d\d:\d\d:\d\d/g, 'E1127 00:00:00');

test('the demonstration shows a kubelet that dies and is undone, in 25 lines, as the README quotes it', async () => {
  const lines: string[] = [];
  const plain = terminalFor(process.stdout, process.stderr, { NO_COLOR: '1' });
  const terminal: Terminal = { ...plain, out: (text) => lines.push(...text.split('\n')) };
  await demoUndo(terminal);
  const [, dying] = lines.flatMap((line) => /^the kubelet: runs, process (\d+)$/.exec(line)?.[1] ?? []);
  expect(Number(dying)).toBeGreaterThan(0);
  expect(lines.length).toBeLessThanOrEqual(25);
  const quoted = /```\n(== A KubeletConfig[^`]*)\n```/.exec(readFileSync('README.md', 'utf8'))?.[1];
  expect(withoutNumbers(lines.join('\n'))).toBe(withoutNumbers(quoted ?? ''));
});
