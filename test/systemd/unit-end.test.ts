import { expect, test } from 'vitest';
import { describeJobResult, describeUnitEnd, type UnitEnd } from '../../src/systemd/unit-end.ts';

const exited = (status: number) => ({ code: 1, status });

test.each<[UnitEnd, string]>([
  [{ result: 'exit-code', main: exited(1) }, 'its main process exited with status 1 (exit-code)'],
  [
    { result: 'exit-code', main: exited(203) },
    'its main process exited with status 203 (EXEC): the program is missing, cannot be executed, or names an interpreter that is missing',
  ],
  [{ result: 'exit-code', main: exited(217) }, 'its main process exited with status 217 (USER): the user of User= is missing'],
  [{ result: 'exit-code', main: exited(255) }, 'its main process exited with status 255 (exit-code)'],
  [{ result: 'success', main: exited(0) }, 'its main process exited with status 0 (success)'],
  [{ result: 'signal', main: { code: 2, status: 9 } }, 'its main process was killed by signal 9 (SIGKILL)'],
  [
    { result: 'core-dump', main: { code: 3, status: 11 } },
    'its main process was killed by signal 11 (SIGSEGV) and left a core dump',
  ],
  [
    { result: 'exit-code', main: { code: 0, status: 0 }, command: { key: 'ExecStartPre', ...exited(7) } },
    'a command of ExecStartPre= exited with status 7 (exit-code)',
  ],
  [{ result: 'oom-kill', main: { code: 2, status: 9 } }, 'memory ran out, and the kernel killed one of its processes (oom-kill)'],
  [
    { result: 'resources' },
    'systemd could not prepare its start, for example because a file of EnvironmentFile= is missing (resources)',
  ],
  [
    { result: 'success', unmet: ['ConditionPathExists=/x', 'AssertHost=!y'] },
    'systemd did not start it, because a condition of the unit is not met: ConditionPathExists=/x, AssertHost=!y',
  ],
  [{ result: 'exit-code' }, 'it exited with an error (exit-code)'],
  [{ result: 'toString' }, 'systemd calls its result "toString"'],
])('%j', (end, words) => expect(describeUnitEnd(end)).toBe(words));

test.each([
  'success',
  'resources',
  'protocol',
  'timeout',
  'exit-code',
  'signal',
  'core-dump',
  'watchdog',
  'start-limit-hit',
  'oom-kill',
  'exec-condition',
])('the result %s is explained, and named', (result) => {
  expect(describeUnitEnd({ result })).toMatch(new RegExp(`^\\w.* \\(${result}\\)$`));
});

test('so is the result of a job', () => {
  expect(describeJobResult('dependency')).toMatch(/^a unit that it requires did not start.*\(dependency\)$/);
  expect(describeJobResult('collected')).toBe('its job was collected');
});
