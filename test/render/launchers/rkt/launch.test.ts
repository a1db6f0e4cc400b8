import { describe, expect, test } from 'vitest';
import {
  argumentsOf,
  checkWrites,
  coreos,
  environmentOf,
  file,
  last,
  legacy,
  rendered,
  rewrite,
  unitPath,
  unknown,
  valuesOf,
  version,
  withRkt,
} from '../../subject.ts';

const wrapperPath = '/opt/bin/kubelet-wrapper';
const shippedPath = '/usr/lib/coreos/kubelet-wrapper';
const uuidFile = '/var/lib/kubelet-config/kubelet-pod.uuid';
const programOf = (spec: ReturnType<typeof withRkt>, facts = unknown) => argumentsOf(file(spec, unitPath, facts))[0];

describe('the wrapper', () => {
  test.each([
    ['Auto', 'CoreOS that ships one', legacy, shippedPath],
    ['Auto', 'the last CoreOS', last, shippedPath],
    ['Auto', 'CoreOS before 962.0.0', coreos('899.17.0'), wrapperPath],
    ['Auto', 'another system', { osRelease: { ID: 'flatcar', VERSION_ID: '2512.3.0' } }, wrapperPath],
    ['Auto', 'a machine of which nothing is known', unknown, wrapperPath],
    ['Managed', 'CoreOS that ships one', last, wrapperPath],
    ['Shipped', 'CoreOS that ships one', last, shippedPath],
    ['Shipped', 'a machine of which nothing is known', unknown, shippedPath],
  ] as const)('%s on %s', (source, _system, facts, path) => {
    expect(programOf(withRkt({ wrapper: { source } }), facts)).toBe(path);
  });

  test('is written only where it is ours, where the object wants it', () => {
    const paths = (spec: ReturnType<typeof withRkt>, facts = unknown) =>
      rendered(spec, facts).revision.files.map(({ path, mode }) => [path, mode]);
    expect(paths(withRkt({ wrapper: { path: '/opt/bin/mine' } }))).toEqual([
      [unitPath, 0o644],
      ['/opt/bin/mine', 0o755],
    ]);
    expect(paths(withRkt(), last)).toEqual([[unitPath, 0o644]]);
  });

  test('Shipped where nothing is shipped is refused', () => {
    expect(checkWrites(withRkt({ wrapper: { source: 'Shipped' } }), coreos('899.17.0'))).toEqual([
      "spec.launcher.rkt.wrapper.source: WrapperCannotExpress: this node's system ships no kubelet-wrapper; only CoreOS 962.0.0 and later does",
    ]);
  });

  test('Shipped on a machine of which nothing is known is worth a warning', () => {
    expect(rendered(withRkt({ wrapper: { source: 'Shipped' } })).warnings).toMatchObject([
      {
        code: 'WrapperCannotExpress',
        path: ['spec', 'launcher', 'rkt', 'wrapper', 'source'],
        remedy: expect.stringContaining('--facts'),
      },
    ]);
  });
});

describe('what the structure says reaches the wrapper', () => {
  const rkt = {
    globalArgs: ['--debug'],
    options: ['--dns=8.8.8.8'],
    stage1: { fromDir: 'stage1-fly.aci' },
    imageArgs: ['--exec=/k'],
  };

  test('ours, in variables of our own', () => {
    expect(environmentOf(file(withRkt({ ...rkt, binary: '/opt/bin/rkt' })))).toEqual({
      KUBELET_IMAGE_TAG: version,
      RKT: '/opt/bin/rkt',
      RKT_GLOBAL_ARGS_EXACT: '--debug',
      RKT_RUN_ARGS_EXACT: `--uuid-file-save=${uuidFile} --dns=8.8.8.8`,
      RKT_STAGE1_ARG_EXACT: '--stage1-from-dir=stage1-fly.aci',
      KUBELET_IMAGE_ARGS_EXACT: '--exec=/k',
    });
  });

  test.each([
    ['the rewrite', rewrite],
    ['the last', last],
  ])('%s, in its variables', (_which, facts) => {
    expect(environmentOf(file(withRkt({ ...rkt, binary: '/opt/bin/rkt' }), unitPath, facts))).toEqual({
      KUBELET_IMAGE_TAG: version,
      RKT: '/opt/bin/rkt',
      RKT_GLOBAL_ARGS: '--debug',
      RKT_RUN_ARGS: `--uuid-file-save=${uuidFile} --dns=8.8.8.8`,
      RKT_STAGE1_ARG: '--stage1-from-dir=stage1-fly.aci',
      KUBELET_IMAGE_ARGS: '--exec=/k',
    });
  });

  test('that of 2016, in RKT_OPTS', () => {
    expect(environmentOf(file(withRkt({ options: ['--dns=8.8.8.8'] }), unitPath, legacy))).toEqual({
      KUBELET_VERSION: version,
      RKT_OPTS: `--uuid-file-save=${uuidFile} --dns=8.8.8.8`,
    });
  });

  test('volumes sorted by name, before the options', () => {
    const volumes = [
      { name: 'b', hostPath: '/b', mountPath: '/b', readOnly: true },
      { name: 'a', hostPath: '/a' },
    ];
    expect(environmentOf(file(withRkt({ volumes, options: ['--net=host'] })))['RKT_RUN_ARGS_EXACT']).toBe(
      `--uuid-file-save=${uuidFile} --volume a,kind=host,source=/a --volume b,kind=host,source=/b,readOnly=true --mount volume=b,target=/b --net=host`,
    );
  });
});

