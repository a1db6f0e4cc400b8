import { describe, expect, test } from 'vitest';
import { installSection, readUnit, setsExecStart, valuesOf } from '../../src/systemd/unit-text.ts';

/** `last line: [section] key = value` for each line with a key. */
function assignments(text: string): string[] {
  const lines = readUnit(text).filter(({ key }) => key !== undefined);
  return lines.map(({ last, section, key, value }) => `${last}: [${section}] ${key} = ${value}`);
}

/**
 * What systemd 252 says of each text (`systemd-analyze verify` names the line and the section of a key that
 * it does not know).
 */
const read: readonly (readonly [what: string, text: string, found: readonly string[]])[] = [
  [
    'joins lines at a backslash, past comments',
    '[Service]\nAa=1 \\\n# c\n ; d\n Bb=2\nCc=3\n',
    ['5: [Service] Aa = 1   Bb=2', '6: [Service] Cc = 3'],
  ],
  [
    'takes blanks around a header, and none inside',
    ' [Unit]\nDd=1\n[ Service ]\t\nEe=2\n',
    ['2: [Unit] Dd = 1', '4: [ Service ] Ee = 2'],
  ],
  [
    'ends a line at CR, CR LF, LF CR and NUL',
    '[Service]\rGg=1\r\nHh=2\n\rIi=3\0Jj=4',
    ['2: [Service] Gg = 1', '3: [Service] Hh = 2', '4: [Service] Ii = 3', '5: [Service] Jj = 4'],
  ],
  [
    'counts an empty line between two equal ends',
    '[Service]\n\n\r\nAa=1\n\n\r\rBb=2\n',
    ['4: [Service] Aa = 1', '7: [Service] Bb = 2'],
  ],
  [
    'joins nothing at an escaped backslash',
    '[Service]\nAa=1 \\\\\nBb=2\nCc=1 \\\\\\\nDd=2\n',
    ['2: [Service] Aa = 1 \\\\', '3: [Service] Bb = 2', '5: [Service] Cc = 1 \\\\ Dd=2'],
  ],
  [
    'joins nothing at a backslash before a blank',
    '[Service]\nAa=1 \\ \nBb=2\n',
    ['2: [Service] Aa = 1 \\', '3: [Service] Bb = 2'],
  ],
  ['ends a joined line at an empty one', '[Service]\nAa=1 \\\n\nBb=2\n', ['3: [Service] Aa = 1', '4: [Service] Bb = 2']],
  ['sees no header in a joined line', '[Service]\nAa=1\\\n[Unit]\nBb=2\n', ['3: [Service] Aa = 1 [Unit]', '4: [Service] Bb = 2']],
  ['takes what a backslash at the end leaves open', '[Service]\nAa=1 \\', ['3: [Service] Aa = 1']],
  [
    'splits at the first = and strips both sides',
    '[Service]\n\tAa \t=  b = c \n=3\nnothing\nX Y=2\n',
    ['2: [Service] Aa = b = c', '3: [Service]  = 3', '5: [Service] X Y = 2'],
  ],
  ['takes off a byte order mark', '# c\n\ufeff[Service]\nAa=1\n', ['3: [Service] Aa = 1']],
  ['has no section before the first header', 'Zz=1\n[X-Own]\nAa=1\n', ['1: [] Zz = 1', '3: [X-Own] Aa = 1']],
  ['takes neither NBSP nor a form feed for a blank', '[Service]\n\fAa=1\u00a0\n', ['2: [Service] \fAa = 1\u00a0']],
];

describe('the reader of unit texts', () => {
  test.each(read)('%s', (_what, text, found) => {
    expect(assignments(text)).toEqual(found);
  });

  test('names headers and lines without = too, for what systemd says of them', () => {
    expect(readUnit('\n[Service]\nnothing\n')).toEqual([
      { first: 2, last: 2, section: 'Service', value: '' },
      { first: 3, last: 3, section: 'Service', value: '' },
    ]);
  });

  test('needs no longer for many joined lines or many blanks', () => {
    expect(valuesOf(`[Service]\nAa=${'\\\n'.repeat(200_000)}b`, 'Service', 'Aa')).toEqual(['b']);
    expect(valuesOf(`[Service]\nAa=a${' '.repeat(500_000)}b`, 'Service', 'Aa')).toHaveLength(1);
  });
});

test.each([
  ['[Service]\nExecStart=/bin/a\n', true],
  ['[Service]\rExecStart=/bin/a\n', true],
  ['[Service]\nExecStart=\\\n/bin/a\n', true],
  ['[Service]\nExecStart=\n', false],
  ['[Service]\n#ExecStart=/bin/a\n', false],
  ['[Service]\nNice=1 \\\nExecStart=/bin/a\n', false],
  ['[Unit]\nExecStart=/bin/a\n', false],
  ['ExecStart=/bin/a\n', false],
])('%j sets ExecStart: %j', (text, sets) => {
  expect(setsExecStart(text)).toBe(sets);
});

test('[Install] is the same however it is written', () => {
  const text = '[Install]\nWantedBy=a.target\\\n  b.target\n[Unit]\nAfter=x\n[Install]\nAlias=c.service\n';
  expect(installSection(text)).toBe('WantedBy=a.target   b.target\nAlias=c.service');
  expect(installSection(`# why\n${text.replaceAll('=', ' = ')}`)).toBe(installSection(text));
});
