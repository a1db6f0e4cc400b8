import { describe, expect, test } from 'vitest';
import type { RktLauncher } from '../../../../src/api/types.ts';
import { checkWrites, environmentOf, file, last, legacy, rewrite, unitPath, unknown, version, withRkt } from '../../subject.ts';

const resolv = { name: 'resolv', hostPath: '/etc/resolv.conf', mountPath: '/etc/resolv.conf' };
const cannot = (field: string, reason: string) => `spec.${field}: WrapperCannotExpress: ${reason}`;

describe('a volume that the shipped wrapper adds itself is refused', () => {
  test.each([
    [
      'by its name in 2016',
      legacy,
      { ...resolv, name: 'run' },
      cannot('launcher.rkt.volumes.run', 'the kubelet-wrapper of this CoreOS release adds a volume run itself'),
    ],
    [
      'by its name later',
      last,
      { ...resolv, name: 'coreos-run' },
      cannot('launcher.rkt.volumes["coreos-run"]', 'the kubelet-wrapper of this CoreOS release adds a volume coreos-run itself'),
    ],
    [
      'by where it is mounted',
      last,
      { name: 'log', hostPath: '/srv', mountPath: '/var/log' },
      cannot(
        'launcher.rkt.volumes.log.mountPath',
        'the kubelet-wrapper of this CoreOS release mounts /var/log at /var/log itself',
      ),
    ],
    [
      'by where it is mounted from elsewhere',
      legacy,
      { name: 'certs', hostPath: '/srv', mountPath: '/etc/ssl/certs' },
      cannot(
        'launcher.rkt.volumes.certs.mountPath',
        'the kubelet-wrapper of this CoreOS release mounts /usr/share/ca-certificates at /etc/ssl/certs itself',
      ),
    ],
  ])('%s', (_what, facts, volume, problem) => {
    expect(checkWrites(withRkt({ volumes: [volume] }), facts)).toEqual([problem]);
  });

  test('but not by a name or place of another generation', () => {
    expect(checkWrites(withRkt({ volumes: [{ ...resolv, name: 'run' }] }), last)).toEqual([]);
    expect(checkWrites(withRkt({ volumes: [{ name: 'log', hostPath: '/var/log', mountPath: '/var/log' }] }), legacy)).toEqual([]);
  });
});

describe('what the three variables of 2016 cannot say is refused, with what can', () => {
  const none = (field: string, word: string) =>
    cannot(field, `the kubelet-wrapper of this CoreOS release has no variable for ${word}`);
  test.each<[string, RktLauncher, string]>([
    ['binary', { binary: '/opt/bin/rkt' }, none('launcher.rkt.binary', '/opt/bin/rkt')],
    ['globalArgs', { globalArgs: ['--debug'] }, none('launcher.rkt.globalArgs[0]', '--debug')],
    ['imageArgs', { imageArgs: ['--exec=/k'] }, none('launcher.rkt.imageArgs[0]', '--exec=/k')],
    [
      'stage1',
      { stage1: { fromDir: 'stage1-fly.aci' } },
      none('launcher.rkt.stage1.fromDir', '--stage1-from-dir=stage1-fly.aci'),
    ],
  ])('%s', (_field, rkt, problem) => {
    expect(checkWrites(withRkt(rkt), legacy)).toEqual([problem]);
    expect(checkWrites(withRkt(rkt), rewrite)).toEqual([]);
    expect(checkWrites(withRkt({ ...rkt, wrapper: { source: 'Managed' } }), legacy)).toEqual([]);
  });
});

describe('a word that a shipped wrapper would split or expand is refused', () => {
  test.each(['--hostname=a b', '--hostname=a\tb', '--hostname=a\nb', '--hostname=a*', '--hostname=a?', '--hostname=[a]'])(
    '%j',
    (word) => {
      for (const facts of [legacy, rewrite, last]) {
        expect(checkWrites(withRkt({ options: [word] }), facts)).toEqual([
          cannot('launcher.rkt.options[0]', `CoreOS's kubelet-wrapper would split or expand ${JSON.stringify(word)}`),
        ]);
      }
      expect(checkWrites(withRkt({ options: [word] }))).toEqual([]);
    },
  );

  test('an empty one too, and one in a volume', () => {
    expect(checkWrites(withRkt({ options: ['--hostname', ''] }), last)).toEqual([expect.stringContaining('options[1]')]);
    expect(checkWrites(withRkt({ volumes: [{ ...resolv, hostPath: '/srv/a b' }] }), last)).toEqual([
      expect.stringContaining('launcher.rkt.volumes.resolv: WrapperCannotExpress'),
    ]);
  });

  test('quotes and the like do no harm', () => {
    expect(checkWrites(withRkt({ options: [`--hostname=a'"$\\`] }), last)).toEqual([]);
  });

  test('image, version and binary are split by every wrapper, ours too', () => {
    expect(checkWrites(withRkt({ binary: '/opt/bin/my rkt' }))).toEqual([
      cannot('launcher.rkt.binary', 'the wrapper would split or expand "/opt/bin/my rkt"'),
    ]);
    expect(checkWrites(withRkt({}, { kubelet: { version, image: 'docker://a*' } }))).toEqual([
      cannot('kubelet.image', 'the wrapper would split or expand "docker://a*"'),
    ]);
  });
});

describe('a variable of the unit', () => {
  const withVariable = (name: string, rkt: RktLauncher = {}) => withRkt(rkt, { unit: { environment: { [name]: '--net=host' } } });

  test('is added to what the structure says, where the wrapper has one variable for both', () => {
    const words = environmentOf(file(withVariable('RKT_RUN_ARGS'), unitPath, last))['RKT_RUN_ARGS'];
    expect(words).toBe('--uuid-file-save=/var/lib/kubelet-config/kubelet-pod.uuid --net=host');
  });

  test('stands beside it where the wrapper is ours', () => {
    expect(environmentOf(file(withVariable('RKT_RUN_ARGS')))).toMatchObject({
      RKT_RUN_ARGS: '--net=host',
      RKT_RUN_ARGS_EXACT: expect.stringContaining('--uuid-file-save'),
    });
  });

  test.each([
    ['KUBELET_IMAGE_TAG', {}, unknown],
    ['KUBELET_IMAGE_ARGS', { imageArgs: ['--exec=/k'] }, last],
    ['RKT_STAGE1_ARG', { stage1: { fromDir: 'stage1-fly.aci' } }, last],
    ['RKT', { binary: '/opt/bin/rkt' }, unknown],
    ['KUBELET_VERSION', {}, legacy],
  ])('%s says the same as the structure: one has to go', (name, rkt, facts) => {
    expect(checkWrites(withRkt(rkt, { unit: { environment: { [name]: 'x' } } }), facts)).toContainEqual(
      `spec.unit.environment.${name}: InvalidValue: ${name} is set by kubelet and launcher already`,
    );
  });

  test.each(['RKT_RUN_ARGS_EXACT', 'RKT_GLOBAL_ARGS_EXACT', 'RKT_STAGE1_ARG_EXACT', 'KUBELET_IMAGE_ARGS_EXACT'])(
    '%s is ours',
    (name) => {
      expect(checkWrites(withVariable(name))).toEqual([
        `spec.unit.environment.${name}: InvalidValue: ${name} is how our unit talks to its wrapper`,
      ]);
    },
  );
});
