import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkRktArguments } from '../../src/rkt/check.ts';
import { RUN_OPTIONS } from '../../src/rkt/options.ts';
import { anyText } from '../any-text.ts';

const IMAGE = '/opt/kubelet.aci';
const START = ['run', '--stage1-from-dir=stage1-fly.aci'];

function errors(words: readonly string[]): string[] {
  return checkRktArguments(words).flatMap(({ severity, word, reason }) => (severity === 'error' ? [`${word}: ${reason}`] : []));
}

function warnings(words: readonly string[]): string[] {
  return checkRktArguments(words).flatMap(({ severity, word, reason }) => (severity === 'warning' ? [`${word}: ${reason}`] : []));
}

/** `{}` stands for the image; the words count from 2. */
function run(text: string): string[] {
  return [...START, ...text.split(' ').map((word) => (word === '{}' ? IMAGE : word))];
}

describe('accepted', () => {
  test.for([
    '{}',
    '--volume v,kind=host,source=/a --mount volume=v,target=/b {}',
    '{} --mount volume=v,target=/b --volume=v,kind=host,source=/a',
    '{} --exec=/kubelet --name kubelet -- --v=2 -- --exec',
    '{} -- a --- --name=kubelet',
    '-- {} --name=a',
    '{} ---',
    '{} --debug --insecure-options=HTTP,Image',
    '--net {}',
    '--net=a:K=1;L=2,b {}',
    '{} --help',
    '{} --exec= --exec=/kubelet',
    '{} --user -- a',
    '--volume v,kind=empty,mode=abc,uid=+1 {}',
    '--volume a--b,kind=host,source=/x=y;z {}',
    '--mount volume=v;target=/a --volume v,kind=host,source=/a {}',
    '--dns=host {}',
    '--dns 2001:db8::1,8.8.8.8 {}',
    '--hosts-entry=host --hosts-entry host {}',
    '{} --memory=4Ki --cpu=.5 --cpu-shares=2 --oom-score-adj=-1000',
    '{} --seccomp=mode=retain,errno=EPERM,chmod',
    '{} --readonly-rootfs true --supplementary-gids=1,-2',
    '{} --annotation=created=2018-04-16T12:00:00Z --annotation=homepage=https://a.b --user-label=X=',
    '--port=k:1.2.3.4:65535 {}',
    '--private-users=false {}',
    '--pod-manifest=/p.json',
  ])('%s', (text) => expect(errors(run(text))).toEqual([]));

  test('options that take a word may stand before run', () => {
    expect(errors(['--volume', 'v,kind=host,source=/a', '--no-overlay=true', 'run', IMAGE])).toEqual([]);
  });
});