describe('the pod of the last run', () => {
  test('is removed before the start and stopped at the end; either may fail', () => {
    const unit = file(withRkt());
    expect(valuesOf(unit, 'ExecStartPre')).toEqual([`-/usr/bin/rkt rm --uuid-file=${uuidFile}`]);
    expect(valuesOf(unit, 'ExecStop')).toEqual([`-/usr/bin/rkt stop --uuid-file=${uuidFile}`]);
  });

  test('by the rkt, the file and the global arguments of the object, those of the unit too', () => {
    const rkt = { binary: '/opt/bin/rkt', uuidFile: '/opt/bin/uuid', globalArgs: ['--dir=/x'] };
    const unit = file(withRkt(rkt, { unit: { environment: { RKT_GLOBAL_ARGS: '--debug  --insecure-options=image' } } }));
    expect(valuesOf(unit, 'ExecStartPre')).toEqual([
      '-/opt/bin/rkt --dir=/x --debug --insecure-options=image rm --uuid-file=/opt/bin/uuid',
    ]);
  });
});

describe('the rkt of the node', () => {
  const recursive = { volumes: [{ name: 'a', hostPath: '/a', mountPath: '/a', recursive: true }] };
  test.each([
    ['too old for recursive', withRkt(recursive), coreos('1010.5.0', { rktVersion: '1.14.0' }), ['1.15.0']],
    ['just new enough for it', withRkt(recursive), coreos('1010.5.0', { rktVersion: '1.15.0' }), []],
    ['not known', withRkt(recursive), legacy, []],
    ['too old for the shipped wrapper', withRkt(), coreos('1010.5.0', { rktVersion: '0.16.0' }), ['1.0.0']],
  ])('%s', (_what, spec, facts, least) => {
    expect(checkWrites(spec, facts)).toEqual(
      least.map((number) => expect.stringMatching(`^spec.launcher.rkt: RktTooOld: the rkt of this node is older than ${number}`)),
    );
  });
});

describe('what rkt would refuse is shown where it was written:', () => {
  test.each([
    [
      'an option',
      withRkt({ options: ['--dns=8.8.8.8', '--nonsense'] }),
      'spec.launcher.rkt.options[1]: RktRefuses: rkt would refuse it',
    ],
    ['an argument of the image', withRkt({ imageArgs: ['--nonsense'] }), 'spec.launcher.rkt.imageArgs[0]: RktRefuses'],
    ['a global argument', withRkt({ globalArgs: ['--debug=maybe'] }), 'spec.launcher.rkt.globalArgs[0]: RktRefuses'],
    [
      'a variable of the unit',
      withRkt({}, { unit: { environment: { RKT_OPTS: '--nonsense' } } }),
      'spec.unit.environment.RKT_OPTS: RktRefuses',
    ],
    [
      'a volume that fly cannot make',
      withRkt({ volumes: [{ name: 'a', empty: {}, mountPath: '/a' }] }),
      'spec.launcher.rkt.volumes.a.empty: RktRefuses: stage1-fly makes no empty volumes',
    ],
    [
      'a comma in a path',
      withRkt({ volumes: [{ name: 'a', hostPath: '/a,b' }] }),
      'spec.launcher.rkt.volumes.a.hostPath: RktRefuses',
    ],
  ])('%s', (_what, spec, problem) => {
    expect(checkWrites(spec)).toEqual([expect.stringContaining(problem)]);
  });

  test('another stage1 makes empty volumes', () => {
    const stage1 = { fromDir: 'stage1-coreos.aci' };
    expect(checkWrites(withRkt({ stage1, volumes: [{ name: 'a', empty: {}, mountPath: '/a' }] }))).toEqual([]);
  });

  test('a configuration that the pod would not see', () => {
    const spec = (volumes: { name: string; hostPath: string; mountPath: string }[]) =>
      withRkt({ volumes }, { kubelet: { version: 'v1.10.0', configuration: {}, configurationPath: '/opt/bin/config' } });
    expect(checkWrites(spec([]))).toEqual([
      'spec.kubelet.configurationPath: RktRefuses: the kubelet in the pod does not see /opt/bin/config',
    ]);
    expect(checkWrites(spec([{ name: 'bin', hostPath: '/opt/bin', mountPath: '/opt/bin' }]))).toEqual([]);
  });
});
