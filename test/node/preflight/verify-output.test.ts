import { describe, expect, test } from 'vitest';
import { defaultAllowance } from '../../../src/api/paths.ts';
import { formatPath } from '../../../src/api/problem.ts';
import type { KubeletConfigSpec } from '../../../src/api/types.ts';
import { desiredOf, desiredState } from '../../../src/node/decide/desired-state.ts';
import { problemsIn, type Verified } from '../../../src/node/preflight/verify-output.ts';
import { kubeletConfig } from '../../builders.ts';

const unit = 'kubelet.service';
const unitFile = `/etc/systemd/system/${unit}`;
const directory = '/var/lib/kubelet-config/verify';

/** The unit of an object with these options, as it is staged. */
function verified(spec: Partial<KubeletConfigSpec>, changed: Partial<Verified> = {}): Verified {
  const objects = [kubeletConfig('workers', { launcher: { host: {} }, ...spec })];
  const { revision, effective } = desiredState(
    desiredOf({ kind: 'Answers', objects, withdrawnWhen: 'NotSelected' }, {}, defaultAllowance),
    { osRelease: {} },
    undefined,
  );
  if (revision.kind !== 'Rendered' || !effective) throw new Error(JSON.stringify(revision));
  const { files } = revision.revision;
  const staged = files
    .filter(({ path }) => path.startsWith('/etc/systemd/system/'))
    .map(({ path, content }) => [path.slice('/etc/systemd/system'.length), { content, ours: path }] as const);
  const written = files.map(({ path }) => path);
  return { unit, staged: new Map(staged), spec: effective.spec, written, others: [], startsNow: true, ...changed };
}

/** What systemd says of the line of our unit file that begins like this. */
function ofLine({ staged }: Verified, begin: string, words: string, file = `/${unit}`): string {
  const index =
    staged
      .get(file)
      ?.content.split('\n')
      .findIndex((line) => line.startsWith(begin)) ?? -1;
  if (index < 0) throw new RangeError(`no line ${begin}`);
  return `${directory}${file}:${index + 1}: ${words}`;
}

function told(output: string, about: Verified): string[] {
  return problemsIn(output, about).map(({ severity, path }) => `${severity} ${formatPath(path)}`);
}

const withService = (options: Record<string, string[]>, section = 'Service') =>
  verified({ unit: { options: { [section]: options } } });

describe('of a message that systemd has cut at 2,048 bytes', () => {
  const long = 'x'.repeat(3000);
  const cutLine = (line: string) => line.slice(0, 2039);

  test.each([
    [
      'that it ignores the value',
      { StandardOutput: [`file:%Q${long}`] },
      `Failed to resolve unit specifiers in %Q${long}, ignoring`,
      'error',
    ],
    [
      'nothing, but that it does not know the key',
      { Foo: [long] },
      `Unknown key '${long}' in section [Service], ignoring.`,
      'warning',
    ],
  ])('it may have said %s', (_, options, words, severity) => {
    const about = withService(options);
    const [key = ''] = Object.keys(options);
    const [found, ...others] = problemsIn(cutLine(ofLine(about, `${key}=`, words)), about);
    expect(found).toMatchObject({ severity, path: ['spec', 'unit', 'options', 'Service', key] });
    expect(found?.reason).toMatch(/^systemd says about \w+= in \[Service\]: .{300,700} \(systemd cuts long messages\)$/);
    expect(others).toEqual([]);
  });

  test('also where most of it is a secret, which is hidden', () => {
    const secret = `token=${long}`;
    const about = withService({ StandardOutput: [`file:%Q/${secret}`] });
    const line = ofLine(about, 'StandardOutput=', `Failed to resolve unit specifiers in %Q/${secret}, ignoring`);
    const found = problemsIn(cutLine(line), about);
    expect(found).toMatchObject([{ severity: 'error' }]);
    expect(JSON.stringify(found)).not.toContain('xxx');
  });

  test('of the unit as a whole', () => {
    const about = withService({});
    expect(told(`${unit}: Command /${long}`.slice(0, 2064), about)).toEqual(['error spec.unit']);
    expect(told(`other.service: Command /${long}`.slice(0, 2064), about)).toEqual([]);
  });
});

