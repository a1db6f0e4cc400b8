import { describe, expect, test } from 'vitest';
import { environmentOf } from '../../src/systemd/environment.ts';
import { commandsOf, expandCommand, splitRelaxed } from '../../src/systemd/service.ts';

const text = (content: string, path = '/usr/lib/systemd/system/kubelet.service') => ({ path, content });

test('an empty ExecStart= clears the commands before it, also those of the unit', () => {
  const texts = [text('[Service]\nExecStart=/bin/a\n'), text('[Service]\nExecStart=\nExecStart=-/bin/b "x y"\n', '/etc/d.conf')];
  expect(commandsOf(texts)).toEqual([{ line: '-/bin/b "x y"', by: '/etc/d.conf', prefixes: '-', words: ['/bin/b', 'x y'] }]);
});

/** What a real systemd 252 gave to the process, with A="x 'y z'", E empty and P="%H". */
describe('the words of a command with its variables', () => {
  const unit = `[Service]\nEnvironment="A=x 'y z'" "E=" "P=%H"\n`;
  const words = (line: string) => {
    const texts = [text(`${unit}ExecStart=${line}\n`)];
    const [command] = commandsOf(texts);
    return expandCommand(
      command as NonNullable<typeof command>,
      environmentOf(texts, () => undefined),
      'kubelet.service',
    ).map((word) => word.text);
  };

  test.each([
    ['/k $A', ['/k', 'x', 'y z']],
    ['/k "$A"', ['/k', 'x', 'y z']],
    ['/k ${A}', ['/k', "x 'y z'"]],
    ['/k --x=${A}', ['/k', "--x=x 'y z'"]],
    ['/k --x=$A', ['/k', '--x=$A']],
    ['/k $E', ['/k']],
    ['/k ${E}', ['/k', '']],
    ['/k $NONE', ['/k']],
    ['/k $$A', ['/k', '$A']],
    [':/k $A ${A}', ['/k', '$A', '${A}']],
    ['/k %n 100%%', ['/k', 'kubelet.service', '100%']],
    ['/k --h=%H', ['/k', undefined]],
    ['/k $P', ['/k', undefined]],
  ])('%s', (line, expected) => {
    expect(words(line)).toEqual(expected);
  });
});

test.each([
  ['a  \'b c\' "d\\"e"', ['a', 'b c', 'd"e']],
  ["''", ['']],
  ['x\\ y', ['x y']],
  ["open 'quote at the end", ['open', 'quote at the end']],
  [' ', []],
])('the value of a variable becomes words: %j', (value, expected) => {
  expect(splitRelaxed(value)).toEqual(expected);
});
