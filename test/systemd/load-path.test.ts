import { expect, test } from 'vitest';
import { dropInDirectories, effectiveDropIns, isUnitFile, unitDirectories } from '../../src/systemd/load-path.ts';

test('of one name the first directory wins, and names decide the order', () => {
  const [etc, run, , lib] = dropInDirectories('kubelet.service');
  const paths = [`${etc}/20-a.conf`, `${run}/10-b.conf`, `${run}/20-a.conf`, `${lib}/30-c.conf`, `${lib}/05-d.conf`];
  expect(effectiveDropIns(paths)).toEqual([`${lib}/05-d.conf`, `${run}/10-b.conf`, `${etc}/20-a.conf`, `${lib}/30-c.conf`]);
});

test.each([
  ['kubelet.service', ['kubelet.service.d', 'service.d']],
  ['my-kubelet-a.service', ['my-kubelet-a.service.d', 'my-kubelet-.service.d', 'my-.service.d', 'service.d']],
  ['kubelet@a.service', ['kubelet@a.service.d', 'kubelet@.service.d', 'service.d']],
])('the drop-ins of %s are in %j, those for all services last', (unit, names) => {
  const directories = dropInDirectories(unit);
  const inEtc = directories.filter((path) => path.startsWith('/etc/')).map((path) => path.slice('/etc/systemd/system/'.length));
  expect(inEtc).toEqual(names);
  expect(directories.slice(-5).every((path) => path.endsWith('/service.d'))).toBe(true);
});

test('what begins with a dot or ends otherwise is no drop-in', () => {
  const [etc] = dropInDirectories('kubelet.service');
  expect(effectiveDropIns([`${etc}/.10-a.conf`, `${etc}/10-a.conf.bak`, `${etc}/10-a`])).toEqual([]);
});

test('the directories are those of systemd, in its order', () => {
  expect(unitDirectories).toEqual([
    '/etc/systemd/system',
    '/run/systemd/system',
    '/usr/local/lib/systemd/system',
    '/usr/lib/systemd/system',
    '/lib/systemd/system',
  ]);
});

test.each([
  ['/etc/systemd/system/kubelet.service', true],
  ['/etc/systemd/system/kubelet.service.d/50-a.conf', true],
  ['/etc/systemd/system.conf', false],
  ['/opt/bin/kubelet-wrapper', false],
])('a change of %s needs a reload: %j', (path, needs) => {
  expect(isUnitFile(path)).toBe(needs);
});
