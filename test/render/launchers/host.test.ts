import { describe, expect, test } from 'vitest';
import type { KubeletSpec } from '../../../src/api/types.ts';
import { argumentsOf, checkWrites, file, rendered } from '../subject.ts';

const host = (kubelet: KubeletSpec, binary?: string) => ({ kubelet, launcher: { host: binary === undefined ? {} : { binary } } });
const installed = (kubeletVersion: string) => ({ osRelease: {}, kubeletVersion });

test('starts the kubelet of the host, and needs no file but the unit', () => {
  expect(argumentsOf(file(host({ flags: { v: 2 } })))).toEqual(['/usr/bin/kubelet', '--v=2']);
  expect(rendered(host({})).revision.files).toHaveLength(1);
});

test('starts another one if told so, with blanks and % in its path', () => {
  expect(file(host({}, '/opt/my %x/kubelet'))).toContain('ExecStart="/opt/my %%x/kubelet"\n');
});

test.each(['kubelet', '/usr/bin/"kubelet"', '/usr/bin/a\\b', '/usr/bin/'])(
  'refuses %s, which systemd would not start',
  (binary) => {
    expect(checkWrites({ launcher: { host: { binary: `/${binary}`.replace('//', '/') } } })).toHaveLength(
      binary === 'kubelet' ? 0 : 1,
    );
  },
);

test('an image is refused: there is none to run', () => {
  expect(checkWrites(host({ image: 'docker://quay.io/x' }))).toEqual([
    'spec.kubelet.image: InvalidValue: the launcher host runs the kubelet of the host, which has no image',
  ]);
});

describe('a version that is named has to be the one installed:', () => {
  test.each([
    ['v1.30.1', 'v1.30.1', []],
    ['v1.30.1', 'v1.30.1+k3s1', []],
    ['v1.30.1', 'v1.30.2', ['spec.kubelet.version: InvalidValue: /usr/bin/kubelet on this node is not kubelet v1.30.1']],
    [
      'v1.30.1+k3s1',
      'v1.30.1+k3s2',
      ['spec.kubelet.version: InvalidValue: /usr/bin/kubelet on this node is not kubelet v1.30.1+k3s1'],
    ],
  ])('%s asked for, %s there', (version, there, expected) => {
    expect(checkWrites(host({ version }), installed(there))).toEqual(expected);
  });

  test('what is not known rules nothing out', () => {
    expect(checkWrites(host({ version: 'v1.30.1' }))).toEqual([]);
  });
});