test('a value that speaks like systemd makes no warning of an error', () => {
  const about = withService({ StandardOutput: ['file:%Q/deprecated'] });
  const line = ofLine(about, 'StandardOutput=', 'Failed to resolve unit specifiers in %Q/deprecated, ignoring');
  expect(told(line, about)).toEqual(['error spec.unit.options.Service.StandardOutput']);
});

describe('of a line of our own file', () => {
  test.each([
    ['a value that is ignored', { Type: ['nonsense'] }, 'Failed to parse service type, ignoring: nonsense', 'error', 'Type'],
    ['a limit', { MemoryMax: ['12X'] }, "Invalid memory limit '12X', ignoring: Invalid argument", 'error', 'MemoryMax'],
    ['a key, since 252', { Foo: ['1'] }, "Unknown key 'Foo' in section [Service], ignoring.", 'warning', 'Foo'],
    ['a key, since 246', { Foo: ['1'] }, "Unknown key name 'Foo' in section 'Service', ignoring.", 'warning', 'Foo'],
    ['a key, before', { Foo: ['1'] }, "Unknown lvalue 'Foo' in section 'Service'", 'warning', 'Foo'],
    [
      'what systemd has outgrown',
      { StandardOutput: ['syslog'] },
      'Standard output type syslog is obsolete, automatically updating to journal. Please update your unit file.',
      'warning',
      'StandardOutput',
    ],
    [
      'what systemd does not do any more',
      { MemoryLimit: ['3'] },
      'Support for option MemoryLimit= has been removed and it is ignored',
      'warning',
      'MemoryLimit',
    ],
    [
      'an escape of a command, which systemd keeps as it is',
      { ExecStartPre: ['/bin/echo a\\d'] },
      'Ignoring unknown escape sequences: "a\\d"',
      'warning',
      'ExecStartPre',
    ],
    ['advice', { KillMode: ['none'] }, 'Unit uses KillMode=none. This is unsafe.', 'warning', 'KillMode'],
  ])('%s', (_, options, words, severity, key) => {
    const about = withService(options);
    const [found, ...others] = problemsIn(ofLine(about, key, words), about);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ code: 'UnitInvalid', severity, path: ['spec', 'unit', 'options', 'Service', key] });
    expect(found?.reason).toBe(`systemd says about ${key}= in [Service]: ${words}`);
  });

  test('a section that systemd does not know', () => {
    const about = withService({ A: ['b'] }, 'Bogus');
    expect(told(ofLine(about, '[Bogus]', "Unknown section 'Bogus'. Ignoring."), about)).toEqual([
      'error spec.unit.options.Bogus',
    ]);
  });

  test('a variable', () => {
    const about = verified({ unit: { environment: { A: 'b' } } });
    expect(told(ofLine(about, 'Environment=', 'Invalid syntax, ignoring: "a'), about)).toEqual(['error spec.unit.environment']);
  });

  test('the last of the lines that one option takes', () => {
    const about = verified({ kubelet: { flags: { v: 2 } } });
    expect(about.staged.get(`/${unit}`)?.content).toContain('--v=2\n');
    const words = 'Unbalanced quoting, ignoring: "x"';
    expect(problemsIn(ofLine(about, '  --v=2', words), about)).toMatchObject([
      { severity: 'error', path: ['spec', 'unit'], reason: expect.stringContaining('ExecStart= in [Service]') },
    ]);
  });

  test('of an extra file that is a drop-in', () => {
    const path = `${unitFile}.d/60-limits.conf`;
    const about = verified({ files: [{ path, mode: '0644', content: '[Service]\nLimitNOFILE=x\n' }] });
    const said = ofLine(about, 'LimitNOFILE', 'Failed to parse resource value, ignoring: x', `/${unit}.d/60-limits.conf`);
    expect(problemsIn(said, about)).toMatchObject([{ severity: 'error', path: ['spec', 'files', path] }]);
  });
});

