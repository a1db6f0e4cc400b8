import { expect, test } from 'vitest';
import { compareHelp } from '../../../hack/minor/compare-help.ts';
import { readHelpText } from '../../../hack/minor/help-text.ts';
import { knownRelease } from '../../../src/kubelet/release.ts';

const release = knownRelease('1.38');
/**
 * As pflag prints it: the second line of an explanation begins far to the right, and a word in
 * backquotes is a type.
 */
const text = `Usage:
  kubelet [flags]

Flags:
      --address ip                       Where to serve (DEPRECATED: set it in the file)
      --cluster-dns strings              Servers
      --enable-it                        Whether
      --feature-gates mapStringBool      Pairs of gates. Options are:
                AllAlpha=true|false (ALPHA - default=false)
                NewGate=true|false (BETA - default=true)
                Same=true|false (ALPHA - default=false) (DEPRECATED: set it in the file)
  -h, --help                             help for kubelet
      --mode RuntimeDefault              A word in backquotes, see --other-mode
      --register-with-taints []v1.Taint  Taints
  -v, --v Level                          number
      --version version[=true]           --version, --version=raw
`;

test('the flags and gates of the help', () => {
  const help = readHelpText(text, release);
  const flags = help?.flags.map(({ name, type, deprecated }) => `${name} ${type}${deprecated ? ' deprecated' : ''}`);
  expect(flags).toEqual([
    'address ip deprecated',
    'cluster-dns list',
    'enable-it bool',
    'feature-gates map deprecated',
    'help bool',
    'mode undefined',
    'register-with-taints list',
    'v int',
    'version version',
  ]);
  expect([...(help?.gates.keys() ?? [])]).toEqual(['AllAlpha', 'NewGate', 'Same']);
  expect(readHelpText('kubelet: not found', release)).toBeUndefined();
});

test('what the help tells that the tables do not say', () => {
  const help = readHelpText(text, release) ?? { flags: [], gates: new Map() };
  const table = [
    'AllAlpha 1.4- 1.4:alpha:off',
    'Ended 1.36- 1.36:beta:on',
    'Same 1.36- 1.36:alpha:off',
    'Stable 1.30- 1.30:stable:on:locked',
  ].join('\n');
  const rows = [
    { name: 'address', type: 'ip', deprecated: '1.10' },
    { name: 'cluster-dns', type: 'list', repeatable: true },
    { name: 'feature-gates', type: 'map', repeatable: true, deprecated: '1.10' },
    { name: 'gone', type: 'bool' },
    { name: 'mode', type: 'string' },
    { name: 'register-with-taints', type: 'list' },
    { name: 'v', type: 'int' },
  ] as const;
  const found = compareHelp(table, rows, help, release);
  expect(found.map(({ kind, name, line }) => [kind, name, line])).toEqual([
    ['new', 'NewGate', 'NewGate 1.38- 1.38:beta:on'],
    // Stable, deprecated or gone: the text does not tell which. A stable one is not listed anyway.
    ['changed', 'Ended', undefined],
    ['new', 'enable-it', "{ name: 'enable-it', type: 'bool', since: '1.38' },"],
    ['removed', 'gone', "{ name: 'gone', type: 'bool', until: '1.37' },"],
  ]);
});
