import { describe, expect, test } from 'vitest';
import { render } from '../../src/render/render.ts';
import { unitFiles, unitProblems } from '../../src/render/unit.ts';
import { kubeletConfig } from '../builders.ts';
import { checkWrites, effectiveOf, file, rendered, unknown, withRkt } from './subject.ts';

const dropIn = '/etc/systemd/system/kubelet.service.d/50-kubelet-config.conf';
const options = (of: Record<string, Record<string, string[]>>, mode: 'Replace' | 'DropIn' = 'Replace') => ({
  unit: { options: of, mode },
});

test('a whole unit', () => {
  expect(file({ kubelet: { flags: { v: 2 } }, unit: { environment: { B: '2', A: '1' } } })).toBe(`[Unit]
Description=Kubernetes kubelet
Wants=network-online.target
After=network-online.target

[Service]
Environment=A=1
Environment=B=2
ExecStart=/usr/bin/kubelet \\
  --v=2
Restart=always
RestartSec=10

[Install]
WantedBy=multi-user.target
`);
});

describe('options', () => {
  test('replace what we would say ourselves, with all their values', () => {
    const unit = file(
      options({
        Unit: { After: ['a.service', 'b.service'] },
        Service: { RestartSec: ['5'] },
        Install: { WantedBy: ['x.target'] },
      }),
    );
    expect(unit).toContain('Wants=network-online.target\nAfter=a.service\nAfter=b.service\n');
    expect(unit).not.toContain('After=network-online.target');
    expect(unit).toContain('Restart=always\nRestartSec=5\n');
    expect(unit).toContain('[Install]\nWantedBy=x.target\n');
    expect(unit).not.toContain('multi-user.target');
  });

  test('take back what we would say with no value at all', () => {
    expect(file(options({ Unit: { Wants: [], After: [] } }))).toMatch(/^\[Unit\]\nDescription=Kubernetes kubelet\n\n/);
  });

  test('add to it otherwise, sorted by key', () => {
    expect(file(options({ Service: { LimitNOFILE: ['65536'], CPUAccounting: ['true'] } }))).toContain(
      'RestartSec=10\nCPUAccounting=true\nLimitNOFILE=65536\n',
    );
  });

  test('come in further sections after ours, sorted', () => {
    const unit = file(options({ 'X-Other': { A: ['1'] }, Swop: { B: ['2'] }, constructor: { C: ['3'] } }));
    expect(unit.slice(unit.indexOf('[Install]'))).toBe(
      '[Install]\nWantedBy=multi-user.target\n\n[Swop]\nB=2\n\n[X-Other]\nA=1\n\n[constructor]\nC=3\n',
    );
  });

  test('stand as they are written', () => {
    expect(
      file(options({ Service: { EnvironmentFile: ['-/etc/default/kubelet'], ExecStartPre: ['/bin/sh -c "x %n $Y"'] } })),
    ).toContain('EnvironmentFile=-/etc/default/kubelet\nExecStartPre=/bin/sh -c "x %n $Y"\n');
  });

  test('may end in a backslash that is doubled', () => {
    expect(file(options({ Service: { SyslogIdentifier: ['a\\\\'] } }))).toContain('SyslogIdentifier=a\\\\\n');
  });
});

describe('an option is refused', () => {
  test.each([
    [
      'ExecStart',
      options({ Service: { ExecStart: ['/bin/true'] } }),
      'spec.unit.options.Service.ExecStart',
      'the launcher sets ExecStart',
    ],
    [
      'Environment',
      options({ Service: { Environment: ['A=1'] } }),
      'spec.unit.options.Service.Environment',
      'variables are set in unit.environment, where they need no quoting',
    ],
    [
      'Install in a drop-in',
      options({ Install: { WantedBy: ['x.target'] } }, 'DropIn'),
      'spec.unit.options.Install.WantedBy',
      "with mode: DropIn the node's own unit says when it starts",
    ],
    [
      'a character systemd drops the line for',
      options({ Service: { SyslogIdentifier: ['\ufffe'] } }),
      'spec.unit.options.Service.SyslogIdentifier[0]',
      'no unit file can carry the value: U+FFFE is no character; systemd refuses the line',
    ],
  ])('%s', (_what, spec, field, reason) => {
    expect(checkWrites(spec)).toEqual([`${field}: UnitInvalid: ${reason}`]);
  });

  test.each([
    [
      'a line break',
      { Service: { A: ['x\nExecStart=/bin/false'] } },
      'the value has a line break, which would begin another option',
    ],
    [
      'a backslash at the end',
      { Service: { A: ['x\\'] } },
      'the value ends in a backslash, which would join the next option to it',
    ],
    ['a name that is none', { Service: { 'A=B\n': ['x'] } }, '"A=B\\n" cannot be the name of a section or option'],
    ['a section that is none', { 'Service]': { A: ['x'] } }, '"Service]" cannot be the name of a section or option'],
  ])('%s, also when nobody has looked before', (_what, wrong, reason) => {
    const unit = { name: 'kubelet.service', mode: 'Replace', environment: {}, options: wrong } as const;
    expect(unitProblems(unit).map((problem) => problem.reason)).toEqual([reason]);
  });
});