describe('not ours', () => {
  test.each([
    ['the unit that the host has', `${directory}/${unit}:3: Failed to parse service type, ignoring: nonsense`],
    ['a drop-in of somebody else', '/etc/systemd/system/kubelet.service.d/10-x.conf:2: Failed to parse sec value, ignoring: x'],
    ['another unit', "/usr/lib/systemd/system/other.service:9: Unknown section 'X'. Ignoring."],
    ['a unit that a generator may make', 'kubelet.service: Failed to create kubelet.service/start: Unit data.mount not found.'],
    ['a program of another unit', 'other.service: Command /nope is not executable: No such file or directory'],
    ['another unit that is refused', 'Unit other.service has a bad unit file setting.'],
    ['nothing', ''],
  ])('%s', (_, line) => {
    const staged = new Map([[`/${unit}`, { content: '[Service]\nExecStart=/bin/true\nType=nonsense\n' }]]);
    expect(problemsIn(line, verified({}, { staged }))).toEqual([]);
  });
});

describe('a unit that systemd would refuse', () => {
  const last = `Unit ${unit} has a bad unit file setting.`;

  test('for what it lacks', () => {
    const about = withService({ RuntimeMaxSec: ['1h'] });
    const first = `${unit}: Service has no ExecStart=, ExecStop=, or SuccessAction=. Refusing.`;
    expect(problemsIn(`${first}\n${last}\n`, about)).toMatchObject([
      { severity: 'error', path: ['spec', 'unit', 'options'], reason: `systemd would refuse the unit: ${first}` },
    ]);
  });

  test('for a line, which is then told alone', () => {
    const about = withService({ ExecStartPost: ['relative/x'], Foo: ['1'] });
    const output = [
      ofLine(about, 'Foo', "Unknown key 'Foo' in section [Service], ignoring."),
      ofLine(about, 'ExecStartPost', 'Neither a valid executable name nor an absolute path: relative/x'),
      `${unit}: Unit configuration has fatal error, unit will not be started.`,
      last,
    ];
    expect(told(output.join('\n'), about)).toEqual([
      'warning spec.unit.options.Service.Foo',
      'error spec.unit.options.Service.ExecStartPost',
    ]);
  });
});

describe('a program that is not there', () => {
  const says = (program: string) => `${unit}: Command ${program} is not executable: No such file or directory`;
  const noKubelet: Partial<KubeletConfigSpec> = { launcher: { host: { binary: '/opt/bin/no-kubelet' } } };

  test.each<[string, Verified, string, string[]]>([
    ['the kubelet', verified(noKubelet), '/opt/bin/no-kubelet', ['error spec.launcher.host.binary']],
    [
      'one of the options',
      withService({ ExecStartPost: ['/opt/bin/nope x'] }),
      '/opt/bin/nope',
      ['error spec.unit.options.Service.ExecStartPost'],
    ],
    ['one that may be missing', withService({ ExecStartPost: ['-/opt/bin/nope x'] }), '/opt/bin/nope', []],
    ['what this change writes', verified({}, { written: ['/opt/bin/kubelet-wrapper'] }), '/opt/bin/kubelet-wrapper', []],
    [
      'the kubelet, where something runs before it that may bring it',
      verified({ ...noKubelet, unit: { options: { Service: { ExecStartPre: ['/usr/bin/install-kubelet'] } } } }),
      '/opt/bin/no-kubelet',
      ['warning spec.launcher.host.binary'],
    ],
    [
      'the kubelet, where a drop-in of somebody else has something run before it',
      verified(noKubelet, { others: ['[Service]\nExecStartPre=/usr/bin/install-kubelet\n'] }),
      '/opt/bin/no-kubelet',
      ['warning spec.launcher.host.binary'],
    ],
    [
      'the kubelet, where it is started at the next boot',
      verified(noKubelet, { startsNow: false }),
      '/opt/bin/no-kubelet',
      ['warning spec.launcher.host.binary'],
    ],
    [
      'a wrapper, before which only the last pod is removed',
      verified({ kubelet: { version: 'v1.5.4_coreos.0' }, launcher: { rkt: {} } }, { written: [] }),
      '/opt/bin/kubelet-wrapper',
      ['error spec.launcher.rkt'],
    ],
  ])('%s', (_, about, program, expected) => {
    expect(told(says(program), about)).toEqual(expected);
  });

  test('does not hide that the unit would be refused', () => {
    const output = `${says('/opt/bin/no-kubelet')}\nUnit ${unit} has a bad unit file setting.\n`;
    expect(told(output, verified(noKubelet))).toEqual(['error spec.launcher.host.binary', 'error spec.unit.options']);
  });
});
