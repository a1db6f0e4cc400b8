import { expect, test } from 'vitest';
import { escaped, unitNews } from '../../src/host/unit-signals.ts';

test.each([
  ['kubelet.service', 'kubelet_2eservice'],
  ['a-b@1.service', 'a_2db_401_2eservice'],
  ['9p.mount', '_39p_2emount'],
])('%s is %s in an object path', (unit, path) => {
  expect(escaped(unit)).toBe(path);
});

const unitSection = 'org.freedesktop.systemd1.Unit';
test.each([
  ['UnitFilesChanged', [], 'Unit'],
  ['Reloading', [true], undefined],
  ['Reloading', [false], 'Reloaded'],
  ['PropertiesChanged', [unitSection, { ActiveState: {}, SubState: {} }, []], 'Unit'],
  ['PropertiesChanged', [unitSection, { Job: {} }, []], undefined],
  ['PropertiesChanged', [], undefined],
  ['StartupFinished', [], undefined],
])('%s %j is %s', (member, body, news) => {
  expect(unitNews({ member, body })).toBe(news);
});