describe('refused', () => {
  test.for<[string, string]>([
    ['--volume v,kind=host,source=a {}', '3: source for host volume must be absolute path'],
    ['--volume v,source=/a {}', '3: unrecognized volume kind: should be one of "empty", "host"'],
    ['--volume=v,kind=empty,source=/a {}', '2: source for empty volume must be empty'],
    ['--volume=v,kind=host,source=/a,mode=0755 {}', '2: mode for host volume cannot be set'],
    ['--volume=v,kind=host,source=/a,readonly=true {}', '2: unknown volume parameter "readonly"'],
    ['--volume=v,kind=host,source=/a,readOnly=yes {}', '2: strconv.ParseBool: parsing "yes": invalid syntax'],
    ['--volume', '2: flag needs an argument: --volume'],
    ['--mount volume=v,target=/a&b --volume=v,kind=host,source=/a {}', '3: unknown mount parameter "b"'],
    ['--mount=volume=v,target=/a,target=/b {}', '2: label target with multiple values ["/a" "/b"]'],
    ['{} --mount=volume=w,target=/a', '3: dangling mount point "/a": volume "w" not found'],
    ['--exec=/kubelet {}', '2: --exec must follow an image'],
    ['{} --signature=a --signature=b', '4: --signature specified multiple times for the same image'],
    ['--stage1-path=/a.aci {}', '2: flags --stage1-path and --stage1-from-dir are mutually exclusive'],
    ['--set-env=A=1 {} --set-env=A=2', '4: key "A" already set'],
    ['--set-env=A {}', '2: must be specified as key=value'],
    ['--set-env=1A=x {}', '2: environment variable does not have valid identifier "1A"'],
    ['{} --environment=A', '3: invalid format of --environment flag "A"'],
    ['--net= {}', '2: netname must not be empty'],
    ['--net=host:a=b {}', '2: arguments are not supported by special netname "host"'],
    ['--net=a,a {}', '2: found duplicate netname "a"'],
    ['--net=none --port=k:1 {}', "3: --port flag does not work with 'none' networking"],
    ['--port=k:65536 {}', '2: "65536" is not a valid port number'],
    ['--port=k:80 --port=k:1.1.1.1:80 {}', '3: already mapped to pod port'],
    ['--dns=foo {}', '2: Invalid IP passed to --dns: foo'],
    ['--dns=none --dns-search=a {}', '3: Cannot call --dns-opt, --dns-search, or --dns-domain with --dns=none'],
    ['--hosts-entry=1.2.3=a {}', '2: Invalid IP passed to --hosts-entry: 1.2.3'],
    ['--hosts-entry=host,1.2.3.4=a {}', '2: Did not understand --hosts-entry host'],
    ['--store-only --no-store {}', '2: both --store-only and --no-store specified'],
    ['--pod-manifest=/p.json {}', '2: conflicting flags set with --pod-manifest (see --help)'],
    ['--private-users {}', '2: flag provided but not defined: -private-users'],
    ['--debug=yes {}', '2: strconv.ParseBool: parsing "yes": invalid syntax'],
    ['--dir= {}', '2: "" is not a valid directory'],
    ['--- {}', '2: bad flag syntax: ---'],
    ['{} --name=a ---', '4: bad flag syntax: ---'],
    ['-- -- a', '3: an image is required before any app arguments'],
    ['-h=', "2: unknown shorthand flag: '=' in -="],
    ['{} --working-dir=a', '3: workingDirectory must be an absolute path'],
    ['{} --memory=16m', '3: memory limit of 1 bytes too low'],
    ['{} --cpu=1X', "3: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"],
    ['{} --cpu-shares=1', '3: os/linux/cpu-shares must be between 2 and 262144, got 1'],
    ['{} --seccomp=chmod', '3: invalid seccomp mode command-line override'],
    ['{} --readonly-rootfs', '3: flag needs an argument: --readonly-rootfs'],
    ['{} --supplementary-gids=a', '3: --supplementary-gids must be integers'],
    ['--stage1-name=x', '2: flags --stage1-name and --stage1-from-dir are mutually exclusive'],
    ['{} --name=a {} --name=b', '4: fly only supports 1 application per Pod for now'],
  ])('%s', ([text, reason]) => expect(errors(run(text))).toContain(reason));

  test.for<[string[], string]>([
    [[], '0: missing command'],
    [['--no-overlay', 'run', IMAGE], `2: unknown command ${JSON.stringify(IMAGE)} for "rkt"`],
    [['run', '--stage1-from-dir=stage1-fly', IMAGE], '1: invalid image string "file:///stage1-images/stage1-fly"'],
    [['run', 'docker://busybox'], '1: signature verification for docker images is not supported (try --insecure-options=image)'],
    [['rm'], '0: Usage: rkt rm --uuid-file=FILE | UUID ...'],
    [['status', '--uuid-file=/a', 'b'], '2: Usage: rkt status --uuid-file=FILE | UUID'],
    [['run', IMAGE, '--exec=a\0'], '2: a word cannot hold a NUL'],
  ])('%j', ([words, reason]) => expect(errors(words)).toContain(reason));

  test('a mount over / leaves no program of the image, except when it brings the whole machine', () => {
    const root = (source: string, target: string) => run(`--volume v,kind=host,source=${source} --mount volume=v${target} {}`);
    expect(errors(root('/a', ''))).toEqual(["5: can't execute"]);
    expect(errors(root('/a', ',target=/x/..'))).toEqual(["5: can't execute"]);
    expect(errors(root('/', ',target=/'))).toEqual([]);
    expect(warnings(root('/', ',target=/'))).toHaveLength(1);
  });

  test.for(['--inherit-env true', '--net host'])('%s is an image too many', (option) => {
    const findings = checkRktArguments(run(`${option} {}`)).filter(({ severity }) => severity === 'error');
    expect(findings).toMatchObject([{ word: 3, remedy: expect.stringContaining(`write ${option.replace(' ', '=')}`) }]);
  });
});

