import { expect, test } from 'vitest';
import { misreadSpecifiers } from '../../src/render/specifiers.ts';
import { rendered } from './subject.ts';

test.each([
  ["/bin/sh -c 'date +%s > /run/started'", ['%s date']],
  ["/bin/sh -c 'date +%Y-%m'", ['%Y date', '%m date']],
  ['/usr/bin/stat -c %U /etc', ['%U stat']],
  ['/bin/echo %s', ['%s']],
  ["/bin/sh -c 'date; echo %H'", []],
  ["/bin/sh -c 'date +%%s'", []],
  ['/bin/echo %H $HOME 100%', []],
])('%s', (value, found) => {
  expect(misreadSpecifiers(value).map(({ text, program }) => (program ? `${text} ${program}` : text))).toEqual(found);
});

test('the object is warned, and the remedy is taken', () => {
  const warnings = (value: string) =>
    rendered({ unit: { options: { Service: { ExecStartPre: [value] } } } }).warnings.map(({ code, remedy }) => [code, remedy]);
  expect(warnings("/bin/sh -c 'date +%s'")).toEqual([['NotExpanded', 'write %%s if date is to get %s']]);
  expect(warnings("/bin/sh -c 'date +%%s'")).toEqual([]);
});
