/** One object for a fleet of several releases of CoreOS. */

import { expect, test } from 'vitest';
import { checkWrites, coreos, file, renderOf, withRkt } from '../../subject.ts';

const log = { name: 'logs', hostPath: '/var/log', mountPath: '/var/log' };
const words = (volume: object, release: string) =>
  file(withRkt({ volumes: [{ ...log, ...volume }] }), undefined, coreos(release));

test.each([
  ['1353.8.0', true],
  ['1409.2.0', false],
  ['2135.4.0', false],
])('on CoreOS %s the volume is ours to mount: %j', (release, isOurs) => {
  expect(words({}, release).includes('source=/var/log')).toBe(isOurs);
  const found = renderOf(withRkt({ volumes: [log] }), coreos(release));
  const notices = found.kind === 'Rendered' ? found.warnings.map(({ severity, code }) => [severity, code]) : undefined;
  expect(notices).toEqual(isOurs ? [] : [['notice', 'MountedAlready']]);
});

test('our own wrapper mounts it too', () => {
  expect(file(withRkt({ volumes: [log] }))).not.toContain('source=/var/log');
  expect(words({ hostPath: '/var/log/', mountPath: '/var/log/' }, '2135.4.0')).not.toContain('source=/var/log');
});

test.each([{ readOnly: true }, { hostPath: '/srv/log' }, { recursive: true }])('another mount there is refused: %j', (more) => {
  expect(checkWrites(withRkt({ volumes: [{ ...log, ...more }] }), coreos('1409.2.0'))).toEqual([
    expect.stringContaining('WrapperCannotExpress'),
  ]);
});

test("so is the name of the wrapper's own volume", () => {
  const found = renderOf(withRkt({ volumes: [{ ...log, name: 'var-log' }] }), coreos('1353.2.0'));
  expect(found).toMatchObject({
    kind: 'Refused',
    problems: [{ reason: expect.stringContaining('adds a volume var-log itself'), remedy: expect.stringContaining('Managed') }],
  });
});

const startedBy = (source: 'Auto' | 'Shipped', release: string, rktVersion?: string) => {
  const found = renderOf(withRkt({ wrapper: { source } }), coreos(release, rktVersion === undefined ? {} : { rktVersion }));
  if (found.kind === 'Refused') return found.problems.map(({ reason }) => reason.slice(0, 36)).join();
  return found.revision.files.some(({ path }) => path === '/opt/bin/kubelet-wrapper') ? 'ours' : 'shipped';
};
const refused = 'the kubelet-wrapper of this CoreOS r';

// Ours needs a later rkt too, and says so.
const tooOld = 'the rkt of this node is older than 1';

test.each([
  ['1039.0.0', '1.5.1', tooOld, refused],
  ['1045.0.0', '1.5.1', tooOld, refused],
  ['1045.0.0', undefined, 'ours', refused],
  ['1032.1.0', '1.2.1', 'shipped', 'shipped'],
  ['1032.1.0', undefined, 'shipped', 'shipped'],
  ['1010.5.0', '1.3.0', tooOld, refused],
  ['1047.0.0', '1.5.1', 'shipped', 'shipped'],
])('CoreOS %s with rkt %s: Auto takes %s, Shipped %s', (release, rkt, auto, shipped) => {
  expect(startedBy('Auto', release, rkt)).toBe(auto);
  expect(startedBy('Shipped', release, rkt)).toBe(shipped);
});

test.each([
  ['--uuid-file-save=/run/a --volume dns,kind=host,source=/etc/resolv.conf', true],
  ['--dir=/a --net=host', true],
  ['--hostname=a\t--dns=host', true],
  ['--set-env=A=b --net=host', false],
  ['--hostname=a --b', false],
])('%j holds several words: %j', (word, isJoined) => {
  const found = checkWrites(withRkt({ options: [word] })).filter((text) => text.includes('holds several words'));
  expect(found.length > 0).toBe(isJoined);
});

const tagged = (image: string, version: string) => {
  const found = renderOf({ kubelet: { image, version }, launcher: { rkt: {} } });
  const problems = found.kind === 'Refused' ? found.problems : found.warnings;
  return problems.filter(({ path }) => path.at(-1) === 'image').map(({ severity }) => severity);
};

test.each([
  ['docker://example.com/hyperkube:v1.6.4', 'v1.7.6', ['error']],
  ['example.com/hyperkube:v1.7.6_coreos.1', 'v1.7.6_coreos.0', ['warning']],
  ['example.com/hyperkube:v1.7.6_coreos.1', 'v1.7.6', []],
  ['example.com/hyperkube:v1.7.6', 'v1.7.6', []],
  ['docker://example.com:5000/hyperkube', 'v1.7.6', []],
  ['example.com/hyperkube:latest', 'v1.7.6', []],
])('the image %s with version %s: %j', (image, version, found) => {
  expect(tagged(image, version)).toEqual(found);
});
