import { expect, test } from 'vitest';
import type { FieldPath, Problem } from '../../../src/api/problem.ts';
import { withoutKnownOffline } from '../../../src/node/preflight/known-offline.ts';

const warning = (path: FieldPath, reason: string): Problem => ({
  severity: 'warning',
  code: 'UnitInvalid',
  path: ['spec', ...path],
  reason,
  remedy: 'r',
});
const option = ['unit', 'options', 'Service', 'ExecStartPre'];
const escapes = 'systemd says about ExecStartPre= in [Service]: Ignoring unknown escape sequences: "a\\d"';
const offline = 'systemd does not know the escape \\d, and warns about it at every start';

test.each<[what: string, found: Problem, known: Problem, left: number]>([
  ['an escape of the option', warning(option, escapes), warning([...option, 1], offline), 0],
  ['an escape in a file', warning(['files', '/a.conf'], escapes), warning(['files', '/a.conf'], offline), 0],
  ['an escape of another option', warning(option, escapes), warning(['unit', 'options', 'Service', 'ExecStop', 0], offline), 1],
  ['another fault of the option', warning(option, escapes), warning([...option, 0], 'the quote is never closed'), 1],
  [
    'an option that systemd does not know',
    warning(
      ['unit', 'options', 'Service', 'Foo'],
      "systemd says about Foo= in [Service]: Unknown key 'Foo' in section [Service]",
    ),
    warning(['unit', 'options', 'Service', 'Foo'], 'systemd up to 258 has no option Foo in [Service]'),
    0,
  ],
])('%s is told once', (_what, found, known, left) => {
  expect(withoutKnownOffline([found], [known])).toHaveLength(left);
});
