import { describe, expect, test } from 'vitest';
import { foreignLines, foreignText, terminalJson, terminalText } from '../../src/text/foreign-text.ts';

describe('what may be shown of', () => {
  test.each([
    ['plain words', 'kubelet: 10 % ä 😀', 'kubelet: 10 % ä 😀'],
    ['colours', '\u001b[1;31mred\u001b[0m', 'red'],
    ['a title of the terminal', '\u001b]0;title\u0007x \u001b]8;;http://a\u001b\\y', 'x y'],
    ['a reset', '\u001bcx', 'x'],
    ['C1 codes', '\u009b31mred\u0085end', 'red end'],
    ['an escape without end', 'x\u001b[', 'x'],
    ['a carriage return', 'a\rb', 'a b'],
    ['text that runs the other way', 'a\u202eb', 'a b'],
    ['a secret behind an escape', 'pass\u001b[0mword=hunter2', 'password=<hidden>'],
    ['a password of several words', 'it read password: correct horse battery', 'it read password: <hidden>'],
    ['a token in a sentence', 'token: hunter2abc was refused', 'token: <hidden> was refused'],
    ['a reason behind a name', 'invalid bootstrap-token: no such file', 'invalid bootstrap-token: no such file'],
    ['a path that is named so', 'open /etc/password: no such file', 'open /etc/password: no such file'],
    ['an address behind a name', 'token: https://10.0.0.1:6443/x refused it', 'token: https://10.0.0.1:6443/x refused it'],
    ['a token', 'it sent Bearer abcdefghijklmnop', 'it sent Bearer <hidden>'],
  ])('%s', (_what, text, shown) => {
    expect(foreignText(text)).toBe(shown);
  });
});

test('lines stay lines, or become one', () => {
  const text = '  first\r\n\r\n second\t2\n';
  expect(foreignText(text)).toBe('  first\n\n second 2\n');
  expect(foreignLines(text)).toBe('first | second 2');
});

test('a terminal gets our colours and no other escape sequence', () => {
  const ours = '\u001b[1m\u001b[31merror\u001b[39m\u001b[22m';
  expect(terminalText(`${ours}: a\u001b[8mb\u001b]0;title\u0007\u009b2J\u202ec\td\r\ne`)).toBe(`${ours}: ab c\td\ne`);
});

test('JSON stays the same JSON', () => {
  const json = JSON.stringify({ a: 'x\u001b[2J\u009b2J\u202e ä\u2028' });
  expect(terminalJson(json)).toBe('{"a":"x\\u001b[2J\\u009b2J\\u202e ä\\u2028"}');
  expect(JSON.parse(terminalJson(json))).toEqual(JSON.parse(json));
});

test.each([
  ['escapes', '\u001b'],
  ['styles', '\u001b[1m'],
  ['parameters', '\u001b[1;'],
  ['titles', '\u001b]0;'],
  ['carriage returns', '\r'],
  ['names in one word', 'token:'],
  ['passwords in one word', 'password:'],
])('64 KiB of %s take no more than their length is worth', (_what, piece) => {
  const text = `${piece.repeat(65_536 / piece.length)} x`;
  const begun = process.cpuUsage();
  foreignText(text);
  terminalText(text);
  const { user, system } = process.cpuUsage(begun);
  expect((user + system) / 1000).toBeLessThan(500);
});
