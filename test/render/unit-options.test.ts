import { describe, expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../src/api/types.ts';
import { wordFault } from '../../src/systemd/word-fault.ts';
import { checkWrites, rendered } from './subject.ts';

type Options = Record<string, Record<string, string[]>>;
const found = (options: Options, mode: 'Replace' | 'DropIn' = 'Replace') => checkWrites({ unit: { mode, options } });
const warnings = (spec: Partial<KubeletConfigSpec>) =>
  rendered(spec).warnings.map(({ reason, remedy }) => `${reason} → ${remedy}`);
const inFile = (content: string): Partial<KubeletConfigSpec> => ({
  files: [{ path: '/etc/systemd/system/kubelet.service.d/90-own.conf', content }],
});

describe('refused:', () => {
  test.each<[string, Options, string]>([
    [
      'an option of [Unit] in [Service]',
      { Service: { Requires: ['a.service', 'b.service'] } },
      'Service.Requires: UnitInvalid: systemd ignores Requires in [Service]: it belongs into [Unit]',
    ],
    [
      'one of [Service] in [Unit]',
      { Unit: { Restart: ['no'] } },
      'Unit.Restart: UnitInvalid: systemd ignores Restart in [Unit]: it belongs into [Service]',
    ],
    [
      'one of [Install] in [Unit]',
      { Unit: { WantedBy: ['a.target'] } },
      'Unit.WantedBy: UnitInvalid: systemd ignores WantedBy in [Unit]: it belongs into [Install]',
    ],
    [
      'the section of a timer',
      { Timer: { OnBootSec: ['1'] } },
      'Timer: UnitInvalid: systemd ignores the section [Timer] in a service',
    ],
    [
      'an open quote',
      { Service: { ExecStartPre: ['/bin/true', '/bin/sh -c "echo'] } },
      'Service.ExecStartPre[1]: UnitInvalid: the quote in "\\"echo" is never closed',
    ],
    ['an open quote in a list', { Unit: { After: ["a.service 'b.service"] } }, 'Unit.After[0]: UnitInvalid: the quote in'],
    [
      'oneshot, restarted by default',
      { Service: { Type: ['oneshot'] } },
      'Service.Type[0]: UnitInvalid: systemd refuses a unit with Type=oneshot and Restart=always',
    ],
    [
      'oneshot with on-success',
      { Service: { Type: ['oneshot'], Restart: ['on-success'] } },
      'Service.Type[0]: UnitInvalid: systemd refuses',
    ],
    [
      'oneshot at all',
      { Service: { Type: ['oneshot'], Restart: ['no'] } },
      'Service.Type[0]: UnitInvalid: with Type=oneshot systemd waits',
    ],
    [
      'dbus without a name',
      { Service: { Type: ['dbus'] } },
      'Service.Type[0]: UnitInvalid: systemd refuses a unit with Type=dbus',
    ],
  ])('%s', (_what, options, problem) => {
    expect(found(options)).toEqual([expect.stringContaining(`spec.unit.options.${problem}`)]);
  });

  test('in a drop-in, whose unit says how it is restarted', () => {
    expect(found({ Service: { Type: ['oneshot'] } }, 'DropIn')).toEqual([expect.stringContaining('waits for the end')]);
  });

  test.each([
    ['[Service]\nAfter=a.service\n', 'it belongs into [Unit]'],
    ['[Service]\nEnvironment="A=b\n', 'is never closed'],
    ['[Service]\nEnvironment=A=\\d\n', 'does not know the escape \\d'],
    ['[Service]\nType=oneshot\nRestart=always\n', 'Type=oneshot and Restart=always'],
    ['[Socket]\nListenStream=1\n', 'the section [Socket]'],
  ])('%j in a file of the drop-in directory', (content, reason) => {
    expect(checkWrites(inFile(content))).toEqual([expect.stringContaining(reason)]);
  });
});

test.each<[Options, string]>([
  [{ Services: { RestartSec: ['3'] } }, 'systemd ignores the section [Services] in a service → write Service'],
  [
    { Service: { Restrat: ['always'] } },
    'systemd up to 258 has no option Restrat in [Service], and ignores what it does not know → write Restart',
  ],
  [
    { Service: { ExecStartPre: ["/bin/grep -E '\\d+' /etc/x"] } },
    'systemd does not know the escape \\d, and warns about it at every start → write \\\\d if the backslash is text',
  ],
])('warned of: %j', (options, warning) => {
  expect(warnings({ unit: { options } })).toEqual([warning]);
});

test.each<Options>([
  { Unit: { Description: ["Kubelet's best"], Wants: ['a.service b.service'], 'X-Own': ['"'] }, 'X-Section': { Any: ["'"] } },
  {
    Service: { ExecStartPre: ['', '-/bin/sh -c "a \\"b\\" \\x41 \\u00e9 \\101 \\t" ; /bin/true \\; x', "/bin/echo it's' fine"] },
  },
  { Service: { Type: ['notify'], EnvironmentFile: ["-/etc/it's"], StartLimitInterval: ['5'], MemoryMax: ['1G'] } },
  { Install: { WantedBy: ['multi-user.target'] } },
])('nothing is said of %j', (options) => {
  expect(warnings({ unit: { options } })).toEqual([]);
});

test.each([
  ['a\\x00', '\\x'],
  ['a\\000', '\\0'],
  ['a\\777', '\\7'],
  ['a\\xg1', '\\x'],
  ['a\\u12', '\\u'],
])('%j holds an unknown escape', (value, text) => {
  expect(wordFault(value, true)).toEqual({ kind: 'UnknownEscape', text });
});