describe('what fly does with mounts', () => {
  const volumes = '--volume v,kind=host,source=/a --volume=e,kind=empty --mount';

  test('one volume at two targets is refused, at one path twice it is not', () => {
    expect(errors(run(`${volumes} volume=v,target=/b {} --mount=volume=v,target=/c`))).toEqual(['6: duplicate mount given: "v"']);
    expect(errors(run(`${volumes} volume=v,target=/b {} --mount=volume=v,target=/b/`))).toEqual([]);
  });

  test('an empty volume cannot be mounted, by another stage1 it can', () => {
    expect(errors(run(`${volumes} volume=e,target=/b {}`))).toEqual([`6: can't mount ""`]);
    const other = ['run', '--stage1-from-dir=stage1-coreos.aci', ...run(`${volumes} volume=e,target=/b {}`).slice(2)];
    expect(errors(other)).toEqual([]);
  });
});

describe('traps', () => {
  test.for<[string, string]>([
    [
      '--insecure-options=all {} --insecure-options=image',
      '2: the last --insecure-options wins: "image" follows, so tls, http, pubkey, capabilities, paths, seccomp is lost',
    ],
    ['--uuid-file-save=/a --uuid-file-save=/b {}', '2: the last --uuid-file-save wins: "/b"'],
    [
      '--volume=v,kind=host,source=/a --mount volume=v,target=/a+b%20c {}',
      '4: rkt decodes % and + in --mount: the target is "/a b c"',
    ],
    ['{} -- a --- b', '5: a lone --- ends the arguments of the app; rkt reads what follows itself'],
    ['{} -- a  b', '5: rkt drops empty words'],
    ['--net=none {}', '2: stage1-fly ignores --net'],
    ['{} --memory=1G', '3: stage1-fly ignores --memory'],
    ['--hosts-entry=10.0.0.1=a {}', '2: under stage1-fly this fails when the image has no /etc/hosts'],
    ['--pull-policy=always {}', '2: rkt takes the unknown policy "always" for new'],
    ['--no-store {}', '2: Flag --no-store has been deprecated'],
    ['--help', '2: rkt prints its help and exits with 0; nothing runs'],
    [
      '--volume=v,kind=host,source=/a --volume=w,kind=host,source=/b --mount=volume=v,target=/c --mount=volume=w,target=/c {}',
      '5: another volume is mounted at "/c"; rkt drops this mount in silence',
    ],
  ])('%s', ([text, reason]) => {
    expect(warnings(run(text))).toContain(reason);
    if (!text.includes('--- b')) expect(errors(run(text))).toEqual([]);
  });

  test('a target that is encoded as it has to be is none', () => {
    expect(warnings(run('--volume=v,kind=host,source=/a --mount volume=v,target=/100%25%20%2B {}'))).toEqual([]);
  });

  test("a user's host name meets the wrapper's --hosts-entry host", () => {
    const [finding] = checkRktArguments(run('--hosts-entry=10.0.0.1=a --hosts-entry host {}')).filter(
      ({ severity }) => severity === 'error',
    );
    expect(finding).toMatchObject({ word: 2, reason: 'cannot pass --hosts-entry=host with multiple hosts-entries' });
  });
});

test('never throws, and every finding points at a word', () => {
  const written = fc.constantFrom(...RUN_OPTIONS.map(({ name }) => name)).chain((name) =>
    fc.oneof(
      fc.constant(`--${name}`),
      anyText().map((value) => `--${name}=${value}`),
    ),
  );
  const grammar = fc.constantFrom(
    'run',
    'rm',
    '--',
    '---',
    '',
    IMAGE,
    'v,kind=host,source=/a',
    'volume=v,target=/b',
    'mode=retain,a',
    '-h',
  );
  const words = fc.array(fc.oneof(written, grammar, anyText(), fc.stringMatching(/^[,=&;%:+a/@-]*$/)));
  fc.assert(
    fc.property(words, (list) => {
      for (const { word } of checkRktArguments(['run', ...list])) expect(word).toBeLessThanOrEqual(list.length);
      checkRktArguments(list);
    }),
  );
});
