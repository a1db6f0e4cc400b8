import { describe, expect, test } from 'vitest';
import { type JournalEntry, lastWords, readEntries } from '../../src/host/last-output.ts';

const printed = (message: string, over: Partial<JournalEntry> = {}): JournalEntry => ({
  message,
  priority: 6,
  invocation: 'new',
  ...over,
});
/** As the journal has them, in the order in which they were printed. */
const words = (...entries: readonly JournalEntry[]) => lastWords([...entries].reverse(), 'old');

describe('quotes', () => {
  test('the last three of three hundred lines, in their order', () => {
    const many = Array.from({ length: 300 }, (_, index) => printed(`line ${index}`));
    expect(words(...many)).toBe('line 297 | line 298 | line 299');
  });

  test('the last errors first, by klog, by priority and by their beginning', () => {
    expect(
      words(
        printed('E1127 09:00:00.000001 first'),
        printed('E1127 09:00:00.000002 second'),
        printed('error: third'),
        printed('fourth', { priority: 3 }),
        printed('I1127 09:00:00.000005 the end'),
      ),
    ).toBe('E1127 09:00:00.000002 second | error: third | fourth');
    expect(words(printed('I1 a'), printed('F1127 09:00:00.000002 b'), printed('I1 c'), printed('I1 d'))).toBe(
      'F1127 09:00:00.000002 b | I1 c | I1 d',
    );
  });

  test('the error of a kubelet 1.36, which has a word in front, before what is said after it', () => {
    const error = '??? E1127 18:22:55.162398     310 run.go:72] "command failed"';
    const later = ['a', 'b', 'c'].map((text) => printed(text));
    expect(words(printed(error), ...later)).toBe(`${error} | b | c`);
    expect(words(printed('??? I1127 18:22:55.1 fine'), ...later)).toBe('a | b | c');
  });

  test('nothing that the run before the restart says to the end', () => {
    const goodbye = printed('E1127 09:00:00.000001 shutting down', { invocation: 'old' });
    expect(words(goodbye, printed('E1127 09:00:00.000002 no such flag'), goodbye)).toBe('E1127 09:00:00.000002 no such flag');
    expect(words(goodbye)).toBe('');
  });

  test('a program that ended before the journal knew its invocation', () => {
    expect(words(printed('unknown flag', { invocation: undefined }))).toBe('unknown flag');
  });

  test('no secret and no escape sequence', () => {
    expect(words(printed('\u001b[31mE1127 --token=abc\u001b[0m'))).toBe('E1127 --token=<hidden>');
  });

  test('the newest error, cut where it has to be, and others as long as there is room', () => {
    expect([...words(printed('short'), printed(`E1127 ${'x'.repeat(1000)}`))]).toHaveLength(600);
    const long = 'y'.repeat(400);
    expect(words(printed(`E1127 ${long}`), printed(`E1128 ${long}`))).toBe(`E1128 ${long}`);
  });
});

test('reads what journalctl prints: bytes, long messages, fields that are there twice, errors of systemd, and lines of something else', () => {
  const lines = [
    { MESSAGE: 'words', PRIORITY: '3', _SYSTEMD_INVOCATION_ID: 'a1' },
    { MESSAGE: [...Buffer.from('ä\u001b[0m')], PRIORITY: '6' },
    { MESSAGE: null },
    { MESSAGE: ['first', 'second'] },
    { OTHER: 'x' },
    {
      MESSAGE: 'Failed to load environment files',
      PRIORITY: '3',
      UNIT: 'kubelet.service',
      INVOCATION_ID: 'b2',
      _SYSTEMD_INVOCATION_ID: 'c3',
    },
    { MESSAGE: 'Main process exited', PRIORITY: '5', UNIT: 'kubelet.service', INVOCATION_ID: 'b2' },
    { MESSAGE: 'container died 77f7ad', PRIORITY: '6', _SYSTEMD_INVOCATION_ID: 'a1', PODMAN_EVENT: 'died' },
  ].map((fields) => JSON.stringify(fields));
  expect(readEntries([...lines, 'no JSON', 'null', ''].join('\n'))).toEqual([
    { message: 'words', priority: 3, invocation: 'a1' },
    { message: 'ä\u001b[0m', priority: 6, invocation: undefined },
    { message: 'first', priority: 6, invocation: undefined },
    { message: 'Failed to load environment files', priority: 3, invocation: 'b2' },
  ]);
});
