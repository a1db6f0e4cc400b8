import { describe, expect, test } from 'vitest';
import { formatPath } from '../../../src/api/problem.ts';
import { launcherKinds } from '../../../src/api/schema/launcher.ts';
import type { LauncherFields } from '../../../src/api/types.ts';
import type { EffectiveSpec } from '../../../src/desired/defaults.ts';
import { launcherOf } from '../../../src/render/launchers/registry.ts';
import { kubeletConfig } from '../../builders.ts';
import { effectiveOf } from '../subject.ts';

const specOf = (launcher: LauncherFields): EffectiveSpec => effectiveOf(kubeletConfig('a', { launcher })).spec;

describe.each(launcherKinds)('launcher %s', (kind) => {
  const launcher = launcherOf(specOf({ [kind]: {} }));

  test('is found by its name', () => {
    expect(launcher.kind).toBe(kind);
  });

  test('speaks of its own fields only', () => {
    const fields = [...launcher.programs, ...launcher.paths, ...launcher.scripts].map(({ field }) => formatPath(field));
    for (const field of fields) expect(field).toMatch(new RegExp(`^launcher\\.${kind}\\.`));
  });
});

test('a spec without a launcher has none', () => {
  expect(() => launcherOf({ ...specOf({ host: {} }), launcher: {} })).toThrow(RangeError);
});

test('a default of its own stands where the objects set nothing', () => {
  expect(launcherOf(specOf({ host: {} })).fields).toEqual({ binary: '/usr/bin/kubelet' });
  expect(launcherOf(specOf({ host: { binary: '/opt/bin/kubelet' } })).fields).toEqual({ binary: '/opt/bin/kubelet' });
});

describe('the programs that rendering may ask for their version', () => {
  test.each<[string, LauncherFields, string | undefined, object]>([
    ['the rkt that is used', { rkt: { binary: '/opt/bin/rkt' } }, 'v1.30.0', { rkt: '/opt/bin/rkt' }],
    ['the kubelet, if a version is demanded', { host: {} }, 'v1.30.0', { kubelet: '/usr/bin/kubelet' }],
    ['the podman that is used', { podman: { binary: '/opt/bin/podman' } }, 'v1.30.0', { podman: '/opt/bin/podman' }],
    ['else none', { host: {} }, undefined, {}],
  ])('%s', (_what, fields, version, asks) => {
    const spec = specOf(fields);
    const kubelet = { ...spec.kubelet, ...(version !== undefined && { version }) };
    expect(launcherOf({ ...spec, kubelet }).asks).toEqual(asks);
  });
});
