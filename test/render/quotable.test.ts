import { describe, expect, test } from 'vitest';
import type { KubeletConfigSpec, RktLauncher } from '../../src/api/types.ts';
import { checkWrites, rendered, withRkt } from './subject.ts';

const bad = '\ufffe';
const cannot = (field: string, code: string) =>
  `spec.${field}: ${code}: no unit file can carry the value: U+FFFE is no character; systemd refuses the line`;

describe('a character that systemd does not take is shown where it was written:', () => {
  test.each<[string, Partial<KubeletConfigSpec>, string]>([
    ['in a flag', { kubelet: { flags: { 'root-dir': bad } } }, cannot('kubelet.flags["root-dir"]', 'FlagInvalid')],
    [
      'in a flag that is repeated',
      { kubelet: { flags: { 'node-ip': ['a', bad] } } },
      cannot('kubelet.flags["node-ip"][1]', 'FlagInvalid'),
    ],
    ['in a variable', { unit: { environment: { A: bad } } }, cannot('unit.environment.A', 'UnitInvalid')],
    ['in a path', { kubelet: { configurationPath: `/opt/bin/${bad}` } }, cannot('kubelet.configurationPath', 'InvalidValue')],
    ['in the program', { launcher: { host: { binary: `/${bad}` } } }, cannot('launcher.host.binary', 'InvalidValue')],
  ])('%s', (_where, spec, problem) => {
    expect(checkWrites(spec)).toEqual([problem]);
  });

  test.each<[string, RktLauncher, string]>([
    ['an option', { options: [bad] }, 'launcher.rkt.options[0]'],
    ['a volume', { volumes: [{ name: 'a', hostPath: `/${bad}` }] }, 'launcher.rkt.volumes.a.hostPath'],
    ['a stage1', { stage1: { path: bad } }, 'launcher.rkt.stage1.path'],
    ['the wrapper', { wrapper: { path: `/opt/bin/${bad}` } }, 'launcher.rkt.wrapper.path'],
  ])('in %s of rkt', (_where, rkt, field) => {
    expect(checkWrites(withRkt(rkt))).toEqual([cannot(field, 'InvalidValue')]);
  });
});

test.each<[RktLauncher, string]>([
  [{ binary: '/opt/bin/"rkt"' }, 'launcher.rkt.binary'],
  [{ wrapper: { path: '/opt/bin/a\\b' } }, 'launcher.rkt.wrapper.path'],
])('%j is no program that systemd starts', (rkt, field) => {
  expect(checkWrites(withRkt(rkt))).toEqual([
    expect.stringMatching(`^spec.${field}: UnitInvalid: systemd cannot start ".*": its path has a quote`),
  ]);
});

test('a file and a setting may hold what they like', () => {
  const spec = { kubelet: { configuration: { a: bad } }, files: [{ path: '/opt/bin/a', content: `${bad}\u0001` }] };
  expect(rendered(spec).revision.files.map(({ path }) => path)).toContain('/opt/bin/a');
});
