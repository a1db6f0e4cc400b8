import { describe, expect, test } from 'vitest';
import type { KubeletSpec } from '../../../../src/api/types.ts';
import {
  checkWrites,
  coreos,
  environmentOf,
  file,
  last,
  legacy,
  rewrite,
  unitPath,
  unknown,
  version,
  withRkt,
} from '../../subject.ts';

const variables = (kubelet: KubeletSpec, facts = unknown) => {
  const environment = environmentOf(file(withRkt({ options: ['--insecure-options=image'] }, { kubelet }), unitPath, facts));
  return Object.fromEntries(Object.entries(environment).filter(([name]) => /^KUBELET_(?!IMAGE_ARGS)/.test(name)));
};
const image = 'docker://example.com/hyperkube';

describe('image and version, to a wrapper since the rewrite', () => {
  test.each([
    ['a version alone', { version }, { KUBELET_IMAGE_TAG: version }],
    ['both', { version, image }, { KUBELET_IMAGE_URL: image, KUBELET_IMAGE_TAG: version }],
    ['an image with its tag', { image: `${image}:v1` }, { KUBELET_IMAGE: `${image}:v1` }],
    ['an image with its tag counts more than a version', { version, image: `${image}:v1` }, { KUBELET_IMAGE: `${image}:v1` }],
    ['an image by digest', { version, image: 'sha512-abcdef' }, { KUBELET_IMAGE: 'sha512-abcdef' }],
    ['an image from a file', { version, image: '/opt/kubelet.aci' }, { KUBELET_IMAGE: '/opt/kubelet.aci' }],
    [
      'a registry with a port',
      { version, image: 'docker://localhost:5000/k' },
      { KUBELET_IMAGE_URL: 'docker://localhost:5000/k', KUBELET_IMAGE_TAG: version },
    ],
  ])('%s', (_what, kubelet, expected) => {
    for (const facts of [unknown, rewrite, last]) expect(variables(kubelet, facts)).toEqual(expected);
  });
});

test('an image of docker needs leave to be unsigned, which only the last wrapper gives by itself', () => {
  const kubelet = { version, image };
  expect(checkWrites(withRkt({}, { kubelet }), rewrite)).toEqual([expect.stringContaining('spec.kubelet.image: RktRefuses')]);
  expect(checkWrites(withRkt({}, { kubelet }), last)).toEqual([]);
});

describe('without a version, the tag of a kubelet is it', () => {
  const errors = (kubelet: KubeletSpec, environment: Record<string, string> = {}) =>
    checkWrites(withRkt({}, { kubelet: { flags: { 'api-servers': 'http://a' }, ...kubelet }, unit: { environment } }));

  test.each<[string, KubeletSpec, Record<string, string>]>([
    ['of the image', { image: 'quay.io/coreos/hyperkube:v1.9.3_coreos.0' }, {}],
    ['of the image of one architecture', { image: 'quay.io/own/hyperkube-amd64:v1.9.3' }, {}],
    ['in a variable', {}, { KUBELET_IMAGE_TAG: 'v1.9.3_coreos.0' }],
    ['in the old variable', {}, { KUBELET_VERSION: 'v1.9.3_coreos.0', KUBELET_ACI: 'quay.io/coreos/hyperkube' }],
    ['in the variable of the whole image', {}, { KUBELET_IMAGE: 'quay.io/coreos/hyperkube:v1.9.3' }],
  ])('%s', (_, kubelet, environment) => {
    expect(errors(kubelet, environment)).toEqual([
      expect.stringContaining('kubelet 1.9 does not start with the flag --api-servers'),
    ]);
  });

  test.each<[string, KubeletSpec, Record<string, string>]>([
    ['the tag of another image, which counts what it likes', { image: 'quay.io/own/node-tools:v1.9.3' }, {}],
    ['a tag that is no version', { image: 'quay.io/coreos/hyperkube:stable' }, {}],
    ['the tag of an older kubelet, which has the flag', { image: 'quay.io/coreos/hyperkube:v1.5.4' }, {}],
    ['the tag of another image in a variable', {}, { KUBELET_IMAGE_TAG: 'v1.9.3', KUBELET_IMAGE_URL: 'quay.io/own/node-tools' }],
  ])('but not %s', (_, kubelet, environment) => expect(errors(kubelet, environment)).toEqual([]));
});