describe('a drop-in', () => {
  test('clears ExecStart before it sets it, and says nothing of [Unit] and [Install]', () => {
    const spec = {
      kubelet: { flags: { v: 2 } },
      unit: { mode: 'DropIn', environment: { A: '1' }, options: { Service: { Nice: ['5'] } } },
    } as const;
    expect(rendered(spec).revision.files.map(({ path }) => path)).toEqual([dropIn]);
    expect(file(spec, dropIn)).toBe('[Service]\nEnvironment=A=1\nExecStart=\nExecStart=/usr/bin/kubelet \\\n  --v=2\nNice=5\n');
  });

  test('keeps what comes before and after the kubelet', () => {
    const unit = file(withRkt({}, { unit: { mode: 'DropIn' } }), dropIn);
    expect(unit).toMatch(
      /ExecStartPre=-\/usr\/bin\/rkt rm .*\nExecStart=\nExecStart=\/opt\/bin\/kubelet-wrapper\nExecStop=-\/usr\/bin\/rkt stop/,
    );
  });
});

test('the name of the unit is that of its file', () => {
  const effective = effectiveOf(kubeletConfig('a', { launcher: { host: {} } }));
  const other = { ...effective, spec: { ...effective.spec, unit: { ...effective.spec.unit, name: 'other.service' } } };
  expect(render(other, unknown)).toMatchObject({
    revision: { unit: { name: 'other.service' }, files: [{ path: '/etc/systemd/system/other.service' }] },
  });
});

test('no byte of a unit says who wrote it or when', () => {
  const command = { kind: 'Starts', start: ['/usr/bin/kubelet'], startPre: [], stop: [] } as const;
  const launch = { command, environment: {}, files: [] };
  const [unit] = unitFiles({ name: 'kubelet.service', mode: 'Replace', environment: {}, options: {} }, launch);
  expect(unit?.content).not.toMatch(/kubelet-config|version|[0-9]{4}-[0-9]{2}/i);
});

describe('[Install] that would change other units', () => {
  const files = (path: string, content: string) => ({ files: [{ path, content }] });
  const own = '/etc/systemd/system/kubelet.service.d/20-own.conf';
  test.each([
    ['Alias', options({ Install: { Alias: ['ssh.service'] } })],
    ['Also', options({ Install: { Also: ['ssh.service'] } })],
    ['DefaultInstance', options({ Install: { DefaultInstance: ['ssh'] } })],
    ['Alias', options({ Install: { Alias: ['ssh.service'] } }, 'DropIn')],
  ])('%s is refused', (key, spec) => {
    expect(checkWrites(spec)).toEqual([
      `spec.unit.options.Install.${key}: UnitInvalid: ${key}= of [Install] changes other units than the kubelet's`,
    ]);
  });

  test.each([
    ['[Install]\nAlias=ssh.service\n'],
    ['\ufeff[Install]\r\n Also = ssh.service'],
    ['[Unit]\nAfter=a\n[Install]\nWantedBy=x.target\n# Alias=\nAlias=\\\n  ssh.service'],
    ['[Install]\nDefaultInstance=ssh'],
  ])('is refused in a drop-in of the object: %j', (content) => {
    expect(checkWrites(files(own, content))).toEqual([
      expect.stringMatching(/^spec\.files\["\/etc\/systemd.*20-own\.conf"\]: UnitInvalid: (Alias|Also|DefaultInstance)= of/),
    ]);
  });

  test('is refused in the unit that an object writes as a file below a drop-in', () => {
    const spec = {
      unit: { mode: 'DropIn' as const },
      ...files('/etc/systemd/system/kubelet.service', '[Install]\nAlias=a.service'),
    };
    expect(checkWrites(spec)).toEqual([expect.stringContaining('Alias= of [Install]')]);
  });

  test('systemd reads neither other cases nor other sections', () => {
    const content = '[Install]\nalias=ssh.service\n[install]\nAlias=ssh.service\n[X-Install]\nAlso=ssh.service\n';
    expect(checkWrites(files(own, content))).toEqual([]);
  });
});
