import { describe, expect, test } from 'vitest';
import { environmentFilesOf, environmentOf } from '../../src/systemd/environment.ts';
import { readEnvironmentFile } from '../../src/systemd/environment-file.ts';

const service = (...lines: string[]) => ['[Service]', ...lines, ''].join('\n');
const texts = (...contents: string[]) => contents.map((content, index) => ({ path: `/${index}`, content }));

describe('the environment of a unit', () => {
  test.each<[string, string[], Record<string, string>, string | undefined, string]>([
    ['one assignment', [service('Environment=A=1')], {}, '1', '/0'],
    ['quotes, blanks and %%', [service('Environment="A=1 2" B=50%% ')], {}, '1 2', '/0'],
    ['the last one counts', [service('Environment=A=1', 'Environment=B=x A=2')], {}, '2', '/0'],
    ['in a drop-in', [service('Environment=A=1'), service('Environment=A=2')], {}, '2', '/1'],
    ['cleared and set again', [service('Environment=A=1'), service('Environment=', 'Environment=A=3')], {}, '3', '/1'],
    ['a file counts more', [service('EnvironmentFile=-/f', 'Environment=A=1')], { '/f': 'A=2\n' }, '2', '/f'],
    ['a later file counts more', [service('EnvironmentFile=/g', 'EnvironmentFile=/f')], { '/f': 'A=2', '/g': 'A=3' }, '2', '/f'],
    [
      'a cleared file',
      [service('Environment=A=1', 'EnvironmentFile=/f'), service('EnvironmentFile=')],
      { '/f': 'A=2' },
      '1',
      '/0',
    ],
    ['a file that is not there', [service('Environment=A=1', 'EnvironmentFile=/f')], {}, '1', '/0'],
    ['unset', [service('Environment=A=1'), service('UnsetEnvironment=B A')], {}, undefined, '/1'],
    ['unset with another value', [service('Environment=A=1', 'UnsetEnvironment=A=2')], {}, '1', '/0'],
    ['what only the machine knows', [service('Environment=A=%H')], {}, undefined, '/0'],
    ['PassEnvironment= counts less', [service('Environment=A=1', 'PassEnvironment=A')], {}, '1', '/0'],
    ['another section', [service('Environment=A=1', '[Unit]', 'Environment=A=2')], {}, '1', '/0'],
  ])('%s', (_, contents, files, value, by) => {
    expect(environmentOf(texts(...contents), (path) => files[path]).get('A')).toEqual({ value, by });
  });

  test('names its files without the dash', () => {
    expect(environmentFilesOf(texts(service('EnvironmentFile=-/a%%b', 'EnvironmentFile=/c')))).toEqual([
      { path: '/a%b', by: '/0' },
      { path: '/c', by: '/0' },
    ]);
  });
});

describe('an environment file', () => {
  test.each<[string, [string, string][]]>([
    [
      'A=1\n# B=2\n; C=3\nD = 4 \n',
      [
        ['A', '1'],
        ['D', '4'],
      ],
    ],
    [
      "A=\"x \\\" y\" 'z'\nB='a\nb'",
      [
        ['A', 'x " yz'],
        ['B', 'a\nb'],
      ],
    ],
    [
      'A=x\\\ny\nB=',
      [
        ['A', 'xy'],
        ['B', ''],
      ],
    ],
    ['A="a\\n\\$b"', [['A', 'a\\n$b']]],
    ['A=it"s\n', [['A', 'it"s']]],
    ['nothing\n1A=x\nexport B=1\nC=2', [['C', '2']]],
    ['#a \\\nA=1\nB=2', [['B', '2']]],
  ])('%j', (text, found) => expect(readEnvironmentFile(text)).toEqual(found));
});