test('a version without its patch release is no tag, but enough for an image that has one', () => {
  const minor = 'v1.5';
  expect(checkWrites(withRkt({}, { kubelet: { version: minor } }))).toEqual([
    expect.stringContaining('spec.kubelet.version: InvalidValue: v1.5 is not the tag of an image'),
  ]);
  expect(checkWrites(withRkt({}, { kubelet: { version: minor, image: '/opt/kubelet.aci' } }))).toEqual([]);
});

describe('to that of 2016', () => {
  test.each([
    ['a version alone', { version }, { KUBELET_VERSION: version }],
    ['both', { version, image: 'example.com/hyperkube' }, { KUBELET_ACI: 'example.com/hyperkube', KUBELET_VERSION: version }],
    [
      'an image with its tag',
      { image: 'example.com/hyperkube:v1' },
      { KUBELET_ACI: 'example.com/hyperkube', KUBELET_VERSION: 'v1' },
    ],
  ])('%s', (_what, kubelet, expected) => {
    expect(variables(kubelet, legacy)).toEqual(expected);
  });

  test('an image without a tag is refused', () => {
    expect(checkWrites(withRkt({}, { kubelet: { image: 'sha512-abcdef' } }), legacy)).toEqual([
      'spec.kubelet.image: WrapperCannotExpress: the kubelet-wrapper of this CoreOS release can only run an image with a tag, not sha512-abcdef',
    ]);
  });
});

describe('neither image nor version', () => {
  const fromFile = { options: { Service: { EnvironmentFile: ['/etc/kubelet.env'] } } };
  const without = (unit = {}) => withRkt({}, { kubelet: {}, unit });
  test('is refused', () => {
    expect(checkWrites(without())).toEqual(['spec.kubelet.version: MissingField: nothing says which kubelet rkt is to run']);
  });

  test.each([
    ['a variable of the unit says it', { environment: { KUBELET_IMAGE_TAG: version } }, unknown],
    ['an old one says it', { environment: { KUBELET_VERSION: version } }, unknown],
    ['an old one says it to an old wrapper', { environment: { KUBELET_VERSION: version } }, legacy],
    ['a file that is read on the node may say it', fromFile, unknown],
    ['a file may say it to a shipped wrapper', fromFile, rewrite],
  ])('is fine if %s', (_what, unit, facts) => {
    expect(checkWrites(without(unit), facts)).toEqual([]);
  });

  test('is refused if only a variable says it that this wrapper does not know', () => {
    expect(checkWrites(without({ environment: { KUBELET_IMAGE_TAG: version } }), legacy)).toHaveLength(1);
  });
});

describe('where the kubelet is in its image', () => {
  const exec = (kubelet: KubeletSpec, imageArgs: string[] = []) =>
    environmentOf(file(withRkt({ imageArgs }, { kubelet })))['KUBELET_IMAGE_ARGS_EXACT'];

  test.each([
    ['v1.2.2_coreos.0', undefined],
    ['v1.16.15', undefined],
    ['v1.17.0', '--exec=/usr/local/bin/kubelet'],
    ['v1.18.3', '--exec=/usr/local/bin/kubelet'],
    ['1.20.1', '--exec=/usr/local/bin/kubelet'],
    ['v2.0.0', '--exec=/usr/local/bin/kubelet'],
  ])('%s', (tag, expected) => {
    expect(exec({ version: tag })).toBe(expected);
  });

  test('further arguments keep the place that the version has', () => {
    expect(exec({ version }, ['--user=0'])).toBe('--exec=/kubelet --user=0');
    expect(exec({ version: 'v1.17.0' }, ['--user=0'])).toBe('--exec=/usr/local/bin/kubelet --user=0');
  });

  test('an object may say where', () => {
    expect(exec({ version: 'v1.17.0' }, ['--exec=/my/kubelet'])).toBe('--exec=/my/kubelet');
  });

  test('that of 2016 knows one place only', () => {
    expect(checkWrites(withRkt({}, { kubelet: { version: 'v1.17.0' } }), coreos('1010.5.0'))).toEqual([
      'spec.kubelet.version: WrapperCannotExpress: the kubelet-wrapper of this CoreOS release has no variable for --exec=/usr/local/bin/kubelet',
    ]);
  });
});
